package io.headwater.view.keyspace.types;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.Memory;
import java.util.Arrays;

/**
 * A reusable pointer to a range of bytes inside a value. What it points to is valid until the value
 * changes or is loaded anew.
 */
public final class Slice {
  private byte[] array = new byte[0];
  private int from;
  private int length;

  /** For bytes that lie outside the heap. */
  private byte[] own = array;

  public void set(byte[] newArray, int newFrom, int newLength) {
    array = newArray;
    from = newFrom;
    length = newLength;
  }

  /** Points to a copy of bytes that lie outside the heap, valid until it points elsewhere. */
  void copy(long address, int newLength) {
    if (own.length < newLength) {
      own = new byte[newLength];
    }
    Memory.copy(address, own, 0, newLength);
    set(own, 0, newLength);
  }

  public byte[] array() {
    return array;
  }

  public int from() {
    return from;
  }

  public int length() {
    return length;
  }

  public byte[] toByteArray() {
    return Arrays.copyOfRange(array, from, from + length);
  }

  public Bytes toBytes() {
    return Bytes.wrap(toByteArray());
  }
}
