package io.headwater.protocol.redis.collections;

import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.keys.ScanOptions;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Lists;
import io.headwater.view.keyspace.Lists.End;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.Slice;
import org.jspecify.annotations.Nullable;

/** LPUSH and the other commands of lists, but for pops and moves: those are {@link ListPops}. */
public final class ListCommands {
  private static final CommandError ZERO_RANK =
      new CommandError(
          "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or"
              + " use negative to start from the end of the list");
  private static final CommandError NEGATIVE_COUNT =
      new CommandError("ERR COUNT can't be negative");
  private static final CommandError NEGATIVE_MAXLEN =
      new CommandError("ERR MAXLEN can't be negative");

  private ListCommands() {}

  public static void addTo(CommandTable table) {
    OneKey one = new OneKey(table, Group.LIST);
    int push = DENYOOM | FAST;
    one.write("lpush", -3, push, "1.0.0", "Puts elements in front", call -> push(call, End.LEFT));
    one.write("rpush", -3, push, "1.0.0", "Puts elements behind", call -> push(call, End.RIGHT));
    one.write(
        "lpushx",
        -3,
        push,
        "2.2.0",
        "Puts elements in front of a list that is there",
        call -> pushx(call, End.LEFT));
    one.write(
        "rpushx",
        -3,
        push,
        "2.2.0",
        "Puts elements behind a list that is there",
        call -> pushx(call, End.RIGHT));
    one.write("lset", 4, DENYOOM, "1.0.0", "Overwrites an element", ListCommands::lset);
    one.write(
        "linsert", 5, DENYOOM, "2.2.0", "Puts an element beside another", ListCommands::linsert);
    one.write("lrem", 4, 0, "1.0.0", "Removes equal elements", ListCommands::lrem);
    one.write("ltrim", 4, 0, "1.0.0", "Keeps a range of elements", ListCommands::ltrim);
    one.read("llen", 2, FAST, "1.0.0", "Counts elements", ListCommands::llen);
    one.read("lrange", 4, 0, "1.0.0", "Reads a range of elements", ListCommands::lrange);
    one.read("lindex", 3, 0, "1.0.0", "Reads an element", ListCommands::lindex);
    one.read("lpos", -3, 0, "6.0.6", "Finds equal elements", ListCommands::lpos);
  }

  private static @Nullable ListValue find(Call call) {
    long entry = call.find(call.key(1), Entry.LIST);
    return entry == 0 ? null : call.keyspace().lists().read(entry);
  }

  private static ListValue edit(Call call) {
    Key key = call.key(1);
    return call.keyspace().lists().edit(key, call.findForWrite(key, Entry.LIST));
  }

  private static void push(Call call, End end) {
    push(call, end, edit(call));
  }

  private static void pushx(Call call, End end) {
    ListValue list = edit(call);
    if (list.isEmpty()) {
      call.reply().integer(0);
    } else {
      push(call, end, list);
    }
  }

  private static void push(Call call, End end, ListValue list) {
    Lists lists = call.keyspace().lists();
    for (int i = 2; i < call.count(); i++) {
      lists.push(end, call.array(), call.start(i), call.length(i));
    }
    int size = list.size();
    lists.done();
    call.notify(Notifications.LIST, end == End.LEFT ? "lpush" : "rpush", call.key(1));
    call.reply().integer(size);
  }

  private static void llen(Call call) {
    ListValue list = find(call);
    call.reply().integer(list == null ? 0 : list.size());
  }

  private static void lrange(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    ListValue list = find(call);
    Reply reply = call.reply();
    IndexRange range = IndexRange.of(start, end, list == null ? 0 : list.size());
    reply.array(range.count());
    if (list != null) {
      list.forRange(range.from(), range.count(), reply::bulk);
    }
  }

  /** An index that may count from the end; -1 if it is outside. */
  private static int index(long index, int size) {
    long fromStart = index < 0 ? index + size : index;
    return fromStart < 0 || fromStart >= size ? -1 : (int) fromStart;
  }

  private static void lindex(Call call) {
    ListValue list = find(call);
    if (list == null) {
      call.reply().nil();
      return;
    }
    int index = index(call.integer(2), list.size());
    if (index < 0) {
      call.reply().nil();
      return;
    }
    Slice out = new Slice();
    list.get(index, out);
    call.reply().bulk(out.array(), out.from(), out.length());
  }

