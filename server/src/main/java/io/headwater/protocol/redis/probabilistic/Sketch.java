package io.headwater.protocol.redis.probabilistic;

import io.headwater.bytes.Memory;
import io.headwater.view.keyspace.Entry;
import java.util.Arrays;

/**
 * One HyperLogLog in a buffer where it can change. The bytes are those of Redis, so that a value
 * can come from there and go back:
 *
 * <pre>{@code
 * 0       4           5         8                  16
 * | HYLL  | encoding  | 0 0 0   | cardinality u64  | registers |
 * }</pre>
 *
 * The highest bit of the cardinality says that it is out of date. There are 16,384 registers of 6
 * bits. Dense (encoding 0) they lie beside each other, lowest bits first; sparse (encoding 1) runs
 * of equal registers are written as
 *
 * <pre>{@code
 * 00llllll              l + 1 zeros
 * 01llllll llllllll     l + 1 zeros, the high bits first
 * 1vvvvvll              l + 1 times the value v + 1
 * }</pre>
 *
 * <p>Adding an element hashes it with MurmurHash64A; the low 14 bits choose a register, which
 * becomes at least the number of trailing zeros in the rest, plus one. (Flajolet, Fusy, Gandouet,
 * Meunier, 2007.) Which of several sparse forms of the same registers comes out follows Redis's way
 * to change them: one run is cut in up to three, then equal neighbours are joined.
 */
final class Sketch {
  static final int REGISTERS = 1 << 14;
  static final int HEADER_BYTES = 16;
  static final int DENSE_BYTES = HEADER_BYTES + REGISTERS * 6 / 8;

  /** The place of the byte whose highest bit says that the cardinality is out of date. */
  static final int STALE_AT = 15;

  static final int DENSE = 0;
  static final int SPARSE = 1;

  /** No right one is longer: each run has two bytes or less, and a register or more. */
  static final int SPARSE_BYTES_MAX = HEADER_BYTES + 2 * REGISTERS;

  /** What {@link #add} answers. */
  enum Added {
    NOTHING_NEW,
    CHANGED,
    CORRUPT
  }

  /** The longest run of zeros in one byte. */
  private static final int ZEROS_MAX = 64;

  private static final int VALUE_MAX = 32;
  private static final int VALUES_MAX = 4;

  /** Bytes that one run may become. */
  private static final int PIECES_BYTES = 5;

  private final byte[] pieces = new byte[PIECES_BYTES];
  private byte[] bytes = new byte[4096];
  private int length;

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  int encoding() {
    return bytes[4];
  }

  /** Becomes an empty one. */
  void clear() {
    room(HEADER_BYTES + 2);
    Arrays.fill(bytes, 0, HEADER_BYTES, (byte) 0);
    bytes[0] = 'H';
    bytes[1] = 'Y';
    bytes[2] = 'L';
    bytes[3] = 'L';
    bytes[4] = SPARSE;
    length = HEADER_BYTES;
    length += putZeros(bytes, length, REGISTERS);
  }

  /** Becomes what an entry holds that {@link #isOne} and is not longer than it may be. */
  void load(long entry) {
    int newLength = Entry.valueLength(entry);
    room(newLength);
    Memory.copy(Entry.value(entry), bytes, 0, newLength);
    length = newLength;
  }

  private void room(int wanted) {
    if (bytes.length < wanted) {
      bytes = Arrays.copyOf(bytes, Math.max(wanted, 2 * bytes.length));
    }
  }

  /** Whether a string has the right header, and the right length if it is dense. */
  static boolean isOne(long entry) {
    int length = Entry.valueLength(entry);
    if (length < HEADER_BYTES) {
      return false;
    }
    long at = Entry.value(entry);
    int encoding = Memory.getByte(at + 4);
    return Memory.getByte(at) == 'H'
        && Memory.getByte(at + 1) == 'Y'
        && Memory.getByte(at + 2) == 'L'
        && Memory.getByte(at + 3) == 'L'
        && (encoding == SPARSE || encoding == DENSE && length == DENSE_BYTES);
  }

  static int register(long hash) {
    return (int) hash & REGISTERS - 1;
  }

  static int rank(long hash) {
    return Long.numberOfTrailingZeros(hash >>> 14 | 1L << 50) + 1;
  }

  void makeStale() {
    bytes[STALE_AT] |= (byte) 0x80;
  }

  /**
   * Raises a register to at least this.
   *
   * @param sparseBytesMax a sparse one that would grow past it becomes dense
   */
  Added add(int register, int rank, int sparseBytesMax) {
    if (encoding() == SPARSE) {
      return addSparse(register, rank, sparseBytesMax);
    }
    if (Registers.get(bytes, HEADER_BYTES, register) >= rank) {
      return Added.NOTHING_NEW;
    }
    Registers.set(bytes, HEADER_BYTES, register, rank);
    return Added.CHANGED;
  }

  private Added addSparse(int register, int rank, int sparseBytesMax) {
    if (rank > VALUE_MAX) {
      return addDense(register, rank);
    }
    int at = HEADER_BYTES;
    int before = -1;
    int first = 0;
    while (at < length && register >= first + run(at)) {
      first += run(at);
      before = at;
      at += opBytes(at);
    }
    if (at >= length) {
      return Added.CORRUPT;
    }
    int run = run(at);
    boolean isValue = bytes[at] < 0;
    if (isValue && value(at) >= rank) {
      return Added.NOTHING_NEW;
    }
    if (run == 1 && opBytes(at) == 1) {
      bytes[at] = valueRun(rank, 1);
    } else {
      int old = opBytes(at);
      int count = cut(at, register - first, first + run - 1 - register, rank);
      int more = count - old;
      if (more > 0 && length + more > sparseBytesMax) {
        return addDense(register, rank);
      }
      room(length + PIECES_BYTES);
      if (at + old < length) {
        System.arraycopy(bytes, at + old, bytes, at + count, length - at - old);
      }
      length += more; // a last run whose second byte was missing still misses it
      System.arraycopy(pieces, 0, bytes, at, count);
    }
    join(before < 0 ? HEADER_BYTES : before);
    makeStale();
    return Added.CHANGED;
  }

