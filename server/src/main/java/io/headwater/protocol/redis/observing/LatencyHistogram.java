package io.headwater.protocol.redis.observing;

import io.headwater.metrics.Buckets;

/**
 * Counts durations in log-linear buckets: each power of two nanoseconds is cut into 32, so a
 * percentile is at most 3.2 % too high. Durations from 2^31 ns (2.1 s) on share the last bucket. 7
 * KB; one increment for each run of commands.
 */
public final class LatencyHistogram {
  private static final Buckets BUCKETS = new Buckets(5, 31);

  private final long[] counts = new long[BUCKETS.count()];
  private long total;

  /** So many durations of so many nanoseconds each. */
  public void add(long ns, int times) {
    counts[BUCKETS.of(ns)] += times;
    total += times;
  }

  public long total() {
    return total;
  }

  /** A duration in nanoseconds that {@code percent} of all did not exceed; 0 if there is none. */
  public long percentileNs(double percent) {
    long rank = Math.max(1, (long) Math.ceil(total * percent / 100));
    long seen = 0;
    for (int i = 0; i < BUCKETS.count(); i++) {
      seen += counts[i];
      if (seen >= rank) {
        return BUCKETS.endNs(i) - 1;
      }
    }
    return 0;
  }

  /** How many durations were at most about so many nanoseconds, to the end of a bucket. */
  public long upTo(long ns) {
    long seen = 0;
    for (int i = 0; i <= BUCKETS.of(ns); i++) {
      seen += counts[i];
    }
    return seen;
  }
}
