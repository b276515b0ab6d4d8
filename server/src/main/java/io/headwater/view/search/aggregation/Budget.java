package io.headwater.view.search.aggregation;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;

/** How many buckets one search's answer may have. */
final class Budget {
  private final int limit;
  private int used;

  Budget(int limit) {
    this.limit = limit;
  }

  void take(int buckets) {
    used += buckets;
    if (used > limit) {
      throw new FailureException(new Failure.TooLarge("buckets", used, limit));
    }
  }
}
