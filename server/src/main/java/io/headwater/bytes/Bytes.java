package io.headwater.bytes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An immutable sequence of bytes with value equality and unsigned lexicographic order, for keys,
 * names and other small payloads away from hot paths. The wrapped array is not copied: whoever
 * wraps it gives it away.
 */
public final class Bytes implements Comparable<Bytes> {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] array;
  private int hash;

  private Bytes(byte[] array) {
    this.array = array;
  }

  /** Wraps without a copy; the caller must not change {@code array} afterwards. */
  public static Bytes wrap(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array);
  }

  public static Bytes copyOf(byte[] array, int from, int length) {
    return wrap(Arrays.copyOfRange(array, from, from + length));
  }

  public static Bytes utf8(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  public int length() {
    return array.length;
  }

  public byte at(int index) {
    return array[index];
  }

  /** The wrapped array itself: read it, never change it. */
  public byte[] array() {
    return array;
  }

  public boolean startsWith(Bytes prefix) {
    return array.length >= prefix.array.length
        && Arrays.equals(array, 0, prefix.array.length, prefix.array, 0, prefix.array.length);
  }

  /** Decodes as UTF-8; malformed input becomes U+FFFD. */
  public String utf8() {
    return new String(array, StandardCharsets.UTF_8);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(array, other.array);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes b && Arrays.equals(array, b.array);
  }

  @Override
  public int hashCode() {
    int h = hash;
    if (h == 0) {
      h = Arrays.hashCode(array);
      hash = h;
    }
    return h;
  }

  @Override
  public String toString() {
    return utf8();
  }
}
