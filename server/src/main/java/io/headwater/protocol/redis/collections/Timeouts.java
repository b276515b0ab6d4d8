package io.headwater.protocol.redis.collections;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.text.LongDouble;

/** How long commands wait: seconds, perhaps with a fraction, in the words of Redis 7.0. */
final class Timeouts {
  private static final CommandError NO_NUMBER =
      new CommandError("ERR timeout is not a float or out of range");
  private static final CommandError NEGATIVE = new CommandError("ERR timeout is negative");

  private Timeouts() {}

  /** Milliseconds, rounded up; 0 is without end, and so is what the clock cannot show. */
  static long ms(Call call, int i) {
    long ms = seconds(call, i).toMs();
    if (ms < 0) {
      throw NEGATIVE; // Redis lets what is too long overflow
    }
    return ms > Long.MAX_VALUE - call.keyspace().nowMs() ? 0 : ms;
  }

  private static LongDouble seconds(Call call, int i) {
    LongDouble seconds = LongDouble.parse(call.array(), call.start(i), call.length(i));
    if (seconds == null) {
      throw NO_NUMBER;
    }
    return seconds;
  }
}
