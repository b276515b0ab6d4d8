package io.headwater.protocol.redis.collections;

import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.MOVABLEKEYS;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
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
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.SetValue;
import io.headwater.view.keyspace.types.ZSetValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Unions, intersections and differences of sorted sets, and of sets as if all scores were 1. */
public final class SortedSetAlgebra {
  private static final CommandError NO_WEIGHT = new CommandError("ERR weight value is not a float");
  private static final CommandError NEGATIVE_LIMIT =
      new CommandError("ERR LIMIT can't be negative");

  private enum Operation {
    UNION,
    INTERSECTION,
    DIFFERENCE
  }

  private enum Aggregate {
    SUM,
    MIN,
    MAX;

    double of(double a, double b) {
      return switch (this) {
        case SUM -> orZero(a + b);
        case MIN -> b < a ? b : a;
        case MAX -> b > a ? b : a;
      };
    }
  }

  /** One operand; both values null if its key is missing. */
  private static final class Source {
    final @Nullable SetValue set;
    final @Nullable ZSetValue zset;
    double weight = 1;

    Source(@Nullable SetValue set, @Nullable ZSetValue zset) {
      this.set = set;
      this.zset = zset;
    }

    int size() {
      return set != null ? set.size() : zset != null ? zset.size() : 0;
    }

    /** NaN if the member is not there. */
    double score(byte[] array, int from, int length) {
      if (set != null) {
        return set.contains(array, from, length) ? 1 : Double.NaN;
      }
      return zset == null ? Double.NaN : zset.score(array, from, length);
    }

    double weighted(double score) {
      return orZero(weight * score);
    }

    void forEach(CollectionValue.Scored members) {
      if (set != null) {
        set.forEach((array, from, length) -> members.member(array, from, length, 1));
      } else if (zset != null) {
        zset.forEach(members);
      }
    }
  }

  /** What the words behind the keys say. */
  private static final class Options {
    Aggregate aggregate = Aggregate.SUM;
    boolean scores;
  }

  private SortedSetAlgebra() {}

  public static void addTo(CommandTable table) {
    add(table, "zunion", "2.0.0", "Unites sorted sets", Operation.UNION);
    add(table, "zinter", "2.0.0", "Intersects sorted sets", Operation.INTERSECTION);
    add(table, "zdiff", "6.2.0", "Subtracts sorted sets from the first", Operation.DIFFERENCE);
    table.add(
        Command.command(
                "zintercard",
                -3,
                READONLY | MOVABLEKEYS,
                Group.SORTED_SET,
                "7.0.0",
                "Counts an intersection")
            .keys(KeyCounts.at(1))
            .does(SortedSetAlgebra::zintercard));
  }

  private static void add(
      CommandTable table, String name, String storeSince, String summary, Operation operation) {
    table.add(
        Command.command(name, -3, READONLY | MOVABLEKEYS, Group.SORTED_SET, "6.2.0", summary)
            .keys(KeyCounts.at(1))
            .does(call -> read(call, operation)));
    table.add(
        Command.command(
                name + "store",
                -4,
                WRITE | DENYOOM | MOVABLEKEYS,
                Group.SORTED_SET,
                storeSince,
                summary + " into a key")
            .keys(1, 1, 1)
            .keys(KeyCounts.behindTarget(2))
            .writes(1, 1, 1)
            .does(call -> store(call, operation)));
  }

  private static double orZero(double value) {
    return Double.isNaN(value) ? 0 : value;
  }

  private static void read(Call call, Operation operation) {
    List<Source> sources = sources(call, 1);
    Options options = options(call, 2 + sources.size(), sources, operation, false);
    ZSetValue result = compute(call, operation, sources, options.aggregate);
    Reply reply = call.reply();
    boolean nested = options.scores && reply.protocol() > 2;
    reply.array(options.scores && !nested ? result.size() * 2 : result.size());
    result.forEach((array, from, length, score) -> {
      if (nested) {
        reply.array(2);
      }
      reply.bulk(array, from, length);
      if (options.scores) {
        reply.doubleValue(score);
      }
    });
  }

  private static void store(Call call, Operation operation) {
    List<Source> sources = sources(call, 2);
    Options options = options(call, 3 + sources.size(), sources, operation, true);
    ZSetValue result = compute(call, operation, sources, options.aggregate);
    int size = result.size();
    Key target = call.key(1);
    boolean wasThere = size == 0 && call.keyspace().peek(target) != 0;
    call.requireRoom(result);
    call.keyspace().sortedSets().replace(target, result);
    call.notifyStored(Notifications.ZSET, call.command().name(), target, size, wasThere);
    call.reply().integer(size);
  }

