package io.headwater.protocol.redis.collections;

import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.keys.ScanOptions;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Sets;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.SetValue;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** SADD and the other commands of one set; {@link SetAlgebra} has those of several. */
public final class SetCommands {
  private static final CommandError NOT_POSITIVE =
      new CommandError("ERR value is out of range, must be positive");

  /** SPOP leaves few if it takes so many times what stays. */
  private static final int FEW_STAY = 5;

  private SetCommands() {}

  public static void addTo(CommandTable table) {
    OneKey one = new OneKey(table, Group.SET);
    one.write("sadd", -3, DENYOOM | FAST, "1.0.0", "Adds members", SetCommands::sadd);
    one.write("srem", -3, FAST, "1.0.0", "Removes members", SetCommands::srem);
    one.write("spop", -2, FAST, "1.0.0", "Draws and removes members", SetCommands::spop);
    one.read("scard", 2, FAST, "1.0.0", "Counts members", SetCommands::scard);
    one.read("sismember", 3, FAST, "1.0.0", "Whether a member is there", SetCommands::sismember);
    one.read("smismember", -3, FAST, "6.2.0", "Whether members are there", SetCommands::smismember);
    one.read("smembers", 2, 0, "1.0.0", "Reads all members", SetCommands::smembers);
    one.read("srandmember", -2, 0, "1.0.0", "Draws members", SetCommands::srandmember);
    one.read("sscan", -3, 0, "2.8.0", "Walks the members", SetCommands::sscan);
    table.add(
        Command.command(
                "smove", 4, WRITE | FAST, Group.SET, "1.0.0", "Moves a member to another set")
            .keys(1, 2, 1)
            .does(SetCommands::smove));
  }

  private static @Nullable SetValue find(Call call) {
    long entry = call.find(call.key(1), Entry.SET);
    return entry == 0 ? null : call.keyspace().sets().read(entry);
  }

  private static SetValue edit(Call call) {
    Key key = call.key(1);
    return call.keyspace().sets().edit(key, call.findForWrite(key, Entry.SET));
  }

  private static void sadd(Call call) {
    edit(call);
    Sets sets = call.keyspace().sets();
    int added = 0;
    for (int i = 2; i < call.count(); i++) {
      if (sets.add(call.array(), call.start(i), call.length(i))) {
        added++;
      }
    }
    sets.done();
    if (added > 0) {
      call.notify(Notifications.SET, "sadd", call.key(1));
    }
    call.reply().integer(added);
  }

  private static void srem(Call call) {
    edit(call);
    Sets sets = call.keyspace().sets();
    int removed = 0;
    for (int i = 2; i < call.count(); i++) {
      if (sets.remove(call.array(), call.start(i), call.length(i))) {
        removed++;
      }
    }
    sets.done();
    if (removed > 0) {
      call.notifyTaken(Notifications.SET, "srem", call.key(1));
    }
    call.reply().integer(removed);
  }

  private static void smove(Call call) {
    Key source = call.key(1);
    Key target = call.otherKey(2);
    long from = call.findForWrite(source, Entry.SET);
    if (from == 0) {
      call.reply().integer(0);
      return;
    }
    call.findForWrite(target, Entry.SET);
    Sets sets = call.keyspace().sets();
    from = call.findForWrite(source, Entry.SET);
    boolean there = sets.edit(source, from).contains(call.array(), call.start(3), call.length(3));
    if (there && !call.bytes(1).equals(call.bytes(2))) {
      call.requireRoom(call.length(3)); // it is in both keys' events
      sets.remove(call.array(), call.start(3), call.length(3));
      sets.done();
      call.notifyTaken(Notifications.SET, "srem", source);
      sets.edit(target, call.findForWrite(target, Entry.SET));
      boolean added = sets.add(call.array(), call.start(3), call.length(3));
      sets.done();
      if (added) {
        call.notify(Notifications.SET, "sadd", target);
      }
    }
    call.reply().integer(there ? 1 : 0);
  }

  private static void scard(Call call) {
    SetValue set = find(call);
    call.reply().integer(set == null ? 0 : set.size());
  }

  private static void sismember(Call call) {
    SetValue set = find(call);
    call.reply().integer(contains(call, set, 2));
  }

  private static int contains(Call call, @Nullable SetValue set, int i) {
    return set != null && set.contains(call.array(), call.start(i), call.length(i)) ? 1 : 0;
  }

