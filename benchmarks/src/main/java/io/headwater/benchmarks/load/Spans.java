package io.headwater.benchmarks.load;

/** The last few thousand stretches of time, in the order in which they ended, disjoint. */
final class Spans {
  private static final int KEPT = 1 << 12;

  private final long[] from = new long[KEPT];
  private final long[] to = new long[KEPT];
  private int count;

  void add(long fromNs, long toNs) {
    from[count & KEPT - 1] = fromNs;
    to[count & KEPT - 1] = toNs;
    count++;
  }

  /** How much of {@code [fromNs, toNs)} they cover, in nanoseconds. */
  long within(long fromNs, long toNs) {
    long sum = 0;
    for (int i = count - 1; i >= 0 && i >= count - KEPT && to[i & KEPT - 1] - fromNs > 0; i--) {
      long begin = Math.max(from[i & KEPT - 1], fromNs);
      sum += Math.max(0, Math.min(to[i & KEPT - 1], toNs) - begin);
    }
    return sum;
  }
}
