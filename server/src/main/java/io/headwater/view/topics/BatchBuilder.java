package io.headwater.view.topics;

import io.headwater.bytes.ByteWriter;
import org.jspecify.annotations.Nullable;

/**
 * Writes one uncompressed v2 batch: {@link #begin}, {@link #add} for each record, {@link #end}. The
 * base offset stays 0; the topics view sets it when the batch is applied. Reuse one per owner.
 */
public final class BatchBuilder {
  /** Starts a batch at the writer's end. */
  public void begin(ByteWriter out) {
    throw new UnsupportedOperationException();
  }

  /**
   * Adds a record.
   *
   * @param value null for a tombstone
   */
  public void add(long timestampMs, byte @Nullable [] key, byte @Nullable [] value) {
    throw new UnsupportedOperationException();
  }

  /**
   * Adds a record with headers.
   *
   * @param headers names and values alternate: an even number of elements
   */
  public void add(
      long timestampMs, byte @Nullable [] key, byte @Nullable [] value, byte[]... headers) {
    throw new UnsupportedOperationException();
  }

  /**
   * Completes lengths, counts and checksum. Pass the count to {@link
   * io.headwater.log.Frame.Part#addRecords}.
   *
   * @return how many records the batch holds; with none, nothing is left in the writer
   */
  public int end() {
    throw new UnsupportedOperationException();
  }
}
