package io.headwater.protocol.redis.strings;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.keys.Expiry;
import org.jspecify.annotations.Nullable;

/**
 * The options of SET and GETEX.
 *
 * @param unit what the time in argument {@code timeIndex} means; null without a time
 */
record SetOptions(
    boolean ifMissing,
    boolean ifThere,
    boolean get,
    boolean keepExpiry,
    boolean persist,
    Expiry.@Nullable Unit unit,
    int timeIndex) {
  /** Whose options. */
  enum For {
    SET,
    GETEX
  }

  static SetOptions parse(Call call, int from, For command) {
    boolean set = command == For.SET;
    boolean ifMissing = false;
    boolean ifThere = false;
    boolean get = false;
    boolean keep = false;
    boolean persist = false;
    Expiry.Unit unit = null;
    int timeIndex = 0;
    for (int i = from; i < call.count(); i++) {
      Expiry.Unit here = Expiry.unit(call, i);
      boolean untimed = !keep && !persist && (unit == null || unit == here); // the last one counts
      if (set && call.is(i, "nx") && !ifThere) {
        ifMissing = true;
      } else if (set && call.is(i, "xx") && !ifMissing) {
        ifThere = true;
      } else if (set && call.is(i, "get")) {
        get = true;
      } else if (set && call.is(i, "keepttl") && !persist && unit == null) {
        keep = true;
      } else if (!set && call.is(i, "persist") && unit == null) {
        persist = true;
      } else if (here != null && untimed && i + 1 < call.count()) {
        unit = here;
        timeIndex = ++i;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    return new SetOptions(ifMissing, ifThere, get, keep, persist, unit, timeIndex);
  }
}
