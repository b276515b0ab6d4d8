package io.headwater.view.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A seeded hash of a key: clients choose keys, so they must not be able to choose collisions. Folds
 * 128-bit products of eight bytes at a time, as the wyhash family does.
 */
final class KeyHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;
  private static final long FINISHER = 0xD6E8_FEB8_6659_FD93L;

  private final long seed;

  KeyHash(long seed) {
    this.seed = seed;
  }

  int hash(byte[] key, int from, int length) {
    long hash = seed ^ (length * FINISHER);
    int end = from + length;
    int i = from;
    for (; i <= end - Long.BYTES; i += Long.BYTES) {
      hash = fold(hash ^ (long) LONG.get(key, i));
    }
    long rest = 0;
    for (int shift = 0; i < end; i++, shift += 8) {
      rest |= (key[i] & 0xffL) << shift;
    }
    hash = fold(hash ^ rest ^ FINISHER);
    return (int) (hash ^ (hash >>> 32));
  }

  private static long fold(long value) {
    return (value * MULTIPLIER) ^ Math.unsignedMultiplyHigh(value, MULTIPLIER);
  }
}
