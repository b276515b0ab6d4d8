package io.headwater.protocol.redis.rdb;

import io.headwater.protocol.redis.text.Numbers;
import java.util.Arrays;

/**
 * A reusable pointer to the bytes of one string: in the input itself, or in an array of its own if
 * it stood there as an integer or compressed. Valid until it is set again.
 */
final class Piece {
  private static final int KEPT_BYTES = 1 << 16;

  private byte[] own = new byte[64];
  private byte[] array = own;
  private int from;
  private int length;

  byte[] array() {
    return array;
  }

  int from() {
    return from;
  }

  int length() {
    return length;
  }

  void set(byte[] source, int sourceFrom, int sourceLength) {
    array = source;
    from = sourceFrom;
    length = sourceLength;
  }

  void setInteger(long value) {
    int digits = Numbers.digits(value);
    Numbers.write(room(digits), 0, digits, value);
    set(own, 0, digits);
  }

  /** An array of its own, filled by the caller, who then calls {@link #set}. */
  byte[] room(int bytes) {
    if (own.length < bytes || own.length > KEPT_BYTES && bytes <= KEPT_BYTES) {
      own = new byte[Math.max(64, bytes)];
    }
    return own;
  }

  /** Becomes what another piece is, which may then be set anew. */
  void take(Piece other) {
    if (other.array == other.own) {
      System.arraycopy(other.array, other.from, room(other.length), 0, other.length);
      set(own, 0, other.length);
    } else {
      set(other.array, other.from, other.length);
    }
  }

  byte[] toByteArray() {
    return Arrays.copyOfRange(array, from, from + length);
  }
}
