package io.headwater.protocol.redis.probabilistic;

import io.headwater.bytes.Memory;

/** Six-bit integers beside each other, the lowest bits of a byte first. */
final class Registers {
  private Registers() {}

  static int get(byte[] bytes, int from, int index) {
    int bit = index * 6;
    int at = from + (bit >> 3);
    int shift = bit & 7;
    int value = (bytes[at] & 0xff) >> shift;
    return (shift <= 2 ? value : value | bytes[at + 1] << 8 - shift) & 0x3f;
  }

  static void set(byte[] bytes, int from, int index, int value) {
    int bit = index * 6;
    int at = from + (bit >> 3);
    int shift = bit & 7;
    bytes[at] = (byte) (bytes[at] & ~(0x3f << shift) | value << shift);
    if (shift > 2) {
      int high = 8 - shift;
      bytes[at + 1] = (byte) (bytes[at + 1] & ~(0x3f >> high) | value >> high);
    }
  }

  static int get(long address, int index) {
    int bit = index * 6;
    long at = address + (bit >> 3);
    int shift = bit & 7;
    int value = (Memory.getByte(at) & 0xff) >> shift;
    return (shift <= 2 ? value : value | Memory.getByte(at + 1) << 8 - shift) & 0x3f;
  }
}
