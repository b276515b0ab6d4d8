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
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Hashes;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.HashValue;

/**
 * Fields of hashes that expire, as in Redis 7.4: HEXPIRE, HTTL, HPERSIST and their kin. Before a
 * command looks at a hash, fields that are past their time are deleted, so nobody sees them.
 */
final class HashExpiryCommands {
  /** The latest time that Redis takes. */
  private static final long LATEST_MS = (1L << 46) - 1;

  private static final int NO_FIELD = -2;
  private static final int NO_EXPIRY = -1;
  private static final int CONDITION_NOT_MET = 0;
  private static final int SET = 1;
  private static final int DELETED = 2;

  private static final CommandError NO_FIELDS_WORD =
      new CommandError("ERR Mandatory argument FIELDS is missing or not at the right position");
  private static final CommandError WRONG_COUNT =
      new CommandError("ERR The `numfields` parameter must match the number of arguments");

  private enum Unit {
    SECONDS(1000),
    MILLISECONDS(1);

    final int ms;

    Unit(int ms) {
      this.ms = ms;
    }
  }

  /** From when a time is counted. */
  private enum Since {
    NOW,
    EPOCH;

    long ms(Call call) {
      return this == NOW ? call.keyspace().nowMs() : 0;
    }
  }

  private enum Condition {
    NONE,
    NX,
    XX,
    GT,
    LT;

    /** Whether it allows to go from one time to another; a field without one never expires. */
    boolean allows(long before, long after) {
      return switch (this) {
        case NONE -> true;
        case NX -> before == HashValue.NEVER;
        case XX -> before != HashValue.NEVER;
        case GT -> before < after;
        case LT -> before > after;
      };
    }
  }

  private HashExpiryCommands() {}

  static void addTo(CommandTable table) {
    expire(table, "hexpire", "Lets fields expire after seconds", Unit.SECONDS, Since.NOW);
    expire(table, "hpexpire", "Lets fields expire in milliseconds", Unit.MILLISECONDS, Since.NOW);
    expire(table, "hexpireat", "Lets fields expire at a time", Unit.SECONDS, Since.EPOCH);
    expire(
        table,
        "hpexpireat",
        "Lets fields expire at a time in milliseconds",
        Unit.MILLISECONDS,
        Since.EPOCH);
    time(table, "httl", "Returns how long fields live, in seconds", Unit.SECONDS, Since.NOW);
    time(
        table,
        "hpttl",
        "Returns how long fields live, in milliseconds",
        Unit.MILLISECONDS,
        Since.NOW);
    time(table, "hexpiretime", "Returns when fields expire", Unit.SECONDS, Since.EPOCH);
    time(
        table,
        "hpexpiretime",
        "Returns when fields expire, in milliseconds",
        Unit.MILLISECONDS,
        Since.EPOCH);
    table.add(
        Command.command("hpersist", -5, WRITE | FAST, Group.HASH, "7.4.0", "Lets fields not expire")
            .keys(1, 1, 1)
            .does(HashExpiryCommands::hpersist));
  }

  private static void expire(
      CommandTable table, String name, String summary, Unit unit, Since since) {
    table.add(
        Command.command(name, -6, WRITE | DENYOOM | FAST, Group.HASH, "7.4.0", summary)
            .keys(1, 1, 1)
            .does(call -> expire(call, unit, since)));
  }

  private static void time(
      CommandTable table, String name, String summary, Unit unit, Since since) {
    table.add(
        Command.command(name, -5, READONLY | FAST, Group.HASH, "7.4.0", summary)
            .keys(1, 1, 1)
            .does(call -> time(call, unit, since)));
  }

