package io.headwater.view.topics;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of {@link Topics#produce}.
 *
 * @param position what was accepted survives a crash when the log is durable up to here; also for
 *     duplicates, whose first copy may not be durable yet
 * @param partitions one result for each write, in the order of the writes
 */
public record Produced(long position, List<Result> partitions) {
  /**
   * One write's outcome.
   *
   * @param message says more about the error; null if there is none
   * @param baseOffset of the first record; -1 on an error
   * @param logAppendTimeMs -1 unless the topic's timestamps are the broker's
   */
  public record Result(
      Errors error,
      @Nullable String message,
      long baseOffset,
      long logAppendTimeMs,
      long logStartOffset) {
    static Result failed(Errors error, String message) {
      return new Result(error, message, -1, -1, -1);
    }
  }
}
