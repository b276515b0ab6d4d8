package io.headwater.protocol.redis.collections;

import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.collections.ScoreRange.Direction;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.ZSetValue;
import org.jspecify.annotations.Nullable;

/** ZRANGE in all its forms, and what counts and removes ranges. */
public final class SortedSetRanges {
  private static final CommandError LIMIT_BY_RANK =
      new CommandError(
          "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  private static final CommandError SCORES_BY_BYTES =
      new CommandError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");

  private enum By {
    RANK,
    SCORE,
    BYTES
  }

  /**
   * What to read.
   *
   * @param offset members of the range to skip
   * @param limit most members to show; negative for all
   */
  private record Query(
      ScoreRange range, Direction direction, long offset, long limit, boolean scores) {
    /** The members meant, and in which direction, as ranks. */
    IndexRange of(ZSetValue zset) {
      IndexRange all = range.of(zset, direction);
      if (offset < 0 || offset >= all.count()) {
        return new IndexRange(0, 0);
      }
      long left = all.count() - offset;
      int count = (int) (limit < 0 ? left : Math.min(limit, left));
      return direction == Direction.UP
          ? new IndexRange(all.from() + (int) offset, count)
          : new IndexRange(all.from() + all.count() - (int) offset - count, count);
    }

    void show(ZSetValue zset, IndexRange ranks, CollectionValue.Scored members) {
      if (direction == Direction.UP) {
        zset.forRange(ranks.from(), ranks.count(), members);
      } else {
        zset.forRangeDown(ranks.from() + ranks.count() - 1, ranks.count(), members);
      }
    }
  }

  private SortedSetRanges() {}

  public static void addTo(CommandTable table) {
    read(table, "zrange", "1.2.0", "Reads a range", call -> zrange(call, null, null));
    read(
        table,
        "zrevrange",
        "1.2.0",
        "Reads a range of ranks downwards",
        call -> zrange(call, By.RANK, Direction.DOWN));
    read(
        table,
        "zrangebyscore",
        "1.0.5",
        "Reads a range of scores",
        call -> zrange(call, By.SCORE, Direction.UP));
    read(
        table,
        "zrevrangebyscore",
        "2.2.0",
        "Reads a range of scores downwards",
        call -> zrange(call, By.SCORE, Direction.DOWN));
    read(
        table,
        "zrangebylex",
        "2.8.9",
        "Reads a range of members by their bytes",
        call -> zrange(call, By.BYTES, Direction.UP));
    read(
        table,
        "zrevrangebylex",
        "2.8.9",
        "Reads a range of members by their bytes downwards",
        call -> zrange(call, By.BYTES, Direction.DOWN));
    table.add(
        Command.command(
                "zrangestore",
                -5,
                WRITE | DENYOOM,
                Group.SORTED_SET,
                "6.2.0",
                "Copies a range into a key")
            .keys(1, 2, 1)
            .writes(1, 1, 1)
            .does(SortedSetRanges::zrangestore));
    addCountsAndRemovals(table);
  }

  private static void addCountsAndRemovals(CommandTable table) {
    count(table, "zcount", "2.0.0", "Counts a range of scores", By.SCORE);
    count(table, "zlexcount", "2.8.9", "Counts a range of members by their bytes", By.BYTES);
    remove(table, "zremrangebyrank", "2.0.0", "Removes a range of ranks", By.RANK);
    remove(table, "zremrangebyscore", "1.2.0", "Removes a range of scores", By.SCORE);
    remove(table, "zremrangebylex", "2.8.9", "Removes a range of members by their bytes", By.BYTES);
  }

  private static void read(
      CommandTable table, String name, String since, String summary, Command.Handler handler) {
    table.add(
        Command.command(name, -4, READONLY, Group.SORTED_SET, since, summary)
            .keys(1, 1, 1)
            .does(handler));
  }

  private static void count(CommandTable table, String name, String since, String summary, By by) {
    table.add(
        Command.command(name, 4, READONLY | FAST, Group.SORTED_SET, since, summary)
            .keys(1, 1, 1)
            .does(call -> count(call, by)));
  }

  private static void remove(CommandTable table, String name, String since, String summary, By by) {
    table.add(
        Command.command(name, 4, WRITE, Group.SORTED_SET, since, summary)
            .keys(1, 1, 1)
            .does(call -> remove(call, by)));
  }

  /** Arguments {@code min max [options]} from {@code first} on; what is given cannot be chosen. */
  private static Query query(
      Call call,
      int first,
      @Nullable By givenBy,
      @Nullable Direction givenDirection,
      boolean store) {
    By by = givenBy;
    Direction direction = givenDirection;
    long offset = 0;
    long limit = -1;
    boolean scores = false;
    for (int i = first + 2; i < call.count(); i++) {
      if (!store && call.is(i, "withscores")) {
        scores = true;
      } else if (i + 2 < call.count() && call.is(i, "limit")) {
        offset = call.integer(i + 1);
        limit = call.integer(i + 2);
        i += 2;
      } else if (direction == null && call.is(i, "rev")) {
        direction = Direction.DOWN;
      } else if (by == null && call.is(i, "bylex")) {
        by = By.BYTES;
      } else if (by == null && call.is(i, "byscore")) {
        by = By.SCORE;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    by = by == null ? By.RANK : by;
    direction = direction == null ? Direction.UP : direction;
    if (limit != -1 && by == By.RANK) {
      throw LIMIT_BY_RANK;
    }
    if (scores && by == By.BYTES) {
      throw SCORES_BY_BYTES;
    }
    boolean swapped = direction == Direction.DOWN && by != By.RANK;
    ScoreRange range = range(call, by, swapped ? first + 1 : first, swapped ? first : first + 1);
    return by == By.RANK
        ? new Query(range, direction, 0, -1, scores)
        : new Query(range, direction, offset, limit, scores);
  }

  private static ScoreRange range(Call call, By by, int min, int max) {
    return switch (by) {
      case RANK -> ScoreRange.Ranks.parse(call, min, max);
      case SCORE -> ScoreRange.Scores.parse(call, min, max);
      case BYTES -> ScoreRange.Members.parse(call, min, max);
    };
  }

  private static void zrange(Call call, @Nullable By by, @Nullable Direction direction) {
    Query query = query(call, 2, by, direction, false);
    ZSetValue zset = SortedSetCommands.find(call, 1);
    Reply reply = call.reply();
    if (zset == null) {
      reply.array(0);
      return;
    }
    IndexRange ranks = query.of(zset);
    boolean nested = query.scores && reply.protocol() > 2;
    reply.array(query.scores && !nested ? ranks.count() * 2 : ranks.count());
    query.show(
        zset,
        ranks,
        (array, from, length, score) -> {
          if (nested) {
            reply.array(2);
          }
          reply.bulk(array, from, length);
          if (query.scores) {
            reply.doubleValue(score);
          }
        });
  }

  private static void zrangestore(Call call) {
    Query query = query(call, 3, null, null, true);
    ZSetValue zset = SortedSetCommands.find(call, 2);
    ZSetValue result = call.keyspace().sortedSets().empty();
    if (zset != null) {
      query.show(zset, query.of(zset), result::put);
    }
    int size = result.size();
    Key target = call.key(1);
    boolean wasThere = size == 0 && call.keyspace().peek(target) != 0;
    call.requireRoom(result);
    call.keyspace().sortedSets().replace(target, result);
    call.notifyStored(Notifications.ZSET, "zrangestore", target, size, wasThere);
    call.reply().integer(size);
  }

  private static void count(Call call, By by) {
    ScoreRange range = range(call, by, 2, 3);
    ZSetValue zset = SortedSetCommands.find(call, 1);
    call.reply().integer(zset == null ? 0 : range.of(zset, Direction.UP).count());
  }

  private static void remove(Call call, By by) {
    ScoreRange range = range(call, by, 2, 3);
    ZSetValue zset = SortedSetCommands.edit(call);
    IndexRange ranks = range.of(zset, Direction.UP);
    if (ranks.count() > 0) {
      call.keyspace().sortedSets().removeRange(ranks.from(), ranks.count());
      call.notifyTaken(Notifications.ZSET, call.command().name(), call.key(1));
    }
    call.reply().integer(ranks.count());
  }
}
