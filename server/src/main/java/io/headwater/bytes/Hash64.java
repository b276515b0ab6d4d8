package io.headwater.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A 64-bit hash of bytes, equal for the same bytes on and off the heap. It folds 128-bit products,
 * the idea of wyhash (Wang Yi, 2019): each step multiplies two words, each mixed with a constant,
 * and takes the product's halves together. Who knows the constants can make bytes collide at will,
 * so a server draws a seed (the system property {@code headwater.hash.seed}) before this class is
 * loaded; a simulation leaves it at zero, to repeat itself. A table must stay correct when hashes
 * collide.
 */
public final class Hash64 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  // Digits of pi, e and the square roots of 2 and 3 in binary, made odd.
  private static final long SEED = Long.getLong("headwater.hash.seed", 0) * 0x9e37_79b9_7f4a_7c15L;
  private static final long A = 0x243f_6a88_85a3_08d3L ^ SEED;
  private static final long B = 0xb7e1_5162_8aed_2a6bL ^ Long.rotateLeft(SEED, 16);
  private static final long C = 0x6a09_e667_f3bc_c909L ^ Long.rotateLeft(SEED, 32);
  private static final long D = 0xbb67_ae85_84ca_a73bL ^ Long.rotateLeft(SEED, 48);

  private Hash64() {}

  public static long of(byte[] array, int from, int length) {
    long hash = A ^ length;
    int at = from;
    int left = length;
    while (left > 16) {
      hash = fold((long) LONG.get(array, at) ^ B, (long) LONG.get(array, at + 8) ^ hash);
      at += 16;
      left -= 16;
    }
    long low;
    long high;
    if (left >= 8) {
      low = (long) LONG.get(array, at);
      high = (long) LONG.get(array, at + left - 8);
    } else if (left >= 4) {
      low = (int) INT.get(array, at) & 0xffff_ffffL;
      high = (int) INT.get(array, at + left - 4) & 0xffff_ffffL;
    } else if (left > 0) {
      low =
          (array[at] & 0xffL) << 16
              | (array[at + (left >> 1)] & 0xffL) << 8
              | array[at + left - 1] & 0xffL;
      high = 0;
    } else {
      low = 0;
      high = 0;
    }
    return finish(hash, low, high);
  }

  /** The same hash over memory outside the heap. */
  public static long of(long address, int length) {
    long hash = A ^ length;
    long at = address;
    int left = length;
    while (left > 16) {
      hash = fold(Memory.getLong(at) ^ B, Memory.getLong(at + 8) ^ hash);
      at += 16;
      left -= 16;
    }
    long low;
    long high;
    if (left >= 8) {
      low = Memory.getLong(at);
      high = Memory.getLong(at + left - 8);
    } else if (left >= 4) {
      low = Memory.getInt(at) & 0xffff_ffffL;
      high = Memory.getInt(at + left - 4) & 0xffff_ffffL;
    } else if (left > 0) {
      low =
          (Memory.getByte(at) & 0xffL) << 16
              | (Memory.getByte(at + (left >> 1)) & 0xffL) << 8
              | Memory.getByte(at + left - 1) & 0xffL;
      high = 0;
    } else {
      low = 0;
      high = 0;
    }
    return finish(hash, low, high);
  }

  private static long finish(long hash, long low, long high) {
    return fold(fold(low ^ C, high ^ hash), hash ^ D);
  }

  private static long fold(long x, long y) {
    return (x * y) ^ Math.unsignedMultiplyHigh(x, y);
  }
}
