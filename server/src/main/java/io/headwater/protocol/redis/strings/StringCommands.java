package io.headwater.protocol.redis.strings;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.Notifications.GENERIC;
import static io.headwater.protocol.redis.Notifications.STRING;
import static io.headwater.protocol.redis.facts.Flags.BRIEF;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.keys.Expiry;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Strings;

/** Commands on whole strings and on ranges of them. */
public final class StringCommands {
  private StringCommands() {}

  public static void addTo(CommandTable table) {
    addReads(table);
    addWrites(table);
    NumberCommands.addTo(table);
  }

  private static Command.Declaration string(
      String name, int arity, int flags, String since, String summary) {
    return command(name, arity, flags, Group.STRING, since, summary);
  }

  private static void addReads(CommandTable table) {
    table.add(
        string("get", 2, READONLY | FAST, "1.0.0", "Returns a string")
            .keys(1, 1, 1)
            .does(StringCommands::get));
    table.add(
        string("mget", -2, READONLY | FAST, "1.0.0", "Returns several strings")
            .keys(1, -1, 1)
            .does(StringCommands::mget));
    table.add(
        string("strlen", 2, READONLY | FAST, "2.2.0", "Returns a string's length")
            .keys(1, 1, 1)
            .does(StringCommands::strlen));
    table.add(
        string("getrange", 4, READONLY | BRIEF, "2.4.0", "Returns a part of a string")
            .keys(1, 1, 1)
            .does(StringCommands::getrange));
    table.add(
        string("substr", 4, READONLY, "1.0.0", "Returns a part of a string; use GETRANGE")
            .keys(1, 1, 1)
            .does(StringCommands::getrange));
    table.add(
        string("lcs", -3, READONLY, "7.0.0", "Finds the longest common subsequence of two strings")
            .keys(1, 2, 1)
            .does(LongestCommon::lcs));
  }

  private static void addWrites(CommandTable table) {
    table.add(
        string(
                "set",
                -3,
                WRITE | DENYOOM | BRIEF,
                "1.0.0",
                "Sets a string, with conditions and expiry")
            .keys(1, 1, 1)
            .does(StringCommands::set));
    table.add(
        string("setnx", 3, WRITE | DENYOOM | FAST, "1.0.0", "Sets a string if the key is missing")
            .keys(1, 1, 1)
            .does(StringCommands::setnx));
    table.add(
        string("setex", 4, WRITE | DENYOOM | BRIEF, "2.0.0", "Sets a string that lives for seconds")
            .keys(1, 1, 1)
            .does(call -> setWithExpiry(call, Expiry.Unit.SECONDS)));
    table.add(
        string(
                "psetex",
                4,
                WRITE | DENYOOM | BRIEF,
                "2.6.0",
                "Sets a string that lives for milliseconds")
            .keys(1, 1, 1)
            .does(call -> setWithExpiry(call, Expiry.Unit.MILLISECONDS)));
    table.add(
        string("getset", 3, WRITE | DENYOOM | FAST, "1.0.0", "Sets a string, returns the old one")
            .keys(1, 1, 1)
            .does(StringCommands::getset));
    table.add(
        string("getdel", 2, WRITE | FAST, "6.2.0", "Returns a string and deletes the key")
            .keys(1, 1, 1)
            .does(StringCommands::getdel));
    table.add(
        string("getex", -2, WRITE | FAST, "6.2.0", "Returns a string and sets its expiry")
            .keys(1, 1, 1)
            .does(StringCommands::getex));
    table.add(
        string("mset", -3, WRITE | DENYOOM | BRIEF, "1.0.1", "Sets several strings")
            .keys(1, -1, 2)
            .does(StringCommands::mset));
    table.add(
        string("msetnx", -3, WRITE | DENYOOM, "1.0.1", "Sets several strings if all are missing")
            .keys(1, -1, 2)
            .does(StringCommands::msetnx));
    table.add(
        string("append", 3, WRITE | DENYOOM | FAST, "2.0.0", "Appends to a string")
            .keys(1, 1, 1)
            .does(StringCommands::append));
    table.add(
        string("setrange", 4, WRITE | DENYOOM, "2.2.0", "Overwrites a part of a string")
            .keys(1, 1, 1)
            .does(StringCommands::setrange));
  }

  private static void get(Call call) {
    reply(call, call.find(call.key(1), Entry.STRING));
  }

  private static void reply(Call call, long entry) {
    if (entry == 0) {
      call.reply().nil();
    } else {
      call.reply().bulk(Entry.value(entry), Entry.valueLength(entry));
    }
  }

  private static void mget(Call call) {
    call.reply().array(call.count() - 1);
    for (int i = 1; i < call.count(); i++) {
      long entry = call.find(call.key(i));
      reply(call, entry != 0 && Entry.type(entry) == Entry.STRING ? entry : 0);
    }
  }

  private static void strlen(Call call) {
    long entry = call.find(call.key(1), Entry.STRING);
    call.reply().integer(entry == 0 ? 0 : Entry.valueLength(entry));
  }

  private static void getrange(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    long entry = call.find(call.key(1), Entry.STRING);
    if (entry == 0) {
      call.reply().bulk("");
      return;
    }
    long length = Entry.valueLength(entry);
    if (start < 0 && end < 0 && start > end) {
      call.reply().bulk("");
      return;
    }
    start = Math.max(0, start < 0 ? start + length : start);
    end = Math.min(length - 1, Math.max(0, end < 0 ? end + length : end));
    if (start > end || length == 0) {
      call.reply().bulk("");
    } else {
      call.reply().bulk(Entry.value(entry) + start, (int) (end - start + 1));
    }
  }

