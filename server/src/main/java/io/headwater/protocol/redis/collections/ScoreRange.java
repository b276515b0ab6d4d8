package io.headwater.protocol.redis.collections;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.text.FloatText;
import io.headwater.view.keyspace.types.ZSetValue;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A range of a sorted set by rank, by score or by bytes, resolved to ranks. */
sealed interface ScoreRange {
  CommandError NOT_FLOATS = new CommandError("ERR min or max is not a float");
  CommandError NOT_BYTES = new CommandError("ERR min or max not valid string range item");

  /** Which members it means: ranks from {@link IndexRange#from} upwards. */
  IndexRange of(ZSetValue zset, Direction direction);

  /** From the lowest up, or from the highest down. */
  enum Direction {
    UP,
    DOWN
  }

  /** Both ends belong to it; negative ones count from the end; down, 0 is the highest. */
  record Ranks(long start, long end) implements ScoreRange {
    static Ranks parse(Call call, int start, int end) {
      return new Ranks(call.integer(start), call.integer(end));
    }

    @Override
    public IndexRange of(ZSetValue zset, Direction direction) {
      IndexRange range = IndexRange.of(start, end, zset.size());
      return direction == Direction.UP
          ? range
          : new IndexRange(zset.size() - range.from() - range.count(), range.count());
    }
  }

  /** From {@code min} to {@code max}, an open end not included. */
  record Scores(double min, boolean minOpen, double max, boolean maxOpen) implements ScoreRange {
    static Scores parse(Call call, int min, int max) {
      return new Scores(bound(call, min), open(call, min), bound(call, max), open(call, max));
    }

    private static boolean open(Call call, int i) {
      return call.length(i) > 0 && call.array()[call.start(i)] == '(';
    }

    /** As C's strtod, which takes no text at all for 0, and spaces in front. */
    private static double bound(Call call, int i) {
      int skip = open(call, i) ? 1 : 0;
      int from = call.start(i) + skip;
      int length = 0; // of a C string: up to its NUL
      while (length < call.length(i) - skip && call.array()[from + length] != 0) {
        length++;
      }
      if (length == 0) {
        return 0;
      }
      while (length > 1 && call.array()[from] == ' ') {
        from++;
        length--;
      }
      double value = FloatText.parse(call.array(), from, length);
      return Double.isNaN(value) ? outOfRange(call.array(), from, length) : value;
    }

    /** Unlike a score, a bound may be too large or too small for a double. */
    private static double outOfRange(byte[] array, int from, int length) {
      String text = new String(array, from, length, StandardCharsets.ISO_8859_1);
      if (!text.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")) {
        throw NOT_FLOATS;
      }
      return Double.parseDouble(text);
    }

    @Override
    public IndexRange of(ZSetValue zset, Direction direction) {
      return between(zset.countBelow(min, minOpen), zset.countBelow(max, !maxOpen));
    }
  }

  /** Among members of equal scores, from {@code min} to {@code max}. */
  record Members(Bound min, Bound max) implements ScoreRange {
    static Members parse(Call call, int min, int max) {
      return new Members(Bound.parse(call, min), Bound.parse(call, max));
    }

    @Override
    public IndexRange of(ZSetValue zset, Direction direction) {
      return between(min.below(zset, min.open), max.below(zset, !max.open));
    }
  }

  /**
   * An end of a range by bytes.
   *
   * @param bytes null for {@code -} and {@code +}
   * @param highest which of these two
   */
  record Bound(@Nullable Bytes bytes, boolean open, boolean highest) {
    static Bound parse(Call call, int i) {
      int first = call.length(i) == 0 ? 0 : call.array()[call.start(i)];
      if (call.length(i) == 1 && (first == '-' || first == '+')) {
        return new Bound(null, false, first == '+');
      }
      if (first != '(' && first != '[') {
        throw NOT_BYTES;
      }
      Bytes bytes = Bytes.copyOf(call.array(), call.start(i) + 1, call.length(i) - 1);
      return new Bound(bytes, first == '(', false);
    }

    int below(ZSetValue zset, boolean orEqual) {
      if (bytes == null) {
        return highest ? zset.size() : 0;
      }
      return zset.countBelow(bytes.array(), 0, bytes.length(), orEqual);
    }
  }

  private static IndexRange between(int from, int to) {
    return from < to ? new IndexRange(from, to - from) : new IndexRange(0, 0);
  }
}
