package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.MalformedBytes;

/** Readers of the packed forms that Redis wrote before version 7: ziplists and zipmaps. */
final class OldPacks {
  private OldPacks() {}

  /** Sees one entry of a pack. */
  interface Entries {
    void entry(Piece piece);
  }

  /**
   * Walks a ziplist and checks it on the way.
   *
   * <pre>{@code
   * | bytes u32 | place of the last entry u32 | entries u16 | entry ... | 0xFF |
   * entry:  | how long the entry before is: u8, or 0xFE u32 | head | bytes |
   * 00nnnnnn   01nnnnnn u8   10______ u32, big-endian     so many bytes
   * 11000000, 11010000, 11100000, 11110000, 11111110      an integer of 2, 4, 8, 3, 1 bytes
   * 1111nnnn                                              the integer n - 1, n from 1 to 13
   * }</pre>
   */
  static void ziplist(byte[] array, int from, int length, Piece piece, Entries entries) {
    int end = from + length - 1;
    if (length < 11 || number(array, from, 4) != length || (array[end] & 0xff) != 0xff) {
      throw new MalformedBytes("a ziplist of " + length + " bytes with a wrong header or end");
    }
    int at = from + 10;
    int before = 0;
    int seen = 0;
    int last = at;
    while (at < end) {
      last = at;
      int previous = array[at++] & 0xff;
      if (previous == 0xfe) {
        check(end - at >= 4);
        previous = (int) number(array, at, 4);
        at += 4;
      }
      check(previous == before && previous != 0xff);
      at = ziplistValue(array, at, end, piece);
      entries.entry(piece);
      before = at - last;
      seen++;
    }
    int counted = (int) number(array, from + 8, 2) & 0xffff;
    check(counted == 0xffff || counted == seen);
    check(number(array, from + 4, 4) == last - from);
  }

  private static int ziplistValue(byte[] array, int start, int end, Piece piece) {
    check(start < end);
    int at = start;
    int first = array[at++] & 0xff;
    if (first < 0xc0) {
      long length = first & 0x3f;
      if (first >= 0x80) {
        check(end - at >= 4);
        length = Integer.reverseBytes((int) number(array, at, 4)) & 0xffffffffL;
        at += 4;
      } else if (first >= 0x40) {
        check(end - at >= 1);
        length = length << 8 | array[at++] & 0xff;
      }
      check(length <= end - at);
      piece.set(array, at, (int) length);
      return at + (int) length;
    }
    if (first > 0xf0 && first < 0xfe) {
      piece.setInteger(first - 0xf1);
      return at;
    }
    int bytes =
        switch (first) {
          case 0xc0 -> 2;
          case 0xd0 -> 4;
          case 0xe0 -> 8;
          case 0xf0 -> 3;
          case 0xfe -> 1;
          default -> throw new MalformedBytes("a ziplist entry that begins with " + first);
        };
    check(end - at >= bytes);
    piece.setInteger(number(array, at, bytes));
    return at + bytes;
  }

  /**
   * Walks a zipmap: field, value, field, value.
   *
   * <pre>{@code
   * | fields u8 | { length, field, length, free u8, value, so many free bytes } ... | 0xFF |
   * length:  u8 up to 253, or 0xFE u32
   * }</pre>
   */
  static void zipmap(byte[] array, int from, int length, Piece piece, Entries entries) {
    int end = from + length - 1;
    check(length >= 2 && (array[end] & 0xff) == 0xff);
    int at = from + 1;
    int seen = 0;
    while (at < end) {
      for (int part = 0; part < 2; part++) {
        check(at < end);
        long bytes = array[at++] & 0xff;
        check(bytes != 0xff);
        if (bytes == 0xfe) {
          check(end - at >= 4);
          bytes = number(array, at, 4) & 0xffffffffL;
          at += 4;
        }
        int free = 0;
        if (part == 1) {
          check(at < end);
          free = array[at++] & 0xff;
        }
        check(bytes <= end - at - free);
        piece.set(array, at, (int) bytes);
        entries.entry(piece);
        at += (int) bytes + free;
      }
      seen++;
    }
    int counted = array[from] & 0xff;
    check(counted >= 254 || counted == seen);
  }

  /** A signed little-endian number of so many bytes. */
  private static long number(byte[] array, int from, int bytes) {
    long value = array[from + bytes - 1];
    for (int i = bytes - 2; i >= 0; i--) {
      value = value << 8 | array[from + i] & 0xff;
    }
    return value;
  }

  private static void check(boolean fits) {
    if (!fits) {
      throw new MalformedBytes("a ziplist or zipmap whose lengths do not fit");
    }
  }
}
