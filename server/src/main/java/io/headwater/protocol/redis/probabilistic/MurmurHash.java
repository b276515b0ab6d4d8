package io.headwater.protocol.redis.probabilistic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** MurmurHash64A by Austin Appleby, with the seed that Redis's HyperLogLogs have. */
final class MurmurHash {
  private static final long SEED = 0xadc83b19L;
  private static final long FACTOR = 0xc6a4a7935bd1e995L;
  private static final int SHIFT = 47;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private MurmurHash() {}

  static long of(byte[] array, int from, int length) {
    long hash = SEED ^ length * FACTOR;
    int at = from;
    for (int blocks = length >> 3; blocks > 0; blocks--) {
      long block = (long) LONG.get(array, at) * FACTOR;
      hash = (hash ^ (block ^ block >>> SHIFT) * FACTOR) * FACTOR;
      at += 8;
    }
    int rest = length & 7;
    if (rest > 0) {
      for (int i = rest - 1; i >= 0; i--) {
        hash ^= (array[at + i] & 0xffL) << 8 * i;
      }
      hash *= FACTOR;
    }
    hash = (hash ^ hash >>> SHIFT) * FACTOR;
    return hash ^ hash >>> SHIFT;
  }
}
