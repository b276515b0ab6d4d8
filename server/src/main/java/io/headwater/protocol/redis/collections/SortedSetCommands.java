package io.headwater.protocol.redis.collections;

import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.keys.ScanOptions;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.text.FloatText;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.SortedSets;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.ZSetValue;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * ZADD and the other commands of one sorted set; {@link SortedSetRanges} has those of ranges,
 * {@link SortedSetPops} the pops, {@link SortedSetAlgebra} those of several.
 */
public final class SortedSetCommands {
  private static final CommandError NX_AND_XX =
      new CommandError("ERR XX and NX options at the same time are not compatible");
  private static final CommandError GT_LT_NX =
      new CommandError("ERR GT, LT, and/or NX options at the same time are not compatible");
  private static final CommandError SINGLE_INCREMENT =
      new CommandError("ERR INCR option supports a single increment-element pair");
  private static final CommandError NOT_A_NUMBER =
      new CommandError("ERR resulting score is not a number (NaN)");

  private static final int NX = 1;
  private static final int XX = 1 << 1;
  private static final int GT = 1 << 2;
  private static final int LT = 1 << 3;
  private static final int CH = 1 << 4;
  private static final int INCR = 1 << 5;
  private static final String[] WORDS = {"nx", "xx", "gt", "lt", "ch", "incr"};

  private SortedSetCommands() {}

  public static void addTo(CommandTable table) {
    OneKey one = new OneKey(table, Group.SORTED_SET);
    int adds = DENYOOM | FAST;
    one.write("zadd", -4, adds, "1.2.0", "Sets members' scores", SortedSetCommands::zadd);
    one.write("zincrby", 4, adds, "1.2.0", "Adds to a member's score", SortedSetCommands::zincrby);
    one.write("zrem", -3, FAST, "1.2.0", "Removes members", SortedSetCommands::zrem);
    one.read("zcard", 2, FAST, "1.2.0", "Counts members", SortedSetCommands::zcard);
    one.read("zscore", 3, FAST, "1.2.0", "Reads a score", SortedSetCommands::zscore);
    one.read("zmscore", -3, FAST, "6.2.0", "Reads scores", SortedSetCommands::zmscore);
    one.read(
        "zrank", 3, FAST, "2.0.0", "How many members stand before one", call -> rank(call, false));
    one.read(
        "zrevrank",
        3,
        FAST,
        "2.0.0",
        "How many members stand behind one",
        call -> rank(call, true));
    one.read("zrandmember", -2, 0, "6.2.0", "Draws members", SortedSetCommands::zrandmember);
    one.read("zscan", -3, 0, "2.8.0", "Walks the members", SortedSetCommands::zscan);
  }

  static @Nullable ZSetValue find(Call call, int key) {
    long entry = call.find(call.key(key), Entry.ZSET);
    return entry == 0 ? null : call.keyspace().sortedSets().read(entry);
  }

  static ZSetValue edit(Call call) {
    Key key = call.key(1);
    return call.keyspace().sortedSets().edit(key, call.findForWrite(key, Entry.ZSET));
  }

  private static void zadd(Call call) {
    int options = 0;
    int first = 2;
    for (int bit = 0; bit >= 0 && first < call.count(); ) {
      bit = optionAt(call, first);
      if (bit >= 0) {
        options |= 1 << bit;
        first++;
      }
    }
    int pairs = (call.count() - first) / 2;
    if (pairs == 0 || (call.count() - first) % 2 != 0) {
      throw CommandError.SYNTAX;
    }
    check(options, pairs);
    zadd(call, options, first);
  }

  private static int optionAt(Call call, int i) {
    for (int bit = 0; bit < WORDS.length; bit++) {
      if (call.is(i, WORDS[bit])) {
        return bit;
      }
    }
    return -1;
  }

  private static void check(int options, int pairs) {
    if ((options & NX) != 0 && (options & XX) != 0) {
      throw NX_AND_XX;
    }
    if (Integer.bitCount(options & (GT | LT | NX)) > 1) {
      throw GT_LT_NX;
    }
    if ((options & INCR) != 0 && pairs > 1) {
      throw SINGLE_INCREMENT;
    }
  }

  private static void zincrby(Call call) {
    zadd(call, INCR, 2);
  }

