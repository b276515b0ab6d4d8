package io.headwater.protocol.redis.observing;

/**
 * Counts durations in log-linear buckets: each power of two nanoseconds is cut into 32, so a
 * percentile is at most 3.2 % too high. Durations from 2^31 ns (2.1 s) on share the last bucket. 7
 * KB; one increment for each run of commands.
 */
public final class LatencyHistogram {
  private static final int SUB_BITS = 5;
  private static final int SUB = 1 << SUB_BITS;
  private static final int HIGHEST_BIT = 31;
  private static final int BUCKETS = (HIGHEST_BIT - SUB_BITS + 1) * SUB;

  private final long[] counts = new long[BUCKETS];
  private long total;

  /** So many durations of so many nanoseconds each. */
  public void add(long ns, int times) {
    counts[bucket(ns)] += times;
    total += times;
  }

  public long total() {
    return total;
  }

  /** A duration in nanoseconds that {@code percent} of all did not exceed; 0 if there is none. */
  public long percentileNs(double percent) {
    long rank = Math.max(1, (long) Math.ceil(total * percent / 100));
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return endNs(i) - 1;
      }
    }
    return 0;
  }

  /** How many durations were at most about so many nanoseconds, to the end of a bucket. */
  public long upTo(long ns) {
    long seen = 0;
    for (int i = 0; i <= bucket(ns); i++) {
      seen += counts[i];
    }
    return seen;
  }

  private static int bucket(long ns) {
    if (ns < SUB) {
      return (int) Math.max(0, ns);
    }
    int highest = 63 - Long.numberOfLeadingZeros(ns);
    if (highest >= HIGHEST_BIT) {
      return BUCKETS - 1;
    }
    int sub = (int) (ns >>> (highest - SUB_BITS)) & (SUB - 1);
    return ((highest - SUB_BITS + 1) << SUB_BITS) + sub;
  }

  private static long endNs(int bucket) {
    if (bucket < SUB) {
      return bucket + 1L;
    }
    int shift = (bucket >>> SUB_BITS) - 1;
    return (SUB + (bucket & (SUB - 1)) + 1L) << shift;
  }
}
