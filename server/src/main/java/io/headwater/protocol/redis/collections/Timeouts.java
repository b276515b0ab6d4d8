package io.headwater.protocol.redis.collections;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.LongDouble;

/** How long commands wait: seconds, perhaps with a fraction, in the words of Redis 7.0. */
final class Timeouts {
  private static final CommandError NO_NUMBER =
      new CommandError("ERR timeout is not a float or out of range");
  private static final CommandError NEGATIVE = new CommandError("ERR timeout is negative");
  private static final CommandError TOO_LONG = new CommandError("ERR timeout is out of range");

  private Timeouts() {}

  /** Milliseconds, rounded up; 0 is without end. */
  static long ms(Call call, int i) {
    LongDouble seconds = seconds(call, i);
    double ms = Math.ceil(seconds.doubleValue() * 1000);
    if (ms < 0 || ms >= Long.MAX_VALUE) {
      throw NEGATIVE; // Redis lets what is too long overflow
    }
    if (ms > Long.MAX_VALUE - (double) call.keyspace().nowMs()) {
      throw TOO_LONG;
    }
    return (long) ms;
  }

  private static LongDouble seconds(Call call, int i) {
    try {
      return LongDouble.parse(call.array(), call.start(i), call.length(i));
    } catch (CommandError e) {
      throw NO_NUMBER;
    }
  }
}
