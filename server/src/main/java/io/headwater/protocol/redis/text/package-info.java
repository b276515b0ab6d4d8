/**
 * How do numbers and patterns stand in Redis's arguments and replies? Functions of bytes alone.
 *
 * <p>Front doors: {@link io.headwater.protocol.redis.text.Numbers} (integers), {@link
 * io.headwater.protocol.redis.text.FloatText} (doubles as {@code strtod} reads them), {@link
 * io.headwater.protocol.redis.text.LongDouble} (the 80 bits that INCRBYFLOAT counts with) and
 * {@link io.headwater.protocol.redis.text.Glob} (KEYS, SCAN, PSUBSCRIBE). Any thread.
 */
@NullMarked
package io.headwater.protocol.redis.text;

import org.jspecify.annotations.NullMarked;
