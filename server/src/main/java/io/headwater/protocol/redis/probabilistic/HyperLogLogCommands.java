package io.headwater.protocol.redis.probabilistic;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.MAY_REPLICATE;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Strings;
import java.util.Arrays;

/**
 * HyperLogLogs: strings of a certain form, see {@link Sketch}. What changes is logged as the bytes
 * that differ; a dense one is changed where it lies, without a copy.
 */
public final class HyperLogLogCommands {
  private static final CommandError NOT_ONE =
      new CommandError("WRONGTYPE Key is not a valid HyperLogLog string value.");
  private static final CommandError CORRUPT =
      new CommandError("INVALIDOBJ Corrupted HLL object detected");

  /** With a longer key, what changes is logged whole: each part has the key. */
  private static final int KEY_BYTES = 256;

  /** What a part, or a change of a register, takes beside its key and bytes, at most. */
  private static final long CHANGE_BYTES = 24;

  /** What keeping a count takes beside the key. */
  private static final int COUNT_BYTES = 64;

  /** Equal bytes between two changes that are cheaper written than left out. */
  private static final int GAP_BYTES = 16;

  private final Sketch sketch = new Sketch();
  private final byte[] merged = new byte[Sketch.REGISTERS];
  private final byte[] few = new byte[8];

  private HyperLogLogCommands() {}

  public static void addTo(CommandTable table) {
    HyperLogLogCommands commands = new HyperLogLogCommands();
    table.add(
        hyperLogLog("pfadd", -2, WRITE | DENYOOM | FAST, "Adds elements to a HyperLogLog")
            .keys(1, 1, 1)
            .does(commands::pfadd));
    table.add(
        hyperLogLog(
                "pfcount",
                -2,
                READONLY | MAY_REPLICATE,
                "Estimates the cardinality of HyperLogLogs together")
            .keys(1, -1, 1)
            .does(commands::pfcount));
    table.add(
        hyperLogLog("pfmerge", -2, WRITE | DENYOOM, "Merges HyperLogLogs into one")
            .keys(1, -1, 1)
            .writes(1, 1, 1)
            .does(commands::pfmerge));
    table.add(
        hyperLogLog("pfdebug", 3, WRITE | DENYOOM | ADMIN, "Shows the inside of a HyperLogLog")
            .keys(2, 2, 1)
            .does(commands::pfdebug));
    table.add(
        hyperLogLog("pfselftest", 1, ADMIN, "Checks the HyperLogLogs' code")
            .does(SelfTest::pfselftest));
  }

  private static Command.Declaration hyperLogLog(
      String name, int arity, int flags, String summary) {
    return command(name, arity, flags, Group.HYPERLOGLOG, "2.8.9", summary);
  }

  private static long checked(long entry) {
    if (entry != 0 && !Sketch.isOne(entry)) {
      throw NOT_ONE;
    }
    return entry;
  }

  private static int sparseBytesMax(Call call) {
    return (int)
        Math.min(Integer.MAX_VALUE, call.server().settings().number("hll-sparse-max-bytes"));
  }

  /** Copies an entry that was checked; one that is too long to be right is refused. */
  private void load(long entry) {
    if (Entry.valueLength(entry) > Sketch.SPARSE_BYTES_MAX) {
      throw CORRUPT;
    }
    sketch.load(entry);
  }

  private static boolean isDense(long entry) {
    return Memory.getByte(Entry.value(entry) + 4) == Sketch.DENSE;
  }

  private void pfadd(Call call) {
    Key key = call.key(1);
    long entry = checked(call.findForWrite(key, Entry.STRING));
    boolean changed;
    if (entry != 0 && isDense(entry) && key.length() <= KEY_BYTES) {
      changed = addDense(call, key);
    } else {
      changed = addSparse(call, key, entry);
    }
    if (changed) {
      call.notify(Notifications.STRING, "pfadd", key);
    }
    call.reply().integer(changed ? 1 : 0);
  }

  private boolean addSparse(Call call, Key key, long entry) {
    boolean changed = entry == 0;
    if (entry == 0) {
      sketch.clear();
    } else {
      load(entry);
    }
    int sparseBytesMax = sparseBytesMax(call);
    for (int i = 2; i < call.count(); i++) {
      long hash = MurmurHash.of(call.array(), call.start(i), call.length(i));
      switch (sketch.add(Sketch.register(hash), Sketch.rank(hash), sparseBytesMax)) {
        case CHANGED -> changed = true;
        case NOTHING_NEW -> {}
        case CORRUPT -> {
          store(call, key, entry); // what went before stays, as in Redis
          throw CORRUPT;
        }
      }
    }
    if (changed) {
      sketch.makeStale();
      store(call, key, entry);
    } else {
      call.keyspace().strings().makeRaw(key);
    }
    return changed;
  }

