package io.headwater.protocol.redis.strings;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.text.Numbers;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;

/**
 * BITFIELD: integers of any width at any bit of a string.
 *
 * <p>A call is read twice: first all operations are checked, and the last bit that any of them
 * writes is found; then the string is made that long, even if all writes fail later, and the
 * operations run in order. Nothing is allocated.
 */
final class BitFieldCommands {
  /** What one change's event takes beside the key, at most. */
  private static final int CHANGE_BYTES = 32;

  private static final CommandError BAD_TYPE =
      new CommandError(
          "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported"
              + " but i64 is.");

  private enum Operation {
    GET(2),
    SET(3),
    INCRBY(3),
    OVERFLOW(1);

    /** Arguments behind its name. */
    final int arguments;

    Operation(int arguments) {
      this.arguments = arguments;
    }
  }

  private enum Overflow {
    WRAP,
    SAT,
    FAIL
  }

  private BitFieldCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command(
                "bitfield",
                -2,
                WRITE | DENYOOM,
                Group.BITMAP,
                "3.2.0",
                "Reads and changes integers of any width in a string")
            .keys(1, 1, 1)
            .does(call -> bitfield(call, false)));
    table.add(
        command(
                "bitfield_ro",
                -2,
                READONLY | FAST,
                Group.BITMAP,
                "6.0.0",
                "Reads integers of any width in a string")
            .keys(1, 1, 1)
            .does(call -> bitfield(call, true)));
  }

  private static void bitfield(Call call, boolean readOnly) {
    int operations = 0;
    long lastWritten = -1;
    for (int i = 2; i < call.count(); ) {
      Operation operation = operation(call, i);
      if (operation == Operation.OVERFLOW) {
        overflow(call, i + 1);
      } else {
        operations++;
        int type = type(call, i + 1);
        long offset = offset(call, i + 2, width(type));
        if (operation != Operation.GET) {
          call.integer(i + 3);
          lastWritten = Math.max(lastWritten, offset + width(type) - 1);
          if (lastWritten >> 3 >= Entry.LENGTH_MAX) {
            throw BitCommands.BAD_OFFSET;
          }
        }
      }
      i += 1 + operation.arguments;
    }
    if (lastWritten < 0) {
      get(call, operations);
    } else if (readOnly) {
      throw new CommandError("ERR BITFIELD_RO only supports the GET subcommand");
    } else {
      change(call, operations, lastWritten);
    }
  }

  private static void get(Call call, int operations) {
    long entry = call.find(call.key(1), Entry.STRING);
    call.reply().array(operations);
    for (int i = 2; i < call.count(); ) {
      Operation operation = operation(call, i);
      if (operation == Operation.GET) {
        int type = type(call, i + 1);
        call.reply().integer(read(entry, type, offset(call, i + 2, width(type))));
      }
      i += 1 + operation.arguments;
    }
  }

  private static void change(Call call, int operations, long lastWritten) {
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STRING);
    int bytes = (int) (lastWritten >> 3) + 1;
    boolean grown = entry == 0 || Entry.valueLength(entry) < bytes;
    call.requireRoom((operations + 1L) * (key.length() + CHANGE_BYTES));
    boolean changed = false;
    byte[] scratch = call.scratch();
    if (grown) {
      scratch[0] = 0;
      call.keyspace().strings().overwrite(key, bytes - 1, scratch, 0, 1);
    } else {
      call.keyspace().strings().makeRaw(key);
    }
    call.reply().array(operations);
    Overflow overflow = Overflow.WRAP;
    for (int i = 2; i < call.count(); ) {
      Operation operation = operation(call, i);
      switch (operation) {
        case OVERFLOW -> overflow = overflow(call, i + 1);
        case GET -> {
          int type = type(call, i + 1);
          long now = call.keyspace().find(key);
          call.reply().integer(read(now, type, offset(call, i + 2, width(type))));
        }
        case SET, INCRBY ->
            changed |=
                switch (write(call, key, operation, overflow, i)) {
                  case CHANGED -> true;
                  case SAME -> grown;
                  case REFUSED -> false;
                };
      }
      i += 1 + operation.arguments;
    }
    if (changed) {
      call.notify(Notifications.STRING, "setbit", key);
    }
  }

  /** What became of a write. */
  private enum Written {
    CHANGED,
    SAME,
    REFUSED
  }

  /** Runs one SET or INCRBY and replies. */
  private static Written write(
      Call call, Key key, Operation operation, Overflow overflow, int argument) {
    int type = type(call, argument + 1);
    int width = width(type);
    long offset = offset(call, argument + 2, width);
    long operand = call.integer(argument + 3);
    long old = read(call.keyspace().find(key), type, offset);
    boolean increments = operation == Operation.INCRBY;
    long base = increments ? old : operand;
    long increment = increments ? operand : 0;
    int beyond =
        isSigned(type) ? beyondSigned(base, increment, width) : beyond(base, increment, width);
    if (beyond != 0 && overflow == Overflow.FAIL) {
      call.reply().nil();
      return Written.REFUSED;
    }
    long value = base + increment;
    if (beyond != 0) {
      value = overflow == Overflow.SAT ? limit(type, beyond) : wrapped(type, value);
    }
    call.reply().integer(increments ? value : old);
    if (value == old) {
      return Written.SAME;
    }
    put(call, key, offset, width, value);
    return Written.CHANGED;
  }

  private static void put(Call call, Key key, long offset, int width, long value) {
    int first = (int) (offset >> 3);
    int count = (int) (offset + width - 1 >> 3) - first + 1;
    byte[] scratch = call.scratch();
    Memory.copy(Entry.value(call.keyspace().find(key)) + first, scratch, 0, count);
    for (int bit = 0; bit < width; bit++) {
      int at = (int) (offset & 7) + bit;
      int mask = 0x80 >> (at & 7);
      boolean set = (value >>> width - 1 - bit & 1) != 0;
      scratch[at >> 3] = (byte) (set ? scratch[at >> 3] | mask : scratch[at >> 3] & ~mask);
    }
    call.keyspace().strings().overwrite(key, first, scratch, 0, count);
  }

  /** The integer at a bit; what is behind the string's end is zeros. */
  private static long read(long entry, int type, long offset) {
    int width = width(type);
    long length = entry == 0 ? 0 : Entry.valueLength(entry);
    long address = entry == 0 ? 0 : Entry.value(entry);
    long value = 0;
    int taken = 0;
    while (taken < width) {
      long bit = offset + taken;
      int inByte = (int) (bit & 7);
      int bits = Math.min(8 - inByte, width - taken);
      int b = bit >> 3 < length ? Memory.getByte(address + (bit >> 3)) & 0xff : 0;
      value = value << bits | b >> 8 - inByte - bits & (1 << bits) - 1;
      taken += bits;
    }
    return isSigned(type) ? wrapped(type, value) : value;
  }

  /** The low bits of a value, as an integer of this type. */
  private static long wrapped(int type, long value) {
    int unused = 64 - width(type);
    return isSigned(type) ? value << unused >> unused : value << unused >>> unused;
  }

  private static long limit(int type, int beyond) {
    int width = width(type);
    if (!isSigned(type)) {
      return beyond > 0 ? (1L << width) - 1 : 0;
    }
    return beyond > 0 ? Long.MAX_VALUE >> 64 - width : Long.MIN_VALUE >> 64 - width;
  }

  /**
   * Whether a sum leaves the type's range, 1 above and -1 below. The distances wrap around as they
   * do in Redis, which so takes a SET far below the range for one above it.
   */
  private static int beyondSigned(long value, long increment, int width) {
    long max = Long.MAX_VALUE >> 64 - width;
    long min = -max - 1;
    long room = max - value;
    if (value > max
        || width != 64 && increment > room
        || value >= 0 && increment > 0 && increment > room) {
      return 1;
    }
    long roomBelow = min - value;
    boolean below =
        value < min
            || width != 64 && increment < roomBelow
            || value < 0 && increment < 0 && increment < roomBelow;
    return below ? -1 : 0;
  }

  /** Like {@link #beyondSigned}, of an unsigned value. */
  private static int beyond(long value, long increment, int width) {
    long max = (1L << width) - 1;
    if (Long.compareUnsigned(value, max) > 0 || increment > 0 && increment > max - value) {
      return 1;
    }
    return increment < 0 && increment < -value ? -1 : 0;
  }

  private static Operation operation(Call call, int i) {
    Operation operation = null;
    if (call.is(i, "get")) {
      operation = Operation.GET;
    } else if (call.is(i, "set")) {
      operation = Operation.SET;
    } else if (call.is(i, "incrby")) {
      operation = Operation.INCRBY;
    } else if (call.is(i, "overflow")) {
      operation = Operation.OVERFLOW;
    }
    if (operation == null || call.count() - 1 - i < operation.arguments) {
      throw CommandError.SYNTAX;
    }
    return operation;
  }

  private static Overflow overflow(Call call, int i) {
    if (call.is(i, "wrap")) {
      return Overflow.WRAP;
    }
    if (call.is(i, "sat")) {
      return Overflow.SAT;
    }
    if (call.is(i, "fail")) {
      return Overflow.FAIL;
    }
    throw new CommandError("ERR Invalid OVERFLOW type specified");
  }

  /** The type's width; negative if it is signed. */
  private static int type(Call call, int i) {
    int length = call.length(i);
    int sign = length == 0 ? 0 : call.array()[call.start(i)];
    long width = length == 0 ? 0 : Numbers.parse(call.array(), call.start(i) + 1, length - 1);
    boolean signed = sign == 'i';
    if (!signed && sign != 'u' || width < 1 || width > (signed ? 64 : 63)) {
      throw BAD_TYPE;
    }
    return (int) (signed ? -width : width);
  }

  private static boolean isSigned(int type) {
    return type < 0;
  }

  private static int width(int type) {
    return Math.abs(type);
  }

  /** A bit's place, or behind a number sign how many integers of this width stand before it. */
  private static long offset(Call call, int i, int width) {
    boolean counted = call.length(i) > 0 && call.array()[call.start(i)] == '#';
    int skipped = counted ? 1 : 0;
    int from = call.start(i) + skipped;
    int length = call.length(i) - skipped;
    if (!Numbers.isInteger(call.array(), from, length)) {
      throw BitCommands.BAD_OFFSET;
    }
    long offset = Numbers.parse(call.array(), from, length) * (counted ? width : 1);
    if (offset < 0 || offset >> 3 >= call.server().settings().bulkBytesMax()) {
      throw BitCommands.BAD_OFFSET;
    }
    return offset;
  }
}