  /** Cuts a run: so many registers, one of this value, so many registers. Returns the bytes. */
  private int cut(int at, int left, int right, int rank) {
    boolean isValue = bytes[at] < 0;
    int value = isValue ? value(at) : 0;
    int count = 0;
    if (left > 0) {
      count += putRun(count, value, left);
    }
    pieces[count++] = valueRun(rank, 1);
    if (right > 0) {
      count += putRun(count, value, right);
    }
    return count;
  }

  private int putRun(int at, int value, int run) {
    if (value == 0) {
      return putZeros(pieces, at, run);
    }
    pieces[at] = valueRun(value, run);
    return 1;
  }

  private static int putZeros(byte[] target, int at, int run) {
    if (run <= ZEROS_MAX) {
      target[at] = (byte) (run - 1);
      return 1;
    }
    target[at] = (byte) (0x40 | run - 1 >> 8);
    target[at + 1] = (byte) (run - 1);
    return 2;
  }

  private static byte valueRun(int value, int run) {
    return (byte) (0x80 | value - 1 << 2 | run - 1);
  }

  /** Joins runs of the same value among the next five. */
  private void join(int from) {
    int at = from;
    for (int looks = 5; looks > 0 && at < length; looks--) {
      if (bytes[at] >= 0) {
        at += opBytes(at);
      } else if (at + 1 < length
          && bytes[at + 1] < 0
          && value(at) == value(at + 1)
          && run(at) + run(at + 1) <= VALUES_MAX) {
        bytes[at + 1] = valueRun(value(at), run(at) + run(at + 1));
        System.arraycopy(bytes, at + 1, bytes, at, length - at - 1);
        length--;
      } else {
        at++;
      }
    }
  }

  private Added addDense(int register, int rank) {
    if (!makeDense()) {
      return Added.CORRUPT;
    }
    if (Registers.get(bytes, HEADER_BYTES, register) < rank) {
      Registers.set(bytes, HEADER_BYTES, register, rank);
    }
    return Added.CHANGED;
  }

  /** Makes a sparse one dense; false, without a change, if its runs are not all registers. */
  boolean makeDense() {
    if (encoding() == DENSE) {
      return true;
    }
    byte[] dense = new byte[DENSE_BYTES];
    System.arraycopy(bytes, 0, dense, 0, HEADER_BYTES);
    dense[4] = DENSE;
    int register = 0;
    for (int at = HEADER_BYTES; at < length; at += opBytes(at)) {
      int run = run(at);
      if (register + run > REGISTERS) {
        return false;
      }
      if (bytes[at] < 0) {
        for (int i = 0; i < run; i++) {
          Registers.set(dense, HEADER_BYTES, register + i, value(at));
        }
      }
      register += run;
    }
    if (register != REGISTERS) {
      return false;
    }
    bytes = dense;
    length = DENSE_BYTES;
    return true;
  }

  /** Raises each of 16,384 registers to what this one has; false if its runs are not all. */
  boolean mergeInto(byte[] registers) {
    if (encoding() == DENSE) {
      for (int i = 0; i < REGISTERS; i++) {
        registers[i] = (byte) Math.max(registers[i], Registers.get(bytes, HEADER_BYTES, i));
      }
      return true;
    }
    int register = 0;
    for (int at = HEADER_BYTES; at < length; at += opBytes(at)) {
      int run = run(at);
      if (register + run > REGISTERS) {
        return false;
      }
      if (bytes[at] < 0) {
        for (int i = 0; i < run; i++) {
          registers[register + i] = (byte) Math.max(registers[register + i], value(at));
        }
      }
      register += run;
    }
    return register == REGISTERS;
  }

  /** The value of each register, or null if the runs are not all of them. */
  byte @org.jspecify.annotations.Nullable [] registers() {
    byte[] registers = new byte[REGISTERS];
    return mergeInto(registers) ? registers : null;
  }

  /** The runs of a sparse one as PFDEBUG DECODE writes them. */
  String runs() {
    StringBuilder text = new StringBuilder();
    for (int at = HEADER_BYTES; at < length; at += opBytes(at)) {
      if (!text.isEmpty()) {
        text.append(' ');
      }
      if (bytes[at] < 0) {
        text.append("v:").append(value(at)).append(',').append(run(at));
      } else {
        text.append(opBytes(at) == 1 ? "z:" : "Z:").append(run(at));
      }
    }
    return text.toString();
  }

  /** How many registers the run at {@code at} has. */
  private int run(int at) {
    int b = bytes[at];
    if (b < 0) {
      return (b & 3) + 1;
    }
    int low = b < 0x40 ? 0 : at + 1 < length ? bytes[at + 1] & 0xff : 0;
    return b < 0x40 ? b + 1 : ((b & 0x3f) << 8 | low) + 1;
  }

  private int opBytes(int at) {
    return bytes[at] >= 0x40 ? 2 : 1;
  }

  private int value(int at) {
    return (bytes[at] >> 2 & 0x1f) + 1;
  }
}
