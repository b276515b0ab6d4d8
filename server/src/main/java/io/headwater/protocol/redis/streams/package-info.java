/**
 * How do Redis clients use streams? XADD to XTRIM, consumer groups, and readers that wait.
 *
 * <p>Front door: {@link io.headwater.protocol.redis.streams.Streams#addTo}. Owner: the keyspace
 * loop.
 */
@NullMarked
package io.headwater.protocol.redis.streams;

import org.jspecify.annotations.NullMarked;
