package io.headwater.protocol.redis.collections;

import static io.headwater.protocol.redis.facts.Flags.BLOCKING;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.MOVABLEKEYS;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.Waiting;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Lists;
import io.headwater.view.keyspace.Lists.End;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.Slice;

/** LPOP, LMOVE and the other commands that take elements out of lists, waiting for them or not. */
public final class ListPops {
  private static final CommandError NOT_POSITIVE =
      new CommandError("ERR value is out of range, must be positive");

  private ListPops() {}

  public static void addTo(CommandTable table) {
    int moves = WRITE | DENYOOM;
    int waits = WRITE | NOSCRIPT | BLOCKING;
    pop(table, "lpop", "Takes elements from the front", End.LEFT);
    pop(table, "rpop", "Takes elements from behind", End.RIGHT);
    bpop(table, "blpop", "Takes an element from the front or waits for one", End.LEFT);
    bpop(table, "brpop", "Takes an element from behind or waits for one", End.RIGHT);
    table.add(
        Command.command("lmove", 5, moves, Group.LIST, "6.2.0", "Moves an element to a list")
            .keys(1, 2, 1)
            .does(call -> move(call, end(call, 3), end(call, 4))));
    table.add(
        Command.command(
                "rpoplpush", 3, moves, Group.LIST, "1.2.0", "Moves the last element to a list")
            .keys(1, 2, 1)
            .does(call -> move(call, End.RIGHT, End.LEFT)));
    table.add(
        Command.command(
                "blmove",
                6,
                waits | DENYOOM,
                Group.LIST,
                "6.2.0",
                "Moves an element to a list or waits for one")
            .keys(1, 2, 1)
            .does(call -> blockingMove(call, end(call, 3), end(call, 4), 5)));
    table.add(
        Command.command(
                "brpoplpush",
                4,
                waits | DENYOOM,
                Group.LIST,
                "2.2.0",
                "Moves the last element to a list or waits for one")
            .keys(1, 2, 1)
            .does(call -> blockingMove(call, End.RIGHT, End.LEFT, 3)));
    table.add(
        Command.command(
                "lmpop",
                -4,
                WRITE | MOVABLEKEYS,
                Group.LIST,
                "7.0.0",
                "Takes elements from the first list that has some")
            .keys(KeyCounts.at(1))
            .does(ListPops::lmpop));
    table.add(
        Command.command(
                "blmpop",
                -5,
                WRITE | BLOCKING | MOVABLEKEYS,
                Group.LIST,
                "7.0.0",
                "Takes elements from the first list that has some, or waits for them")
            .keys(KeyCounts.at(2))
            .does(ListPops::blmpop));
  }

  private static void pop(CommandTable table, String name, String summary, End end) {
    table.add(
        Command.command(name, -2, WRITE | FAST, Group.LIST, "1.0.0", summary)
            .keys(1, 1, 1)
            .does(call -> pop(call, end)));
  }

  private static void bpop(CommandTable table, String name, String summary, End end) {
    table.add(
        Command.command(name, -3, WRITE | NOSCRIPT | BLOCKING, Group.LIST, "2.0.0", summary)
            .keys(1, -2, 1)
            .does(call -> blockingPop(call, end)));
  }

  private static End end(Call call, int i) {
    if (call.is(i, "left")) {
      return End.LEFT;
    }
    if (call.is(i, "right")) {
      return End.RIGHT;
    }
    throw CommandError.SYNTAX;
  }

  private static void pop(Call call, End end) {
    if (call.count() > 3) {
      throw new CommandError(
          "ERR wrong number of arguments for '" + call.command().name() + "' command");
    }
    boolean counted = call.count() == 3;
    long count = counted ? call.integer(2, NOT_POSITIVE) : 1;
    if (count < 0) {
      throw NOT_POSITIVE;
    }
    Key key = call.key(1);
    ListValue list = call.keyspace().lists().edit(key, call.findForWrite(key, Entry.LIST));
    if (list.isEmpty()) {
      if (counted) {
        call.reply().nilArray();
      } else {
        call.reply().nil();
      }
    } else if (counted) {
      popMany(call, key, list, end, count);
    } else {
      popOne(call, key, list, end);
    }
  }

  private static void popOne(Call call, Key key, ListValue list, End end) {
    Slice out = new Slice();
    list.get(end == End.LEFT ? 0 : list.size() - 1, out);
    call.reply().bulk(out.array(), out.from(), out.length());
    call.keyspace().lists().pop(end, 1);
    call.notifyTaken(Notifications.LIST, event(end), key);
  }

