package io.headwater.view.keyspace;

import io.headwater.bytes.Hash64;
import io.headwater.bytes.Memory;
import org.jspecify.annotations.Nullable;

/**
 * A range of hashes: slots of 8 bytes outside the heap, each empty (0), a tombstone (1) or 16 bits
 * of the hash's low end over an entry's 48-bit address. The home slot of a hash is given by the
 * bits that follow the segment's prefix, so the slots lie roughly in hash order; collisions go to
 * the next free slot, around the end.
 */
final class Segment {
  static final long TOMBSTONE = 1;
  static final long ADDRESS_MASK = (1L << 48) - 1;
  static final int SLOTS_MIN = 64;
  static final int SLOTS_WANTED = 2048;

  /** How many leading bits of the hash all entries of this segment share. */
  final int depth;

  final int mask;
  final int homeShift;

  /** The address of the slots; 0 once released. */
  long slots;

  int live;
  int tombstones;

  /** Entries with an expiry. */
  int expiring;

  /** A lower bound of the earliest expiry of an entry, or of a field of a hash. */
  long earliestExpiryMs = Long.MAX_VALUE;

  /** The number of the last checkpoint that has saved this segment. */
  long savedBy;

  /**
   * Of a checkpoint that has not come to this segment yet: a bit for each slot whose entry it has
   * already, or must not have because it is newer.
   */
  private long @Nullable [] settled;

  /** The number of the checkpoint that {@link #settled} belongs to. */
  private long settledBy;

  /** The number of the last listing that has visited this segment. */
  long listedBy;

  Segment(int depth, int slotCount) {
    assert Integer.bitCount(slotCount) == 1;
    this.depth = depth;
    this.mask = slotCount - 1;
    this.homeShift = 64 - Integer.numberOfTrailingZeros(slotCount);
    this.slots = Memory.allocate((long) slotCount << 3, 64);
    Memory.zero(slots, (long) slotCount << 3);
  }

  void release() {
    Memory.free(slots);
    slots = 0;
  }

  int slotCount() {
    return mask + 1;
  }

  long slotBytes() {
    return (long) slotCount() << 3;
  }

  int home(long hash) {
    return (int) ((hash << depth) >>> homeShift);
  }

  /** Whether the checkpoint of this number wants nothing of a slot any more. */
  boolean isSettled(long checkpoint, int index) {
    long[] bits = settled;
    return bits != null && settledBy == checkpoint && (bits[index >>> 6] >>> index & 1) != 0;
  }

  void settle(long checkpoint, int index) {
    long[] bits = settled;
    if (bits == null || settledBy != checkpoint) {
      bits = new long[slotCount() >>> 6];
      settled = bits;
      settledBy = checkpoint;
    }
    bits[index >>> 6] |= 1L << index;
  }

  /** The checkpoint of this number has the whole segment. */
  void saved(long checkpoint) {
    savedBy = checkpoint;
    settled = null;
  }

  static long slotOf(long hash, long address) {
    return hash << 48 | address;
  }

  long slotAddress(int index) {
    return slots + ((long) index << 3);
  }

  long slot(int index) {
    return Memory.getLong(slotAddress(index));
  }

  void setSlot(int index, long slot) {
    Memory.putLong(slotAddress(index), slot);
  }

  static boolean isEntry(long slot) {
    return (slot & ~TOMBSTONE) != 0;
  }

  /** The index of the key's slot, or -1. */
  int find(long hash, byte[] key, int from, int length) {
    long wanted = hash << 48;
    for (int i = home(hash); ; i = i + 1 & mask) {
      long slot = slot(i);
      if (slot == 0) {
        return -1;
      }
      if (((slot ^ wanted) & ~ADDRESS_MASK) == 0
          && slot != TOMBSTONE
          && Entry.keyEquals(slot & ADDRESS_MASK, key, from, length)) {
        return i;
      }
    }
  }

  boolean isFull() {
    return (live + tombstones + 1) * 5L > slotCount() * 4L;
  }

  /** Adds an entry whose key is not here; the segment must not be full. Returns its index. */
  int insert(long hash, long address) {
    int i = home(hash);
    while (isEntry(slot(i))) {
      i = i + 1 & mask;
    }
    if (slot(i) == TOMBSTONE) {
      tombstones--;
    }
    setSlot(i, slotOf(hash, address));
    live++;
    return i;
  }

  void remove(int index) {
    live--;
    if (slot(index + 1 & mask) != 0) {
      setSlot(index, TOMBSTONE);
      tombstones++;
      return;
    }
    setSlot(index, 0);
    // Nothing probes past an empty slot: the tombstones before it have done their duty.
    for (int i = index - 1 & mask; slot(i) == TOMBSTONE; i = i - 1 & mask) {
      setSlot(i, 0);
      tombstones--;
    }
  }

  void noteExpiry(long expiresAtMs) {
    expiring++;
    earliestExpiryMs = Math.min(earliestExpiryMs, expiresAtMs);
  }

  void forEach(Table.EntryVisitor visitor) {
    for (int i = 0; i <= mask; i++) {
      long slot = slot(i);
      if (isEntry(slot)) {
        visitor.visit(slot & ADDRESS_MASK);
      }
    }
  }

  /** Moves all entries to {@code target}, or to the one of two that their hash's bit names. */
  void pour(Segment low, Segment high) {
    for (int i = 0; i <= mask; i++) {
      long slot = slot(i);
      if (isEntry(slot)) {
        long address = slot & ADDRESS_MASK;
        long hash = Hash64.of(Entry.key(address), Entry.keyLength(address));
        Segment target = (hash << depth) < 0 ? high : low;
        int index = target.insert(hash, address);
        if (isSettled(settledBy, i)) {
          target.settle(settledBy, index);
        }
        if (Entry.hasExpiry(address)) {
          target.noteExpiry(Entry.expiresAtMs(address));
        }
      }
    }
    low.earliestExpiryMs = Math.min(low.earliestExpiryMs, earliestExpiryMs); // of hashes' fields
    high.earliestExpiryMs = Math.min(high.earliestExpiryMs, earliestExpiryMs);
    low.listedBy = listedBy;
    high.listedBy = listedBy;
    low.savedBy = savedBy;
    high.savedBy = savedBy;
  }
}
