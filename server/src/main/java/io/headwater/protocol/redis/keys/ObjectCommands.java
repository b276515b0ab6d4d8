package io.headwater.protocol.redis.keys;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.READONLY;

import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.text.Numbers;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Strings;

/** OBJECT: how a value is stored. */
public final class ObjectCommands {
  private static final int EMBSTR_BYTES_MAX = 44;
  private static final int INTEGER_DIGITS_MAX = 20;

  /** Up to 9,999. */
  private static final int SHARED_DIGITS_MAX = 4;

  private ObjectCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command("object", -2, 0, Group.GENERIC, "2.2.3", "Says how a value is stored")
            .sub(object("encoding", 3, READONLY, "2.2.3", ObjectCommands::encoding))
            .sub(object("refcount", 3, READONLY, "2.2.3", ObjectCommands::refcount))
            .sub(object("idletime", 3, READONLY, "2.2.3", ObjectCommands::idletime))
            .sub(object("freq", 3, READONLY, "4.0.0", ObjectCommands::freq))
            .sub(Help.of("object", Group.GENERIC))
            .container());
  }

  private static Command object(
      String name, int arity, int flags, String since, Command.Handler handler) {
    return command(
            "object|" + name, arity, flags, Group.GENERIC, since, "Returns a value's " + name)
        .keys(2, 2, 1)
        .does(handler);
  }

  private static long entry(Call call) {
    return call.keyspace().peek(call.key(2));
  }

  private static void encoding(Call call) {
    long entry = entry(call);
    if (entry == 0) {
      call.reply().nil();
    } else {
      call.reply().bulk(encoding(call.keyspace(), entry));
    }
  }

  /** Redis's word for how such a value is stored. */
  public static String encoding(Keyspace keyspace, long entry) {
    return switch (Entry.type(entry)) {
      case Entry.STRING -> stringEncoding(entry);
      case Entry.HASH -> keyspace.hashes().read(entry).encoding();
      case Entry.LIST -> keyspace.lists().read(entry).encoding();
      case Entry.SET -> keyspace.sets().read(entry).encoding();
      case Entry.ZSET -> keyspace.sortedSets().read(entry).encoding();
      case Entry.STREAM -> "stream";
      default -> throw new IllegalStateException("type " + Entry.type(entry));
    };
  }

  private static String stringEncoding(long entry) {
    int length = Entry.valueLength(entry);
    if (Entry.encoding(entry) == Strings.RAW) {
      return "raw";
    }
    if (Entry.encoding(entry) == Strings.NATURAL && length <= INTEGER_DIGITS_MAX) {
      byte[] text = Memory.toByteArray(Entry.value(entry), length);
      if (Numbers.isInteger(text, 0, length)) {
        return "int";
      }
    }
    return length <= EMBSTR_BYTES_MAX ? "embstr" : "raw";
  }

  private static void refcount(Call call) {
    long entry = entry(call);
    if (entry == 0) {
      call.reply().nil();
    } else {
      call.reply().integer(isShared(call, entry) ? Integer.MAX_VALUE : 1);
    }
  }

  /** Redis keeps small integers once, unless each has to know when it was used. */
  private static boolean isShared(Call call, long entry) {
    if (Entry.type(entry) != Entry.STRING
        || Entry.valueLength(entry) > SHARED_DIGITS_MAX
        || !stringEncoding(entry).equals("int")
        || Memory.getByte(Entry.value(entry)) == '-') {
      return false;
    }
    String policy = call.server().settings().text("maxmemory-policy");
    return call.server().settings().number("maxmemory") == 0
        || !policy.endsWith("lru") && !policy.endsWith("lfu");
  }

  private static void idletime(Call call) {
    long entry = entry(call);
    if (entry == 0) {
      call.reply().nil();
    } else if (call.keyspace().access().counts()) {
      throw new CommandError(
          "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when"
              + " switching between policies at runtime LRU and LFU data will take some time to"
              + " adjust.");
    } else {
      call.reply().integer(call.keyspace().access().idleSeconds(entry));
    }
  }

  private static void freq(Call call) {
    long entry = entry(call);
    if (entry == 0) {
      call.reply().nil();
    } else if (!call.keyspace().access().counts()) {
      throw new CommandError(
          "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note"
              + " that when switching between policies at runtime LRU and LFU data will take some"
              + " time to adjust.");
    } else {
      call.reply().integer(call.keyspace().access().frequency(entry));
    }
  }
}
