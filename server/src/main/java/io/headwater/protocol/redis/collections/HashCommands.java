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
import io.headwater.protocol.redis.text.LongDouble;
import io.headwater.protocol.redis.text.Numbers;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Hashes;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.HashValue;
import io.headwater.view.keyspace.types.Slice;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** HSET and the other commands of hashes. */
public final class HashCommands {
  private static final CommandError NO_INTEGER =
      new CommandError("ERR hash value is not an integer");
  private static final CommandError NO_FLOAT = new CommandError("ERR hash value is not a float");
  private static final CommandError OVERFLOW =
      new CommandError("ERR increment or decrement would overflow");
  private static final CommandError NOT_FINITE = new CommandError("ERR value is NaN or Infinity");
  private static final CommandError NOT_FINITE_SUM =
      new CommandError("ERR increment would produce NaN or Infinity");

  private HashCommands() {}

  public static void addTo(CommandTable table) {
    OneKey one = new OneKey(table, Group.HASH);
    HashExpiryCommands.addTo(table);
    one.write("hset", -4, DENYOOM | FAST, "2.0.0", "Sets fields", HashCommands::hset);
    one.write("hmset", -4, DENYOOM | FAST, "2.0.0", "Sets fields", HashCommands::hmset);
    one.write(
        "hsetnx",
        4,
        DENYOOM | FAST,
        "2.0.0",
        "Sets a field that is not there",
        HashCommands::hsetnx);
    one.write("hdel", -3, FAST, "2.0.0", "Deletes fields", HashCommands::hdel);
    one.write(
        "hincrby", 4, DENYOOM | FAST, "2.0.0", "Adds an integer to a field", HashCommands::hincrby);
    one.write(
        "hincrbyfloat",
        4,
        DENYOOM | FAST,
        "2.6.0",
        "Adds a floating point number to a field",
        HashCommands::hincrbyfloat);
    one.read("hget", 3, FAST, "2.0.0", "Reads a field", HashCommands::hget);
    one.read("hmget", -3, FAST, "2.0.0", "Reads fields", HashCommands::hmget);
    one.read("hgetall", 2, 0, "2.0.0", "Reads all fields and values", HashCommands::hgetall);
    one.read("hlen", 2, FAST, "2.0.0", "Counts fields", HashCommands::hlen);
    one.read("hexists", 3, FAST, "2.0.0", "Whether a field is there", HashCommands::hexists);
    one.read("hkeys", 2, 0, "2.0.0", "Reads all fields' names", HashCommands::hkeys);
    one.read("hvals", 2, 0, "2.0.0", "Reads all values", HashCommands::hvals);
    one.read("hstrlen", 3, FAST, "3.2.0", "Length of a field's value", HashCommands::hstrlen);
    one.read("hrandfield", -2, 0, "6.2.0", "Draws fields", HashCommands::hrandfield);
    one.read("hscan", -3, 0, "2.8.0", "Walks the fields", HashCommands::hscan);
  }

  private static @Nullable HashValue find(Call call) {
    long entry = call.find(call.key(1), Entry.HASH);
    return entry == 0 ? null : call.keyspace().hashes().read(entry);
  }

  private static HashValue edit(Call call) {
    Key key = call.key(1);
    return call.keyspace().hashes().edit(key, call.findForWrite(key, Entry.HASH));
  }

  private static void hset(Call call) {
    call.reply().integer(setAll(call));
  }

  private static void hmset(Call call) {
    setAll(call);
    call.reply().ok();
  }

  private static int setAll(Call call) {
    if (call.count() % 2 != 0) {
      throw new CommandError(
          "ERR wrong number of arguments for '" + call.command().name() + "' command");
    }
    edit(call);
    Hashes hashes = call.keyspace().hashes();
    int added = 0;
    for (int i = 2; i < call.count(); i += 2) {
      if (put(call, hashes, i, i + 1)) {
        added++;
      }
    }
    hashes.done();
    call.notify(Notifications.HASH, "hset", call.key(1));
    return added;
  }

  private static boolean put(Call call, Hashes hashes, int field, int value) {
    return hashes.put(
        call.array(),
        call.start(field),
        call.length(field),
        call.array(),
        call.start(value),
        call.length(value));
  }

  private static void hsetnx(Call call) {
    HashValue hash = edit(call);
    if (hash.contains(call.array(), call.start(2), call.length(2))) {
      call.reply().integer(0);
      return;
    }
    put(call, call.keyspace().hashes(), 2, 3);
    call.keyspace().hashes().done();
    call.notify(Notifications.HASH, "hset", call.key(1));
    call.reply().integer(1);
  }

  private static void hdel(Call call) {
    edit(call);
    Hashes hashes = call.keyspace().hashes();
    int removed = 0;
    for (int i = 2; i < call.count(); i++) {
      if (hashes.remove(call.array(), call.start(i), call.length(i))) {
        removed++;
      }
    }
    hashes.done();
    if (removed > 0) {
      call.notifyTaken(Notifications.HASH, "hdel", call.key(1));
    }
    call.reply().integer(removed);
  }

  private static void hincrby(Call call) {
    long increment = call.integer(3);
    HashValue hash = edit(call);
    Slice old = new Slice();
    long value = 0;
    if (hash.get(call.array(), call.start(2), call.length(2), old)) {
      if (!Numbers.isInteger(old.array(), old.from(), old.length())) {
        throw NO_INTEGER;
      }
      value = Numbers.parse(old.array(), old.from(), old.length());
    }
    long sum = value + increment;
    if (((value ^ sum) & (increment ^ sum)) < 0) {
      throw OVERFLOW;
    }
    byte[] text = Long.toString(sum).getBytes(StandardCharsets.US_ASCII);
    putText(call, text);
    call.notify(Notifications.HASH, "hincrby", call.key(1));
    call.reply().integer(sum);
  }

