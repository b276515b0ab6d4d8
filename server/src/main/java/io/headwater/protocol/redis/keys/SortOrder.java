package io.headwater.protocol.redis.keys;

/**
 * Puts numbers of elements in the order of 64-bit keys, and of a comparison where keys are equal.
 * Stable. Many are sorted by the bytes of their keys, lowest byte first; a byte that all have alike
 * costs nothing, so a million small numbers take some five passes over memory and no comparison.
 */
final class SortOrder {
  /** Fewer are merged by comparisons. */
  private static final int RADIX_MIN = 256;

  private static final int INSERTION_MAX = 8;
  private static final int DIGITS = 256;

  /** How two elements of equal keys stand. */
  interface Ties {
    int compare(int one, int other);
  }

  private final Ties ties;
  private long[] keys;
  private int[] order;
  private int[] spare;

  private SortOrder(long[] keys, Ties ties) {
    this.keys = keys;
    this.ties = ties;
    order = new int[keys.length];
    spare = new int[keys.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
  }

  /**
   * The elements' numbers in order.
   *
   * @param keys unsigned, one for each element; they are used up
   */
  static int[] of(long[] keys, Ties ties) {
    SortOrder sorting = new SortOrder(keys, ties);
    if (keys.length < RADIX_MIN) {
      sorting.merge(
          0,
          keys.length,
          (one, other) -> {
            int sign = Long.compareUnsigned(keys[one], keys[other]);
            return sign != 0 ? sign : ties.compare(one, other);
          });
    } else {
      sorting.radix();
      sorting.mergeRuns();
    }
    return sorting.order;
  }

  /** Afterwards the keys are in order, too. */
  private void radix() {
    int n = keys.length;
    int[][] counts = new int[Long.BYTES][DIGITS];
    for (long key : keys) {
      for (int digit = 0; digit < Long.BYTES; digit++) {
        counts[digit][(int) (key >>> 8 * digit) & 0xff]++;
      }
    }
    long[] spareKeys = new long[n];
    for (int digit = 0; digit < Long.BYTES; digit++) {
      int[] places = counts[digit];
      if (places[(int) (keys[0] >>> 8 * digit) & 0xff] == n) {
        continue;
      }
      int sum = 0;
      for (int i = 0; i < DIGITS; i++) {
        int count = places[i];
        places[i] = sum;
        sum += count;
      }
      for (int i = 0; i < n; i++) {
        int place = places[(int) (keys[i] >>> 8 * digit) & 0xff]++;
        spareKeys[place] = keys[i];
        spare[place] = order[i];
      }
      long[] sortedKeys = spareKeys;
      spareKeys = keys;
      keys = sortedKeys;
      int[] sorted = spare;
      spare = order;
      order = sorted;
    }
  }

  private void mergeRuns() {
    for (int from = 0; from < order.length; ) {
      int to = from + 1;
      while (to < order.length && keys[to] == keys[from]) {
        to++;
      }
      merge(from, to, ties);
      from = to;
    }
  }

  private void merge(int from, int to, Ties by) {
    if (to - from <= INSERTION_MAX) {
      insert(from, to, by);
      return;
    }
    int middle = (from + to) >>> 1;
    merge(from, middle, by);
    merge(middle, to, by);
    if (by.compare(order[middle - 1], order[middle]) <= 0) {
      return;
    }
    System.arraycopy(order, from, spare, from, middle - from);
    int left = from;
    int right = middle;
    for (int i = from; left < middle; i++) {
      boolean takesRight = right < to && by.compare(spare[left], order[right]) > 0;
      order[i] = takesRight ? order[right++] : spare[left++];
    }
  }

  private void insert(int from, int to, Ties by) {
    for (int i = from + 1; i < to; i++) {
      int moved = order[i];
      int at = i;
      for (; at > from && by.compare(order[at - 1], moved) > 0; at--) {
        order[at] = order[at - 1];
      }
      order[at] = moved;
    }
  }
}
