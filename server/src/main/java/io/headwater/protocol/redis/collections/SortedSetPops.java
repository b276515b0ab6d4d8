package io.headwater.protocol.redis.collections;

import static io.headwater.protocol.redis.facts.Flags.BLOCKING;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.MOVABLEKEYS;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.ZSetValue;

/** ZPOPMIN and the other commands that take members out of sorted sets, waiting or not. */
public final class SortedSetPops {
  private static final CommandError NOT_POSITIVE =
      new CommandError("ERR value is out of range, must be positive");

  /** Which end of the order to take from, and how scores stand in the reply. */
  private enum End {
    LOWEST,
    HIGHEST
  }

  private SortedSetPops() {}

  public static void addTo(CommandTable table) {
    pop(table, "zpopmin", "Takes the members with the lowest scores", End.LOWEST);
    pop(table, "zpopmax", "Takes the members with the highest scores", End.HIGHEST);
    bpop(table, "bzpopmin", "Takes the member with the lowest score or waits", End.LOWEST);
    bpop(table, "bzpopmax", "Takes the member with the highest score or waits", End.HIGHEST);
    table.add(
        Command.command(
                "zmpop",
                -4,
                WRITE | MOVABLEKEYS,
                Group.SORTED_SET,
                "7.0.0",
                "Takes members from the first sorted set that has some")
            .keys(KeyCounts.at(1))
            .does(SortedSetPops::zmpop));
    table.add(
        Command.command(
                "bzmpop",
                -5,
                WRITE | BLOCKING | MOVABLEKEYS,
                Group.SORTED_SET,
                "7.0.0",
                "Takes members from the first sorted set that has some, or waits for them")
            .keys(KeyCounts.at(2))
            .does(SortedSetPops::bzmpop));
  }

  private static void pop(CommandTable table, String name, String summary, End end) {
    table.add(
        Command.command(name, -2, WRITE | FAST, Group.SORTED_SET, "5.0.0", summary)
            .keys(1, 1, 1)
            .does(call -> pop(call, end)));
  }

  private static void bpop(CommandTable table, String name, String summary, End end) {
    table.add(
        Command.command(
                name, -3, WRITE | NOSCRIPT | BLOCKING | FAST, Group.SORTED_SET, "5.0.0", summary)
            .keys(1, -2, 1)
            .does(call -> blockingPop(call, end)));
  }

  private static void pop(Call call, End end) {
    if (call.count() > 3) {
      throw CommandError.SYNTAX;
    }
    boolean counted = call.count() == 3;
    long count = counted ? call.integer(2, NOT_POSITIVE) : 1;
    if (count < 0) {
      throw NOT_POSITIVE;
    }
    ZSetValue zset = SortedSetCommands.edit(call);
    int taken = (int) Math.min(count, zset.size());
    Reply reply = call.reply();
    boolean nested = counted && reply.protocol() > 2;
    reply.array(nested ? taken : taken * 2);
    take(call, call.key(1), zset, end, taken, nested);
  }

  /** Replies the members of the sorted set being edited with their scores, and removes them. */
  private static void take(Call call, Key key, ZSetValue zset, End end, int count, boolean nested) {
    if (count == 0) {
      return;
    }
    Reply reply = call.reply();
    int first = end == End.LOWEST ? 0 : zset.size() - count;
    io.headwater.view.keyspace.types.CollectionValue.Scored show =
        (array, from, length, score) -> {
          if (nested) {
            reply.array(2);
          }
          reply.bulk(array, from, length);
          reply.doubleValue(score);
        };
    if (end == End.LOWEST) {
      zset.forRange(0, count, show);
    } else {
      zset.forRangeDown(zset.size() - 1, count, show);
    }
    call.keyspace().sortedSets().removeRange(first, count);
    call.notifyTaken(Notifications.ZSET, end == End.LOWEST ? "zpopmin" : "zpopmax", key);
  }

  private static ZSetValue editWithKey(Call call, Key key, int arraySize) {
    ZSetValue zset = call.keyspace().sortedSets().edit(key, call.findForWrite(key, Entry.ZSET));
    call.reply().array(arraySize);
    call.reply().bulk(key.array(), key.from(), key.length());
    return zset;
  }

  private static void blockingPop(Call call, End end) {
    long timeoutMs = Timeouts.ms(call, call.count() - 1);
    new FirstOf(Command.range(call, 1, -2, 1), Entry.ZSET)
        .takeOrWait(
            call, timeoutMs, (c, key) -> take(c, key, editWithKey(c, key, 3), end, 1, false));
  }

  private static void zmpop(Call call) {
    MultiPop pop = MultiPop.of(call, 1, "min", "max");
    new FirstOf(pop.keys(), Entry.ZSET).takeNow(call, (c, key) -> popMany(c, key, pop));
  }

  private static void bzmpop(Call call) {
    MultiPop pop = MultiPop.of(call, 2, "min", "max");
    long timeoutMs = Timeouts.ms(call, 1); // the last that Redis looks at
    new FirstOf(pop.keys(), Entry.ZSET)
        .takeOrWait(call, timeoutMs, (c, key) -> popMany(c, key, pop));
  }

  private static void popMany(Call call, Key key, MultiPop pop) {
    ZSetValue zset = editWithKey(call, key, 2);
    int count = (int) Math.min(pop.count(), zset.size());
    call.reply().array(count);
    take(call, key, zset, pop.first() ? End.LOWEST : End.HIGHEST, count, true);
  }
}
