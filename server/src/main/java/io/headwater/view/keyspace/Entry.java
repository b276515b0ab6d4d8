package io.headwater.view.keyspace;

import io.headwater.bytes.Memory;

/**
 * The layout of one key with its value in one block outside the heap, as static readers over its
 * address. Short form, for keys up to 255 and values up to 65,535 bytes:
 *
 * <pre>{@code
 * 0        1        2                 4              7              7 or 15
 * | kind   | keyLen | valueLen (u16)  | access (u24) | [expiry u64] | key | value |
 * }</pre>
 *
 * Long form:
 *
 * <pre>{@code
 * 0        1        4              8                 12             15             15 or 23
 * | kind   | zero   | keyLen (u32) | valueLen (u32)  | access (u24) | [expiry u64] | key | value |
 * }</pre>
 *
 * Kind: bits 0-2 the type, 3 has an expiry, 4 long form, 5 the value is a four-byte handle of a
 * {@link LargeValue}, 6-7 the encoding (the type's own business).
 *
 * <p>Access is when or how often the key was used, as {@link Access} has it. It is no part of the
 * state: it is not logged, and a replay or a checkpoint sees nothing of it.
 */
public final class Entry {
  public static final int STRING = 0;
  public static final int LIST = 1;
  public static final int SET = 2;
  public static final int ZSET = 3;
  public static final int HASH = 4;
  public static final int STREAM = 5;

  /** The encoding of a hash some of whose fields expire; others have 0. */
  static final int FIELDS_EXPIRE = 1;

  /** The longest key and the longest packed value: Redis's own limit of 512 MB. */
  public static final int LENGTH_MAX = 512 << 20;

  static final int TYPE_MASK = 7;
  static final int EXPIRES = 1 << 3;
  static final int LONG_FORM = 1 << 4;
  static final int LARGE = 1 << 5;
  static final int ENCODING_SHIFT = 6;
  private static final int SHORT_BYTES = 7;
  private static final int LONG_BYTES = 15;
  private static final int ACCESS_MASK = 0xff_ffff;

  private Entry() {}

  /** The whole kind byte: for a plain string in short form that never expires {@link #STRING}. */
  static int kind(long entry) {
    return Memory.getByte(entry) & 0xff;
  }

  public static int type(long entry) {
    return Memory.getByte(entry) & TYPE_MASK;
  }

  /** 0 to 3, what the type's classes stored. */
  public static int encoding(long entry) {
    return (Memory.getByte(entry) & 0xff) >>> ENCODING_SHIFT;
  }

  /** Whether this is a hash some of whose fields expire. */
  public static boolean fieldsExpire(long entry) {
    int kind = Memory.getByte(entry) & 0xff;
    return (kind & (TYPE_MASK | 3 << ENCODING_SHIFT)) == (HASH | FIELDS_EXPIRE << ENCODING_SHIFT);
  }

  /** Overwrites the encoding of an entry. */
  static void setEncoding(long entry, int encoding) {
    int kind = Memory.getByte(entry) & (1 << ENCODING_SHIFT) - 1;
    Memory.putByte(entry, kind | encoding << ENCODING_SHIFT);
  }

  public static boolean isLarge(long entry) {
    return (Memory.getByte(entry) & LARGE) != 0;
  }

  public static boolean hasExpiry(long entry) {
    return (Memory.getByte(entry) & EXPIRES) != 0;
  }

  /** Milliseconds since 1970, or 0 if it does not expire. */
  public static long expiresAtMs(long entry) {
    int kind = Memory.getByte(entry);
    if ((kind & EXPIRES) == 0) {
      return 0;
    }
    return Memory.getLong(entry + ((kind & LONG_FORM) == 0 ? SHORT_BYTES : LONG_BYTES));
  }

  public static int keyLength(long entry) {
    int head = Memory.getInt(entry);
    return (head & LONG_FORM) == 0 ? (head >>> 8) & 0xff : Memory.getInt(entry + 4);
  }

  public static int valueLength(long entry) {
    int head = Memory.getInt(entry);
    return (head & LONG_FORM) == 0 ? head >>> 16 : Memory.getInt(entry + 8);
  }

  /** The key's address. */
  public static long key(long entry) {
    return entry + headerBytes(Memory.getByte(entry));
  }

