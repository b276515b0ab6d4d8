package io.headwater.protocol.redis.keys;

import java.util.Arrays;

/**
 * Texts that SORT holds while it runs: copies in blocks, so that a million of them are no million
 * objects. A text may be missing.
 */
final class SortTexts {
  private static final int BLOCK_BYTES = 1 << 16;
  private static final int MISSING = -1;

  private byte[][] arrays;
  private int[] froms;
  private int[] lengths;
  private int size;
  private byte[] block = new byte[0];
  private int used;

  SortTexts(int expected) {
    int capacity = Math.max(8, expected);
    arrays = new byte[capacity][];
    froms = new int[capacity];
    lengths = new int[capacity];
  }

  int size() {
    return size;
  }

  void add(byte[] array, int from, int length) {
    if (block.length - used < length) {
      block = new byte[Math.max(BLOCK_BYTES, length)];
      used = 0;
    }
    System.arraycopy(array, from, block, used, length);
    place(used, length);
    used += length;
  }

  void addMissing() {
    place(0, MISSING);
  }

  private void place(int from, int length) {
    if (size == lengths.length) {
      arrays = Arrays.copyOf(arrays, size * 2);
      froms = Arrays.copyOf(froms, size * 2);
      lengths = Arrays.copyOf(lengths, size * 2);
    }
    arrays[size] = block;
    froms[size] = from;
    lengths[size++] = length;
  }

  byte[] array(int i) {
    return arrays[i];
  }

  int from(int i) {
    return froms[i];
  }

  /** Negative for a missing one. */
  int length(int i) {
    return lengths[i];
  }

  /** The first eight bytes as an unsigned number whose order is the texts'. */
  long firstBytes(int i) {
    byte[] array = arrays[i];
    int from = froms[i];
    int length = lengths[i];
    long bytes = 0;
    for (int k = 0; k < Long.BYTES; k++) {
      bytes = bytes << 8 | (k < length ? array[from + k] & 0xff : 0);
    }
    return bytes;
  }

  /** A missing text stands before all others. */
  int compare(int i, int k) {
    if (lengths[i] < 0 || lengths[k] < 0) {
      return Integer.compare(lengths[i] < 0 ? 0 : 1, lengths[k] < 0 ? 0 : 1);
    }
    return Arrays.compareUnsigned(
        arrays[i], froms[i], froms[i] + lengths[i], arrays[k], froms[k], froms[k] + lengths[k]);
  }
}