  private boolean addDense(Call call, Key key) {
    Strings strings = call.keyspace().strings();
    call.requireRoom(call.count() * (key.length() + CHANGE_BYTES));
    strings.makeRaw(key);
    boolean changed = false;
    for (int i = 2; i < call.count(); i++) {
      long hash = MurmurHash.of(call.array(), call.start(i), call.length(i));
      int register = Sketch.register(hash);
      int rank = Sketch.rank(hash);
      long at = Entry.value(call.keyspace().find(key)) + Sketch.HEADER_BYTES;
      if (Registers.get(at, register) < rank) {
        int place = register * 6 >> 3;
        int count = (register * 6 & 7) > 2 ? 2 : 1;
        Memory.copy(at + place, few, 0, count);
        int ofFour = register & 3; // as four registers are three bytes
        Registers.set(few, -(ofFour * 6 >> 3), ofFour, rank);
        strings.overwrite(key, Sketch.HEADER_BYTES + place, few, 0, count);
        changed = true;
      }
    }
    if (changed) {
      makeStale(call, key);
    }
    return changed;
  }

  private void makeStale(Call call, Key key) {
    int b = Memory.getByte(Entry.value(call.keyspace().find(key)) + Sketch.STALE_AT);
    if (b >= 0) {
      few[0] = (byte) (b | 0x80);
      call.keyspace().strings().overwrite(key, Sketch.STALE_AT, few, 0, 1);
    }
  }

  /** Makes the key's value what the sketch is; {@code entry} is what it is now, 0 for nothing. */
  private void store(Call call, Key key, long entry) {
    Strings strings = call.keyspace().strings();
    int length = sketch.length();
    byte[] bytes = sketch.bytes();
    boolean inParts = entry != 0 && key.length() <= KEY_BYTES;
    long parts = inParts ? length / GAP_BYTES + 3L : 2;
    call.requireRoom(length + parts * (key.length() + CHANGE_BYTES));
    if (entry == 0) {
      strings.set(key, bytes, 0, length, Strings.RAW, 0);
      return;
    }
    strings.makeRaw(key);
    long old = call.keyspace().find(key);
    if (!inParts || isDense(old) != (sketch.encoding() == Sketch.DENSE)) {
      strings.set(key, bytes, 0, length, Strings.RAW, Keyspace.KEEP_EXPIRY);
    } else if (sketch.encoding() == Sketch.DENSE) {
      storeChanges(call, key, 0, length);
    } else {
      storeChanges(call, key, 0, Sketch.HEADER_BYTES);
      storeSplice(call, key);
    }
  }

  /** Overwrites what differs between two places. */
  private void storeChanges(Call call, Key key, int from, int to) {
    byte[] bytes = sketch.bytes();
    long old = Entry.value(call.keyspace().find(key));
    int at = from;
    while (at < to) {
      if (Memory.getByte(old + at) == bytes[at]) {
        at++;
        continue;
      }
      int last = at;
      for (int i = at; i < to && i - last <= GAP_BYTES; i++) {
        if (Memory.getByte(old + i) != bytes[i]) {
          last = i;
        }
      }
      call.keyspace().strings().overwrite(key, at, bytes, at, last + 1 - at);
      old = Entry.value(call.keyspace().find(key));
      at = last + 1;
    }
  }

  /** Puts what differs behind the header in the place of what was there. */
  private void storeSplice(Call call, Key key) {
    byte[] bytes = sketch.bytes();
    int length = sketch.length();
    long entry = call.keyspace().find(key);
    long old = Entry.value(entry);
    int oldLength = Entry.valueLength(entry);
    int shorter = Math.min(length, oldLength);
    int at = Sketch.HEADER_BYTES;
    while (at < shorter && Memory.getByte(old + at) == bytes[at]) {
      at++;
    }
    int behind = 0;
    while (behind < shorter - at
        && Memory.getByte(old + oldLength - 1 - behind) == bytes[length - 1 - behind]) {
      behind++;
    }
    int removed = oldLength - behind - at;
    int inserted = length - behind - at;
    if (removed > 0 || inserted > 0) {
      call.keyspace().strings().splice(key, at, removed, bytes, at, inserted);
    }
  }

