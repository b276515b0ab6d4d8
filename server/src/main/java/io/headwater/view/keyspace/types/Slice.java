package io.headwater.view.keyspace.types;

import io.headwater.bytes.Bytes;
import java.util.Arrays;

/**
 * A reusable pointer to a range of bytes inside a value. What it points to is valid until the value
 * changes or is loaded anew.
 */
public final class Slice {
  private byte[] array = new byte[0];
  private int from;
  private int length;

  public void set(byte[] newArray, int newFrom, int newLength) {
    array = newArray;
    from = newFrom;
    length = newLength;
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
