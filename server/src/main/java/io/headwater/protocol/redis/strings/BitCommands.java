package io.headwater.protocol.redis.strings;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
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
import io.headwater.view.keyspace.Strings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Strings as arrays of bits, the highest bit of a byte first. */
public final class BitCommands {
  static final CommandError BAD_OFFSET =
      new CommandError("ERR bit offset is not an integer or out of range");
  private static final CommandError BAD_BIT =
      new CommandError("ERR bit is not an integer or out of range");

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private BitCommands() {}

  public static void addTo(CommandTable table) {
    BitFieldCommands.addTo(table);
    table.add(
        bit("getbit", 3, READONLY | FAST, "2.2.0", "Returns one bit of a string")
            .keys(1, 1, 1)
            .does(BitCommands::getbit));
    table.add(
        bit("setbit", 4, WRITE | DENYOOM, "2.2.0", "Sets one bit of a string")
            .keys(1, 1, 1)
            .does(BitCommands::setbit));
    table.add(
        bit("bitcount", -2, READONLY, "2.6.0", "Counts the set bits of a string or a part of it")
            .keys(1, 1, 1)
            .does(BitCommands::bitcount));
    table.add(
        bit("bitpos", -3, READONLY, "2.8.7", "Finds the first set or clear bit of a string")
            .keys(1, 1, 1)
            .does(BitCommands::bitpos));
    table.add(
        bit("bitop", -4, WRITE | DENYOOM, "2.6.0", "Stores AND, OR, XOR or NOT of strings")
            .keys(2, -1, 1)
            .writes(2, 2, 1)
            .does(BitCommands::bitop));
  }

  private static Command.Declaration bit(
      String name, int arity, int flags, String since, String summary) {
    return command(name, arity, flags, Group.BITMAP, since, summary);
  }

  private static long offset(Call call, int i) {
    long offset = call.integer(i, BAD_OFFSET);
    if (offset < 0 || offset >> 3 >= call.server().settings().bulkBytesMax()) {
      throw BAD_OFFSET;
    }
    return offset;
  }

  private static void getbit(Call call) {
    long offset = offset(call, 2);
    long entry = call.find(call.key(1), Entry.STRING);
    if (entry == 0 || offset >> 3 >= Entry.valueLength(entry)) {
      call.reply().integer(0);
      return;
    }
    int b = Memory.getByte(Entry.value(entry) + (offset >> 3));
    call.reply().integer(b >> (7 - (int) (offset & 7)) & 1);
  }

