/**
 * What did commands cost, and what held the loop up? Counters, histograms, the slow log and the
 * latency monitor, as plain data that knows nothing of sessions or replies.
 *
 * <p>Front doors: {@link io.headwater.protocol.redis.observing.CommandCounts}, {@link
 * io.headwater.protocol.redis.observing.SlowLog}, {@link
 * io.headwater.protocol.redis.observing.LatencyEvents}, {@link
 * io.headwater.protocol.redis.observing.ErrorCounts}, {@link
 * io.headwater.protocol.redis.observing.Statistics} and {@link
 * io.headwater.protocol.redis.observing.Rates}. Owner: the keyspace loop. Who feeds them is {@code
 * RedisServer}; the commands that show them stand in {@code administration}.
 */
@NullMarked
package io.headwater.protocol.redis.observing;

import org.jspecify.annotations.NullMarked;
