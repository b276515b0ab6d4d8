package io.headwater.view.topics;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;

/**
 * A batch's records without their compression, from {@code from} to {@code to} of {@code array}.
 * Nobody opens a batch by another way: a megabyte can unpack to gigabytes, and Kafka's own
 * iterators believe whatever number of records, record length or block length a batch claims, and
 * make an array of that size.
 */
record Unpacked(byte[] array, int from, int to) {
  /** What one batch may unpack to: a sixteenth of the heap, 1 MiB at least, 128 MiB at most. */
  static final int BYTES_MAX =
      (int) Math.clamp(Runtime.getRuntime().maxMemory() / 16, 1 << 20, 128 << 20);

  /** Length, attributes, times, lengths of key and value, number of headers: one byte each. */
  static final int RECORD_BYTES_MIN = 7;

  private static final int FIRST_BYTES = 4 << 10;

  /** Snappy as Kafka's producers frame it: this, two versions, then blocks behind their lengths. */
  private static final long SNAPPY_MAGIC = 0x82_53_4e_41_50_50_59_00L;

  private static final int SNAPPY_HEADER_BYTES = 16;

  /**
   * Unpacks the batch that begins at {@code at}; what is not compressed is not copied.
   *
   * @param bytesMax of a compressed one's records
   * @throws FailureException with {@link Failure.TooLarge}, past {@code bytesMax}
   * @throws IllegalArgumentException if the bytes do not decode
   */
  static Unpacked of(byte[] array, int at, int length, int bytesMax) {
    int codec = BatchFormat.attributes(array, at) & BatchFormat.COMPRESSION_MASK;
    int from = at + BatchFormat.HEADER_BYTES;
    if (codec == 0) {
      return new Unpacked(array, from, at + length);
    }
    if (codec >= BatchFormat.COMPRESSION_CODECS) {
      throw new IllegalArgumentException("compression codec " + codec);
    }
    CompressionType type = CompressionType.forId(codec);
    ByteBuffer packed = ByteBuffer.wrap(array, from, length - BatchFormat.HEADER_BYTES).slice();
    if (type == CompressionType.SNAPPY) {
      checkSnappy(packed, bytesMax);
    }
    try (InputStream in =
        Compression.of(type)
            .build()
            .wrapForInput(packed, RecordBatch.MAGIC_VALUE_V2, BufferSupplier.NO_CACHING)) {
      return unpack(in, bytesMax);
    } catch (FailureException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // decoders of others, with errors of their own
      throw new IllegalArgumentException(type.name + " that does not unpack: " + e.getMessage(), e);
    }
  }

  private static Unpacked unpack(InputStream in, int bytesMax) throws IOException {
    byte[] bytes = new byte[FIRST_BYTES];
    int size = 0;
    while (true) {
      int read = in.read(bytes, size, bytes.length - size);
      if (read < 0) {
        return new Unpacked(bytes, 0, size);
      }
      size += read;
      if (size > bytesMax) {
        throw tooLarge(size, bytesMax);
      }
      if (size == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(2L * size, bytesMax + 1L));
      }
    }
  }

  /** A block's decoder makes an array of the length that the block begins with. */
  private static void checkSnappy(ByteBuffer packed, int bytesMax) {
    int end = packed.limit();
    if (end < SNAPPY_HEADER_BYTES || packed.getLong(0) != SNAPPY_MAGIC) {
      claim(packed, 0, end, bytesMax); // one block and nothing else
      return;
    }
    long all = 0;
    int at = SNAPPY_HEADER_BYTES;
    while (at < end) {
      int block = end - at < Integer.BYTES ? -1 : packed.getInt(at);
      at += Integer.BYTES;
      if (block < 1 || block > end - at) {
        throw new IllegalArgumentException("a snappy block of " + block + " bytes");
      }
      all += claim(packed, at, at + block, bytesMax);
      if (all > bytesMax) {
        throw tooLarge(all, bytesMax);
      }
      at += block;
    }
  }

  private static long claim(ByteBuffer packed, int from, int to, int bytesMax) {
    long length = 0;
    int at = from;
    for (int shift = 0; shift < 35; shift += 7) {
      byte b = at < to ? packed.get(at++) : -1;
      length |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        if (length > bytesMax) {
          throw tooLarge(length, bytesMax);
        }
        return length;
      }
    }
    throw new IllegalArgumentException("a snappy block without a length");
  }

  private static FailureException tooLarge(long bytes, int bytesMax) {
    return new FailureException(new Failure.TooLarge("an unpacked batch", bytes, bytesMax));
  }
}
