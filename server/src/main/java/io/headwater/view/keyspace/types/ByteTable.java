package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteWriter;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A hash table from byte ranges to byte ranges that never stops to grow.
 *
 * <p>Extendible hashing (Fagin et al., 1979): the top bits of a key's 32-bit hash select a segment
 * through a directory; a full segment splits into two by the next bit, so one insert moves at most
 * 224 slots, and only the directory of references (one for some 100 entries) is ever copied whole.
 * A segment is an open-addressing array of up to 256 longs, hash above and the record's name in
 * {@link Pages} below; a split or a miss touches no record. It grows in steps until it splits:
 * segments of one table grow full at nearly the same time, and arrays of one length would be half
 * empty behind each such wave. Linear probing starts at a place that all bits of the hash choose,
 * because the directory has used the upper ones; deletion shifts back, so there are no tombstones.
 *
 * <p>{@link #scan} walks the hash space in order; its cursor is the next hash. What is there during
 * a whole scan is seen exactly once, whatever is split or shrunk meanwhile.
 *
 * <p>A record is {@code header bytes, sized key[, sized value]}.
 */
final class ByteTable {
  private static final int FIRST_SLOTS = 16;
  private static final int DOUBLED_SLOTS = 64;
  private static final int STEP_SLOTS = 48;
  private static final int SEGMENT_SLOTS = 256;

  /** Odd, and its bits look random: the upper half of a product depends on all bits of a hash. */
  private static final int SPREAD = 0x9e3779b1;

  private static final int MAX_DEPTH = 22;
  private static final int SCAN_STEPS_BITS = 4;
  private static final int RANDOM_TRIES = 200;

  /** Slots that are loaded ahead. */
  private static final int TOUCHED = 64;

  private static final class Segment {
    final int depth;
    final int prefix;
    final int epoch;
    long[] slots;
    int count;

    Segment(int depth, int prefix, int epoch, long[] slots) {
      this.depth = depth;
      this.prefix = prefix;
      this.epoch = epoch;
      this.slots = slots;
    }
  }

  /** Hears that a record has another name now. */
  interface Moves {
    void moved(int oldName, int newName);
  }

  private final int header;
  private final boolean valued;
  private final long seed;
  private final Moves moves;
  final Pages pages = new Pages();
  private Segment[] directory = {new Segment(0, 0, 0, new long[FIRST_SLOTS])};

  /** How many snapshots were taken; a segment of an earlier epoch is copied before it changes. */
  private int epoch;

  private int depth;
  private int size;
  private long slotCount = FIRST_SLOTS;
  private int segments = 1;

  /** Means nothing: what is loaded ahead has to be used. */
  private long touched;

  /**
   * @param header bytes before the key that belong to the owner
   * @param valued whether a sized value follows the key
   */
  ByteTable(int header, boolean valued, long seed, Moves moves) {
    this.header = header;
    this.valued = valued;
    this.seed = seed;
    this.moves = moves;
  }

  int size() {
    return size;
  }

  long memoryBytes() {
    return pages.memoryBytes() + slotCount * 8 + segments * 48L + directory.length * 4L;
  }

  int hash(byte[] key, int from, int length) {
    return (int) (SeededHash.of(key, from, length, seed) >>> 32);
  }

  /** The name of the key's record, or 0. */
  int find(int hash, byte[] key, int from, int length) {
    long[] slots = segment(hash).slots;
    for (int i = home(hash, slots.length); ; i = following(i, slots.length)) {
      long slot = slots[i];
      if (slot == 0) {
        return 0;
      }
      if ((int) (slot >>> 32) == hash && hasKey((int) slot, key, from, length)) {
        return (int) slot;
      }
    }
  }

  /** Loads the slot at which {@link #find} begins. */
  long touchSlot(int hash) {
    long[] slots = segment(hash).slots;
    return slots[home(hash, slots.length)];
  }

  /** The name of the first record with this hash, or 0. */
  int nameAt(int hash) {
    long[] slots = segment(hash).slots;
    for (int i = home(hash, slots.length); ; i = following(i, slots.length)) {
      if (slots[i] == 0 || (int) (slots[i] >>> 32) == hash) {
        return (int) slots[i];
      }
    }
  }

  /** Loads a record's beginning, if there is one. */
  long touchRecord(int name) {
    return name == 0 ? 0 : pages.array(name)[pages.index(name)];
  }

  /** Where a hash's probing begins. */
  private static int home(int hash, int slots) {
    return ((hash * SPREAD >>> 16) * slots) >>> 16;
  }

  private static int following(int slot, int slots) {
    return slot + 1 == slots ? 0 : slot + 1;
  }

  /** So many slots may be taken. */
  private static int limit(int slots) {
    return slots - (slots >>> 3);
  }

  private static int larger(int slots) {
    return slots < DOUBLED_SLOTS || slots >= SEGMENT_SLOTS
        ? slots * 2
        : Math.min(slots + STEP_SLOTS, SEGMENT_SLOTS);
  }

  private Segment segment(int hash) {
    return directory[depth == 0 ? 0 : hash >>> -depth];
  }

  private boolean hasKey(int name, byte[] key, int from, int length) {
    byte[] record = pages.array(name);
    int at = pages.index(name) + header;
    return Packed.length(record, at) == length
        && Packed.same(record, at + Packed.headBytes(length), key, from, length);
  }

  /** Adds a record for a key that is not there; the caller writes header and value. */
  int insert(int hash, byte[] key, int from, int length, int valueLength) {
    int bytes = header + Packed.sizedBytes(length) + (valued ? Packed.sizedBytes(valueLength) : 0);
    int name = pages.allocate(bytes);
    byte[] record = pages.array(name);
    int at = pages.index(name) + header;
    at += Packed.putLength(record, at, length);
    System.arraycopy(key, from, record, at, length);
    if (valued) {
      Packed.putLength(record, at + length, valueLength);
    }
    place(hash, name);
    size++;
    return name;
  }

  private void place(int hash, int name) {
    Segment segment = owned(segment(hash));
    while (segment.count >= limit(segment.slots.length)) {
      grow(segment);
      segment = segment(hash);
    }
    put(segment, (long) hash << 32 | (name & 0xffffffffL));
  }

  private Segment owned(Segment segment) {
    if (segment.epoch == epoch) {
      return segment;
    }
    Segment copy = new Segment(segment.depth, segment.prefix, epoch, segment.slots.clone());
    copy.count = segment.count;
    stand(copy);
    return copy;
  }

  /** Puts a segment into all its places of the directory. */
  private void stand(Segment segment) {
    int span = 1 << (depth - segment.depth);
    int first = segment.prefix << (depth - segment.depth);
    Arrays.fill(directory, first, first + span, segment);
  }

  private static void put(Segment segment, long slot) {
    long[] slots = segment.slots;
    int i = home((int) (slot >>> 32), slots.length);
    while (slots[i] != 0) {
      i = following(i, slots.length);
    }
    slots[i] = slot;
    segment.count++;
  }

  private void grow(Segment segment) {
    if (segment.slots.length < SEGMENT_SLOTS || segment.depth == MAX_DEPTH) {
      resize(segment, larger(segment.slots.length));
      return;
    }
    if (segment.depth == depth) {
      Segment[] wider = new Segment[directory.length * 2];
      for (int i = 0; i < wider.length; i++) {
        wider[i] = directory[i >>> 1];
      }
      directory = wider;
      depth++;
    }
    int below = segment.depth + 1;
    int prefix = segment.prefix << 1;
    int inHigh = 0;
    for (long slot : segment.slots) {
      inHigh += (int) (slot >>> (64 - below)) & 1;
    }
    Segment low = new Segment(below, prefix, epoch, slotsFor(segment.count - inHigh));
    Segment high = new Segment(below, prefix | 1, epoch, slotsFor(inHigh));
    for (long slot : segment.slots) {
      if (slot != 0) {
        put((slot >>> (64 - below) & 1) == 0 ? low : high, slot);
      }
    }
    stand(low);
    stand(high);
    segments++;
    slotCount += low.slots.length + high.slots.length - segment.slots.length;
  }

  private static long[] slotsFor(int count) {
    int slots = FIRST_SLOTS;
    while (slots < SEGMENT_SLOTS && limit(slots) <= count) {
      slots = larger(slots);
    }
    return new long[slots];
  }

  private void resize(Segment segment, int slots) {
    long[] old = segment.slots;
    slotCount += slots - old.length;
    segment.slots = new long[slots];
    segment.count = 0;
    for (long slot : old) {
      if (slot != 0) {
        put(segment, slot);
      }
    }
  }

  /** Removes the record that {@link #find} named, and frees it. */
  void remove(int hash, int name) {
    int sparse = take(hash, name);
    if (sparse >= 0) {
      evacuate(sparse);
    }
  }

  /**
   * Removes records that are there. Their slots are loaded side by side, and pages are emptied at
   * the end, when most have nothing left to be moved.
   */
  void removeAll(int[] names, int count) {
    int[] hashes = new int[count];
    for (int i = 0; i < count; i++) {
      byte[] record = pages.array(names[i]);
      int at = pages.index(names[i]) + header;
      int length = Packed.length(record, at);
      hashes[i] = hash(record, at + Packed.headBytes(length), length);
    }
    int[] sparse = new int[count];
    int found = 0;
    for (int i = 0; i < count; i++) {
      if (i % TOUCHED == 0) {
        touchSlots(hashes, i, Math.min(count, i + TOUCHED));
      }
      int page = take(hashes[i], names[i]);
      if (page >= 0) {
        sparse[found++] = page;
      }
    }
    Arrays.sort(sparse, 0, found); // a page is named once for each record from its half on
    for (int i = 0; i < found; i++) {
      if (i == 0 || sparse[i] != sparse[i - 1]) {
        evacuate(sparse[i]);
      }
    }
  }

  private void touchSlots(int[] hashes, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += touchSlot(hashes[i]);
    }
    touched = sum;
  }

  /** Removes a record and frees it; returns a page that should be emptied, or -1. */
  private int take(int hash, int name) {
    Segment segment = owned(segment(hash));
    close(segment, slotOf(segment, hash, name));
    size--;
    int slots = segment.slots.length;
    if (slots > FIRST_SLOTS && segment.count < slots / 8) {
      resize(segment, Math.max(FIRST_SLOTS, slots / 2));
    }
    pages.free(name, recordBytes(name));
    return pages.sparsePage();
  }

  private static int slotOf(Segment segment, int hash, int name) {
    long wanted = (long) hash << 32 | (name & 0xffffffffL);
    long[] slots = segment.slots;
    for (int i = home(hash, slots.length); ; i = following(i, slots.length)) {
      if (slots[i] == wanted) {
        return i;
      }
      if (slots[i] == 0) {
        return -1;
      }
    }
  }

  /** Empties a slot and moves back what probed over it. */
  private static void close(Segment segment, int emptied) {
    long[] slots = segment.slots;
    int length = slots.length;
    int hole = emptied;
    for (int i = following(hole, length); slots[i] != 0; i = following(i, length)) {
      int home = home((int) (slots[i] >>> 32), length);
      if (distance(home, i, length) >= distance(hole, i, length)) {
        slots[hole] = slots[i];
        hole = i;
      }
    }
    slots[hole] = 0;
    segment.count--;
  }

  private static int distance(int from, int to, int slots) {
    return to < from ? to - from + slots : to - from;
  }

  /** Moves what lives in a page elsewhere and drops the page: at most 8 KiB of records. */
  private void evacuate(int page) {
    if (!pages.isAllDead(page)) {
      for (int name = pages.firstOf(page); name != 0; ) {
        int bytes = recordBytes(name);
        byte[] record = pages.array(name);
        int at = pages.index(name) + header;
        int length = Packed.length(record, at);
        int hash = hash(record, at + Packed.headBytes(length), length);
        Segment segment = segment(hash);
        int slot = slotOf(segment, hash, name);
        if (slot >= 0) {
          int moved = pages.allocate(bytes);
          System.arraycopy(
              record, pages.index(name), pages.array(moved), pages.index(moved), bytes);
          owned(segment).slots[slot] = (long) hash << 32 | (moved & 0xffffffffL);
          moves.moved(name, moved);
        }
        name = pages.following(name, bytes);
      }
    }
    pages.drop(page);
  }

  private int recordBytes(int name) {
    return recordBytes(pages, name);
  }

  private int recordBytes(Pages in, int name) {
    byte[] record = in.array(name);
    int from = in.index(name);
    int end = Packed.skip(record, from + header);
    return (valued ? Packed.skip(record, end) : end) - from;
  }

  /** Points to a record's key. */
  void key(int name, Slice out) {
    byte[] record = pages.array(name);
    int at = pages.index(name) + header;
    int length = Packed.length(record, at);
    out.set(record, at + Packed.headBytes(length), length);
  }

  /** Points to a record's value. */
  void value(int name, Slice out) {
    byte[] record = pages.array(name);
    int at = Packed.skip(record, pages.index(name) + header);
    int length = Packed.length(record, at);
    out.set(record, at + Packed.headBytes(length), length);
  }

  /** Sees the name of a record. */
  interface Names {
    void name(int name);
  }

  /**
   * Shows all records whose hash is in some range from {@code cursor} on, at least {@code count} of
   * them unless the end is reached.
   *
   * @param cursor 0 at first, then what the last call returned
   * @return the next cursor; 0 at the end
   */
  long scan(long cursor, long count, Names names) {
    long from = cursor & 0xffffffffL;
    long seen = 0;
    do {
      Segment segment = segment((int) from);
      int stepBits = Math.max(0, 32 - segment.depth - SCAN_STEPS_BITS);
      long to = ((from >>> stepBits) + 1) << stepBits;
      for (long slot : segment.slots) {
        long hash = slot >>> 32;
        if (slot != 0 && hash >= from && hash < to) {
          names.name((int) slot);
          seen++;
        }
      }
      from = to;
    } while (seen < count && from < 1L << 32);
    return from & 0xffffffffL;
  }

  /** Shows all records in hash order of their segments; the table must not change meanwhile. */
  void forEach(Names names) {
    for (int i = 0; i < directory.length; ) {
      Segment segment = directory[i];
      for (long slot : segment.slots) {
        if (slot != 0) {
          names.name((int) slot);
        }
      }
      i += 1 << (depth - segment.depth);
    }
  }

  /**
   * A random record, each nearly as likely: a random slot of a random place in the hash space is
   * drawn until one is taken, where small and wide segments are thinned out.
   */
  int random(RandomGenerator dice) {
    Segment segment = directory[0];
    for (int tries = 0; tries < RANDOM_TRIES; tries++) {
      segment = segment(dice.nextInt());
      int range = directory.length == 1 ? segment.slots.length : SEGMENT_SLOTS;
      int i = dice.nextInt(Math.max(range, segment.slots.length) << (depth - segment.depth));
      if (i < segment.slots.length && segment.slots[i] != 0) {
        return (int) segment.slots[i];
      }
    }
    return nextTaken(segment.prefix << (depth - segment.depth), dice);
  }

  private int nextTaken(int directoryIndex, RandomGenerator dice) {
    for (int d = directoryIndex; ; d = (d + 1) & (directory.length - 1)) {
      Segment segment = directory[d];
      int slots = segment.slots.length;
      int start = dice.nextInt(slots);
      for (int i = 0; i < slots; i++) {
        long slot = segment.slots[(start + i) % slots];
        if (slot != 0) {
          return (int) slot;
        }
      }
    }
  }

  /** A record's value may be overwritten in place if it keeps its length. */
  boolean valueFits(int name, int valueLength) {
    byte[] record = pages.array(name);
    int at = Packed.skip(record, pages.index(name) + header);
    return Packed.length(record, at) == valueLength;
  }

  /** Overwrites the value of a record whose value has this length. */
  void overwriteValue(int name, byte[] source, int from, int length) {
    byte[] record = pages.writable(name);
    int at = Packed.skip(record, pages.index(name) + header) + Packed.headBytes(length);
    System.arraycopy(source, from, record, at, length);
  }

  /** All records as they are now. It costs a copy of the directory, and later of what changes. */
  Snapshot snapshot() {
    epoch++;
    Segment[] segments = directory.clone();
    int segmentDepth = depth;
    Pages frozen = pages.snapshot();
    return new Snapshot() {
      private int place;
      private int slot;

      @Override
      public boolean write(ByteWriter out, int bytes) {
        int mark = out.size();
        out.putInt(0);
        int records = 0;
        while (place < segments.length && out.size() - mark < bytes) {
          long[] slots = segments[place].slots;
          for (; slot < slots.length && out.size() - mark < bytes; slot++) {
            if (slots[slot] != 0) {
              int name = (int) slots[slot];
              out.put(frozen.array(name), frozen.index(name), recordBytes(frozen, name));
              records++;
            }
          }
          if (slot == slots.length) {
            place += 1 << (segmentDepth - segments[place].depth);
            slot = 0;
          }
        }
        out.setInt(mark, records);
        return place < segments.length;
      }
    };
  }
}
