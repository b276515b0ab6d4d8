package io.headwater.view.topics;

import io.headwater.host.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Whole batches of one partition, as a range of a file.
 *
 * @param error {@code NONE}, {@code UNKNOWN_TOPIC_OR_PARTITION} or {@code OFFSET_OUT_OF_RANGE}
 * @param file null if {@code length} is 0; on the topics loop it can be read or sent for at least
 *     the topic's {@code file.delete.delay.ms}, even when retention removes it meanwhile. Never
 *     close it.
 * @param highWatermark and {@code logStartOffset} -1 if the partition is unknown
 */
public record FetchSlice(
    Errors error,
    @Nullable DiskFile file,
    long position,
    int length,
    long highWatermark,
    long logStartOffset) {
  static final FetchSlice UNKNOWN =
      new FetchSlice(Errors.UNKNOWN_TOPIC_OR_PARTITION, null, 0, 0, -1, -1);

  static FetchSlice empty(Errors error, long highWatermark, long logStartOffset) {
    return new FetchSlice(error, null, 0, 0, highWatermark, logStartOffset);
  }

  /** Reads the batches into memory, for those who do not send them. */
  public ByteBuffer copy() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    if (file != null) {
      file.readFully(bytes, position);
    }
    return bytes.flip();
  }
}
