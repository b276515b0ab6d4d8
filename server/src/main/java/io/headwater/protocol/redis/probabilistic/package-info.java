/**
 * How many different things were there, about? Redis's HyperLogLogs, byte for byte.
 *
 * <p>Front door: {@link io.headwater.protocol.redis.probabilistic.HyperLogLogCommands}. Owner: the
 * keyspace loop.
 */
@NullMarked
package io.headwater.protocol.redis.probabilistic;

import org.jspecify.annotations.NullMarked;
