package io.headwater.view.topics;

import io.headwater.bytes.ByteWriter;
import org.jspecify.annotations.Nullable;

/**
 * Writes one uncompressed v2 batch: {@link #begin}, {@link #add} for each record, {@link #end}. The
 * base offset stays 0; the topics view sets it when the batch is applied. Keep one per owner and
 * reuse it; not thread-safe. A batch is at most 2 GiB, past which the writer throws.
 */
public final class BatchBuilder {
  private static final byte[] NONE = {};
  private static final byte[][] NO_HEADERS = {};

  private @Nullable ByteWriter out;
  private int start;
  private int count;
  private long baseTimestampMs;
  private long maxTimestampMs;

  /** Starts a batch at the writer's end. */
  public void begin(ByteWriter target) {
    if (out != null) {
      throw new IllegalStateException("the last batch was not ended");
    }
    out = target;
    start = target.size();
    count = 0;
    target.ensure(BatchFormat.HEADER_BYTES);
    target.advance(BatchFormat.HEADER_BYTES);
  }

  /**
   * Adds a record.
   *
   * @param value null for a tombstone
   */
  public void add(long timestampMs, byte @Nullable [] key, byte @Nullable [] value) {
    add(timestampMs, key, value, NO_HEADERS);
  }

  /**
   * Adds a record with headers.
   *
   * @param headers names and values alternate: an even number of elements
   */
  public void add(
      long timestampMs, byte @Nullable [] key, byte @Nullable [] value, byte[]... headers) {
    add(
        timestampMs,
        key == null ? NONE : key,
        0,
        key == null ? -1 : key.length,
        value == null ? NONE : value,
        0,
        value == null ? -1 : value.length,
        headers);
  }

  /** Adds a record whose key and value are ranges of arrays; a length of -1 means null. */
  public void add(
      long timestampMs,
      byte[] key,
      int keyFrom,
      int keyLength,
      byte[] value,
      int valueFrom,
      int valueLength,
      byte[]... headers) {
    ByteWriter writer = writer();
    if (headers.length % 2 != 0) {
      throw new IllegalArgumentException("a header without a value");
    }
    if (count == 0) {
      baseTimestampMs = timestampMs;
      maxTimestampMs = timestampMs;
    }
    maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
    long timestampDelta = timestampMs - baseTimestampMs;
    int size = 1 + signedBytes(timestampDelta) + signedBytes(count);
    size += sizedBytes(keyLength) + sizedBytes(valueLength) + signedBytes(headers.length / 2);
    for (byte[] piece : headers) {
      size += sizedBytes(piece.length);
    }
    writer.putSigned(size).putByte(0).putSigned(timestampDelta).putSigned(count);
    putSized(writer, key, keyFrom, keyLength);
    putSized(writer, value, valueFrom, valueLength);
    writer.putSigned(headers.length / 2);
    for (byte[] piece : headers) {
      putSized(writer, piece, 0, piece.length);
    }
    count++;
  }

  /** Bytes of the batch so far. */
  public int sizeInBytes() {
    return writer().size() - start;
  }

  /**
   * Completes lengths, counts and checksum. Pass the count to {@link
   * io.headwater.log.Frame.Part#addRecords}.
   *
   * @return how many records the batch holds; with none, nothing is left in the writer
   */
  public int end() {
    ByteWriter writer = writer();
    out = null;
    if (count == 0) {
      writer.truncate(start);
      return 0;
    }
    BatchFormat.writeHeader(
        writer.array(), start, writer.size() - start, count, baseTimestampMs, maxTimestampMs);
    return count;
  }

  private ByteWriter writer() {
    if (out == null) {
      throw new IllegalStateException("no batch was begun");
    }
    return out;
  }

  private static void putSized(ByteWriter writer, byte[] array, int from, int length) {
    writer.putSigned(length);
    if (length > 0) {
      writer.put(array, from, length);
    }
  }

  private static int sizedBytes(int length) {
    return signedBytes(length) + Math.max(length, 0);
  }

  /** Bytes of a zigzag varint. */
  private static int signedBytes(long value) {
    long zigzag = (value << 1) ^ (value >> 63);
    return (70 - Long.numberOfLeadingZeros(zigzag | 1)) / 7;
  }
}
