package io.headwater.protocol.redis.streams;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.view.keyspace.types.StreamId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** IDs of entries as Redis 7.0 reads them from arguments. */
final class StreamIds {
  static final CommandError INVALID =
      new CommandError("ERR Invalid stream ID specified as stream command argument");
  private static final int LENGTH_MAX = 127;

  private StreamIds() {}

  /**
   * {@code ms-seq}, or {@code ms} alone.
   *
   * @param missingSeq for an ID that has none
   */
  static StreamId strict(Call call, int i, long missingSeq) {
    return parse(call.array(), call.start(i), call.length(i), missingSeq);
  }

  /** Like {@link #strict}, null if it is none. */
  static @Nullable StreamId orNull(Call call, int i) {
    try {
      return strict(call, i, 0);
    } catch (CommandError e) {
      return null;
    }
  }

  /** All arguments from {@code first} on. */
  static List<StreamId> list(Call call, int first) {
    List<StreamId> ids = new ArrayList<>(call.count() - first);
    for (int i = first; i < call.count(); i++) {
      ids.add(strict(call, i, 0));
    }
    return ids;
  }

  /** The beginning of a range: {@code -}, {@code +}, an ID, or an ID above which it begins. */
  static StreamId rangeStart(Call call, int i) {
    if (isExclusive(call, i)) {
      StreamId id = parse(call.array(), call.start(i) + 1, call.length(i) - 1, 0);
      if (id.isMax()) {
        throw new CommandError("ERR invalid start ID for the interval");
      }
      return id.next();
    }
    return orEdge(call, i, 0);
  }

  /** The end of a range; see {@link #rangeStart}. */
  static StreamId rangeEnd(Call call, int i) {
    if (isExclusive(call, i)) {
      StreamId id = parse(call.array(), call.start(i) + 1, call.length(i) - 1, -1);
      if (id.isZero()) {
        throw new CommandError("ERR invalid end ID for the interval");
      }
      return id.previous();
    }
    return orEdge(call, i, -1);
  }

  private static boolean isExclusive(Call call, int i) {
    return call.length(i) > 1 && call.array()[call.start(i)] == '(';
  }

  /** Like {@link #strict}, but {@code -} and {@code +} are the lowest and the highest. */
  static StreamId orEdge(Call call, int i, long missingSeq) {
    if (isChar(call, i, '-')) {
      return StreamId.ZERO;
    }
    return isChar(call, i, '+') ? StreamId.MAX : strict(call, i, missingSeq);
  }

  static boolean isChar(Call call, int i, char c) {
    return call.length(i) == 1 && call.array()[call.start(i)] == c;
  }

  /** Whether it ends in {@code -*}: only the time is given. */
  static boolean hasFreeSeq(Call call, int i) {
    int end = call.start(i) + call.length(i);
    return call.length(i) > 2 && call.array()[end - 1] == '*' && call.array()[end - 2] == '-';
  }

  /** The time of {@code ms-*}. */
  static long ms(Call call, int i) {
    if (call.length(i) > LENGTH_MAX) {
      throw INVALID;
    }
    return unsigned(call.array(), call.start(i), call.start(i) + call.length(i) - 2);
  }

  private static StreamId parse(byte[] array, int from, int length, long missingSeq) {
    if (length > LENGTH_MAX) {
      throw INVALID;
    }
    int end = from + length;
    int dash = from;
    while (dash < end && array[dash] != '-') {
      dash++;
    }
    long ms = unsigned(array, from, dash);
    return new StreamId(ms, dash == end ? missingSeq : unsigned(array, dash + 1, end));
  }

  /**
   * As C's strtoull, which takes spaces, signs and zeros in front; but no plain negative number.
   */
  private static long unsigned(byte[] array, int from, int end) {
    int at = from;
    while (at < end && (array[at] == ' ' || array[at] >= '\t' && array[at] <= '\r')) {
      at++;
    }
    boolean minus = at < end && array[at] == '-';
    boolean sign = minus || at < end && array[at] == '+';
    if (sign) {
      at++;
    }
    if (at == end || minus && at - 1 == from && array[at] != '0') {
      throw INVALID;
    }
    long value = 0;
    for (; at < end; at++) {
      int digit = array[at] - '0';
      boolean over =
          Long.compareUnsigned(value, Long.divideUnsigned(-1, 10)) > 0
              || value == Long.divideUnsigned(-1, 10) && digit > 5;
      if (digit < 0 || digit > 9 || over) {
        throw INVALID;
      }
      value = value * 10 + digit;
    }
    return minus ? -value : value;
  }
}
