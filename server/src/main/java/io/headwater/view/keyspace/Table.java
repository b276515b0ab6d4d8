package io.headwater.view.keyspace;

import io.headwater.bytes.Hash64;
import io.headwater.bytes.Memory;

/**
 * One database: extendible hashing (Fagin et al., 1979) by the top bits of a 64-bit hash. The
 * directory has 2^depth places; a segment that covers more hashes than one place stands in several.
 * A full segment first grows to {@link Segment#SLOTS_WANTED}, then splits alone, so nothing ever
 * stalls for a table-wide resize; only where hashes collide on purpose does a segment grow on.
 *
 * <p>Places follow hash order, and so nearly do the slots inside a segment. A scan's cursor is the
 * hash up to which everything was seen and stays valid over splits.
 *
 * <p>{@link #locate} leaves the place it found in fields, and {@link #replace} and {@link #remove}
 * go on from there: one table, one caller at a time.
 */
final class Table {
  private static final int DEPTH_MAX = 26;
  private static final int DEPTH_SLACK = 16;
  private static final int PROBES_AHEAD = 8;

  private Segment[] directory = {new Segment(0, Segment.SLOTS_MIN)};
  private int depth;
  private long size;
  private long expiring;
  private long slotBytes = directory[0].slotBytes();

  /** A lower bound of the earliest expiry of an entry, or of a field of a hash. */
  long earliestExpiryMs = Long.MAX_VALUE;

  /** The number of the running checkpoint that saves this table, and under which database. */
  long checkpoint;

  int checkpointDb;

  /**
   * Where the last {@link #locate} looked: the segment's place, for its reference costs a fence.
   */
  private int located;

  private int index = -1;

  long size() {
    return size;
  }

  long expiring() {
    return expiring;
  }

  long slotBytes() {
    return slotBytes;
  }

  /** The address of the slot where a lookup of this hash begins. */
  long slot(long hash) {
    Segment s = directory[place(hash)];
    return s.slotAddress(s.home(hash));
  }

  /** The first entry near the hash's home whose tag fits, or 0: a lookup's likely answer. */
  long candidate(long hash, long homeSlot) {
    long first = Memory.getLong(homeSlot);
    if (first >>> 48 == (hash & 0xffff) && Segment.isEntry(first)) {
      return first & Segment.ADDRESS_MASK;
    }
    Segment s = directory[place(hash)];
    int home = s.home(hash);
    for (int i = home; i < home + PROBES_AHEAD; i++) {
      long slot = s.slot(i & s.mask);
      if (slot == 0) {
        return 0;
      }
      if (slot >>> 48 == (hash & 0xffff) && Segment.isEntry(slot)) {
        return slot & Segment.ADDRESS_MASK;
      }
    }
    return 0;
  }

  /** The entry's address, or 0. */
  long find(long hash, byte[] key, int from, int length) {
    Segment s = directory[place(hash)];
    int i = s.find(hash, key, from, length);
    return i < 0 ? 0 : s.slot(i) & Segment.ADDRESS_MASK;
  }

  /** Like {@link #find}, and remembers the place for a change. */
  long locate(long hash, byte[] key, int from, int length) {
    int place = place(hash);
    Segment s = directory[place];
    int i = s.find(hash, key, from, length);
    located = place;
    index = i;
    return i < 0 ? 0 : s.slot(i) & Segment.ADDRESS_MASK;
  }

  /** The segment of the last {@link #locate}. */
  Segment located() {
    return directory[located];
  }

  /** The slot that the last {@link #locate} found, or -1. */
  int locatedIndex() {
    return index;
  }

  /** Adds an entry whose key is missing. {@code beforeSplit} sees a segment before it is split. */
  void insert(long hash, long address, SegmentListener beforeSplit) {
    Segment s = directory[place(hash)];
    while (s.isFull()) {
      beforeSplit.changing(s);
      makeRoom(s, hash);
      s = directory[place(hash)];
    }
    located = place(hash);
    index = s.insert(hash, address);
    if (s.savedBy != checkpoint) {
      s.settle(checkpoint, index); // it was not there when the checkpoint began
    }
    size++;
    if (Entry.hasExpiry(address)) {
      expiring++;
      s.noteExpiry(Entry.expiresAtMs(address));
      earliestExpiryMs = Math.min(earliestExpiryMs, Entry.expiresAtMs(address));
    }
  }

  /** Puts another block in the place of the located entry. */
  void replace(long hash, long address) {
    located().setSlot(index, Segment.slotOf(hash, address));
  }

  /** The located entry's expiry went from one to the other (0 is none). */
  void expiryChanged(long before, long after) {
    Segment segment = located();
    if (before != 0) {
      segment.expiring--;
      expiring--;
    }
    if (after != 0) {
      segment.noteExpiry(after);
      earliestExpiryMs = Math.min(earliestExpiryMs, after);
      expiring++;
    }
  }

  /** A field of the located entry expires then. */
  void fieldExpires(long earliestMs) {
    Segment segment = located();
    segment.earliestExpiryMs = Math.min(segment.earliestExpiryMs, earliestMs);
    earliestExpiryMs = Math.min(earliestExpiryMs, earliestMs);
  }

  /** Takes the located entry out; the block stays the caller's. */
  void remove(long oldExpiresAtMs) {
    expiryChanged(oldExpiresAtMs, 0);
    located().remove(index);
    size--;
  }

  int directorySize() {
    return directory.length;
  }

  /** The segment at a directory place; it may stand at several in a row. */
  Segment segmentAt(int place) {
    return directory[place];
  }

