package io.headwater.view.cache;

import io.headwater.bytes.ByteWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The items' bytes, off the heap, written one behind the other into segments of equal size.
 *
 * <p>A full log of segments is memcached's slab classes without classes: any mix of sizes fits,
 * nothing is calcified, an item costs 26 bytes and its padding to 8. Space comes back by segments:
 *
 * <ul>
 *   <li>a segment whose items are all dead is free at once;
 *   <li>else the segment with the most dead bytes, if that is a quarter of it, is <i>compacted</i>:
 *       its living items move to the head of the log;
 *   <li>else the oldest segment is <i>evicted</i>: items that were hit since they were written or
 *       last survived move to the head with half their hit count, the others are dropped. If more
 *       than three quarters would survive, only those with more hits do.
 * </ul>
 *
 * <p>Eviction is thus CLOCK with a count of up to three hits, an approximation of memcached's
 * HOT/WARM/COLD lists: both give an item one pass through memory to prove itself, keep what was hit
 * and let scans pass. It was chosen because it needs no list pointers in the items and no write to
 * neighbours on a hit (Segcache, NSDI 2021, shows that such logs hit as often as LRU lists).
 *
 * <pre>
 *   item:  value length 4 | client flags 4 | cas 8 | expires 4 | accessed 4 | key length 1 |
 *          state 1 | key | value | padding to 8
 *   address: segment, then offset in units of 8 bytes; 32 bits in all; never 0
 * </pre>
 *
 * <p>Times are seconds of {@link CacheTime}.
 */
final class ItemLog {
  static final int HEADER_BYTES = 26;
  static final int DEAD = 1;
  static final int FETCHED = 2;
  static final int STALE = 4;
  static final int WIN_SENT = 8;
  static final int BINARY_KEY = 16;
  private static final int HITS_SHIFT = 6;
  private static final int HITS_MAX = 3;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final VarHandle ARRAY_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int VALUE_LENGTH = 0;
  private static final int FLAGS = 4;
  private static final int CAS = 8;
  private static final int EXPIRES = 16;
  private static final int ACCESSED = 20;
  private static final int KEY_LENGTH = 24;
  private static final int STATE = 25;

  /** So that address 0 means none. */
  private static final int FIRST = 8;

  private static final int NEVER = Integer.MAX_VALUE;
  private static final int FREE = -1;

  /** What becomes of items whose segment is taken back. */
  interface Owner {
    /** The item lives on elsewhere. */
    void moved(byte[] key, int keyLength, long from, long to);

    /** The item is gone. */
    void dropped(byte[] key, int keyLength, long address, Reason reason);
  }

  enum Reason {
    EVICTED,
    EXPIRED
  }

  final int segmentBytes;
  private final int shift;
  private final int mask;
  private final Owner owner;
  private final MemorySegment[] segments;
  private int created;

  // For each segment: bytes written, bytes dead, items alive, the earliest expiry, when opened.
  private final int[] used;
  private final int[] dead;
  private final int[] alive;
  private final int[] earliest;
  private final long[] opened;
  private final int[] free;
  private int freeCount;
  private int head = -1;
  private long openings;

  private int sweepSegment = -1;
  private long sweepOpened;
  private int sweepOffset;
  private int sweepEarliest;

  private long bytes;
  private long items;
  private final byte[] key = new byte[256];

  ItemLog(long memoryBytes, int segmentBytes, Owner owner) {
    this.segmentBytes = segmentBytes;
    this.shift = Integer.numberOfTrailingZeros(segmentBytes) - 3;
    this.mask = (1 << shift) - 1;
    this.owner = owner;
    int count = Math.toIntExact(memoryBytes / segmentBytes);
    this.segments = new MemorySegment[count];
    this.used = new int[count];
    this.dead = new int[count];
    this.alive = new int[count];
    this.earliest = new int[count];
    this.opened = new long[count];
    this.free = new int[count];
    clear();
  }

  static int sizeOf(int keyLength, int valueLength) {
    return (HEADER_BYTES + keyLength + valueLength + 7) & -8;
  }

