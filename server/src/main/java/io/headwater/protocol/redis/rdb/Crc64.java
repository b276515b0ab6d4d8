package io.headwater.protocol.redis.rdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum of RDB files and DUMP payloads: CRC-64 with Jones' polynomial 0xad93d23594c935a9,
 * reflected, beginning with 0. Eight bytes a step through eight tables (Kounavis and Berry, 2005).
 */
final class Crc64 {
  private static final long REFLECTED = Long.reverse(0xad93d23594c935a9L);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long[][] TABLES = tables();

  private Crc64() {}

  private static long[][] tables() {
    long[][] tables = new long[8][256];
    for (int b = 0; b < 256; b++) {
      long crc = b;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ REFLECTED;
      }
      tables[0][b] = crc;
    }
    for (int t = 1; t < 8; t++) {
      for (int b = 0; b < 256; b++) {
        long before = tables[t - 1][b];
        tables[t][b] = tables[0][(int) before & 0xff] ^ before >>> 8;
      }
    }
    return tables;
  }

  /** The checksum of what {@code crc} covers and these bytes behind it; 0 covers nothing. */
  static long update(long crc, byte[] array, int from, int length) {
    long value = crc;
    int at = from;
    int end = from + length;
    for (; end - at >= 8; at += 8) {
      long x = value ^ (long) LONG.get(array, at);
      value =
          TABLES[7][(int) x & 0xff]
              ^ TABLES[6][(int) (x >>> 8) & 0xff]
              ^ TABLES[5][(int) (x >>> 16) & 0xff]
              ^ TABLES[4][(int) (x >>> 24) & 0xff]
              ^ TABLES[3][(int) (x >>> 32) & 0xff]
              ^ TABLES[2][(int) (x >>> 40) & 0xff]
              ^ TABLES[1][(int) (x >>> 48) & 0xff]
              ^ TABLES[0][(int) (x >>> 56)];
    }
    for (; at < end; at++) {
      value = TABLES[0][(int) (value ^ array[at]) & 0xff] ^ value >>> 8;
    }
    return value;
  }
}
