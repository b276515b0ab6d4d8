package io.headwater.protocol.redis.keys;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;

/** When keys end: setting it, asking for it, taking it back. */
final class ExpiryCommands {
  private ExpiryCommands() {}

  static void addTo(CommandTable table) {
    addSetter(table, "expire", "1.0.0", Expiry.Unit.SECONDS, "Ends a key after seconds");
    addSetter(table, "pexpire", "2.6.0", Expiry.Unit.MILLISECONDS, "Ends a key after milliseconds");
    addSetter(table, "expireat", "1.2.0", Expiry.Unit.AT_SECONDS, "Ends a key at a Unix time");
    addSetter(
        table,
        "pexpireat",
        "2.6.0",
        Expiry.Unit.AT_MILLISECONDS,
        "Ends a key at a Unix time in milliseconds");
    addGetter(table, "ttl", "1.0.0", "Returns a key's remaining seconds", true, 1000);
    addGetter(table, "pttl", "2.6.0", "Returns a key's remaining milliseconds", true, 1);
    addGetter(table, "expiretime", "7.0.0", "Returns a key's end in Unix time", false, 1000);
    addGetter(
        table,
        "pexpiretime",
        "7.0.0",
        "Returns a key's end in Unix time in milliseconds",
        false,
        1);
    table.add(
        command("persist", 2, WRITE | FAST, Group.GENERIC, "2.2.0", "Takes a key's expiry away")
            .keys(1, 1, 1)
            .does(ExpiryCommands::persist));
  }

  private static void addSetter(
      CommandTable table, String name, String since, Expiry.Unit unit, String summary) {
    table.add(
        command(name, -3, WRITE | FAST, Group.GENERIC, since, summary)
            .keys(1, 1, 1)
            .does(call -> expire(call, unit)));
  }

  private static void addGetter(
      CommandTable table, String name, String since, String summary, boolean relative, int unit) {
    table.add(
        command(name, 2, READONLY | FAST, Group.GENERIC, since, summary)
            .keys(1, 1, 1)
            .does(call -> remaining(call, relative, unit)));
  }

  private static void expire(Call call, Expiry.Unit unit) {
    Conditions conditions = Conditions.parse(call);
    long expires = Expiry.any(call, 2, unit);
    Key key = call.key(1);
    long entry = call.keyspace().findForWrite(key);
    if (entry == 0 || !conditions.allow(Entry.expiresAtMs(entry), expires)) {
      call.reply().integer(0);
      return;
    }
    if (expires <= call.keyspace().nowMs()) {
      call.keyspace().generic().delete(key);
      call.notify(Notifications.GENERIC, "del", key);
    } else {
      call.keyspace().generic().setExpiry(key, expires);
      call.notify(Notifications.GENERIC, "expire", key);
    }
    call.reply().integer(1);
  }

  private static void remaining(Call call, boolean relative, int unit) {
    long entry = call.peek(call.key(1));
    if (entry == 0) {
      call.reply().integer(-2);
      return;
    }
    long expires = Entry.expiresAtMs(entry);
    if (expires == 0) {
      call.reply().integer(-1);
      return;
    }
    long ms = relative ? Math.max(0, expires - call.keyspace().nowMs()) : expires;
    call.reply().integer(Long.divideUnsigned(ms + unit / 2, unit)); // the sum may pass 2^63
  }

  private static void persist(Call call) {
    Key key = call.key(1);
    long entry = call.keyspace().findForWrite(key);
    if (entry == 0 || !Entry.hasExpiry(entry)) {
      call.reply().integer(0);
      return;
    }
    call.keyspace().generic().setExpiry(key, 0);
    call.notify(Notifications.GENERIC, "persist", key);
    call.reply().integer(1);
  }

  /** NX, XX, GT and LT of the EXPIRE family. */
  private record Conditions(boolean nx, boolean xx, boolean gt, boolean lt) {
    static Conditions parse(Call call) {
      boolean nx = false;
      boolean xx = false;
      boolean gt = false;
      boolean lt = false;
      for (int i = 3; i < call.count(); i++) {
        if (call.is(i, "nx")) {
          nx = true;
        } else if (call.is(i, "xx")) {
          xx = true;
        } else if (call.is(i, "gt")) {
          gt = true;
        } else if (call.is(i, "lt")) {
          lt = true;
        } else {
          throw new CommandError("ERR Unsupported option " + call.text(i));
        }
      }
      if (nx && (xx || gt || lt)) {
        throw new CommandError(
            "ERR NX and XX, GT or LT options at the same time are not compatible");
      }
      if (gt && lt) {
        throw new CommandError("ERR GT and LT options at the same time are not compatible");
      }
      return new Conditions(nx, xx, gt, lt);
    }

    /** A key without expiry ends later than any time. */
    boolean allow(long before, long after) {
      boolean has = before != 0;
      return !(nx && has
          || xx && !has
          || gt && (!has || after <= before)
          || lt && has && after >= before);
    }
  }
}
