/**
 * How do memcached's clients ask? The text and meta commands of memcached 1.6, byte for byte where
 * a client can see it; what is not supported says so by name.
 *
 * <p>Front door: {@link io.headwater.protocol.memcached.MemcachedSessions}. One table, {@link
 * io.headwater.protocol.memcached.Command}, is what dispatch and the matrix in {@code
 * docs/protocols/memcached.md} follow. Owner thread: {@code keyspace}.
 */
@NullMarked
package io.headwater.protocol.memcached;

import org.jspecify.annotations.NullMarked;
