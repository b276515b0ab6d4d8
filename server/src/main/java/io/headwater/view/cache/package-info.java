/**
 * What do memcached's clients find? Items that may be lost: bounded by memory, never logged, gone
 * after a restart; and {@link io.headwater.view.cache.ReadThrough}, the keys that a projection
 * makes coherent with the keyspace, which are never stored here at all.
 *
 * <p>Front door: {@link io.headwater.view.cache.Cache}. Owner thread: {@code keyspace}.
 */
@NullMarked
package io.headwater.view.cache;

import org.jspecify.annotations.NullMarked;
