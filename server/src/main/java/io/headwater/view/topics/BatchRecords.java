package io.headwater.view.topics;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Opens batches for those who need their records: projections, and nobody on the fetch path. */
public final class BatchRecords {
  private BatchRecords() {}

  /** Gets one record; arrays are its own. */
  public interface Visitor {
    void record(long offset, long timestampMs, byte @Nullable [] key, byte @Nullable [] value);
  }

  /** Gets a whole batch that cannot be opened. */
  public interface Unreadable {
    void batch(long firstOffset, byte[] bytes, String reason);
  }

  /**
   * Visits the records of one whole batch; of a control batch there are none.
   *
   * @throws FailureException with {@link Failure.TooLarge} if it unpacks to more than a sixteenth
   *     of the heap (128 MiB at most)
   * @throws IllegalArgumentException if the bytes do not decode; then no record was visited
   */
  public static void visit(ByteBuffer batch, Visitor visitor) {
    byte[] array = new byte[batch.remaining()];
    batch.duplicate().get(array);
    visit(array, 0, open(array, 0, array.length), visitor);
  }

  /**
   * Visits the records of several whole batches, or says that one cannot be opened.
   *
   * @return the offset behind the last batch
   */
  public static long visitAll(ByteBuffer batches, Visitor visitor, Unreadable unreadable) {
    byte[] array = new byte[batches.remaining()];
    batches.duplicate().get(array);
    long next = 0;
    for (int at = 0; at < array.length; ) {
      int bytes = (int) BatchFormat.sizeInBytes(array, at);
      Unpacked records = null;
      try {
        records = open(array, at, bytes);
      } catch (IllegalArgumentException | FailureException e) {
        byte[] batch = Arrays.copyOfRange(array, at, at + bytes);
        unreadable.batch(BatchFormat.baseOffset(array, at), batch, String.valueOf(e.getMessage()));
      }
      if (records != null) {
        visit(array, at, records, visitor);
      }
      next = BatchFormat.nextOffset(array, at);
      at += bytes;
    }
    return next;
  }

  /** Unpacks a batch and sees to it that all of its records can be visited. */
  private static Unpacked open(byte[] array, int at, int length) {
    Unpacked records = Unpacked.of(array, at, length, Unpacked.BYTES_MAX);
    RecordWalk walk = new RecordWalk(array, at, records);
    while (walk.next()) {}
    if (!walk.isSound()) {
      throw new IllegalArgumentException("a batch whose records do not decode");
    }
    return records;
  }

  private static void visit(byte[] array, int at, Unpacked records, Visitor visitor) {
    if ((BatchFormat.attributes(array, at) & BatchFormat.CONTROL) != 0) {
      return;
    }
    RecordWalk walk = new RecordWalk(array, at, records);
    while (walk.next()) {
      visitor.record(walk.offset(), walk.timestampMs(), walk.key(), walk.value());
    }
  }
}