  private static void lset(Call call) {
    ListValue list = edit(call);
    if (list.isEmpty()) {
      throw CommandError.NO_SUCH_KEY;
    }
    int index = index(call.integer(2), list.size());
    if (index < 0) {
      throw CommandError.OUT_OF_RANGE;
    }
    call.keyspace().lists().set(index, call.array(), call.start(3), call.length(3));
    call.notify(Notifications.LIST, "lset", call.key(1));
    call.reply().ok();
  }

  private static void linsert(Call call) {
    boolean after = call.is(2, "after");
    if (!after && !call.is(2, "before")) {
      throw CommandError.SYNTAX;
    }
    ListValue list = edit(call);
    if (list.isEmpty()) {
      call.reply().integer(0);
      return;
    }
    int[] found = {-1};
    list.findEqual(
        false,
        Long.MAX_VALUE,
        call.array(),
        call.start(3),
        call.length(3),
        i -> {
          found[0] = i;
          return false;
        });
    if (found[0] < 0) {
      call.reply().integer(-1);
      return;
    }
    int size = list.size() + 1;
    int index = found[0] + (after ? 1 : 0);
    call.keyspace().lists().insert(index, call.array(), call.start(4), call.length(4));
    call.notify(Notifications.LIST, "linsert", call.key(1));
    call.reply().integer(size);
  }

  private static void lrem(Call call) {
    long limit = call.integer(2);
    ListValue list = edit(call);
    int removed = 0;
    if (!list.isEmpty()) {
      removed =
          call.keyspace().lists().removeEqual(limit, call.array(), call.start(3), call.length(3));
    }
    if (removed > 0) {
      call.notifyTaken(Notifications.LIST, "lrem", call.key(1));
    }
    call.reply().integer(removed);
  }

  private static void ltrim(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    ListValue list = edit(call);
    IndexRange range = IndexRange.of(start, end, list.size());
    boolean there = !list.isEmpty();
    if (!list.isEmpty() && range.count() < list.size()) {
      call.keyspace().lists().trim(range.from(), range.count());
    }
    if (there) {
      call.notifyTaken(Notifications.LIST, "ltrim", call.key(1));
    }
    call.reply().ok();
  }

  private static void lpos(Call call) {
    long rank = 1;
    long count = -1;
    long compare = 0;
    for (int i = 3; i < call.count(); i += 2) {
      boolean valued = i + 1 < call.count();
      if (valued && call.is(i, "rank")) {
        rank = call.integer(i + 1);
        if (rank == Long.MIN_VALUE) {
          rank = -1; // Redis 7.0 overflows here, which comes to the same
        }
        if (rank == 0) {
          throw ZERO_RANK;
        }
      } else if (valued && call.is(i, "count")) {
        count = notNegative(call, i + 1, NEGATIVE_COUNT);
      } else if (valued && call.is(i, "maxlen")) {
        compare = notNegative(call, i + 1, NEGATIVE_MAXLEN);
      } else {
        throw CommandError.SYNTAX;
      }
    }
    positions(call, rank, count, compare);
  }

  private static long notNegative(Call call, int i, CommandError otherwise) {
    long value = call.integer(i, otherwise);
    if (value < 0) {
      throw otherwise;
    }
    return value;
  }

  private static void positions(Call call, long rank, long count, long compare) {
    ListValue list = find(call);
    ScanOptions.Collected found = new ScanOptions.Collected(call.reply().protocol());
    if (list != null) {
      long wanted = count < 0 ? 1 : count == 0 ? Long.MAX_VALUE : count;
      long[] skip = {Math.abs(rank) - 1};
      list.findEqual(
          rank < 0,
          compare == 0 ? Long.MAX_VALUE : compare,
          call.array(),
          call.start(2),
          call.length(2),
          i -> {
            if (skip[0] > 0) {
              skip[0]--;
              return true;
            }
            found.next().integer(i);
            return found.count() < wanted;
          });
    }
    if (count >= 0) {
      call.reply().array(found.count());
    } else if (found.count() == 0) {
      call.reply().nil();
    }
    found.writeTo(call.reply());
  }
}