  /** Replies an array of up to {@code wanted} elements of the list being edited, and pops them. */
  private static void popMany(Call call, Key key, ListValue list, End end, long wanted) {
    int count = (int) Math.min(wanted, list.size());
    Reply reply = call.reply();
    reply.array(count);
    if (count == 0) {
      return;
    }
    if (end == End.LEFT) {
      list.forRange(0, count, reply::bulk);
    } else {
      Slice out = new Slice();
      for (int i = 1; i <= count; i++) {
        list.get(list.size() - i, out);
        reply.bulk(out.array(), out.from(), out.length());
      }
    }
    call.keyspace().lists().pop(end, count);
    call.notifyTaken(Notifications.LIST, event(end), key);
  }

  private static String event(End end) {
    return end == End.LEFT ? "lpop" : "rpop";
  }

  private static void move(Call call, End from, End to) {
    if (!moveNow(call, call.key(1), from, to)) {
      call.reply().nil();
    }
  }

  private static boolean moveNow(Call call, Key source, End from, End to) {
    if (call.findForWrite(source, Entry.LIST) == 0) {
      return false;
    }
    Key target = call.otherKey(2);
    call.findForWrite(target, Entry.LIST);
    long entry = call.findForWrite(source, Entry.LIST);
    Lists lists = call.keyspace().lists();
    ListValue list = lists.edit(source, entry);
    Slice out = new Slice();
    list.get(from == End.LEFT ? 0 : list.size() - 1, out);
    byte[] moved = out.toByteArray();
    call.requireRoom(moved.length);
    if (call.bytes(1).equals(call.bytes(2))) {
      lists.rotate(from, to);
    } else {
      lists.pop(from, 1);
      lists.edit(target, call.findForWrite(target, Entry.LIST));
      lists.push(to, moved, 0, moved.length);
      lists.done();
    }
    call.notify(Notifications.LIST, to == End.LEFT ? "lpush" : "rpush", target);
    call.notifyTaken(Notifications.LIST, event(from), source);
    call.reply().bulk(moved, 0, moved.length);
    return true;
  }

  private static void blockingMove(Call call, End from, End to, int timeoutIndex) {
    long timeoutMs = Timeouts.ms(call, timeoutIndex);
    if (moveNow(call, call.key(1), from, to)) {
      return;
    }
    Waiting waiting = call.server().waiting();
    if (!waiting.isAllowed(call)) {
      call.reply().nil();
      return;
    }
    waiting.add(call, new int[] {1}, timeoutMs, (c, key) -> moveIfList(c, key, from, to));
  }

  /** For a client that waits, a key of another type is like none. */
  private static boolean moveIfList(Call call, Key key, End from, End to) {
    return FirstOf.holds(call, key, Entry.LIST) && moveNow(call, key, from, to);
  }

  private static void blockingPop(Call call, End end) {
    long timeoutMs = Timeouts.ms(call, call.count() - 1);
    new FirstOf(Command.range(call, 1, -2, 1), Entry.LIST)
        .takeOrWait(call, timeoutMs, (c, key) -> popWithKey(c, key, end));
  }

  private static void popWithKey(Call call, Key key, End end) {
    ListValue list = call.keyspace().lists().edit(key, call.findForWrite(key, Entry.LIST));
    call.reply().array(2);
    call.reply().bulk(key.array(), key.from(), key.length());
    popOne(call, key, list, end);
  }

  private static void lmpop(Call call) {
    MultiPop pop = MultiPop.of(call, 1, "left", "right");
    new FirstOf(pop.keys(), Entry.LIST).takeNow(call, (c, key) -> popManyWithKey(c, key, pop));
  }

  private static void blmpop(Call call) {
    MultiPop pop = MultiPop.of(call, 2, "left", "right");
    long timeoutMs = Timeouts.ms(call, 1); // the last that Redis looks at
    new FirstOf(pop.keys(), Entry.LIST)
        .takeOrWait(call, timeoutMs, (c, key) -> popManyWithKey(c, key, pop));
  }

  private static void popManyWithKey(Call call, Key key, MultiPop pop) {
    ListValue list = call.keyspace().lists().edit(key, call.findForWrite(key, Entry.LIST));
    call.reply().array(2);
    call.reply().bulk(key.array(), key.from(), key.length());
    popMany(call, key, list, pop.first() ? End.LEFT : End.RIGHT, pop.count());
  }
}