  private static void expire(Call call, Unit unit, Since since) {
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.HASH);
    long at = expiresAtMs(call, unit, since);
    Condition condition = condition(call, 3);
    int first =
        fields(
            call,
            condition == Condition.NONE ? 3 : 4,
            "Parameter `numFields` should be" + " greater than 0");
    Reply reply = call.reply();
    reply.array(call.count() - first);
    if (entry == 0) {
      for (int i = first; i < call.count(); i++) {
        reply.integer(NO_FIELD);
      }
      return;
    }
    call.requireRoom((long) Call.ELEMENT_OVERHEAD_BYTES * call.count());
    boolean past = at <= call.keyspace().nowMs();
    Hashes hashes = call.keyspace().hashes();
    HashValue hash = hashes.edit(key, entry);
    boolean changed = false;
    for (int i = first; i < call.count(); i++) {
      int from = call.start(i);
      int length = call.length(i);
      int result = SET;
      if (!hash.contains(call.array(), from, length)) {
        result = NO_FIELD;
      } else if (!condition.allows(hash.expiresAtMs(call.array(), from, length), at)) {
        result = CONDITION_NOT_MET;
      } else if (past) {
        hashes.remove(call.array(), from, length);
        result = DELETED;
      } else {
        hashes.expire(call.array(), from, length, at);
      }
      changed |= result == SET || result == DELETED;
      reply.integer(result);
    }
    hashes.done();
    if (changed && past) {
      call.notifyTaken(Notifications.HASH, "hdel", key);
    } else if (changed) {
      call.notify(Notifications.HASH, "hexpire", key);
    }
  }

  private static long expiresAtMs(Call call, Unit unit, Since since) {
    long time = call.integer(2);
    if (time < 0) {
      throw new CommandError("ERR invalid expire time, must be >= 0");
    }
    long base = since.ms(call);
    if (time > LATEST_MS / unit.ms || time * unit.ms > LATEST_MS - base) {
      throw new CommandError("ERR invalid expire time in '" + call.command().name() + "' command");
    }
    return base + time * unit.ms;
  }

  private static Condition condition(Call call, int i) {
    if (call.is(i, "nx")) {
      return Condition.NX;
    }
    if (call.is(i, "xx")) {
      return Condition.XX;
    }
    if (call.is(i, "gt")) {
      return Condition.GT;
    }
    return call.is(i, "lt") ? Condition.LT : Condition.NONE;
  }

  /** Checks {@code FIELDS n} at an argument; returns where the fields begin. */
  private static int fields(Call call, int i, String tooFew) {
    if (!call.is(i, "fields")) {
      throw NO_FIELDS_WORD;
    }
    if (i + 1 >= call.count()) {
      throw WRONG_COUNT;
    }
    CommandError wrong = new CommandError("ERR " + tooFew);
    long count = call.integer(i + 1, wrong);
    if (count < 1) {
      throw wrong;
    }
    if (count != call.count() - i - 2) {
      throw WRONG_COUNT;
    }
    return i + 2;
  }

  private static void time(Call call, Unit unit, Since since) {
    long entry = call.find(call.key(1), Entry.HASH);
    int first = fields(call, 2, "Number of fields must be a positive integer");
    HashValue hash = entry == 0 ? null : call.keyspace().hashes().read(entry);
    long base = since.ms(call);
    call.reply().array(call.count() - first);
    for (int i = first; i < call.count(); i++) {
      long result = NO_FIELD;
      if (hash != null && hash.contains(call.array(), call.start(i), call.length(i))) {
        long time = hash.expiresAtMs(call.array(), call.start(i), call.length(i));
        result = time == HashValue.NEVER ? NO_EXPIRY : (time - base + unit.ms - 1) / unit.ms;
      }
      call.reply().integer(result);
    }
  }

  private static void hpersist(Call call) {
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.HASH);
    int first = fields(call, 2, "Number of fields must be a positive integer");
    Hashes hashes = call.keyspace().hashes();
    call.requireRoom((long) Call.ELEMENT_OVERHEAD_BYTES * call.count());
    HashValue hash = entry == 0 ? null : hashes.edit(key, entry);
    boolean changed = false;
    call.reply().array(call.count() - first);
    for (int i = first; i < call.count(); i++) {
      int result = NO_FIELD;
      if (hash != null && hash.contains(call.array(), call.start(i), call.length(i))) {
        boolean expires =
            hash.expiresAtMs(call.array(), call.start(i), call.length(i)) != HashValue.NEVER;
        result = expires ? SET : NO_EXPIRY;
        if (expires) {
          hashes.expire(call.array(), call.start(i), call.length(i), HashValue.NEVER);
          changed = true;
        }
      }
      call.reply().integer(result);
    }
    if (hash != null) {
      hashes.done();
    }
    if (changed) {
      call.notify(Notifications.HASH, "hpersist", key);
    }
  }
}
