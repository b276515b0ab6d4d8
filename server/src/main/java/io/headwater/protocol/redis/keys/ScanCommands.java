package io.headwater.protocol.redis.keys;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.READONLY;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Keyspace;
import java.util.ArrayList;
import java.util.List;

/** Going through the keys of a database. */
final class ScanCommands {
  private static final int SLOTS_PER_WANTED_KEY = 10;
  private static final int RANDOM_TRIES = 100;

  private ScanCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command("keys", 2, READONLY, Group.GENERIC, "1.0.0", "Returns all keys of a pattern")
            .does(KeyList::keys));
    table.add(
        command("scan", -2, READONLY, Group.GENERIC, "2.8.0", "Goes through the keys in steps")
            .does(ScanCommands::scan));
    table.add(
        command("randomkey", 1, READONLY, Group.GENERIC, "1.0.0", "Returns any key")
            .does(ScanCommands::randomkey));
  }

  private static Bytes keyOf(long entry) {
    return Bytes.wrap(Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry)));
  }

  private static void reply(Call call, List<Bytes> keys) {
    call.reply().array(keys.size());
    keys.forEach(call.reply()::bulk);
  }

  /**
   * A scan's cursor is a hash prefix, below 2^48, so that clients that keep it as a signed or a
   * floating-point number keep it whole.
   */
  static long cursor(Call call, int i) {
    return ScanOptions.cursor(call, i) & (1L << 48) - 1;
  }

  private static void scan(Call call) {
    long cursor = cursor(call, 1);
    int pattern = 0;
    long count = 10;
    int type = 0;
    for (int i = 2; i < call.count(); i += 2) {
      if (i + 1 == call.count()) {
        throw CommandError.SYNTAX;
      } else if (call.is(i, "count")) {
        count = call.integer(i + 1);
        if (count < 1) {
          throw CommandError.SYNTAX;
        }
      } else if (call.is(i, "match")) {
        pattern = i + 1;
      } else if (call.is(i, "type")) {
        type = i + 1;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    List<Bytes> found = new ArrayList<>();
    long next = collect(call, cursor, Math.min(count, 1 << 24), pattern, type, found);
    call.reply().array(2);
    call.reply().bulk(Long.toString(next));
    reply(call, found);
  }

  private static long collect(
      Call call, long cursor, long count, int pattern, int type, List<Bytes> found) {
    int[] seen = {0};
    Keyspace.EntryVisitor visitor =
        entry -> {
          seen[0]++;
          Bytes key = keyOf(entry);
          if ((pattern == 0 || KeyCommands.matches(call, pattern, key))
              && (type == 0 || call.is(type, KeyCommands.typeWord(entry)))) {
            found.add(key);
          }
        };
    long next = cursor;
    long slots = count * SLOTS_PER_WANTED_KEY;
    do {
      int step = (int) Math.max(1, Math.min(slots, count - seen[0]));
      next = call.keyspace().scan(call.db(), next, step, visitor);
      slots -= step;
    } while (next != 0 && seen[0] < count && slots > 0);
    return next;
  }

  private static void randomkey(Call call) {
    List<Bytes> found = new ArrayList<>();
    for (int tries = 0; tries < RANDOM_TRIES && found.isEmpty(); tries++) {
      long start = call.server().random().nextLong() >>> 16;
      call.keyspace().scan(call.db(), start, 1, entry -> found.add(keyOf(entry)));
    }
    for (long cursor = 0; found.isEmpty(); ) { // nearly empty: take the first there is
      cursor = call.keyspace().scan(call.db(), cursor, 64, entry -> found.add(keyOf(entry)));
      if (cursor == 0) {
        break;
      }
    }
    if (found.isEmpty()) {
      call.reply().nil();
    } else {
      call.reply().bulk(found.get(call.server().random().nextInt(found.size())));
    }
  }
}