  private static void setbit(Call call) {
    long offset = offset(call, 2);
    int bit = call.integerBetween(3, 0, 1, BAD_BIT);
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STRING);
    int index = (int) (offset >> 3);
    int shift = 7 - (int) (offset & 7);
    int before =
        entry != 0 && index < Entry.valueLength(entry)
            ? Memory.getByte(Entry.value(entry) + index)
            : 0;
    if (entry != 0 && index < Entry.valueLength(entry) && (before >> shift & 1) == bit) {
      call.keyspace().strings().makeRaw(key);
    } else {
      byte[] scratch = call.scratch();
      scratch[0] = (byte) (before & ~(1 << shift) | bit << shift);
      call.keyspace().strings().overwrite(key, index, scratch, 0, 1);
      call.notify(Notifications.STRING, "setbit", key);
    }
    call.reply().integer(before >> shift & 1);
  }

  /** A range of bits, both ends included; empty if {@code first > last}. */
  private record Range(long first, long last) {
    boolean isEmpty() {
      return first > last;
    }
  }

  /** Turns start and end arguments, in bytes or bits, into bits of a string of this length. */
  private static Range range(long start, long end, boolean bits, long bytes) {
    long total = bits ? bytes * 8 : bytes;
    if (start < 0 && end < 0 && start > end) {
      return new Range(1, 0);
    }
    return clamped(start, end, bits, total);
  }

  private static Range clamped(long start, long end, boolean bits, long total) {
    long first = Math.max(0, start < 0 ? start + total : start);
    long last = Math.min(total - 1, Math.max(0, end < 0 ? end + total : end));
    if (first > last) {
      return new Range(1, 0);
    }
    return bits ? new Range(first, last) : new Range(first * 8, last * 8 + 7);
  }

  private static boolean inBits(Call call, int i) {
    if (i >= call.count() || call.is(i, "byte")) {
      return false;
    }
    if (call.is(i, "bit")) {
      return true;
    }
    throw CommandError.SYNTAX;
  }

  private static void bitcount(Call call) {
    long entry = call.find(call.key(1), Entry.STRING);
    if (entry == 0) {
      call.reply().integer(0); // as Redis: without looking at the rest
      return;
    }
    long start = 0;
    long end = -1;
    boolean bits = false;
    if (call.count() == 4 || call.count() == 5) {
      start = call.integer(2);
      end = call.integer(3);
      bits = !(start < 0 && end < 0 && start > end) && inBits(call, 4);
    } else if (call.count() != 2) {
      throw CommandError.SYNTAX;
    }
    Range range = range(start, end, bits, Entry.valueLength(entry));
    call.reply().integer(range.isEmpty() ? 0 : count(Entry.value(entry), range));
  }

  private static long count(long address, Range range) {
    long firstByte = range.first >> 3;
    long lastByte = range.last >> 3;
    int headMask = 0xff >>> (range.first & 7);
    int tailMask = 0xff << 7 - (range.last & 7) & 0xff;
    if (firstByte == lastByte) {
      return Integer.bitCount(Memory.getByte(address + firstByte) & headMask & tailMask);
    }
    long count =
        Integer.bitCount(Memory.getByte(address + firstByte) & headMask)
            + Integer.bitCount(Memory.getByte(address + lastByte) & tailMask);
    long at = firstByte + 1;
    for (; at + 32 <= lastByte; at += 32) {
      count +=
          Long.bitCount(Memory.getLong(address + at))
              + Long.bitCount(Memory.getLong(address + at + 8))
              + Long.bitCount(Memory.getLong(address + at + 16))
              + Long.bitCount(Memory.getLong(address + at + 24));
    }
    for (; at < lastByte; at++) {
      count += Integer.bitCount(Memory.getByte(address + at) & 0xff);
    }
    return count;
  }

  private static void bitpos(Call call) {
    long wanted = call.integer(2);
    if (wanted != 0 && wanted != 1) {
      throw new CommandError("ERR The bit argument must be 1 or 0.");
    }
    long entry = call.find(call.key(1), Entry.STRING);
    if (entry == 0) {
      call.reply().integer(wanted == 1 ? -1 : 0);
      return;
    }
    if (call.count() > 6) {
      throw CommandError.SYNTAX;
    }
    long start = call.count() > 3 ? call.integer(3) : 0;
    boolean bits = inBits(call, 5);
    long end = call.count() > 4 ? call.integer(4) : -1;
    long length = Entry.valueLength(entry);
    Range range = clamped(start, end, bits, bits ? length * 8 : length);
    if (range.isEmpty()) {
      call.reply().integer(-1);
      return;
    }
    long position = position(Entry.value(entry), range, (int) wanted);
    if (position < 0 && wanted == 0 && call.count() < 5) {
      position = length * 8; // behind a string there are zeros without end
    }
    call.reply().integer(position);
  }

  private static long position(long address, Range range, int wanted) {
    long skipped = wanted == 1 ? 0 : -1;
    long at = range.first;
    while (at <= range.last) {
      if ((at & 63) == 0) {
        long words = address + (at >> 3);
        while (at + 255 <= range.last
            && ((Memory.getLong(words) ^ skipped)
                    | (Memory.getLong(words + 8) ^ skipped)
                    | (Memory.getLong(words + 16) ^ skipped)
                    | (Memory.getLong(words + 24) ^ skipped))
                == 0) {
          at += 256;
          words += 32;
        }
      }
      if ((at & 63) == 0
          && at + 63 <= range.last
          && Memory.getLong(address + (at >> 3)) == skipped) {
        at += 64;
      } else if (at > range.last) {
        return -1;
      } else if ((Memory.getByte(address + (at >> 3)) >> 7 - (at & 7) & 1) == wanted) {
        return at;
      } else {
        at++;
      }
    }
    return -1;
  }

  private static void bitop(Call call) {
    boolean not = call.is(1, "not");
    if (!not && !call.is(1, "and") && !call.is(1, "or") && !call.is(1, "xor")) {
      throw CommandError.SYNTAX;
    }
    if (not && call.count() != 4) {
      throw new CommandError("ERR BITOP NOT must be called with a single source key.");
    }
    long[] sources = new long[call.count() - 3]; // entries: nothing moves them before the result is
    int length = 0;
    for (int i = 0; i < sources.length; i++) {
      sources[i] = call.find(call.key(i + 3), Entry.STRING);
      length = Math.max(length, length(sources[i]));
    }
    byte[] result = new byte[length];
    if (length(sources[0]) > 0) {
      Memory.copy(Entry.value(sources[0]), result, 0, length(sources[0]));
    }
    if (not) {
      invert(result);
    }
    for (int i = 1; i < sources.length; i++) {
      combine(call, result, sources[i]);
    }
    call.requireRoom(length);
    Key target = call.key(2);
    boolean deleted = length == 0 && call.keyspace().generic().delete(target);
    if (length > 0) {
      call.keyspace().strings().set(target, result, 0, length, Strings.RAW, 0);
    }
    call.notifyStored(Notifications.STRING, "set", target, length, deleted);
    call.reply().integer(length);
  }

  private static int length(long entry) {
    return entry == 0 ? 0 : Entry.valueLength(entry);
  }

  private static void invert(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ~bytes[i];
    }
  }

  /** By words, the rest byte by byte. A string that ends earlier goes on with zeros. */
  private static void combine(Call call, byte[] result, long entry) {
    int length = length(entry);
    long address = length == 0 ? 0 : Entry.value(entry);
    int words = length & ~7;
    if (call.is(1, "and")) {
      for (int i = 0; i < words; i += 8) {
        WORDS.set(result, i, (long) WORDS.get(result, i) & Memory.getLong(address + i));
      }
      for (int i = words; i < length; i++) {
        result[i] &= (byte) Memory.getByte(address + i);
      }
      Arrays.fill(result, length, result.length, (byte) 0);
    } else if (call.is(1, "or")) {
      for (int i = 0; i < words; i += 8) {
        WORDS.set(result, i, (long) WORDS.get(result, i) | Memory.getLong(address + i));
      }
      for (int i = words; i < length; i++) {
        result[i] |= (byte) Memory.getByte(address + i);
      }
    } else {
      for (int i = 0; i < words; i += 8) {
        WORDS.set(result, i, (long) WORDS.get(result, i) ^ Memory.getLong(address + i));
      }
      for (int i = words; i < length; i++) {
        result[i] ^= (byte) Memory.getByte(address + i);
      }
    }
  }
}
