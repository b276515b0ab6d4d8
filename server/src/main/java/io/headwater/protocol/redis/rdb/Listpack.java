package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.protocol.redis.text.Numbers;

/**
 * Redis's packed sequence of strings and integers:
 *
 * <pre>{@code
 * | bytes u32 | entries u16, 65535: count them | entry ... | 0xFF |
 *
 * entry:     | head | [bytes] | how long head and bytes are, to be read backwards |
 * 0nnnnnnn                    the integer n
 * 10nnnnnn ...                n bytes
 * 110nnnnn nnnnnnnn           a signed integer of 13 bits
 * 1110nnnn nnnnnnnn ...       n bytes
 * 11110000 u32 ...            that many bytes
 * 11110001 to 11110100        a signed integer of 2, 3, 4 or 8 bytes
 * }</pre>
 *
 * Numbers are little-endian, but for those that begin in the head's own bits.
 */
final class Listpack {
  static final int HEADER_BYTES = 6;
  private static final int END = 0xff;
  private static final int COUNT_UNKNOWN = 0xffff;

  /** Longer texts are no integers. */
  private static final int INTEGER_BYTES_MAX = 20;

  /** An entry's head, an integer or length, and its length backwards. */
  private static final int ENTRY_OVERHEAD_MAX = 16;

  private Listpack() {}

  /** Writes one. */
  static final class Writer {
    private final ByteWriter out;
    private int start;
    private int entries;

    Writer(ByteWriter out) {
      this.out = out;
    }

    void begin() {
      start = out.size();
      entries = 0;
      out.putInt(0).putShort(0);
    }

    int entries() {
      return entries;
    }

    /** Bytes so far, the end's byte included. */
    int bytes() {
      return out.size() - start + 1;
    }

    void append(byte[] array, int from, int length) {
      if (length <= INTEGER_BYTES_MAX) {
        long value = Numbers.parse(array, from, length);
        if (value != Numbers.NOT_A_NUMBER || Numbers.isInteger(array, from, length)) {
          appendInteger(value);
          return;
        }
      }
      int head = out.ensure(length + ENTRY_OVERHEAD_MAX);
      byte[] target = out.array();
      int at = head;
      if (length < 64) {
        target[at++] = (byte) (0x80 | length);
      } else if (length < 4096) {
        target[at++] = (byte) (0xe0 | length >> 8);
        target[at++] = (byte) length;
      } else {
        target[at++] = (byte) 0xf0;
        at = putNumber(target, at, length, 4);
      }
      System.arraycopy(array, from, target, at, length);
      endEntry(target, head, at + length);
    }

    void appendInteger(long value) {
      int head = out.ensure(ENTRY_OVERHEAD_MAX);
      byte[] target = out.array();
      int at = head;
      if (value >= 0 && value <= 127) {
        target[at++] = (byte) value;
      } else if (value >= -4096 && value <= 4095) {
        target[at++] = (byte) (0xc0 | (int) (value >> 8 & 0x1f));
        target[at++] = (byte) value;
      } else {
        boolean threeBytes = value >= -(1 << 23) && value < 1 << 23;
        int bytes = value == (short) value ? 2 : threeBytes ? 3 : value == (int) value ? 4 : 8;
        target[at++] = (byte) (bytes == 8 ? 0xf4 : 0xef + bytes);
        at = putNumber(target, at, value, bytes);
      }
      endEntry(target, head, at);
    }

    private static int putNumber(byte[] target, int from, long value, int bytes) {
      for (int i = 0; i < bytes; i++) {
        target[from + i] = (byte) (value >> 8 * i);
      }
      return from + bytes;
    }

    private void endEntry(byte[] target, int head, int end) {
      int length = end - head;
      int at = end;
      int bytes = backBytes(length);
      for (int left = bytes - 1; left >= 0; left--) {
        int bits = length >>> 7 * left & 0x7f;
        target[at++] = (byte) (left == bytes - 1 ? bits : bits | 0x80);
      }
      out.advance(at - head);
      entries++;
    }