  private static void set(Call call) {
    if (call.count() == 3) {
      put(call, call.key(1), 2, 0);
      call.reply().ok();
    } else {
      setWithOptions(call);
    }
  }

  private static void put(Call call, Key key, int value, long expiresAtMs) {
    call.keyspace()
        .strings()
        .set(
            key, call.array(), call.start(value), call.length(value), Strings.NATURAL, expiresAtMs);
    call.notify(STRING, "set", key);
  }

  private static void setWithOptions(Call call) {
    SetOptions options = SetOptions.parse(call, 3, SetOptions.For.SET);
    long expires =
        options.keepExpiry()
            ? Keyspace.KEEP_EXPIRY
            : options.unit() == null
                ? 0
                : Expiry.positive(call, options.timeIndex(), options.unit());
    Key key = call.key(1);
    long entry =
        options.get() ? call.findAndChange(key, Entry.STRING) : call.keyspace().findForWrite(key);
    boolean refused = options.ifMissing() && entry != 0 || options.ifThere() && entry == 0;
    if (options.get()) {
      reply(call, entry);
    } else if (refused) {
      call.reply().nil();
    } else {
      call.reply().ok();
    }
    if (!refused) {
      put(call, key, 2, expires);
      if (options.unit() != null) {
        call.notify(GENERIC, "expire", key);
      }
    }
  }

  private static void setnx(Call call) {
    Key key = call.key(1);
    if (call.keyspace().findForWrite(key) != 0) {
      call.reply().integer(0);
      return;
    }
    put(call, key, 2, 0);
    call.reply().integer(1);
  }

  private static void setWithExpiry(Call call, Expiry.Unit unit) {
    long expires = Expiry.positive(call, 2, unit);
    put(call, call.key(1), 3, expires);
    call.notify(GENERIC, "expire", call.key(1));
    call.reply().ok();
  }

  private static void getset(Call call) {
    Key key = call.key(1);
    reply(call, call.findAndChange(key, Entry.STRING));
    put(call, key, 2, 0);
  }

  private static void getdel(Call call) {
    Key key = call.key(1);
    long entry = call.findAndChange(key, Entry.STRING);
    reply(call, entry);
    if (entry != 0) {
      call.keyspace().generic().delete(key);
      call.notify(GENERIC, "del", key);
    }
  }

  private static void getex(Call call) {
    SetOptions options = SetOptions.parse(call, 2, SetOptions.For.GETEX);
    Key key = call.key(1);
    long entry = call.findAndChange(key, Entry.STRING);
    if (entry == 0) {
      call.reply().nil();
      return;
    }
    Expiry.Unit unit = options.unit();
    long expires = unit == null ? 0 : Expiry.positive(call, options.timeIndex(), unit);
    reply(call, entry);
    if (unit != null && unit.isAbsolute() && expires <= call.keyspace().nowMs()) {
      call.keyspace().generic().delete(key);
      call.notify(GENERIC, "del", key);
    } else if (unit != null) {
      call.keyspace().generic().setExpiry(key, expires);
      call.notify(GENERIC, "expire", key);
    } else if (options.persist() && Entry.hasExpiry(entry)) {
      call.keyspace().generic().setExpiry(key, 0);
      call.notify(GENERIC, "persist", key);
    }
  }

  private static void mset(Call call) {
    pairsOrError(call);
    putPairs(call);
    call.reply().ok();
  }

  private static void msetnx(Call call) {
    pairsOrError(call);
    for (int i = 1; i < call.count(); i += 2) {
      if (call.keyspace().findForWrite(call.key(i)) != 0) {
        call.reply().integer(0);
        return;
      }
    }
    putPairs(call);
    call.reply().integer(1);
  }

  private static void pairsOrError(Call call) {
    if (call.count() % 2 == 0) {
      throw new CommandError(
          "ERR wrong number of arguments for '" + call.command().name() + "' command");
    }
  }

  private static void putPairs(Call call) {
    for (int i = 1; i < call.count(); i += 2) {
      put(call, call.key(i), i + 1, 0);
    }
  }

  private static void append(Call call) {
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STRING);
    long total = (entry == 0 ? 0 : Entry.valueLength(entry)) + (long) call.length(2);
    checkLength(call, total);
    call.keyspace().strings().append(key, call.array(), call.start(2), call.length(2));
    call.notify(STRING, "append", key);
    call.reply().integer(total);
  }

  private static void setrange(Call call) {
    long offset = call.integer(2);
    if (offset < 0) {
      throw new CommandError("ERR offset is out of range");
    }
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STRING);
    int before = entry == 0 ? 0 : Entry.valueLength(entry);
    int length = call.length(3);
    if (length == 0) {
      call.reply().integer(before);
      return;
    }
    checkLength(call, Math.min(offset, Integer.MAX_VALUE) + length);
    call.keyspace().strings().overwrite(key, (int) offset, call.array(), call.start(3), length);
    call.notify(STRING, "setrange", key);
    call.reply().integer(Math.max(before, offset + length));
  }

  static void checkLength(Call call, long total) {
    if (total > call.server().settings().bulkBytesMax()) {
      throw new CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    }
  }

  /** A copy of a string entry's bytes. */
  static byte[] copy(long entry) {
    return entry == 0
        ? new byte[0]
        : Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry));
  }
}