  void clear() {
    Arrays.fill(opened, FREE);
    freeCount = segments.length;
    for (int i = 0; i < freeCount; i++) {
      free[i] = freeCount - 1 - i;
    }
    head = -1;
    sweepSegment = -1;
    bytes = 0;
    items = 0;
  }

  // ---- fields of an item

  int valueLength(long address) {
    return segment(address).get(INT, offset(address) + VALUE_LENGTH);
  }

  int flags(long address) {
    return segment(address).get(INT, offset(address) + FLAGS);
  }

  long cas(long address) {
    return segment(address).get(LONG, offset(address) + CAS);
  }

  void setCas(long address, long cas) {
    segment(address).set(LONG, offset(address) + CAS, cas);
  }

  int expires(long address) {
    return segment(address).get(INT, offset(address) + EXPIRES);
  }

  void setExpires(long address, int expires) {
    segment(address).set(INT, offset(address) + EXPIRES, expires);
    noteExpiry((int) (address >>> shift), expires);
  }

  int accessed(long address) {
    return segment(address).get(INT, offset(address) + ACCESSED);
  }

  int keyLength(long address) {
    return segment(address).get(BYTE, offset(address) + KEY_LENGTH) & 0xff;
  }

  int state(long address) {
    return segment(address).get(BYTE, offset(address) + STATE);
  }

  void setState(long address, int state) {
    segment(address).set(BYTE, offset(address) + STATE, (byte) state);
  }

  /** Marks an access: the last time, and one hit more. */
  void hit(long address, int now) {
    MemorySegment segment = segment(address);
    long offset = offset(address);
    int state = segment.get(BYTE, offset + STATE) & 0xff;
    int hits = state >>> HITS_SHIFT;
    int changed = hits < HITS_MAX ? state + (1 << HITS_SHIFT) : state;
    segment.set(BYTE, offset + STATE, (byte) (changed | FETCHED));
    segment.set(INT, offset + ACCESSED, now);
  }

  /** Counts a use that is not a read: one hit more. */
  void use(long address) {
    int state = state(address) & 0xff;
    if (state >>> HITS_SHIFT < HITS_MAX) {
      setState(address, state + (1 << HITS_SHIFT));
    }
  }

