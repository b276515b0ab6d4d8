package io.headwater.protocol.redis.keys;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;

/** Times to live as arguments, in the units and with the limits that Redis has. */
public final class Expiry {
  /** What an option such as EX or PXAT says about the number behind it. */
  public enum Unit {
    SECONDS(1000, false),
    MILLISECONDS(1, false),
    AT_SECONDS(1000, true),
    AT_MILLISECONDS(1, true);

    private final int factor;
    private final boolean absolute;

    Unit(int factor, boolean absolute) {
      this.factor = factor;
      this.absolute = absolute;
    }

    public boolean isAbsolute() {
      return absolute;
    }
  }

  private Expiry() {}

  /** The unit of an option, or null if it is none. */
  public static @org.jspecify.annotations.Nullable Unit unit(Call call, int i) {
    if (call.is(i, "ex")) {
      return Unit.SECONDS;
    } else if (call.is(i, "px")) {
      return Unit.MILLISECONDS;
    } else if (call.is(i, "exat")) {
      return Unit.AT_SECONDS;
    } else if (call.is(i, "pxat")) {
      return Unit.AT_MILLISECONDS;
    }
    return null;
  }

  /** The time in argument {@code i}, which must be after 1970, in milliseconds since then. */
  public static long positive(Call call, int i, Unit unit) {
    if (call.integer(i) <= 0) {
      throw invalid(call);
    }
    return any(call, i, unit);
  }

  /** The time in argument {@code i}, perhaps long past. */
  static long any(Call call, int i, Unit unit) {
    long value = call.integer(i);
    if (value > Long.MAX_VALUE / unit.factor || value < Long.MIN_VALUE / unit.factor) {
      throw invalid(call);
    }
    value *= unit.factor;
    if (unit.absolute) {
      return value;
    }
    long now = call.keyspace().nowMs();
    if (value > Long.MAX_VALUE - now) {
      throw invalid(call);
    }
    return value + now;
  }

  private static CommandError invalid(Call call) {
    return new CommandError("ERR invalid expire time in '" + call.command().name() + "' command");
  }
}
