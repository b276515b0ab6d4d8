package io.headwater.protocol.redis.collections;

import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.SetValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Intersections, unions and differences of sets. */
public final class SetAlgebra {
  private static final CommandError FEW_KEYS =
      new CommandError("ERR numkeys should be greater than 0");
  private static final CommandError MANY_KEYS =
      new CommandError("ERR Number of keys can't be greater than number of args");
  private static final CommandError NEGATIVE_LIMIT =
      new CommandError("ERR LIMIT can't be negative");

  /** Combines sets, of which missing ones are null, into a new one. */
  private interface Operation {
    SetValue of(Call call, List<@Nullable SetValue> sets);
  }

  private SetAlgebra() {}

  public static void addTo(CommandTable table) {
    add(table, "sinter", "Intersects sets", SetAlgebra::intersection);
    add(table, "sunion", "Unites sets", SetAlgebra::union);
    add(table, "sdiff", "Subtracts sets from the first", SetAlgebra::difference);
    table.add(
        Command.command(
                "sintercard",
                -3,
                READONLY | Flags.MOVABLEKEYS,
                Group.SET,
                "7.0.0",
                "Counts an intersection")
            .keys(KeyCounts.at(1))
            .does(SetAlgebra::sintercard));
  }

  private static void add(CommandTable table, String name, String summary, Operation operation) {
    table.add(
        Command.command(name, -2, READONLY, Group.SET, "1.0.0", summary)
            .keys(1, -1, 1)
            .does(call -> read(call, operation)));
    table.add(
        Command.command(
                name + "store", -3, WRITE | DENYOOM, Group.SET, "1.0.0", summary + " into a key")
            .keys(1, -1, 1)
            .writes(1, 1, 1)
            .does(call -> store(call, operation)));
  }

  private static void read(Call call, Operation operation) {
    SetValue result = operation.of(call, sets(call, 1, call.count()));
    call.reply().set(result.size());
    result.forEach(call.reply()::bulk);
  }

  private static void store(Call call, Operation operation) {
    SetValue result = operation.of(call, sets(call, 2, call.count()));
    int size = result.size();
    Key target = call.key(1);
    boolean wasThere = size == 0 && call.keyspace().peek(target) != 0;
    call.requireRoom(result);
    call.keyspace().sets().replace(target, result);
    call.notifyStored(Notifications.SET, call.command().name(), target, size, wasThere);
    call.reply().integer(size);
  }

  private static void sintercard(Call call) {
    long keys = call.integer(1, FEW_KEYS);
    if (keys < 1) {
      throw FEW_KEYS;
    }
    if (keys > call.count() - 2) {
      throw MANY_KEYS;
    }
    int end = (int) keys + 2;
    long limit = 0;
    for (int i = end; i < call.count(); i += 2) {
      if (i + 1 == call.count() || !call.is(i, "limit")) {
        throw CommandError.SYNTAX;
      }
      limit = call.integer(i + 1, NEGATIVE_LIMIT);
      if (limit < 0) {
        throw NEGATIVE_LIMIT;
      }
    }
    List<@Nullable SetValue> sets = sets(call, 2, end);
    int size = intersection(call, sets).size();
    call.reply().integer(limit == 0 ? size : Math.min(limit, size));
  }

  private static List<@Nullable SetValue> sets(Call call, int first, int end) {
    List<@Nullable SetValue> sets = new ArrayList<>();
    for (int i = first; i < end; i++) {
      long entry = call.find(call.otherKey(i), Entry.SET);
      sets.add(entry == 0 ? null : call.keyspace().sets().own(entry));
    }
    return sets;
  }

  private static SetValue intersection(Call call, List<@Nullable SetValue> sets) {
    SetValue result = call.keyspace().sets().empty();
    List<SetValue> present = new ArrayList<>();
    for (SetValue set : sets) {
      if (set == null) {
        return result;
      }
      present.add(set);
    }
    present.sort(Comparator.comparingInt(SetValue::size));
    SetValue smallest = present.removeFirst();
    smallest.forEach((array, from, length) -> {
      for (SetValue other : present) {
        if (!other.contains(array, from, length)) {
          return;
        }
      }
      result.add(array, from, length);
    });
    return result;
  }

  private static SetValue union(Call call, List<@Nullable SetValue> sets) {
    SetValue result = call.keyspace().sets().empty();
    for (SetValue set : sets) {
      if (set != null) {
        set.forEach(result::add);
      }
    }
    return result;
  }

  private static SetValue difference(Call call, List<@Nullable SetValue> sets) {
    SetValue result = call.keyspace().sets().empty();
    SetValue first = sets.getFirst();
    if (first == null) {
      return result;
    }
    List<SetValue> others = new ArrayList<>();
    for (SetValue set : sets.subList(1, sets.size())) {
      if (set != null) {
        others.add(set);
      }
    }
    first.forEach((array, from, length) -> {
      for (SetValue other : others) {
        if (other.contains(array, from, length)) {
          return;
        }
      }
      result.add(array, from, length);
    });
    return result;
  }
}