  boolean keyEquals(long address, byte[] other, int from, int length) {
    MemorySegment segment = segment(address);
    long offset = offset(address);
    if ((segment.get(BYTE, offset + KEY_LENGTH) & 0xff) != length) {
      return false;
    }
    long at = offset + HEADER_BYTES;
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      if (segment.get(LONG, at + i) != (long) ARRAY_LONG.get(other, from + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (segment.get(BYTE, at + i) != other[from + i]) {
        return false;
      }
    }
    return true;
  }

  void copyKey(long address, byte[] target, int at) {
    MemorySegment.copy(
        segment(address), BYTE, offset(address) + HEADER_BYTES, target, at, keyLength(address));
  }

  void copyValue(long address, byte[] target, int at) {
    int keyLength = keyLength(address);
    MemorySegment.copy(
        segment(address),
        BYTE,
        offset(address) + HEADER_BYTES + keyLength,
        target,
        at,
        valueLength(address));
  }

  void copyValue(long address, ByteWriter out) {
    int length = valueLength(address);
    int at = out.ensure(length);
    copyValue(address, out.array(), at);
    out.advance(length);
  }

  // ---- writing

  /** Takes room for an item of {@link #sizeOf} bytes; may move and drop any other item. */
  long allocate(int size, int now) {
    if (head < 0 || used[head] + size > segmentBytes) {
      openSegment(size, now);
    }
    long address = address(head, used[head]);
    used[head] += size;
    alive[head]++;
    items++;
    bytes += size;
    return address;
  }

  void write(
      long address,
      byte[] keyArray,
      int keyFrom,
      int keyLength,
      byte[] value,
      int valueFrom,
      int valueLength) {
    MemorySegment segment = segment(address);
    long offset = offset(address);
    segment.set(BYTE, offset + KEY_LENGTH, (byte) keyLength);
    MemorySegment.copy(keyArray, keyFrom, segment, BYTE, offset + HEADER_BYTES, keyLength);
    writeValue(address, keyLength, value, valueFrom, valueLength);
  }

  void writeValue(long address, int keyLength, byte[] value, int from, int length) {
    MemorySegment segment = segment(address);
    long offset = offset(address);
    segment.set(INT, offset + VALUE_LENGTH, length);
    MemorySegment.copy(value, from, segment, BYTE, offset + HEADER_BYTES + keyLength, length);
  }

  /** Everything about an item but its key and value. Hits are forgotten unless in {@code state}. */
  void writeMeta(long address, int flags, long cas, int expires, int now, int state) {
    MemorySegment segment = segment(address);
    long offset = offset(address);
    segment.set(INT, offset + FLAGS, flags);
    segment.set(LONG, offset + CAS, cas);
    segment.set(INT, offset + EXPIRES, expires);
    segment.set(INT, offset + ACCESSED, now);
    segment.set(BYTE, offset + STATE, (byte) state);
    noteExpiry((int) (address >>> shift), expires);
  }

  /** The item is not in the index any more. */
  void kill(long address) {
    int id = (int) (address >>> shift);
    int size = sizeOf(keyLength(address), valueLength(address));
    setState(address, state(address) | DEAD);
    dead[id] += size;
    alive[id]--;
    items--;
    bytes -= size;
    if (alive[id] == 0) {
      if (id == head) {
        reset(id);
      } else {
        release(id);
      }
    }
  }

  long bytes() {
    return bytes;
  }

  long items() {
    return items;
  }

  /** Segments that hold or held items: memory really taken from the machine. */
  int createdSegments() {
    return created;
  }

  int segmentsInUse() {
    return segments.length - freeCount;
  }

  // ---- expiry

  /**
   * Drops expired items, looking at no more than {@code limit} items.
   *
   * @return whether it stopped at the limit
   */
  boolean sweep(int now, int limit) {
    int left = limit;
    while (left > 0) {
      if (sweepSegment < 0 || opened[sweepSegment] != sweepOpened) {
        sweepSegment = dueSegment(now);
        if (sweepSegment < 0) {
          return false;
        }
        sweepOpened = opened[sweepSegment];
        sweepOffset = FIRST;
        sweepEarliest = NEVER;
      }
      left -= sweepSome(now, left);
    }
    return true;
  }

  private int dueSegment(int now) {
    for (int i = 0; i < created; i++) {
      if (opened[i] != FREE && earliest[i] <= now) {
        return i;
      }
    }
    return -1;
  }

  private int sweepSome(int now, int limit) {
    int id = sweepSegment;
    int looked = 0;
    while (looked < limit && opened[id] == sweepOpened && sweepOffset < used[id]) {
      long address = address(id, sweepOffset);
      sweepOffset += sizeOf(keyLength(address), valueLength(address));
      looked++;
      if ((state(address) & DEAD) == 0) {
        int expires = expires(address);
        if (expired(expires, now)) {
          drop(address, Reason.EXPIRED);
        } else if (expires != 0) {
          sweepEarliest = Math.min(sweepEarliest, expires);
        }
      }
    }
    if (opened[id] == sweepOpened && sweepOffset >= used[id]) {
      earliest[id] = sweepEarliest;
      sweepSegment = -1;
    }
    return Math.max(1, looked);
  }

  static boolean expired(int expires, int now) {
    return expires != 0 && expires <= now;
  }

  private void noteExpiry(int id, int expires) {
    if (expires != 0) {
      earliest[id] = Math.min(earliest[id], expires);
      if (id == sweepSegment) {
        sweepEarliest = Math.min(sweepEarliest, expires);
      }
    }
  }

  // ---- segments

  private MemorySegment segment(long address) {
    return segments[(int) (address >>> shift)];
  }

  private long offset(long address) {
    return (address & mask) << 3;
  }

  private long address(int id, int offset) {
    return ((long) id << shift) | (offset >>> 3);
  }

  /** Afterwards the head has room for {@code size} bytes, and one segment is free for the next. */
  private void openSegment(int size, int now) {
    int previous = head;
    head = free[--freeCount];
    if (segments[head] == null) {
      segments[head] = Arena.ofAuto().allocate(segmentBytes, 8);
      created = Math.max(created, head + 1);
    }
    reset(head);
    opened[head] = ++openings;
    if (previous >= 0 && alive[previous] == 0) {
      release(previous);
    }
    if (freeCount == 0) {
      takeBack(Math.min(segmentBytes / 4 * 3, segmentBytes - FIRST - size), now);
    }
  }

  private void reset(int id) {
    used[id] = FIRST;
    dead[id] = 0;
    alive[id] = 0;
    earliest[id] = NEVER;
    if (id == sweepSegment) {
      sweepSegment = -1;
    }
  }

  private void release(int id) {
    opened[id] = FREE;
    free[freeCount++] = id;
  }

  private void takeBack(int keepBytes, int now) {
    int mostDead = -1;
    int oldest = -1;
    for (int i = 0; i < created; i++) {
      if (i == head || opened[i] == FREE) {
        continue;
      }
      if (mostDead < 0 || dead[i] > dead[mostDead]) {
        mostDead = i;
      }
      if (oldest < 0 || opened[i] < opened[oldest]) {
        oldest = i;
      }
    }
    if (dead[mostDead] >= segmentBytes / 4) {
      empty(mostDead, 0, keepBytes, now);
    } else {
      empty(oldest, hitsToSurvive(oldest, keepBytes), keepBytes, now);
    }
  }

  private int hitsToSurvive(int id, int keepBytes) {
    long[] bytesOfHits = new long[HITS_MAX + 1];
    for (int offset = FIRST; offset < used[id]; ) {
      long address = address(id, offset);
      int size = sizeOf(keyLength(address), valueLength(address));
      int state = state(address) & 0xff;
      if ((state & DEAD) == 0) {
        bytesOfHits[state >>> HITS_SHIFT] += size;
      }
      offset += size;
    }
    int hits = HITS_MAX;
    long survive = bytesOfHits[hits];
    while (hits > 1 && survive + bytesOfHits[hits - 1] <= keepBytes) {
      survive += bytesOfHits[--hits];
    }
    return hits;
  }

  /** Moves living items with enough hits to the head, drops the others, frees the segment. */
  private void empty(int id, int hitsToSurvive, int keepBytes, int now) {
    int kept = 0;
    long openedAt = opened[id];
    for (int offset = FIRST; offset < used[id] && opened[id] == openedAt; ) {
      long address = address(id, offset);
      int size = sizeOf(keyLength(address), valueLength(address));
      offset += size;
      int state = state(address) & 0xff;
      if ((state & DEAD) != 0) {
        continue;
      }
      int hits = state >>> HITS_SHIFT;
      if (expired(expires(address), now)) {
        drop(address, Reason.EXPIRED);
      } else if (hits >= hitsToSurvive && kept + size <= keepBytes) {
        kept += size;
        int hitsLeft = hitsToSurvive == 0 ? hits : hits >>> 1;
        move(address, size, (state & ((1 << HITS_SHIFT) - 1)) | (hitsLeft << HITS_SHIFT));
      } else {
        drop(address, Reason.EVICTED);
      }
    }
  }

  private void move(long from, int size, int state) {
    long to = address(head, used[head]);
    used[head] += size;
    alive[head]++;
    items++;
    bytes += size;
    MemorySegment.copy(segment(from), offset(from), segment(to), offset(to), size);
    setState(to, state);
    noteExpiry(head, expires(to));
    int keyLength = keyLength(from);
    copyKey(from, key, 0);
    owner.moved(key, keyLength, from, to);
    kill(from);
  }

  private void drop(long address, Reason reason) {
    int keyLength = keyLength(address);
    copyKey(address, key, 0);
    owner.dropped(key, keyLength, address, reason);
    kill(address);
  }
}
