package io.headwater.view.search.aggregation;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;

/** How many buckets one search's answer may have, and what all that it collects may take. */
final class Budget {
  private final int limit;

  /** For one search: a thirty-second of the heap, 256 MiB at most. */
  private static final long BYTES_MAX =
      Math.clamp(Runtime.getRuntime().maxMemory() / 32, 4L << 20, 256L << 20);

  private int used;
  private long bytes;

  Budget(int limit) {
    this.limit = limit;
  }

  void take(int buckets) {
    used += buckets;
    if (used > limit) {
      throw new FailureException(new Failure.TooLarge("buckets", used, limit));
    }
  }

  /** Before arrays grow by so many bytes. */
  void hold(long more) {
    bytes += more;
    if (bytes > BYTES_MAX) {
      throw new FailureException(
          new Failure.TooLarge("memory of the aggregations", bytes, BYTES_MAX));
    }
  }
}
