package io.headwater.view.search.aggregation;

import java.util.Arrays;

/**
 * Counts distinct 64-bit hashes: exactly while there are few, then with HyperLogLog (Flajolet and
 * others, 2007) over 16,384 registers, standard error 0.8 %. Linear counting corrects small counts.
 */
final class DistinctCounter {
  private static final int EXACT_MAX = 3_000; // Elasticsearch's default precision_threshold
  private static final int BITS = 14;
  private static final int REGISTERS = 1 << BITS;
  private static final double ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

  private static final int FIRST = 16;

  private final Budget budget;
  private long[] exact = new long[FIRST];
  private int exactSize;
  private boolean hasZero;
  private byte[] registers = new byte[0];

  DistinctCounter(Budget budget) {
    this.budget = budget;
    budget.hold(100 + FIRST * Long.BYTES);
  }

  void add(long hash) {
    if (registers.length > 0) {
      estimate(hash);
    } else if (hash == 0) {
      hasZero = true;
    } else {
      remember(hash);
    }
  }

  private void remember(long hash) {
    int mask = exact.length - 1;
    int slot = (int) hash & mask;
    while (exact[slot] != 0) {
      if (exact[slot] == hash) {
        return;
      }
      slot = (slot + 1) & mask;
    }
    exact[slot] = hash;
    if (++exactSize > EXACT_MAX) {
      budget.hold(REGISTERS - (long) exact.length * Long.BYTES);
      registers = new byte[REGISTERS];
      for (long one : exact) {
        if (one != 0) {
          estimate(one);
        }
      }
      if (hasZero) {
        estimate(0);
      }
      exact = new long[0];
    } else if (exactSize * 2 > exact.length) {
      long[] old = exact;
      budget.hold((long) old.length * Long.BYTES);
      exact = new long[old.length * 2];
      exactSize = 0;
      for (long one : old) {
        if (one != 0) {
          remember(one);
        }
      }
    }
  }

  private void estimate(long hash) {
    int register = (int) (hash >>> (64 - BITS));
    int rank = Long.numberOfLeadingZeros((hash << BITS) | (1L << (BITS - 1))) + 1;
    if (rank > registers[register]) {
      registers[register] = (byte) rank;
    }
  }

  long count() {
    if (registers.length == 0) {
      return exactSize + (hasZero ? 1 : 0);
    }
    double sum = 0;
    int zeros = 0;
    for (byte register : registers) {
      sum += 1.0 / (1L << register);
      zeros += register == 0 ? 1 : 0;
    }
    double raw = ALPHA * REGISTERS * REGISTERS / sum;
    if (raw <= 2.5 * REGISTERS && zeros > 0) {
      return Math.round(REGISTERS * Math.log((double) REGISTERS / zeros));
    }
    return Math.round(raw);
  }

  /** Spreads a number's bits: SplitMix64's finalizer. */
  static long hash(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  static long hash(byte[] bytes, int from, int length) {
    long hash = 1125899906842597L;
    for (int i = from; i < from + length; i++) {
      hash = (hash ^ bytes[i]) * 0x100000001B3L;
    }
    return hash(hash ^ length);
  }

  @Override
  public String toString() {
    return count() + (registers.length == 0 ? " exactly " + Arrays.hashCode(exact) : " about");
  }
}