  /** The packed value's address. */
  public static long value(long entry) {
    int head = Memory.getInt(entry);
    int keyLength = (head & LONG_FORM) == 0 ? (head >>> 8) & 0xff : Memory.getInt(entry + 4);
    return entry + headerBytes(head) + keyLength;
  }

  /** Loads a slot, if there is one; the number means nothing. */
  public static long touchSlot(long slot) {
    return slot == 0 ? 0 : Memory.getLong(slot);
  }

  /**
   * Loads the first line in which an entry lies, if there is one.
   *
   * @return its header's first bytes, 0 if there is none: see {@link #areTiny}
   */
  static int touch(long entry) {
    return entry == 0 ? 0 : Memory.getInt(entry);
  }

  /** Loads the line behind the first one; the number means nothing. */
  static int touchSecond(long entry) {
    if (entry == 0) {
      return 0;
    }
    // Behind the end of a run there may be no memory.
    return Memory.getInt((entry & Slabs.RUN_BYTES - 1) < Slabs.RUN_BYTES - 72 ? entry + 64 : entry);
  }

  /**
   * Whether entries have keys of less than 32 bytes and values of less than 16, as counters have,
   * so that few of them reach into a second line.
   *
   * @param heads what {@link #touch} returned for all of them, or-ed
   */
  static boolean areTiny(int heads) {
    return (heads & (LONG_FORM | 0xe0 << 8 | 0xfff0 << 16)) == 0;
  }

  /** Bytes of the whole block. */
  static long size(long entry) {
    int head = Memory.getInt(entry);
    if ((head & LONG_FORM) == 0) {
      return headerBytes(head) + ((head >>> 8) & 0xff) + (head >>> 16);
    }
    return headerBytes(head) + (long) Memory.getInt(entry + 4) + Memory.getInt(entry + 8);
  }

  /** The 24 bits that {@link Access} keeps here. */
  static int access(long entry) {
    return Memory.getInt(accessAt(entry)) & ACCESS_MASK;
  }

  static void setAccess(long entry, int access) {
    long at = accessAt(entry);
    Memory.putShort(at, access);
    Memory.putByte(at + 2, access >>> 16);
  }

  private static long accessAt(long entry) {
    return entry + ((Memory.getByte(entry) & LONG_FORM) == 0 ? 4 : 12);
  }

  static int handle(long entry) {
    return Memory.getInt(value(entry));
  }

  static boolean keyEquals(long entry, byte[] array, int from, int length) {
    int head = Memory.getInt(entry);
    if ((head & LONG_FORM) == 0) {
      return ((head >>> 8) & 0xff) == length
          && Memory.equals(entry + headerBytes(head), array, from, length);
    }
    return Memory.getInt(entry + 4) == length
        && Memory.equals(entry + headerBytes(head), array, from, length);
  }

  /** The kind byte's form bit that these lengths ask for. */
  static int form(int keyLength, int valueLength) {
    return keyLength <= 0xff && valueLength <= 0xffff ? 0 : LONG_FORM;
  }

  static int headerBytes(int kind) {
    return ((kind & LONG_FORM) == 0 ? SHORT_BYTES : LONG_BYTES) + ((kind & EXPIRES) == 0 ? 0 : 8);
  }

  /** Writes header, access and expiry; key and value go to {@link #key} and {@link #value}. */
  static void writeHeader(
      long entry, int kind, int keyLength, int valueLength, int access, long expiresAtMs) {
    if ((kind & LONG_FORM) == 0) {
      Memory.putInt(entry, kind & 0xff | keyLength << 8 | valueLength << 16);
    } else {
      Memory.putInt(entry, kind & 0xff);
      Memory.putInt(entry + 4, keyLength);
      Memory.putInt(entry + 8, valueLength);
    }
    setAccess(entry, access);
    if ((kind & EXPIRES) != 0) {
      setExpiresAtMs(entry, expiresAtMs);
    }
  }

  /** Overwrites the expiry of an entry that has one. */
  static void setExpiresAtMs(long entry, long expiresAtMs) {
    Memory.putLong(
        entry + ((Memory.getByte(entry) & LONG_FORM) == 0 ? SHORT_BYTES : LONG_BYTES), expiresAtMs);
  }
}
