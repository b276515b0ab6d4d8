package io.headwater.protocol.redis.keys;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.text.Glob;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;

/** Commands on keys whatever they hold; those on expiry and iteration have classes of their own. */
public final class KeyCommands {
  private static final String[] TYPE_WORDS = {
    "string", "list", "set", "zset", "hash", "stream", "module", "module"
  };

  private KeyCommands() {}

  public static void addTo(CommandTable table) {
    addForKeys(table);
    addForDatabases(table);
    ExpiryCommands.addTo(table);
    ScanCommands.addTo(table);
    ObjectCommands.addTo(table);
  }

  private static Command.Declaration generic(
      String name, int arity, int flags, String since, String summary) {
    return command(name, arity, flags, Group.GENERIC, since, summary);
  }

  private static void addForKeys(CommandTable table) {
    table.add(
        generic("del", -2, WRITE, "1.0.0", "Deletes keys")
            .keys(1, -1, 1)
            .does(KeyCommands::delete));
    table.add(
        generic("unlink", -2, WRITE | FAST, "4.0.0", "Deletes keys")
            .keys(1, -1, 1)
            .does(KeyCommands::delete));
    table.add(
        generic("exists", -2, READONLY | FAST, "1.0.0", "Counts those keys that are there")
            .keys(1, -1, 1)
            .does(KeyCommands::count));
    table.add(
        generic("touch", -2, READONLY | FAST, "3.2.1", "Uses keys and counts those that are there")
            .keys(1, -1, 1)
            .does(KeyCommands::touch));
    table.add(
        generic("type", 2, READONLY | FAST, "1.0.0", "Says what type of value a key holds")
            .keys(1, 1, 1)
            .does(KeyCommands::type));
    table.add(
        generic("rename", 3, WRITE, "1.0.0", "Gives a value another key")
            .keys(1, 2, 1)
            .does(KeyCommands::rename));
    table.add(
        generic("renamenx", 3, WRITE | FAST, "1.0.0", "Gives a value another key that is free")
            .keys(1, 2, 1)
            .does(KeyCommands::renamenx));
    table.add(
        generic("copy", -3, WRITE | DENYOOM, "6.2.0", "Copies a value to another key")
            .keys(1, 2, 1)
            .writes(2, 2, 1)
            .does(KeyCommands::copy));
    table.add(
        generic("move", 3, WRITE | FAST, "1.0.0", "Moves a key to another database")
            .keys(1, 1, 1)
            .does(KeyCommands::move));
  }

  private static void addForDatabases(CommandTable table) {
    table.add(
        command("dbsize", 1, READONLY | FAST, Group.SERVER, "1.0.0", "Counts the keys")
            .does(call -> call.reply().integer(call.keyspace().size(call.db()))));
    table.add(
        command("flushdb", -1, WRITE, Group.SERVER, "1.0.0", "Deletes all keys of the database")
            .does(call -> flush(call, call.db())));
    table.add(
        command("flushall", -1, WRITE, Group.SERVER, "1.0.0", "Deletes all keys of all databases")
            .does(call -> flush(call, io.headwater.view.keyspace.Generic.ALL)));
    table.add(
        command("swapdb", 3, WRITE | FAST, Group.SERVER, "4.0.0", "Exchanges two databases")
            .does(KeyCommands::swapdb));
  }

  static String typeWord(long entry) {
    return TYPE_WORDS[Entry.type(entry)];
  }

  private static void delete(Call call) {
    int deleted = 0;
    for (int i = 1; i < call.count(); i++) {
      if (call.keyspace().generic().delete(call.key(i))) {
        call.notify(Notifications.GENERIC, "del", call.key(i));
        deleted++;
      }
    }
    call.reply().integer(deleted);
  }

  private static void count(Call call) {
    int there = 0;
    for (int i = 1; i < call.count(); i++) {
      if (call.peek(call.key(i)) != 0) {
        there++;
      }
    }
    call.reply().integer(there);
  }

  private static void touch(Call call) {
    int there = 0;
    for (int i = 1; i < call.count(); i++) {
      if (call.find(call.key(i)) != 0) {
        there++;
      }
    }
    call.reply().integer(there);
  }

  private static void type(Call call) {
    long entry = call.peek(call.key(1));
    call.reply().simple(entry == 0 ? "none" : typeWord(entry));
  }

