package io.headwater.protocol.redis.collections;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.resp.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The count of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER: so many different elements, or if negative
 * so many that may be the same.
 *
 * @param pairs whether values or scores are wanted too
 */
record Draw(long count, boolean pairs) {
  private static final CommandError OUT_OF_RANGE = new CommandError("ERR value is out of range");
  private static final CommandError NOT_IN_LONG =
      new CommandError(
          "ERR value is out of range, value must between -9223372036854775807 and"
              + " 9223372036854775807");

  /** More repeats than this are refused: the reply would not fit a buffer. */
  private static final long MAX_REPEATS = 1_000_000;

  /**
   * Argument 2 and the word behind it, if any.
   *
   * @param word what asks for pairs; empty if there is none
   */
  static Draw of(Call call, String word) {
    if (call.count() > 3 && word.isEmpty()) {
      throw CommandError.SYNTAX;
    }
    long count = call.integer(2);
    if (count == Long.MIN_VALUE) {
      throw NOT_IN_LONG;
    }
    boolean pairs = call.count() == 4 && !word.isEmpty() && call.is(3, word);
    if (call.count() > 3 && !pairs) {
      throw CommandError.SYNTAX;
    }
    if (pairs && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
      throw OUT_OF_RANGE;
    }
    return new Draw(count, pairs);
  }

  /** Whether the whole collection is the answer. */
  boolean all(int size) {
    return count >= size;
  }

  /**
   * Draws from a collection of this size, which is more than {@link #count}.
   *
   * @param one adds a random element
   * @param whole adds all elements
   */
  <E> List<E> from(
      int size, RandomGenerator dice, Consumer<Collection<E>> one, Consumer<Collection<E>> whole) {
    List<E> drawn = new ArrayList<>();
    if (count < 0) {
      for (long left = repeats(); left > 0; left--) {
        one.accept(drawn);
      }
      return drawn;
    }
    boolean most = count * 3 > size; // then shuffling them is cheaper than drawing
    if (most) {
      whole.accept(drawn);
      keepSome(drawn, dice);
      return drawn;
    }
    Set<E> distinct = new LinkedHashSet<>();
    while (distinct.size() < count) {
      one.accept(distinct);
    }
    drawn.addAll(distinct);
    return drawn;
  }

  /** How many to draw when they may be the same. */
  private long repeats() {
    if (-count > MAX_REPEATS) {
      throw OUT_OF_RANGE;
    }
    return -count;
  }

  /** Cuts the list down to {@code count} random ones. */
  private <E> void keepSome(List<E> list, RandomGenerator dice) {
    for (int i = 0; i < count; i++) {
      int other = i + dice.nextInt(list.size() - i);
      E swapped = list.get(i);
      list.set(i, list.get(other));
      list.set(other, swapped);
    }
    list.subList((int) count, list.size()).clear();
  }

  /** The reply's head: in RESP2 pairs are flat. */
  void head(Reply reply, int size) {
    reply.array(pairs && reply.protocol() == 2 ? size * 2 : size);
  }

  /** Before each pair. */
  void pair(Reply reply) {
    if (pairs && reply.protocol() > 2) {
      reply.array(2);
    }
  }
}
