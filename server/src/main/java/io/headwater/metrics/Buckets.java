package io.headwater.metrics;

/**
 * Log-linear buckets of durations: each power of two nanoseconds is cut into 2^{@code subBits}, and
 * durations from 2^{@code highestBit} ns on share the last one. Constants of a class, so that the
 * arithmetic is as fast as with numbers written out.
 */
public record Buckets(int subBits, int highestBit) {
  public int count() {
    return (highestBit - subBits + 1) << subBits;
  }

  /** The bucket of a duration; a negative one counts as 0. */
  public int of(long ns) {
    int sub = 1 << subBits;
    if (ns < sub) {
      return (int) Math.max(0, ns);
    }
    int highest = 63 - Long.numberOfLeadingZeros(ns);
    if (highest >= highestBit) {
      return count() - 1;
    }
    return ((highest - subBits + 1) << subBits) + ((int) (ns >>> (highest - subBits)) & (sub - 1));
  }

  /** The smallest duration that no longer belongs to the bucket. */
  public long endNs(int bucket) {
    int sub = 1 << subBits;
    if (bucket < sub) {
      return bucket + 1L;
    }
    return (sub + (bucket & (sub - 1)) + 1L) << ((bucket >>> subBits) - 1);
  }
}