  private void pfcount(Call call) {
    if (call.count() == 2) {
      countOne(call);
      return;
    }
    Arrays.fill(merged, (byte) 0);
    for (int i = 1; i < call.count(); i++) {
      long entry = checked(call.find(call.key(i), Entry.STRING));
      if (entry != 0) {
        merge(entry);
      }
    }
    call.reply().integer(Cardinality.of(merged));
  }

  private void merge(long entry) {
    load(entry);
    if (!sketch.mergeInto(merged)) {
      throw CORRUPT;
    }
  }

  /** Counts one key, and keeps the result in its header for the next who asks. */
  private void countOne(Call call) {
    Key key = call.key(1);
    long entry = checked(call.find(key, Entry.STRING));
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    long kept = Memory.getLong(Entry.value(entry) + 8);
    boolean mayWrite =
        call.keyspace().refusal(call.bytes() + COUNT_BYTES + followedBytes(call, key)) == null
            && call.keyspace().refuseWrite(key.db(), key.array(), key.from(), key.length()) == null;
    if (kept >= 0) {
      if (mayWrite) {
        call.keyspace().strings().makeRaw(key);
      }
      call.reply().integer(kept);
      return;
    }
    Arrays.fill(merged, (byte) 0);
    merge(entry);
    long count = Cardinality.of(merged);
    if (mayWrite) {
      for (int i = 0; i < 8; i++) {
        few[i] = (byte) (count >>> 8 * i);
      }
      call.keyspace().strings().overwrite(key, 8, few, 0, 8);
    }
    call.reply().integer(count);
  }

  private static long followedBytes(Call call, Key key) {
    return call.keyspace().followedBytes(key.db(), key.array(), key.from(), key.length());
  }

  private void pfmerge(Call call) {
    Arrays.fill(merged, (byte) 0);
    boolean dense = false;
    for (int i = 1; i < call.count(); i++) {
      long entry = checked(call.find(call.key(i), Entry.STRING));
      if (entry != 0) {
        dense |= isDense(entry);
        merge(entry);
      }
    }
    Key key = call.key(1);
    long entry = call.keyspace().findForWrite(key);
    if (entry == 0) {
      sketch.clear();
    } else {
      load(entry);
    }
    if (dense && !sketch.makeDense()) {
      throw CORRUPT;
    }
    int sparseBytesMax = sparseBytesMax(call);
    for (int i = 0; i < Sketch.REGISTERS; i++) {
      if (merged[i] != 0) {
        sketch.add(i, merged[i], sparseBytesMax);
      }
    }
    sketch.makeStale();
    store(call, key, entry);
    call.notify(Notifications.STRING, "pfadd", key);
    call.reply().ok();
  }

  private void pfdebug(Call call) {
    Key key = call.key(2);
    long entry = call.findForWrite(key, Entry.STRING);
    if (entry == 0) {
      throw new CommandError("ERR The specified key does not exist");
    }
    checked(entry);
    load(entry);
    if (call.is(1, "getreg")) {
      byte[] registers = sketch.registers();
      if (registers == null || !sketch.makeDense()) {
        throw CORRUPT;
      }
      store(call, key, entry);
      call.reply().array(registers.length);
      for (byte register : registers) {
        call.reply().integer(register);
      }
    } else if (call.is(1, "decode")) {
      if (sketch.encoding() != Sketch.SPARSE) {
        throw new CommandError("ERR HLL encoding is not sparse");
      }
      call.keyspace().strings().makeRaw(key);
      call.reply().bulk(sketch.runs());
    } else if (call.is(1, "encoding")) {
      call.keyspace().strings().makeRaw(key);
      call.reply().simple(sketch.encoding() == Sketch.DENSE ? "dense" : "sparse");
    } else if (call.is(1, "todense")) {
      boolean sparse = sketch.encoding() == Sketch.SPARSE;
      if (!sketch.makeDense()) {
        throw CORRUPT;
      }
      store(call, key, entry);
      call.reply().integer(sparse ? 1 : 0);
    } else {
      throw new CommandError("ERR Unknown PFDEBUG subcommand '" + call.text(1) + "'");
    }
  }
}
