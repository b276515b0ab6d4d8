package io.headwater.protocol.redis.strings;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.text.LongDouble;
import io.headwater.protocol.redis.text.Numbers;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Strings;
import java.nio.charset.StandardCharsets;

/** INCR and its kin: strings as numbers. */
final class NumberCommands {
  private static final int FLAGS = WRITE | DENYOOM | FAST;

  private NumberCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command("incr", 2, FLAGS, Group.STRING, "1.0.0", "Adds one to an integer")
            .keys(1, 1, 1)
            .does(call -> add(call, 1)));
    table.add(
        command("decr", 2, FLAGS, Group.STRING, "1.0.0", "Takes one from an integer")
            .keys(1, 1, 1)
            .does(call -> add(call, -1)));
    table.add(
        command("incrby", 3, FLAGS, Group.STRING, "1.0.0", "Adds to an integer")
            .keys(1, 1, 1)
            .does(call -> add(call, call.integer(2))));
    table.add(
        command("decrby", 3, FLAGS, Group.STRING, "1.0.0", "Takes from an integer")
            .keys(1, 1, 1)
            .does(NumberCommands::decrby));
    table.add(
        command("incrbyfloat", 3, FLAGS, Group.STRING, "2.6.0", "Adds to a decimal number")
            .keys(1, 1, 1)
            .does(NumberCommands::incrbyfloat));
  }

  private static void decrby(Call call) {
    long amount = call.integer(2);
    if (amount == Long.MIN_VALUE) {
      throw new CommandError("ERR decrement would overflow");
    }
    add(call, -amount);
  }

  private static void add(Call call, long amount) {
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STRING);
    if (amount == 1 && entry != 0) {
      long counted = call.keyspace().strings().countOn(key, entry);
      if (counted != 0) {
        call.notify(Notifications.STRING, "incrby", key);
        call.reply().integerText(counted, Entry.valueLength(entry));
        return;
      }
    }
    change(call, key, entry, amount);
  }

  private static void change(Call call, Key key, long entry, long amount) {
    long before = 0;
    if (entry != 0) {
      byte[] text = call.scratch();
      int length = Entry.valueLength(entry);
      if (length > 20) {
        throw CommandError.NOT_INTEGER;
      }
      io.headwater.bytes.Memory.copy(Entry.value(entry), text, 0, length);
      before = Numbers.parse(text, 0, length);
      if (before == Numbers.NOT_A_NUMBER && !Numbers.isInteger(text, 0, length)) {
        throw CommandError.NOT_INTEGER;
      }
    }
    long after = before + amount;
    if (((before ^ after) & (amount ^ after)) < 0) {
      throw new CommandError("ERR increment or decrement would overflow");
    }
    byte[] text = call.scratch();
    int length = Numbers.digits(after);
    Numbers.write(text, 0, length, after);
    Strings strings = call.keyspace().strings();
    if (entry == 0) {
      strings.set(key, text, 0, length, Strings.NATURAL, 0);
    } else {
      strings.replace(key, entry, text, 0, length, Strings.NATURAL);
    }
    call.notify(Notifications.STRING, "incrby", key);
    call.reply().integer(text, length);
  }

  private static void incrbyfloat(Call call) {
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STRING);
    byte[] before = entry == 0 ? new byte[] {'0'} : StringCommands.copy(entry);
    LongDouble sum =
        number(before, 0, before.length).plus(number(call.array(), call.start(2), call.length(2)));
    if (!sum.isFinite()) {
      throw new CommandError("ERR increment would produce NaN or Infinity");
    }
    byte[] text = sum.toString().getBytes(StandardCharsets.US_ASCII);
    call.requireRoom(text.length);
    call.keyspace().strings().set(key, text, 0, text.length, Strings.TEXT, Keyspace.KEEP_EXPIRY);
    call.notify(Notifications.STRING, "incrbyfloat", key);
    call.reply().bulk(text, 0, text.length);
  }

  private static LongDouble number(byte[] array, int from, int length) {
    LongDouble number = LongDouble.parse(array, from, length);
    if (number == null) {
      throw CommandError.NOT_FLOAT;
    }
    return number;
  }
}
