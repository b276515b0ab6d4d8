package io.headwater.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A growable byte array that is written from the front. Numbers are little-endian; varints are
 * unsigned LEB128. Reuse one writer per owner with {@link #clear()}; it keeps its array. Limit: 2
 * GiB less a header, or what its share of the heap or the heap itself has room for, past which it
 * throws {@link BufferFull}.
 */
public class ByteWriter {
  private static final int LIMIT = Integer.MAX_VALUE - 64;

  /** If an array of more bytes cannot be had, there may still be room for everything else. */
  private static final int LARGE = 1 << 20;

  private static final int WORDWISE_BYTES_MAX = 256;
  private static final byte[] NOTHING = {};
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final HeapBudget.@Nullable Share share;
  private byte[] array;
  private int size;

  public ByteWriter() {
    this(256);
  }

  public ByteWriter(int initialBytes) {
    array = new byte[initialBytes];
    share = null;
  }

  /** Its array is held by a share, until {@link #release}. */
  public ByteWriter(int initialBytes, HeapBudget.Share share) {
    array = new byte[initialBytes];
    this.share = share;
    share.add(HeapBudget.arrayBytes(initialBytes));
  }

  /** Drops what was written, and the array. */
  public void release() {
    if (share != null) {
      share.add(-HeapBudget.arrayBytes(array.length));
    }
    array = NOTHING;
    size = 0;
  }

  /** The array written so far, valid up to {@link #size()} until the next write. */
  public byte[] array() {
    return array;
  }

  public int size() {
    return size;
  }

  public void clear() {
    size = 0;
  }

  /** Drops the array if it grew past {@code keepBytes}, so that one giant does not stay. */
  public void clear(int keepBytes) {
    size = 0;
    if (array.length > keepBytes) {
      if (share != null) {
        share.resize(array.length, keepBytes);
      }
      array = new byte[keepBytes];
    }
  }

  /** Goes back to an earlier size. */
  public void truncate(int newSize) {
    assert newSize <= size : newSize + " > " + size;
    size = newSize;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(array, size);
  }

  public Bytes toBytes() {
    return Bytes.wrap(toByteArray());
  }

  /**
   * Makes room for {@code more} bytes and returns the index where they go; see {@link #advance}.
   */
  public int ensure(int more) {
    if (array.length - size < more) {
      grow(more);
    }
    return size;
  }

  /** Counts bytes that the caller put into {@link #array()} after {@link #ensure}. */
  public void advance(int count) {
    size += count;
  }

  /** Doubles if there is room for that, else takes just what is needed, with a little over. */
  private void grow(int more) {
    long wanted = (long) size + more;
    if (wanted > LIMIT) {
      throw new BufferFull(this, wanted);
    }
    int doubled = (int) Math.min(LIMIT, Math.max(wanted, (long) array.length * 2));
    if (!growTo(doubled) && !growTo((int) Math.min(doubled, wanted + (wanted >> 4)))) {
      throw new BufferFull(this, wanted);
    }
  }

  private boolean growTo(int length) {
    int before = array.length;
    if (share != null && !share.resize(before, length)) {
      return false;
    }
    try {
      array = Arrays.copyOf(array, length);
      return true;
    } catch (OutOfMemoryError e) {
      if (share != null) {
        share.resize(length, before);
      }
      if (length <= LARGE) {
        throw e;
      }
      return false;
    }
  }

  public ByteWriter putByte(int value) {
    ensure(1);
    array[size++] = (byte) value;
    return this;
  }

  public ByteWriter putShort(int value) {
    ensure(2);
    SHORT.set(array, size, (short) value);
    size += 2;
    return this;
  }

  public ByteWriter putInt(int value) {
    ensure(4);
    INT.set(array, size, value);
    size += 4;
    return this;
  }

  public ByteWriter putLong(long value) {
    ensure(8);
    LONG.set(array, size, value);
    size += 8;
    return this;
  }

  public ByteWriter putDouble(double value) {
    return putLong(Double.doubleToRawLongBits(value));
  }

  /** Unsigned LEB128, 1 to 10 bytes; negative values take 10. */
  public ByteWriter putVarint(long value) {
    ensure(10);
    while ((value & ~0x7fL) != 0) {
      array[size++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    array[size++] = (byte) value;
    return this;
  }

  /** Zigzag LEB128 for numbers that may be negative. */
  public ByteWriter putSigned(long value) {
    return putVarint((value << 1) ^ (value >> 63));
  }

  public ByteWriter put(byte[] source) {
    return put(source, 0, source.length);
  }

  /**
   * Short ranges go word by word, for the reason told at {@link Memory#copy(byte[], int, long,
   * int)}.
   */
  public ByteWriter put(byte[] source, int from, int length) {
    if (length < Long.BYTES && source.length - from >= Long.BYTES) {
      ensure(Long.BYTES);
      LONG.set(array, size, (long) LONG.get(source, from)); // what is too much is no content
      size += length;
      return this;
    }
    ensure(length);
    if (length < Long.BYTES || length > WORDWISE_BYTES_MAX) {
      System.arraycopy(source, from, array, size, length);
    } else {
      int last = length - Long.BYTES;
      for (int i = 0; i < last; i += Long.BYTES) {
        LONG.set(array, size + i, (long) LONG.get(source, from + i));
      }
      LONG.set(array, size + last, (long) LONG.get(source, from + last));
    }
    size += length;
    return this;
  }

  public ByteWriter put(Bytes source) {
    return put(source.array(), 0, source.length());
  }

  /** Copies the remaining bytes and consumes them from {@code source}. */
  public ByteWriter put(ByteBuffer source) {
    int length = source.remaining();
    ensure(length);
    source.get(array, size, length);
    size += length;
    return this;
  }

  /**
   * Up to eight bytes, of a number's low end.
   *
   * @param length 0 to 8
   */
  public ByteWriter putLow(long bytes, int length) {
    ensure(Long.BYTES);
    LONG.set(array, size, bytes); // what is too much is no content
    size += length;
    return this;
  }

  /** A varint length, then the bytes. */
  public ByteWriter putSized(byte[] source) {
    putVarint(source.length);
    return put(source);
  }

  public ByteWriter putSized(byte[] source, int from, int length) {
    putVarint(length);
    return put(source, from, length);
  }

  public ByteWriter putSized(Bytes source) {
    return putSized(source.array());
  }

  /** UTF-8 with a varint length. */
  public ByteWriter putString(String text) {
    return putSized(text.getBytes(StandardCharsets.UTF_8));
  }

  public ByteWriter putAscii(String text) {
    int length = text.length();
    ensure(length);
    for (int i = 0; i < length; i++) {
      array[size++] = (byte) text.charAt(i);
    }
    return this;
  }

  /** Overwrites four bytes written earlier. */
  public void setInt(int index, int value) {
    assert index + 4 <= size;
    INT.set(array, index, value);
  }

  public void setLong(int index, long value) {
    assert index + 8 <= size;
    LONG.set(array, index, value);
  }
}
