package io.headwater.view.topics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Where the fields of a v2 record batch stand; numbers are big-endian. Each method takes an array
 * and the index at which the batch begins. Source: KIP-98 and Kafka's protocol guide.
 *
 * <pre>
 *  0 base offset          8    27 base timestamp ms   8
 *  8 length after here    4    35 max timestamp ms    8
 * 12 leader epoch         4    43 producer id         8
 * 16 magic = 2            1    51 producer epoch      2
 * 17 CRC32C from 21 on    4    53 base sequence       4
 * 21 attributes           2    57 record count        4
 * 23 last offset delta    4    61 records
 * </pre>
 *
 * The checksum leaves out the base offset and the leader epoch, so the log may set both.
 */
final class BatchFormat {
  static final int HEADER_BYTES = 61;

  /** What stands before the part that the length field counts. */
  static final int LENGTH_OVERHEAD = 12;

  static final int CHECKED_FROM = 21;
  static final byte MAGIC = 2;
  static final int COMPRESSION_MASK = 0x07;
  static final int LOG_APPEND_TIME = 0x08;
  static final int TRANSACTIONAL = 0x10;
  static final int CONTROL = 0x20;
  static final int COMPRESSION_CODECS = 5;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private BatchFormat() {}

  static long baseOffset(byte[] array, int at) {
    return (long) LONG.get(array, at);
  }

  /** The whole batch's bytes as its header says; may be nonsense, even negative. */
  static long sizeInBytes(byte[] array, int at) {
    return (long) (int) INT.get(array, at + 8) + LENGTH_OVERHEAD;
  }

  static byte magic(byte[] array, int at) {
    return array[at + 16];
  }

  static int crc(byte[] array, int at) {
    return (int) INT.get(array, at + 17);
  }

  static int attributes(byte[] array, int at) {
    return (short) SHORT.get(array, at + CHECKED_FROM);
  }

  static int lastOffsetDelta(byte[] array, int at) {
    return (int) INT.get(array, at + 23);
  }

  static long baseTimestampMs(byte[] array, int at) {
    return (long) LONG.get(array, at + 27);
  }

  static long maxTimestampMs(byte[] array, int at) {
    return (long) LONG.get(array, at + 35);
  }

  static long producerId(byte[] array, int at) {
    return (long) LONG.get(array, at + 43);
  }

  static short producerEpoch(byte[] array, int at) {
    return (short) SHORT.get(array, at + 51);
  }

  static int baseSequence(byte[] array, int at) {
    return (int) INT.get(array, at + 53);
  }

  static int count(byte[] array, int at) {
    return (int) INT.get(array, at + 57);
  }

  /** One more than the last offset, counted from the base offset in the header. */
  static long nextOffset(byte[] array, int at) {
    return baseOffset(array, at) + lastOffsetDelta(array, at) + 1;
  }

  /** Sets what the log decides and the checksum leaves out. */
  static void place(byte[] array, int at, long baseOffset) {
    LONG.set(array, at, baseOffset);
    INT.set(array, at + LENGTH_OVERHEAD, 0); // the only leader epoch there is
  }

  /** Makes the broker's time the time of all records. */
  static void stamp(byte[] array, int at, int length, long timestampMs) {
    SHORT.set(array, at + CHECKED_FROM, (short) (attributes(array, at) | LOG_APPEND_TIME));
    LONG.set(array, at + 35, timestampMs);
    INT.set(array, at + 17, checksum(array, at, length));
  }

  static int checksum(byte[] array, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(array, at + CHECKED_FROM, length - CHECKED_FROM);
    return (int) crc.getValue();
  }

  /** Writes the header of an uncompressed batch without a producer over its first bytes. */
  static void writeHeader(
      byte[] array, int at, int length, int count, long baseTimestampMs, long maxTimestampMs) {
    place(array, at, 0);
    INT.set(array, at + 8, length - LENGTH_OVERHEAD);
    array[at + 16] = MAGIC;
    SHORT.set(array, at + CHECKED_FROM, (short) 0);
    INT.set(array, at + 23, count - 1);
    LONG.set(array, at + 27, baseTimestampMs);
    LONG.set(array, at + 35, maxTimestampMs);
    LONG.set(array, at + 43, -1L);
    SHORT.set(array, at + 51, (short) -1);
    INT.set(array, at + 53, -1);
    INT.set(array, at + 57, count);
    INT.set(array, at + 17, checksum(array, at, length));
  }
}