    void end() {
      out.putByte(END);
      out.setInt(start, out.size() - start);
      int counted = Math.min(entries, COUNT_UNKNOWN);
      out.array()[start + 4] = (byte) counted;
      out.array()[start + 5] = (byte) (counted >> 8);
    }
  }

  /** How many bytes an entry's length takes at its end; one step is not where one expects it. */
  private static int backBytes(int length) {
    return length <= 127
        ? 1
        : length < 16383 ? 2 : length < 2097151 ? 3 : length < 268435455 ? 4 : 5;
  }

  /** Walks one and checks it on the way. */
  static final class Reader {
    private final byte[] array;
    private final int end;
    private final int counted;
    private int at;
    private int seen;

    /** The integer that the last entry was, if {@link #isInteger}. */
    private long integer;

    private boolean isInteger;

    /** Where the last entry's text is, if it was none. */
    private int textAt;

    private int textLength;

    /**
     * Opens a listpack that fills this range.
     *
     * @throws MalformedBytes if its own size says otherwise
     */
    Reader(byte[] array, int from, int length) {
      this.array = array;
      this.end = from + length - 1;
      this.at = from + HEADER_BYTES;
      if (length <= HEADER_BYTES || number(from, 4) != length || (array[end] & 0xff) != END) {
        throw new MalformedBytes("a listpack of " + length + " bytes with a wrong header or end");
      }
      this.counted = (int) number(from + 4, 2) & 0xffff;
    }

    boolean hasNext() {
      if (at == end && counted != COUNT_UNKNOWN && seen != counted) {
        throw new MalformedBytes("a listpack of " + counted + " entries has " + seen);
      }
      return at < end;
    }

    /** Reads the next entry; an integer becomes its text. */
    void next(Piece out) {
      read();
      if (isInteger) {
        out.setInteger(integer);
      } else {
        out.set(array, textAt, textLength);
      }
    }

    private void read() {
      if (at >= end) {
        throw new MalformedBytes("a listpack that ends within an item");
      }
      int head = at;
      int first = array[at++] & 0xff;
      if (first < 0x80) {
        integer(first);
      } else if (first < 0xc0) {
        text(first & 0x3f);
      } else if (first < 0xe0) {
        need(1);
        integer(((first & 0x1f) << 8 | array[at++] & 0xff) << 19 >> 19);
      } else if (first < 0xf0) {
        need(1);
        text((first & 0xf) << 8 | array[at++] & 0xff);
      } else if (first == 0xf0) {
        need(4);
        at += 4;
        text(number(at - 4, 4) & 0xffffffffL);
      } else if (first <= 0xf4) {
        int bytes = first == 0xf4 ? 8 : first - 0xef;
        need(bytes);
        at += bytes;
        integer(number(at - bytes, bytes));
      } else {
        throw new MalformedBytes("a listpack entry that begins with " + first);
      }
      back(at - head);
      seen++;
    }

    private void integer(long value) {
      integer = value;
      isInteger = true;
    }

    private void text(long length) {
      need(length);
      isInteger = false;
      textAt = at;
      textLength = (int) length;
      at += (int) length;
    }

    private void back(int length) {
      int bytes = backBytes(length);
      need(bytes);
      for (int left = bytes - 1; left >= 0; left--) {
        int bits = length >>> 7 * left & 0x7f;
        if ((array[at++] & 0xff) != (left == bytes - 1 ? bits : bits | 0x80)) {
          throw new MalformedBytes("a listpack entry whose end does not say its length");
        }
      }
    }

    boolean isInteger() {
      return isInteger;
    }

    long integer() {
      return integer;
    }

    /** The next entry, which must be an integer. */
    long nextInteger() {
      read();
      if (!isInteger) {
        throw new MalformedBytes("a listpack with a text where a number must be");
      }
      return integer;
    }

    private void need(long count) {
      if (count > end - at) {
        throw new MalformedBytes("a listpack entry that reaches past the end");
      }
    }

    /** A signed little-endian number of so many bytes. */
    private long number(int from, int bytes) {
      long value = array[from + bytes - 1];
      for (int i = bytes - 2; i >= 0; i--) {
        value = value << 8 | array[from + i] & 0xff;
      }
      return value;
    }
  }
}
