package io.headwater.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote from a range of a byte array. Every read past the end, and
 * every length that does not fit what is left, throws {@link MalformedBytes}; nothing is allocated
 * for a length that was not checked first.
 */
public final class ByteReader {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] array;
  private final int limit;
  private int index;

  public ByteReader(byte[] array) {
    this(array, 0, array.length);
  }

  public ByteReader(byte[] array, int from, int length) {
    if (from < 0 || length < 0 || from > array.length - length) {
      throw new IllegalArgumentException(from + "+" + length + " of " + array.length);
    }
    this.array = array;
    this.index = from;
    this.limit = from + length;
  }

  public ByteReader(Bytes bytes) {
    this(bytes.array());
  }

  public byte[] array() {
    return array;
  }

  /** Where the next byte is read, in {@link #array()}. */
  public int index() {
    return index;
  }

  public int remaining() {
    return limit - index;
  }

  public boolean hasRemaining() {
    return index < limit;
  }

  public void skip(int count) {
    need(count);
    index += count;
  }

  public byte getByte() {
    need(1);
    return array[index++];
  }

  public short getShort() {
    need(2);
    short value = (short) SHORT.get(array, index);
    index += 2;
    return value;
  }

  public int getInt() {
    need(4);
    int value = (int) INT.get(array, index);
    index += 4;
    return value;
  }

  public long getLong() {
    need(8);
    long value = (long) LONG.get(array, index);
    index += 8;
    return value;
  }

  public double getDouble() {
    return Double.longBitsToDouble(getLong());
  }

  public long getVarint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte b = getByte();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new MalformedBytes("varint longer than 10 bytes");
  }

  public long getSigned() {
    long value = getVarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A varint that must be in {@code 0..remaining()}: the length of what follows. */
  public int getLength() {
    long value = getVarint();
    if (value < 0 || value > remaining()) {
      throw new MalformedBytes("length " + value + " with " + remaining() + " bytes left");
    }
    return (int) value;
  }

  /** A varint that must fit a non-negative int. */
  public int getCount() {
    long value = getVarint();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new MalformedBytes("count " + value);
    }
    return (int) value;
  }

  public byte[] getByteArray(int length) {
    need(length);
    byte[] copy = Arrays.copyOfRange(array, index, index + length);
    index += length;
    return copy;
  }

  /** Counterpart of {@link ByteWriter#putSized(byte[])}. */
  public byte[] getSizedArray() {
    return getByteArray(getLength());
  }

  public Bytes getSized() {
    return Bytes.wrap(getSizedArray());
  }

  public String getString() {
    int length = getLength();
    String text = new String(array, index, length, StandardCharsets.UTF_8);
    index += length;
    return text;
  }

  /** A reader over the next {@code length} bytes, which this one skips. */
  public ByteReader slice(int length) {
    need(length);
    ByteReader slice = new ByteReader(array, index, length);
    index += length;
    return slice;
  }

  private void need(int count) {
    if (count < 0 || limit - index < count) {
      throw new MalformedBytes("need " + count + " bytes, " + (limit - index) + " left");
    }
  }
}
