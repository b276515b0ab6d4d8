package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.MalformedBytes;
import io.headwater.view.keyspace.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Reads RDB's lengths and strings: from a range of memory, or from a stream through a buffer that
 * grows only as bytes arrive. From a stream, what was read stays in the buffer from {@link #mark}
 * on.
 *
 * <pre>{@code
 * 00nnnnnn                      length n
 * 01nnnnnn nnnnnnnn             length n
 * 10000000 u32, big-endian      length
 * 10000001 u64, big-endian      length
 * 11000000 i8                   a string: the number's text
 * 11000001 i16   11000010 i32   the same, little-endian
 * 11000011 length length ...    a string: compressed length, length, bytes as Lzf draws them
 * }</pre>
 *
 * @see <a href="https://rdb.fnordig.de/file_format.html">RDB file format</a>
 */
final class RdbInput {
  /** The longest string, as everywhere in Redis. */
  static final int STRING_BYTES_MAX = Entry.LENGTH_MAX;

  private static final int BUFFER_BYTES = 256 << 10;
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final @Nullable InputStream more;
  private byte[] buffer;
  private int at;
  private int limit;

  /** What stands before it is not needed any more; -1 if nothing read is. */
  private int mark = -1;

  /** Up to where the checksum goes. */
  private int summed;

  private long crc;

  /** Bytes read and dropped from the buffer. */
  private long dropped;

  /** Whether the last {@link #lengthOrEncoding} was an encoding. */
  private boolean encoded;

  private RdbInput(byte[] buffer, int from, int limit, @Nullable InputStream more) {
    this.buffer = buffer;
    this.at = from;
    this.summed = from;
    this.limit = limit;
    this.more = more;
    this.dropped = -from;
  }

  static RdbInput of(byte[] array, int from, int length) {
    return new RdbInput(array, from, from + length, null);
  }

  static RdbInput of(InputStream stream) {
    return new RdbInput(new byte[BUFFER_BYTES], 0, 0, stream);
  }

  byte[] array() {
    return buffer;
  }

  /** Where the next byte stands in {@link #array}. */
  int index() {
    return at;
  }

  /** How many bytes were read so far. */
  long position() {
    return dropped + at;
  }

  /** Keeps what is read from here on, until {@link #release}. */
  void mark() {
    mark = at;
  }

  /** Where the byte that was next at {@link #mark} stands now. */
  int marked() {
    return mark;
  }

  void release() {
    mark = -1;
  }

  /** Makes the next {@code count} bytes stand in the buffer. */
  private void need(long count) {
    if (limit - at < count) {
      fill(count);
    }
  }

  private void fill(long count) {
    InputStream stream = more;
    if (stream == null) {
      throw new MalformedBytes("need " + count + " bytes, " + (limit - at) + " left");
    }
    compact();
    try {
      while (limit - at < count) {
        if (limit == buffer.length) {
          grow();
        }
        int read = stream.read(buffer, limit, buffer.length - limit);
        if (read < 0) {
          throw new MalformedBytes("it ends " + (count - (limit - at)) + " bytes too early");
        }
        limit += read;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void compact() {
    int kept = mark < 0 ? at : mark;
    sum();
    System.arraycopy(buffer, kept, buffer, 0, limit - kept);
    dropped += kept;
    at -= kept;
    limit -= kept;
    summed -= kept;
    mark = mark < 0 ? -1 : 0;
    if (buffer.length > BUFFER_BYTES && limit <= BUFFER_BYTES / 2) {
      buffer = java.util.Arrays.copyOf(buffer, BUFFER_BYTES);
    }
  }

  private void grow() {
    if (buffer.length > Integer.MAX_VALUE / 2) {
      throw new MalformedBytes("a value of more than 1 GiB in one piece");
    }
    buffer = java.util.Arrays.copyOf(buffer, buffer.length * 2);
  }

  private void sum() {
    crc = Crc64.update(crc, buffer, summed, at - summed);
    summed = at;
  }

  /** The checksum of all that was read. */
  long crc() {
    sum();
    return crc;
  }

  /** What was taken from the stream and not read yet. */
  byte[] ahead() {
    return java.util.Arrays.copyOfRange(buffer, at, limit);
  }

  /** Whether anything is left of what is in memory. */
  boolean hasMore() {
    return at < limit;
  }

  int getByte() {
    need(1);
    return buffer[at++] & 0xff;
  }

  long getLong() {
    need(8);
    long value = (long) LONG.get(buffer, at);
    at += 8;
    return value;
  }

  int getInt() {
    need(4);
    int value = (int) INT.get(buffer, at);
    at += 4;
    return value;
  }

  double getDouble() {
    return Double.longBitsToDouble(getLong());
  }

  int getShort() {
    need(2);
    int value = (short) SHORT.get(buffer, at);
    at += 2;
    return value;
  }

  void skip(long count) {
    long left = count;
    while (left > limit - at && mark < 0 && more != null) {
      left -= limit - at;
      at = limit;
      need(1);
    }
    need(left);
    at += (int) left;
  }

  /** A length, or if {@link #encoded} how the string behind it is written. */
  private long lengthOrEncoding() {
    int first = getByte();
    encoded = false;
    switch (first >> 6) {
      case 0:
        return first;
      case 1:
        return (first & 0x3f) << 8 | getByte();
      case 2:
        if (first == 0x80) {
          return Integer.reverseBytes(getInt()) & 0xffffffffL;
        } else if (first == 0x81) {
          return Long.reverseBytes(getLong());
        }
        throw new MalformedBytes("length form " + first);
      default:
        encoded = true;
        return first & 0x3f;
    }
  }

  /** A number that was written as a length, of any 64 bits. */
  long getNumber() {
    long length = lengthOrEncoding();
    if (encoded) {
      throw new MalformedBytes("a string's encoding where a length must be");
    }
    return length;
  }

  /** How many things follow, each of at least {@code bytesEach} bytes. */
  long getCount(int bytesEach) {
    long count = getNumber();
    if (count < 0 || more == null && count > (limit - at) / bytesEach) {
      throw new MalformedBytes("count " + Long.toUnsignedString(count));
    }
    return count;
  }

  private int stringLength(long length) {
    if (length < 0 || length > STRING_BYTES_MAX || more == null && length > limit - at) {
      throw new MalformedBytes("a string of " + Long.toUnsignedString(length) + " bytes");
    }
    return (int) length;
  }

  /** Reads one string. */
  void getString(Piece out) {
    long length = lengthOrEncoding();
    if (!encoded) {
      int plain = stringLength(length);
      need(plain);
      out.set(buffer, at, plain);
      at += plain;
      return;
    }
    switch ((int) length) {
      case 0 -> {
        need(1);
        out.setInteger(buffer[at++]);
      }
      case 1 -> out.setInteger(getShort());
      case 2 -> out.setInteger(getInt());
      case 3 -> {
        int compressed = stringLength(getNumber());
        long whole = getNumber();
        if (whole > STRING_BYTES_MAX || !Lzf.plausible(compressed, whole)) {
          throw new MalformedBytes(compressed + " bytes that would become " + whole);
        }
        need(compressed);
        byte[] target = out.room((int) whole);
        Lzf.decompress(buffer, at, compressed, target, (int) whole);
        out.set(target, 0, (int) whole);
        at += compressed;
      }
      default -> throw new MalformedBytes("string encoding " + length);
    }
  }

  /** Passes over one string without unpacking it. */
  void skipString() {
    long length = lengthOrEncoding();
    if (!encoded) {
      skip(stringLength(length));
      return;
    }
    switch ((int) length) {
      case 0, 1, 2 -> skip(1L << length);
      case 3 -> {
        int compressed = stringLength(getNumber());
        getNumber();
        skip(compressed);
      }
      default -> throw new MalformedBytes("string encoding " + length);
    }
  }
}