  private static void putText(Call call, byte[] text) {
    Hashes hashes = call.keyspace().hashes();
    hashes.change(call.array(), call.start(2), call.length(2), text, 0, text.length);
    hashes.done();
  }

  private static void hincrbyfloat(Call call) {
    LongDouble increment = LongDouble.parse(call.array(), call.start(3), call.length(3));
    if (increment == null) {
      throw CommandError.NOT_FLOAT;
    }
    if (!increment.isFinite()) {
      throw NOT_FINITE;
    }
    HashValue hash = edit(call);
    Slice old = new Slice();
    LongDouble sum = increment;
    if (hash.get(call.array(), call.start(2), call.length(2), old)) {
      sum = increment.plus(floatOf(old));
    }
    if (!sum.isFinite()) {
      throw NOT_FINITE_SUM;
    }
    byte[] text = sum.toString().getBytes(StandardCharsets.US_ASCII);
    call.requireRoom(text.length);
    putText(call, text);
    call.notify(Notifications.HASH, "hincrbyfloat", call.key(1));
    call.reply().bulk(text, 0, text.length);
  }

  private static LongDouble floatOf(Slice value) {
    LongDouble number = LongDouble.parse(value.array(), value.from(), value.length());
    if (number == null) {
      throw NO_FLOAT;
    }
    return number;
  }

  private static void hget(Call call) {
    HashValue hash = find(call);
    bulk(call, hash, 2, new Slice());
  }

  private static void bulk(Call call, @Nullable HashValue hash, int field, Slice out) {
    if (hash != null && hash.get(call.array(), call.start(field), call.length(field), out)) {
      call.reply().bulk(out.array(), out.from(), out.length());
    } else {
      call.reply().nil();
    }
  }

  private static void hmget(Call call) {
    HashValue hash = find(call);
    Slice out = new Slice();
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      bulk(call, hash, i, out);
    }
  }

  private static void hgetall(Call call) {
    HashValue hash = find(call);
    Reply reply = call.reply();
    reply.map(hash == null ? 0 : hash.size());
    if (hash != null) {
      hash.forEach((array, from, length, valueFrom, valueLength) -> {
        reply.bulk(array, from, length);
        reply.bulk(array, valueFrom, valueLength);
      });
    }
  }

  private static void hkeys(Call call) {
    HashValue hash = find(call);
    Reply reply = call.reply();
    reply.array(hash == null ? 0 : hash.size());
    if (hash != null) {
      hash.forEach((array, from, length, _, _) -> reply.bulk(array, from, length));
    }
  }

  private static void hvals(Call call) {
    HashValue hash = find(call);
    Reply reply = call.reply();
    reply.array(hash == null ? 0 : hash.size());
    if (hash != null) {
      hash.forEach((array, _, _, from, length) -> reply.bulk(array, from, length));
    }
  }

  private static void hlen(Call call) {
    HashValue hash = find(call);
    call.reply().integer(hash == null ? 0 : hash.size());
  }

  private static void hexists(Call call) {
    HashValue hash = find(call);
    boolean there = hash != null && hash.contains(call.array(), call.start(2), call.length(2));
    call.reply().integer(there ? 1 : 0);
  }

  private static void hstrlen(Call call) {
    HashValue hash = find(call);
    Slice out = new Slice();
    boolean there = hash != null && hash.get(call.array(), call.start(2), call.length(2), out);
    call.reply().integer(there ? out.length() : 0);
  }

  private static void hrandfield(Call call) {
    if (call.count() == 2) {
      HashValue hash = find(call);
      if (hash == null) {
        call.reply().nil();
      } else {
        hash.random(
            call.server().random(),
            (array, from, length, _, _) -> call.reply().bulk(array, from, length));
      }
      return;
    }
    Draw draw = Draw.of(call, "withvalues");
    HashValue hash = find(call);
    Reply reply = call.reply();
    if (hash == null || draw.count() == 0) {
      reply.array(0);
    } else if (draw.all(hash.size())) {
      draw.head(reply, hash.size());
      hash.forEach((array, from, length, valueFrom, valueLength) -> {
        draw.pair(reply);
        reply.bulk(array, from, length);
        if (draw.pairs()) {
          reply.bulk(array, valueFrom, valueLength);
        }
      });
    } else {
      List<Drawn> drawn = drawn(call, hash, draw);
      draw.head(reply, drawn.size());
      for (Drawn pair : drawn) {
        draw.pair(reply);
        reply.bulk(pair.field);
        if (draw.pairs()) {
          reply.bulk(pair.value);
        }
      }
    }
  }

  private record Drawn(Bytes field, Bytes value) {}

  private static List<Drawn> drawn(Call call, HashValue hash, Draw draw) {
    RandomGenerator dice = call.server().random();
    return draw.from(
        hash.size(),
        dice,
        drawn -> hash.random(dice, into(drawn)),
        drawn -> hash.forEach(into(drawn)));
  }

  private static CollectionValue.Fields into(Collection<Drawn> drawn) {
    return (array, from, length, valueFrom, valueLength) ->
        drawn.add(
            new Drawn(
                Bytes.copyOf(array, from, length), Bytes.copyOf(array, valueFrom, valueLength)));
  }

  private static void hscan(Call call) {
    ScanOptions.walk(
        call,
        call.reply().protocol(),
        HashCommands::find,
        (hash, cursor, options, seen) ->
            hash.scan(
                cursor,
                options.count(),
                (array, from, length, valueFrom, valueLength) -> {
                  if (options.takes(array, from, length)) {
                    seen.next().bulk(array, from, length);
                    seen.next().bulk(array, valueFrom, valueLength);
                  }
                }));
  }
}