  private static void zadd(Call call, int options, int first) {
    double[] scores = new double[(call.count() - first) / 2];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = score(call, first + 2 * i, CommandError.NOT_FLOAT);
    }
    ZSetValue zset = edit(call);
    SortedSets sortedSets = call.keyspace().sortedSets();
    int added = 0;
    int updated = 0;
    double result = Double.NaN;
    for (int i = 0; i < scores.length; i++) {
      int member = first + 2 * i + 1;
      int from = call.start(member);
      int length = call.length(member);
      double old = zset.score(call.array(), from, length);
      boolean there = !Double.isNaN(old);
      double score = scores[i];
      if (there && (options & INCR) != 0) {
        score += old;
        if (Double.isNaN(score)) {
          throw NOT_A_NUMBER;
        }
      }
      if (isRefused(options, there, old, score)) {
        continue;
      }
      result = score;
      if (!there) {
        sortedSets.put(call.array(), from, length, score);
        added++;
      } else if (score != old) {
        sortedSets.move(call.array(), from, length, old, score);
        updated++;
      }
    }
    sortedSets.done();
    if (added + updated > 0) {
      String event = (options & INCR) != 0 ? "zincr" : "zadd";
      call.notify(Notifications.ZSET, event, call.key(1));
    }
    if ((options & INCR) == 0) {
      call.reply().integer((options & CH) != 0 ? added + updated : added);
    } else if (Double.isNaN(result)) {
      call.reply().nil();
    } else {
      call.reply().doubleValue(result);
    }
  }

  private static boolean isRefused(int options, boolean there, double old, double score) {
    if (!there) {
      return (options & XX) != 0;
    }
    return (options & NX) != 0
        || ((options & GT) != 0 && score <= old)
        || ((options & LT) != 0 && score >= old);
  }

  static double score(Call call, int i, CommandError otherwise) {
    double score = FloatText.parse(call.array(), call.start(i), call.length(i));
    if (Double.isNaN(score)) {
      throw otherwise;
    }
    return score;
  }

  private static void zrem(Call call) {
    edit(call);
    SortedSets sortedSets = call.keyspace().sortedSets();
    int removed = 0;
    for (int i = 2; i < call.count(); i++) {
      if (sortedSets.remove(call.array(), call.start(i), call.length(i))) {
        removed++;
      }
    }
    sortedSets.done();
    if (removed > 0) {
      call.notifyTaken(Notifications.ZSET, "zrem", call.key(1));
    }
    call.reply().integer(removed);
  }

  private static void zcard(Call call) {
    ZSetValue zset = find(call, 1);
    call.reply().integer(zset == null ? 0 : zset.size());
  }

  private static void zscore(Call call) {
    replyScore(call, find(call, 1), 2);
  }

  private static void zmscore(Call call) {
    ZSetValue zset = find(call, 1);
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      replyScore(call, zset, i);
    }
  }

  private static void replyScore(Call call, @Nullable ZSetValue zset, int member) {
    double score =
        zset == null
            ? Double.NaN
            : zset.score(call.array(), call.start(member), call.length(member));
    if (Double.isNaN(score)) {
      call.reply().nil();
    } else {
      call.reply().doubleValue(score);
    }
  }

  private static void rank(Call call, boolean reverse) {
    ZSetValue zset = find(call, 1);
    int rank = zset == null ? -1 : zset.rank(call.array(), call.start(2), call.length(2));
    if (zset == null || rank < 0) {
      call.reply().nil();
    } else {
      call.reply().integer(reverse ? zset.size() - 1 - rank : rank);
    }
  }

  private static void zrandmember(Call call) {
    if (call.count() == 2) {
      ZSetValue zset = find(call, 1);
      if (zset == null) {
        call.reply().nil();
      } else {
        zset.random(
            call.server().random(),
            (array, from, length, _) -> call.reply().bulk(array, from, length));
      }
      return;
    }
    Draw draw = Draw.of(call, "withscores");
    ZSetValue zset = find(call, 1);
    Reply reply = call.reply();
    if (zset == null || draw.count() == 0) {
      reply.array(0);
    } else if (draw.all(zset.size())) {
      draw.head(reply, zset.size());
      zset.forEach((array, from, length, score) -> {
        draw.pair(reply);
        reply.bulk(array, from, length);
        if (draw.pairs()) {
          reply.doubleValue(score);
        }
      });
    } else {
      List<Drawn> drawn = drawn(call, zset, draw);
      draw.head(reply, drawn.size());
      for (Drawn pair : drawn) {
        draw.pair(reply);
        reply.bulk(pair.member);
        if (draw.pairs()) {
          reply.doubleValue(pair.score);
        }
      }
    }
  }

  private record Drawn(Bytes member, double score) {}

  private static List<Drawn> drawn(Call call, ZSetValue zset, Draw draw) {
    RandomGenerator dice = call.server().random();
    return draw.from(
        zset.size(),
        dice,
        drawn -> zset.random(dice, into(drawn)),
        drawn -> zset.forEach(into(drawn)));
  }

  private static CollectionValue.Scored into(Collection<Drawn> drawn) {
    return (array, from, length, score) ->
        drawn.add(new Drawn(Bytes.copyOf(array, from, length), score));
  }

  private static void zscan(Call call) {
    ScanOptions.walk(
        call,
        2, // scores are bulks in RESP3 too
        c -> find(c, 1),
        (zset, cursor, options, seen) ->
            zset.scan(
                cursor,
                options.count(),
                (array, from, length, score) -> {
                  if (options.takes(array, from, length)) {
                    seen.next().bulk(array, from, length);
                    seen.next().doubleValue(score);
                  }
                }));
  }
}
