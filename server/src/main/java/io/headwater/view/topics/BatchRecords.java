package io.headwater.view.topics;

import java.nio.ByteBuffer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** Opens batches for those who need their records: projections, and nobody on the fetch path. */
public final class BatchRecords {
  private BatchRecords() {}

  /** Gets one record; arrays are its own. */
  public interface Visitor {
    void record(long offset, long timestampMs, byte @Nullable [] key, byte @Nullable [] value);
  }

  /**
   * Visits the records of whole batches, decompressing them; control batches are passed over.
   *
   * @throws IllegalArgumentException if the bytes do not decode
   */
  public static void visit(ByteBuffer batches, Visitor visitor) {
    try {
      for (MutableRecordBatch batch :
          MemoryRecords.readableRecords(batches.duplicate()).batches()) {
        if (batch.isControlBatch()) {
          continue;
        }
        for (Record record : batch) {
          visitor.record(
              record.offset(), record.timestamp(), array(record.key()), array(record.value()));
        }
      }
    } catch (KafkaException e) {
      throw new IllegalArgumentException("undecodable batch: " + e.getMessage(), e);
    }
  }

  private static byte @Nullable [] array(@Nullable ByteBuffer bytes) {
    return bytes == null ? null : Utils.toArray(bytes);
  }
}
