package io.headwater.view.keyspace.types;

import io.headwater.bytes.MalformedBytes;
import java.util.Arrays;

/**
 * A byte array with holes made and closed in its middle, and the sized pieces inside it: a LEB128
 * length, then that many bytes.
 */
final class Packed {
  private static final int FIRST_BYTES = 64;

  byte[] array = new byte[FIRST_BYTES];
  int size;

  /** Forgets what is there and makes room for {@code length} bytes. */
  byte[] room(int length) {
    size = 0;
    makeRoom(length);
    return array;
  }

  /** Replaces {@code removed} bytes at {@code at} by {@code inserted} bytes of any content. */
  void splice(int at, int removed, int inserted) {
    int more = inserted - removed;
    if (more > 0) {
      makeRoom(more);
    }
    if (more != 0) {
      System.arraycopy(array, at + removed, array, at + inserted, size - at - removed);
      size += more;
    }
  }

  private void makeRoom(int more) {
    if (array.length - size < more) {
      array = Arrays.copyOf(array, Math.max(size + more, size + size / 2 + FIRST_BYTES));
    }
  }

  /** Writes a sized piece into room made for it; returns the index behind it. */
  int putSized(int at, byte[] source, int from, int length) {
    int head = putLength(array, at, length);
    System.arraycopy(source, from, array, at + head, length);
    return at + head + length;
  }

  int getShort(int at) {
    return (array[at] & 0xff) | (array[at + 1] & 0xff) << 8;
  }

  void putShort(int at, int value) {
    array[at] = (byte) value;
    array[at + 1] = (byte) (value >>> 8);
  }

  /** The length that a sized piece at {@code at} begins with. */
  static int length(byte[] array, int at) {
    int b = array[at];
    if (b >= 0) {
      return b;
    }
    int value = b & 0x7f;
    for (int shift = 7, i = at + 1; ; shift += 7, i++) {
      b = array[i];
      value |= (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }

  /** Bytes of a length's LEB128 form. */
  static int headBytes(int length) {
    return length < 1 << 7
        ? 1
        : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : length < 1 << 28 ? 4 : 5;
  }

  static int sizedBytes(int length) {
    return headBytes(length) + length;
  }

  /** The index behind the sized piece at {@code at}. */
  static int skip(byte[] array, int at) {
    int length = length(array, at);
    return at + headBytes(length) + length;
  }

  /** Writes a length's LEB128 form; returns how many bytes it took. */
  static int putLength(byte[] array, int at, int length) {
    int value = length;
    int i = at;
    while (value >= 0x80) {
      array[i++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    array[i++] = (byte) value;
    return i - at;
  }

  /**
   * Like {@link #skip} for bytes that nobody vouches for.
   *
   * @throws MalformedBytes if no sized piece in its shortest form ends at or before {@code end}
   */
  static int checkedSkip(byte[] array, int at, int end) {
    long value = 0;
    int i = at;
    for (int shift = 0; ; shift += 7) {
      if (i >= end || shift > 28) {
        throw new MalformedBytes("a packed length runs past its end");
      }
      byte b = array[i++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        break;
      }
    }
    if (value > end - i || headBytes((int) value) != i - at) {
      throw new MalformedBytes("a packed piece of " + value + " bytes does not fit");
    }
    return i + (int) value;
  }

  /** Whether two ranges hold the same bytes. */
  static boolean same(byte[] a, int aFrom, byte[] b, int bFrom, int length) {
    return length == 0
        || (a[aFrom] == b[bFrom]
            && Arrays.equals(a, aFrom, aFrom + length, b, bFrom, bFrom + length));
  }
}
