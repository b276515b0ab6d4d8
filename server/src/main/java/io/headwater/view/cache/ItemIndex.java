package io.headwater.view.cache;

import java.util.Arrays;

/**
 * Finds items by hash: extendible hashing over tables of linear probing. A table that fills up is
 * split in two by one more bit of the hash, so no insert ever pays for rehashing everything (the
 * keyspace shares this thread).
 *
 * <pre>
 *   slot:  hash (32 bits) | address (32 bits); 0 is empty, and no item has address 0
 *   hash:  upper bits choose the table | lower 12 bits are the home slot
 * </pre>
 *
 * <p>8 bytes a slot at a load of 0.4 to 0.8: about 14 bytes for each item.
 */
final class ItemIndex {
  private static final int TABLE_BITS = 12;
  private static final int SLOTS = 1 << TABLE_BITS;
  private static final int MASK = SLOTS - 1;
  private static final int FULL = SLOTS * 4 / 5;
  private static final int DEPTH_MAX = 20;

  private static final class Table {
    final long[] slots = new long[SLOTS];
    final int depth;
    int count;

    Table(int depth) {
      this.depth = depth;
    }
  }

  /** Whether the item at an address has the key that is looked for. */
  interface KeyMatch {
    boolean matches(long address);
  }

  private Table[] directory = {new Table(0)};
  private int depth;
  private long tables = 1;

  private Table foundTable = directory[0];
  private int foundSlot = -1;

  /**
   * The address of the item, remembered for {@link #replaceFound} and {@link #removeFound}; or 0.
   */
  long find(int hash, KeyMatch match) {
    Table table = tableOf(hash);
    long[] slots = table.slots;
    for (int i = hash & MASK; ; i = (i + 1) & MASK) {
      long slot = slots[i];
      if (slot == 0) {
        foundSlot = -1;
        return 0;
      }
      if ((int) (slot >>> 32) == hash && match.matches(slot & 0xffff_ffffL)) {
        foundTable = table;
        foundSlot = i;
        return slot & 0xffff_ffffL;
      }
    }
  }

  /** Finds an item by its address instead of its key; it must be here. */
  void findAddress(int hash, long address) {
    Table table = tableOf(hash);
    long wanted = slot(hash, address);
    for (int i = hash & MASK; ; i = (i + 1) & MASK) {
      if (table.slots[i] == wanted) {
        foundTable = table;
        foundSlot = i;
        return;
      }
      if (table.slots[i] == 0) {
        throw new IllegalStateException("no item at " + address);
      }
    }
  }

  void replaceFound(int hash, long address) {
    foundTable.slots[foundSlot] = slot(hash, address);
  }

  /** Closes the gap by moving later items of the probe sequence back. */
  void removeFound() {
    long[] slots = foundTable.slots;
    int gap = foundSlot;
    for (int i = (gap + 1) & MASK; slots[i] != 0; i = (i + 1) & MASK) {
      int home = (int) (slots[i] >>> 32) & MASK;
      if (((i - home) & MASK) >= ((i - gap) & MASK)) {
        slots[gap] = slots[i];
        gap = i;
      }
    }
    slots[gap] = 0;
    foundTable.count--;
    foundSlot = -1;
  }

  /** Adds an item whose key is not here. */
  void insert(int hash, long address) {
    Table table = tableOf(hash);
    while (table.count >= FULL && table.depth < DEPTH_MAX) {
      split(hash, table);
      table = tableOf(hash);
    }
    if (table.count == SLOTS - 1) {
      throw new IllegalStateException("index full");
    }
    put(table, slot(hash, address));
  }

  void clear() {
    directory = new Table[] {new Table(0)};
    depth = 0;
    tables = 1;
    foundSlot = -1;
  }

  long bytes() {
    return tables * SLOTS * Long.BYTES + directory.length * 4L;
  }

  private static long slot(int hash, long address) {
    return ((long) hash << 32) | address;
  }

  private Table tableOf(int hash) {
    return directory[depth == 0 ? 0 : hash >>> (32 - depth)];
  }

  private static void put(Table table, long slot) {
    int i = (int) (slot >>> 32) & MASK;
    while (table.slots[i] != 0) {
      i = (i + 1) & MASK;
    }
    table.slots[i] = slot;
    table.count++;
  }

  private void split(int hash, Table full) {
    if (full.depth == depth) {
      Table[] doubled = new Table[directory.length * 2];
      for (int i = 0; i < doubled.length; i++) {
        doubled[i] = directory[i >>> 1];
      }
      directory = doubled;
      depth++;
    }
    Table low = new Table(full.depth + 1);
    Table high = new Table(full.depth + 1);
    int bit = 1 << (32 - low.depth);
    for (long slot : full.slots) {
      if (slot != 0) {
        put(((int) (slot >>> 32) & bit) == 0 ? low : high, slot);
      }
    }
    // The entries that pointed to the full table are one run, aligned to its length.
    int run = 1 << (depth - full.depth);
    int start = (hash >>> (32 - depth)) & -run;
    Arrays.fill(directory, start, start + run / 2, low);
    Arrays.fill(directory, start + run / 2, start + run, high);
    tables++;
  }
}
