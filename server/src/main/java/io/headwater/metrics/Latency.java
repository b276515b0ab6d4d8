package io.headwater.metrics;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts durations in log-linear buckets: each power of two nanoseconds is cut into 8, so a
 * percentile is at most 12.5 % too high, in 2.6 KB and one increment per duration. (HdrHistogram
 * was rejected here: reading one while others write takes a swap of two histograms of 30 KB each;
 * measuring, as benchmarks do, needs its precision, watching does not.)
 */
public final class Latency {
  /** The last one is for durations from 2^40 ns (18 minutes) on. */
  private static final Buckets BUCKETS = new Buckets(3, 40);

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS.count());
  private final Counter sumNs = new Counter();

  Latency() {}

  /** Any thread may record; a negative duration counts as 0. */
  public void record(long ns) {
    counts.getAndIncrement(BUCKETS.of(ns));
    sumNs.add(Math.max(0, ns));
  }

  /** Only the one thread that ever records may call this. */
  public void recordOwned(long ns) {
    int bucket = BUCKETS.of(ns);
    counts.setOpaque(bucket, counts.getPlain(bucket) + 1);
    sumNs.addOwned(Math.max(0, ns));
  }

  /** A copy to read from: later durations do not change it. */
  public Snapshot snapshot() {
    long[] copy = new long[BUCKETS.count()];
    long count = 0;
    for (int i = 0; i < BUCKETS.count(); i++) {
      copy[i] = counts.getOpaque(i);
      count += copy[i];
    }
    return new Snapshot(copy, count, sumNs.value());
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
          return BUCKETS.endNs(i) - 1;
        }
      }
      return 0;
    }

    /** How many durations were shorter than {@code 2^bit} nanoseconds, for bit 3 to 40. */
    public long below(int bit) {
      assert bit >= BUCKETS.subBits() && bit <= BUCKETS.highestBit() : bit;
      long seen = 0;
      for (int i = 0; i < BUCKETS.of(1L << bit); i++) {
        seen += counts[i];
      }
      return seen; // without the last bucket, which also holds what is longer than it can say
    }
  }
}