  private static void smismember(Call call) {
    SetValue set = find(call);
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      call.reply().integer(contains(call, set, i));
    }
  }

  private static void smembers(Call call) {
    SetValue set = find(call);
    Reply reply = call.reply();
    reply.set(set == null ? 0 : set.size());
    if (set != null) {
      set.forEach(reply::bulk);
    }
  }

  private static void spop(Call call) {
    if (call.count() > 3) {
      throw CommandError.SYNTAX;
    }
    if (call.count() == 3) {
      spopMany(call);
      return;
    }
    SetValue set = edit(call);
    if (set.isEmpty()) {
      call.reply().nil();
      return;
    }
    List<Bytes> drawn = draw(call, set, -1);
    call.requireRoom(bytesOf(drawn));
    call.reply().bulk(drawn.getFirst());
    removeAll(call, drawn);
  }

  private static void spopMany(Call call) {
    long count = call.integer(2, NOT_POSITIVE);
    if (count < 0) {
      throw NOT_POSITIVE;
    }
    SetValue set = edit(call);
    Reply reply = call.reply();
    if (count == 0 || set.isEmpty()) {
      reply.set(0);
    } else if (count >= set.size()) {
      reply.set(set.size());
      set.forEach(reply::bulk);
      call.keyspace().generic().delete(call.key(1));
      call.notifyTaken(Notifications.SET, "spop", call.key(1));
    } else {
      List<Bytes> drawn = draw(call, set, count);
      boolean fewStay = (set.size() - count) * FEW_STAY <= count;
      if (fewStay) {
        call.requireRoom(set);
      } else {
        call.requireRoom(bytesOf(drawn));
      }
      reply.set(drawn.size());
      drawn.forEach(reply::bulk);
      if (!fewStay || !moveKept(call, set, drawn)) {
        removeAll(call, drawn);
      }
    }
  }

  /**
   * Redis puts the few that stay into a new set, which so may get another encoding.
   *
   * @return false, without a change, if it has the same one
   */
  private static boolean moveKept(Call call, SetValue set, List<Bytes> drawn) {
    Set<Bytes> gone = new HashSet<>(drawn);
    SetValue kept = call.keyspace().sets().empty();
    set.forEach((array, from, length) -> {
      if (!gone.contains(Bytes.copyOf(array, from, length))) {
        kept.add(array, from, length);
      }
    });
    if (kept.encoding().equals(set.encoding())) {
      return false;
    }
    Key key = call.key(1);
    long expiresAtMs = Entry.expiresAtMs(call.keyspace().peek(key));
    call.keyspace().sets().replace(key, kept);
    if (expiresAtMs != 0) {
      call.keyspace().generic().setExpiry(key, expiresAtMs);
    }
    call.notify(Notifications.SET, "spop", key);
    return true;
  }

  private static long bytesOf(List<Bytes> members) {
    long bytes = 0;
    for (Bytes member : members) {
      bytes += member.length() + Call.ELEMENT_OVERHEAD_BYTES;
    }
    return bytes;
  }

  private static void removeAll(Call call, List<Bytes> members) {
    Sets sets = call.keyspace().sets();
    for (Bytes member : members) {
      sets.remove(member.array(), 0, member.length());
    }
    sets.done();
    call.notifyTaken(Notifications.SET, "spop", call.key(1));
  }

  private static void srandmember(Call call) {
    if (call.count() == 2) {
      SetValue set = find(call);
      if (set == null) {
        call.reply().nil();
      } else {
        set.random(call.server().random(), call.reply()::bulk);
      }
      return;
    }
    Draw draw = Draw.of(call, "");
    SetValue set = find(call);
    Reply reply = call.reply();
    if (set == null || draw.count() == 0) {
      reply.array(0);
    } else if (draw.all(set.size())) {
      reply.array(set.size());
      set.forEach(reply::bulk);
    } else {
      List<Bytes> drawn = draw(call, set, draw.count());
      reply.array(drawn.size());
      drawn.forEach(reply::bulk);
    }
  }

  /** Different members, fewer than there are, or if negative any so many. */
  private static List<Bytes> draw(Call call, SetValue set, long count) {
    RandomGenerator dice = call.server().random();
    return new Draw(count, false)
        .from(
            set.size(),
            dice,
            drawn -> set.random(dice, into(drawn)),
            drawn -> set.forEach(into(drawn)));
  }

  private static CollectionValue.Elements into(Collection<Bytes> drawn) {
    return (array, from, length) -> drawn.add(Bytes.copyOf(array, from, length));
  }

  private static void sscan(Call call) {
    ScanOptions.walk(
        call,
        call.reply().protocol(),
        SetCommands::find,
        (set, cursor, options, seen) ->
            set.scan(
                cursor,
                options.count(),
                (array, from, length) -> {
                  if (options.takes(array, from, length)) {
                    seen.next().bulk(array, from, length);
                  }
                }));
  }
}