  private static void zintercard(Call call) {
    List<Source> sources = sources(call, 1);
    long limit = 0;
    for (int i = 2 + sources.size(); i < call.count(); i += 2) {
      if (i + 1 == call.count() || !call.is(i, "limit")) {
        throw CommandError.SYNTAX;
      }
      limit = call.integer(i + 1, NEGATIVE_LIMIT);
      if (limit < 0) {
        throw NEGATIVE_LIMIT;
      }
    }
    int size = compute(call, Operation.INTERSECTION, sources, Aggregate.SUM).size();
    call.reply().integer(limit == 0 ? size : Math.min(limit, size));
  }

  private static List<Source> sources(Call call, int index) {
    long keys = call.integer(index);
    if (keys < 1) {
      throw new CommandError(
          "ERR at least 1 input key is needed for '" + call.command().name() + "' command");
    }
    if (keys > call.count() - index - 1) {
      throw CommandError.SYNTAX;
    }
    List<Source> sources = new ArrayList<>();
    for (int i = index + 1; i <= index + keys; i++) {
      long entry = call.find(call.otherKey(i));
      if (entry == 0) {
        sources.add(new Source(null, null));
      } else if (Entry.type(entry) == Entry.SET) {
        sources.add(new Source(call.keyspace().sets().own(entry), null));
      } else if (Entry.type(entry) == Entry.ZSET) {
        sources.add(new Source(null, call.keyspace().sortedSets().own(entry)));
      } else {
        throw CommandError.WRONG_TYPE;
      }
    }
    return sources;
  }

  private static Options options(
      Call call, int first, List<Source> sources, Operation operation, boolean store) {
    Options options = new Options();
    boolean weighs = operation != Operation.DIFFERENCE;
    for (int i = first; i < call.count(); ) {
      int left = call.count() - i;
      if (weighs && left > sources.size() && call.is(i, "weights")) {
        for (Source source : sources) {
          source.weight = SortedSetCommands.score(call, ++i, NO_WEIGHT);
        }
        i++;
      } else if (weighs && left > 1 && call.is(i, "aggregate")) {
        options.aggregate = aggregate(call, i + 1);
        i += 2;
      } else if (!store && call.is(i, "withscores")) {
        options.scores = true;
        i++;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    return options;
  }

  private static Aggregate aggregate(Call call, int i) {
    if (call.is(i, "sum")) {
      return Aggregate.SUM;
    }
    if (call.is(i, "min")) {
      return Aggregate.MIN;
    }
    if (call.is(i, "max")) {
      return Aggregate.MAX;
    }
    throw CommandError.SYNTAX;
  }

  /** Redis goes from the smallest set to the largest, which decides how sums are rounded. */
  private static ZSetValue compute(
      Call call, Operation operation, List<Source> sources, Aggregate aggregate) {
    ZSetValue result = call.keyspace().sortedSets().empty();
    if (operation == Operation.DIFFERENCE) {
      difference(sources, result);
      return result;
    }
    sources.sort(Comparator.comparingInt(Source::size));
    if (operation == Operation.INTERSECTION) {
      intersection(sources, aggregate, result);
    } else {
      for (Source source : sources) {
        source.forEach((array, from, length, score) -> {
          double weighted = source.weighted(score);
          double old = result.score(array, from, length);
          double sum = Double.isNaN(old) ? weighted : aggregate.of(old, weighted);
          if (sum == 0 && old == 0) {
            result.remove(array, from, length); // or it would keep the old zero's sign
          }
          result.put(array, from, length, sum);
        });
      }
    }
    return result;
  }

  private static void intersection(List<Source> sources, Aggregate aggregate, ZSetValue result) {
    Source smallest = sources.getFirst();
    List<Source> others = sources.subList(1, sources.size());
    smallest.forEach((array, from, length, score) -> {
      double sum = smallest.weighted(score);
      for (Source other : others) {
        double there = other.score(array, from, length);
        if (Double.isNaN(there)) {
          return;
        }
        sum = aggregate.of(sum, other.weight * there); // as Redis: what is no number ends the sum
      }
      result.put(array, from, length, sum);
    });
  }

  private static void difference(List<Source> sources, ZSetValue result) {
    List<Source> others = sources.subList(1, sources.size());
    sources
        .getFirst()
        .forEach((array, from, length, score) -> {
          for (Source other : others) {
            if (!Double.isNaN(other.score(array, from, length))) {
              return;
            }
          }
          result.put(array, from, length, score);
        });
  }
}
