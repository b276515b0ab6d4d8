package io.headwater.view.search.aggregation;

import java.util.Arrays;

/**
 * Dense numbers for pairs of a parent bucket and a key: open addressing over three arrays. Small
 * keys of parent 0 (the ordinals of a top-level terms aggregation) skip the hashing.
 */
final class BucketIds {
  static final int NONE = -1;

  /** Two longs and two ints, and twice a place in the table. */
  private static final int BUCKET_BYTES = 32;

  private static final int DIRECT_MAX = 1 << 16;

  private final Budget budget;
  private int[] table = filled(64);
  private int[] direct = filled(64);
  private long[] keys = new long[16];
  private int[] parents = new int[16];
  private int[] nextOfParent = new int[16];
  private int[] firstOfParent = filled(4);
  private long[] counts = new long[16];
  private int size;

  BucketIds(Budget budget) {
    this.budget = budget;
  }

  private static int[] filled(int length) {
    int[] array = new int[length];
    Arrays.fill(array, NONE);
    return array;
  }

  int size() {
    return size;
  }

  long key(int id) {
    return keys[id];
  }

  long count(int id) {
    return counts[id];
  }

  void add(int id, long documents) {
    counts[id] += documents;
  }

  /** The first bucket of a parent, or {@link #NONE}; then {@link #next}. */
  int first(int parent) {
    return parent >= 0 && parent < firstOfParent.length ? firstOfParent[parent] : NONE;
  }

  int next(int id) {
    return nextOfParent[id];
  }

  /** The bucket's number, a new one if the pair is new. */
  int id(int parent, long key) {
    if (parent == 0 && key >= 0 && key < DIRECT_MAX) {
      int at = (int) key;
      if (at >= direct.length) {
        int old = direct.length;
        direct = Arrays.copyOf(direct, Math.max(at + 1, old * 2));
        Arrays.fill(direct, old, direct.length, NONE);
      }
      if (direct[at] == NONE) {
        direct[at] = create(parent, key);
      }
      return direct[at];
    }
    int slot = slot(parent, key);
    if (table[slot] == NONE) {
      int id = create(parent, key);
      table[slot] = id;
      if (size * 2 > table.length) {
        rehash();
      }
      return id;
    }
    return table[slot];
  }

  private int slot(int parent, long key) {
    long hash = (key ^ ((long) parent << 40)) * 0x9E3779B97F4A7C15L;
    hash ^= hash >>> 32;
    int mask = table.length - 1;
    int slot = (int) hash & mask;
    while (table[slot] != NONE && (keys[table[slot]] != key || parents[table[slot]] != parent)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void rehash() {
    table = filled(table.length * 2);
    for (int id = 0; id < size; id++) {
      if (parents[id] != 0 || keys[id] < 0 || keys[id] >= DIRECT_MAX) {
        table[slot(parents[id], keys[id])] = id;
      }
    }
  }

  private int create(int parent, long key) {
    if (size == keys.length) {
      int length = size * 2;
      budget.hold((long) size * BUCKET_BYTES);
      keys = Arrays.copyOf(keys, length);
      parents = Arrays.copyOf(parents, length);
      nextOfParent = Arrays.copyOf(nextOfParent, length);
      counts = Arrays.copyOf(counts, length);
    }
    if (parent >= firstOfParent.length) {
      int old = firstOfParent.length;
      firstOfParent = Arrays.copyOf(firstOfParent, Math.max(parent + 1, old * 2));
      Arrays.fill(firstOfParent, old, firstOfParent.length, NONE);
    }
    int id = size++;
    keys[id] = key;
    parents[id] = parent;
    nextOfParent[id] = firstOfParent[parent];
    firstOfParent[parent] = id;
    return id;
  }
}