  /** The first place after {@code place} where another segment stands. */
  int nextPlace(int place) {
    int span = 1 << depth - directory[place].depth;
    return (place & -span) + span;
  }

  /** The lowest hash whose place is {@code place}. */
  long hashAt(int place) {
    return depth == 0 ? 0 : (long) place << 64 - depth;
  }

  int place(long hash) {
    return depth == 0 ? 0 : (int) (hash >>> 64 - depth);
  }

  private void makeRoom(Segment full, long hash) {
    if (full.live * 2 < full.slotCount()) {
      // Half of what fills it are tombstones: the same size does.
      stand(full, regrown(full, full.slotCount()), hash);
    } else if (full.slotCount() < Segment.SLOTS_WANTED || isDeep(full)) {
      stand(full, regrown(full, full.slotCount() * 2), hash);
    } else {
      split(full, hash);
    }
  }

  /**
   * Whether this segment is deeper than keys that hash evenly would make it: then hashes collide,
   * and splitting would only double the directory.
   */
  private boolean isDeep(Segment full) {
    long evenly = size / (Segment.SLOTS_WANTED / 4);
    return full.depth == DEPTH_MAX || 1L << full.depth > DEPTH_SLACK * (evenly + 1);
  }

  private static Segment regrown(Segment old, int slotCount) {
    Segment grown = new Segment(old.depth, slotCount);
    old.pour(grown, grown);
    return grown;
  }

  private void stand(Segment old, Segment next, long hash) {
    int span = 1 << depth - old.depth;
    int first = place(hash) & -span;
    for (int p = first; p < first + span; p++) {
      directory[p] = next;
    }
    slotBytes += next.slotBytes() - old.slotBytes();
    old.release();
  }

  private void split(Segment full, long hash) {
    if (full.depth == depth) {
      Segment[] doubled = new Segment[directory.length * 2];
      for (int p = 0; p < doubled.length; p++) {
        doubled[p] = directory[p >> 1];
      }
      directory = doubled;
      depth++;
    }
    Segment low = new Segment(full.depth + 1, full.slotCount());
    Segment high = new Segment(full.depth + 1, full.slotCount());
    full.pour(low, high);
    int span = 1 << depth - low.depth;
    int first = place(hash) & -(span << 1);
    for (int p = first; p < first + span; p++) {
      directory[p] = low;
      directory[p + span] = high;
    }
    slotBytes += low.slotBytes() + high.slotBytes() - full.slotBytes();
    full.release();
  }

  /**
   * Takes entries from a random place on.
   *
   * @param dice where to begin: 64 random bits
   * @param wanted how many; fewer come if a whole segment that has some has no more
   * @param onlyExpiring only those with an expiry
   * @return how many were put into {@code found}; 0 only if there are none
   */
  int sample(long dice, int wanted, boolean onlyExpiring, long[] found) {
    int place = place(dice);
    int count = 0;
    for (int looked = 0; looked < directory.length && count == 0; ) {
      Segment s = directory[place];
      if ((onlyExpiring ? s.expiring : s.live) > 0) {
        int first = (int) dice;
        for (int i = 0; i <= s.mask && count < wanted; i++) {
          long slot = s.slot(first + i & s.mask);
          if (Segment.isEntry(slot)) {
            long entry = slot & Segment.ADDRESS_MASK;
            if (!onlyExpiring || Entry.hasExpiry(entry)) {
              found[count++] = entry;
            }
          }
        }
      }
      int next = nextPlace(place);
      looked += next - place;
      place = next % directory.length;
    }
    return count;
  }

  /** Hears of segments before they change. */
  interface SegmentListener {
    void changing(Segment segment);
  }

  /** Visits entries; must not change the table. */
  interface EntryVisitor {
    void visit(long entry);
  }

  /**
   * Visits every entry whose hash lies in {@code [from, result)}, unsigned; looks at about {@code
   * budget} slots. The visitor must not change the table.
   *
   * @param from 0 or what an earlier call returned
   * @return where to go on, a multiple of 2^16; 0 at the end
   */
  long scan(long from, int budget, EntryVisitor visitor) {
    long at = from;
    int left = budget;
    do {
      Segment s = directory[place(at)];
      int shift = Math.max(16, s.homeShift - s.depth);
      long spans = 1L << 64 - s.depth - shift;
      long span = (at << s.depth >>> s.depth) >>> shift;
      long end = (at >>> shift) + Math.min(left, spans - span) << shift;
      left -= visit(s, at, end, visitor);
      at = end;
    } while (at != 0 && left > 0);
    return at;
  }

  /** Visits what hashes into {@code [from, end)}, a range inside one segment. */
  private static int visit(Segment s, long from, long end, EntryVisitor visitor) {
    int last = s.home(end - 1);
    int seen = 0;
    boolean past = false;
    for (int i = s.home(from); seen < s.slotCount(); i = i + 1 & s.mask, seen++) {
      long slot = s.slot(i);
      if (slot == 0 && past) {
        break;
      }
      if (i == last) {
        past = true;
        if (slot == 0) {
          break;
        }
      }
      if (Segment.isEntry(slot)) {
        long entry = slot & Segment.ADDRESS_MASK;
        long hash = Hash64.of(Entry.key(entry), Entry.keyLength(entry));
        if (Long.compareUnsigned(hash, from) >= 0
            && (end == 0 || Long.compareUnsigned(hash, end) < 0)) {
          visitor.visit(entry);
        }
      }
    }
    return seen;
  }
}
