package io.headwater.metrics;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts durations in log-linear buckets: each power of two nanoseconds is cut into 8, so a
 * percentile is at most 12.5 % too high, in 2.6 KB and one increment per duration. (HdrHistogram
 * was rejected here: reading one while others write takes a swap of two histograms of 30 KB each;
 * measuring, as benchmarks do, needs its precision, watching does not.)
 */
public final class Latency {
  private static final int SUB_BITS = 3;
  private static final int SUB = 1 << SUB_BITS;

  /** Durations from 2^40 ns (18 minutes) on share the last bucket. */
  private static final int HIGHEST_BIT = 40;

  private static final int BUCKETS = (HIGHEST_BIT - SUB_BITS + 1) * SUB;

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);
  private final Counter sumNs = new Counter();

  Latency() {}

  /** Any thread may record; a negative duration counts as 0. */
  public void record(long ns) {
    counts.getAndIncrement(bucket(ns));
    sumNs.add(Math.max(0, ns));
  }

  /** Only the one thread that ever records may call this. */
  public void recordOwned(long ns) {
    int bucket = bucket(ns);
    counts.setOpaque(bucket, counts.getPlain(bucket) + 1);
    sumNs.addOwned(Math.max(0, ns));
  }

  /** A copy to read from: later durations do not change it. */
  public Snapshot snapshot() {
    long[] copy = new long[BUCKETS];
    long count = 0;
    for (int i = 0; i < BUCKETS; i++) {
      copy[i] = counts.getOpaque(i);
      count += copy[i];
    }
    return new Snapshot(copy, count, sumNs.value());
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

  /** The smallest duration that no longer belongs to the bucket. */
  private static long endNs(int bucket) {
    if (bucket < SUB) {
      return bucket + 1L;
    }
    int shift = (bucket >>> SUB_BITS) - 1;
    return (SUB + (bucket & (SUB - 1)) + 1L) << shift;
  }

  /** Counts at one moment. */
  public static final class Snapshot {
    private final long[] counts;
    private final long count;
    private final long sumNs;

    private Snapshot(long[] counts, long count, long sumNs) {
      this.counts = counts;
      this.count = count;
      this.sumNs = sumNs;
    }

    public long count() {
      return count;
    }

    public long sumNs() {
      return sumNs;
    }

    /**
     * A duration that {@code percent} of all did not exceed, at most 12.5 % too high; 0 if none.
     */
    public long percentileNs(double percent) {
      long rank = (long) Math.ceil(count * percent / 100);
      long seen = 0;
      for (int i = 0; i < counts.length; i++) {
        seen += counts[i];
        if (seen >= rank && seen > 0) {
          return endNs(i) - 1;
        }
      }
      return 0;
    }

    /** How many durations were shorter than {@code 2^bit} nanoseconds, for bit 3 to 40. */
    public long below(int bit) {
      assert bit >= SUB_BITS && bit <= HIGHEST_BIT : bit;
      long seen = 0;
      for (int i = 0; i < (bit - SUB_BITS + 1) << SUB_BITS; i++) {
        seen += counts[i];
      }
      // The last bucket also holds what is longer than it can say.
      return bit == HIGHEST_BIT ? seen - counts[counts.length - 1] : seen;
    }
  }
}
