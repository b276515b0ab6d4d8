package io.headwater.view.keyspace.types;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A 64-bit hash of a byte range under a secret seed, by folded 128-bit multiplications over 16
 * bytes a step (the idea of wyhash: https://github.com/wangyi-fudan/wyhash).
 */
final class SeededHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ODD1 = 0x9e3779b97f4a7c15L;
  private static final long ODD2 = 0xd6e8feb86659fd93L;

  private SeededHash() {}

  static long of(byte[] array, int from, int length, long seed) {
    long h = fold(seed ^ ODD1, length ^ ODD2);
    int at = from;
    int left = length;
    while (left > 16) {
      h = fold((long) LONG.get(array, at) ^ seed, (long) LONG.get(array, at + 8) ^ h);
      at += 16;
      left -= 16;
    }
    long a;
    long b;
    if (left >= 8) {
      a = (long) LONG.get(array, at);
      b = (long) LONG.get(array, at + left - 8);
    } else if (left >= 4) {
      a = (int) INT.get(array, at);
      b = (int) INT.get(array, at + left - 4);
    } else {
      a = 0;
      for (int i = 0; i < left; i++) {
        a = a << 8 | (array[at + i] & 0xff);
      }
      b = left;
    }
    return fold(a ^ ODD1 ^ h, b ^ seed) ^ fold(h ^ ODD2, b + ODD1);
  }

  private static long fold(long a, long b) {
    return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
  }
}