  private static void rename(Call call) {
    renamed(call, false);
    call.reply().ok();
  }

  private static void renamenx(Call call) {
    call.reply().integer(renamed(call, true) ? 1 : 0);
  }

  private static boolean renamed(Call call, boolean onlyToFree) {
    Keyspace keyspace = call.keyspace();
    Key from = call.key(1);
    Key to = call.otherKey(2);
    if (keyspace.findForWrite(from) == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    boolean same = from.sameAs(to);
    if (same || onlyToFree && keyspace.findForWrite(to) != 0) {
      return same && !onlyToFree;
    }
    keyspace.findForWrite(to);
    keyspace.generic().rename(from, to);
    call.server().notifications().created(to);
    call.notify(Notifications.GENERIC, "rename_from", from);
    call.notify(Notifications.GENERIC, "rename_to", to);
    return true;
  }

  private static void copy(Call call) {
    int db = call.db();
    boolean replace = false;
    for (int i = 3; i < call.count(); i++) {
      if (call.is(i, "replace")) {
        replace = true;
      } else if (call.is(i, "db") && i + 1 < call.count()) {
        db = call.database(++i);
      } else {
        throw CommandError.SYNTAX;
      }
    }
    Keyspace keyspace = call.keyspace();
    Key from = call.key(1);
    Key to = call.otherKey(2).in(db);
    if (from.sameAs(to)) {
      throw new CommandError("ERR source and destination objects are the same");
    }
    if (call.find(from) == 0 || keyspace.findForWrite(to) != 0 && !replace) {
      call.reply().integer(0);
      return;
    }
    refuseDerived(call, to);
    keyspace.generic().copy(from, to);
    call.server().notifications().created(to);
    call.notify(Notifications.GENERIC, "copy_to", to);
    call.reply().integer(1);
  }

  /** The dispatcher looked at the session's database only. */
  private static void refuseDerived(Call call, Key to) {
    Failure failure = call.keyspace().refuseWrite(to.db(), to.array(), to.from(), to.length());
    if (failure != null) {
      throw new FailureException(failure);
    }
    long followed = call.keyspace().followedBytes(to.db(), to.array(), to.from(), to.length());
    call.requireRoom(3L * to.length() + followed); // MOVE's events name it up to four times
  }

  private static void move(Call call) {
    int db = call.database(2);
    if (db == call.db()) {
      throw new CommandError("ERR source and destination objects are the same");
    }
    Keyspace keyspace = call.keyspace();
    Key from = call.key(1);
    Key to = call.otherKey(1).in(db);
    if (keyspace.findForWrite(from) == 0 || keyspace.findForWrite(to) != 0) {
      call.reply().integer(0);
      return;
    }
    refuseDerived(call, to);
    keyspace.generic().copy(from, to);
    keyspace.generic().delete(from);
    call.notify(Notifications.GENERIC, "move_from", from);
    call.notify(Notifications.GENERIC, "move_to", to);
    call.reply().integer(1);
  }

  private static void flush(Call call, int db) {
    if (call.count() > 2 || call.count() == 2 && !call.is(1, "async") && !call.is(1, "sync")) {
      throw CommandError.SYNTAX;
    }
    Failure failure = call.keyspace().flushRefusal(db);
    if (failure != null) {
      throw new FailureException(failure);
    }
    call.keyspace().generic().flush(db);
    call.reply().ok();
  }

  private static void swapdb(Call call) {
    CommandError badFirst = new CommandError("ERR invalid first DB index");
    call.integerBetween(1, Integer.MIN_VALUE, Integer.MAX_VALUE, badFirst);
    int second = call.database(2, new CommandError("ERR invalid second DB index"));
    int first = call.database(1, badFirst);
    if (call.keyspace().isFollowed() && (first == 0 || second == 0) && first != second) {
      throw new FailureException(
          new Failure.NotSupported("SWAPDB of database 0 while projections follow it"));
    }
    if (first != second) {
      call.keyspace().generic().swap(first, second);
    }
    call.reply().ok();
  }

  public static boolean matches(Call call, int pattern, Bytes text) {
    return Glob.matches(
        call.array(), call.start(pattern), call.length(pattern), text.array(), 0, text.length());
  }
}
