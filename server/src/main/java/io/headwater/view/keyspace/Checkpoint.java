package io.headwater.view.keyspace;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Memory;
import io.headwater.host.Clock;
import io.headwater.view.keyspace.types.Snapshot;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A running save of the state as it was when it began, without a pause: now and then a turn saves
 * some entries, and an entry that is about to change is saved first; of a large value only the
 * head, its items follow in pieces from a snapshot. A flushed table is walked all the same, for
 * nothing changes it any more. {@link CheckpointFile} draws the bytes.
 *
 * <p>A segment is saved slot by slot, over several turns if need be. What of it is saved already,
 * or must not be because it is newer, is known by a bit for each slot; the bits move along with the
 * entries when the segment grows or splits.
 */
final class Checkpoint {
  /** So many entries are loaded at a time, so that the waits for memory overlap. */
  private static final int LOOKS = 16;

  private static final int PIECE_BYTES = 8 << 10;
  private static final int STAGING_BYTES = 64 << 10;

  private final long number;
  private final Store store;
  private final Clock clock;
  private final Table[] tables;
  private final CheckpointWriter file;

  /** For what large values write by themselves. */
  private final ByteWriter staging = new ByteWriter(STAGING_BYTES);

  /** A large value whose items are still to be written, and the entry they belong to. */
  private record Unsaved(int db, int type, byte[] key, Snapshot items) {}

  private final ArrayDeque<Unsaved> unsaved = new ArrayDeque<>();

  /** A packed value that is too long for one turn, how much of it is saved, 0 for none. */
  private long parted;

  private int partedDb;
  private int partedUpTo;

  private int tableIndex;
  private long upTo;

  /** The segment at {@link #upTo} once it is begun, and how many of its slots are done. */
  private @Nullable Segment walked;

  private int slotsDone;
  private long entries;

  /** So that loads ahead are not optimised away. */
  private int touched;

  /** Begins: from here on {@link #changing} must hear of each change. */
  Checkpoint(long number, Store store, CheckpointWriter file, Clock clock) {
    this.number = number;
    this.store = store;
    this.file = file;
    this.clock = clock;
    tables = new Table[Store.TABLES];
    for (int db = 0; db < tables.length; db++) {
      tables[db] = store.table(db);
      tables[db].checkpoint = number;
      tables[db].checkpointDb = db;
    }
  }

  boolean holds(Table table) {
    for (int i = tableIndex; i < tables.length; i++) {
      if (tables[i] == table) {
        return true;
      }
    }
    return false;
  }

  /** The segment's entries are about to get other slots; their bits go along. */
  void changing(Table table, Segment segment) {
    if (table.checkpoint == number && segment == walked) {
      for (int i = 0; i < slotsDone; i++) {
        segment.settle(number, i);
      }
      walked = null;
    }
  }

  /** The entry in one slot is about to change; what comes into an empty one is settled by then. */
  void changing(Table table, Segment segment, int index) {
    if (index < 0 || table.checkpoint != number) {
      return;
    }
    if (parted != 0 && (segment.slot(index) & Segment.ADDRESS_MASK) == parted) {
      while (parted != 0) {
        savePart();
      }
    }
    if (segment.savedBy != number
        && !(segment == walked && index < slotsDone)
        && !segment.isSettled(number, index)) {
      long entry = segment.slot(index) & Segment.ADDRESS_MASK;
      for (int from = save(table.checkpointDb, entry); from > 0; ) {
        from = savePart(table.checkpointDb, entry, from);
      }
      segment.settle(number, index);
    }
  }

  /**
   * Saves some more: about {@code budgetBytes}, or what takes {@code budgetNs}, whichever is less.
   *
   * @return whether all is saved; then call {@link #finish}
   */
  boolean slice(int budgetBytes, long budgetNs) {
    long until = file.written() + budgetBytes;
    long untilNs = clock.nanos() + budgetNs;
    do {
      if (parted != 0) {
        savePart();
      } else if (!unsaved.isEmpty()) {
        savePiece();
      } else if (tableIndex < tables.length) {
        walk(tables[tableIndex]);
      } else {
        return true;
      }
    } while (file.written() < until && clock.nanos() - untilNs < 0);
    return false;
  }

  /**
   * Saves a few entries, up to one that leaves something for later, or goes to the next segment.
   */
  private void walk(Table table) {
    int place = table.place(upTo);
    Segment segment = table.segmentAt(place);
    if (segment.savedBy != number) {
      if (segment != walked) {
        walked = segment;
        slotsDone = 0;
      }
      if (!walk(segment)) {
        return;
      }
      segment.saved(number);
    }
    walked = null;
    int next = table.nextPlace(place);
    if (next == table.directorySize()) {
      tableIndex++;
      upTo = 0;
    } else {
      upTo = table.hashAt(next);
    }
  }

  /** True at the segment's end. */
  private boolean walk(Segment segment) {
    int end = Math.min(slotsDone + LOOKS, segment.slotCount());
    for (int i = slotsDone; i < end; i++) {
      touch(segment.slot(i));
    }
    while (slotsDone < end) {
      int i = slotsDone++;
      long slot = segment.slot(i);
      if (Segment.isEntry(slot) && !segment.isSettled(number, i)) {
        long entry = slot & Segment.ADDRESS_MASK;
        int from = save(tableIndex, entry);
        if (from > 0) {
          parted = entry;
          partedDb = tableIndex;
          partedUpTo = from;
        }
        if (from > 0 || !unsaved.isEmpty()) {
          return false; // so that little is held back for it
        }
      }
    }
    return slotsDone == segment.slotCount();
  }

  private void touch(long slot) {
    if (Segment.isEntry(slot)) {
      touched += Memory.getByte(slot & Segment.ADDRESS_MASK);
    }
  }

  private void savePiece() {
    Unsaved value = unsaved.element();
    staging.clear(STAGING_BYTES);
    boolean more = value.items.write(staging, PIECE_BYTES);
    entries++;
    int keyLength = value.key.length;
    long at = file.room(2 + 5 + keyLength + staging.size());
    Memory.putByte(at, value.db);
    Memory.putByte(at + 1, value.type | CheckpointFile.MORE);
    at = Memory.putVarint(at + 2, keyLength);
    Memory.copy(value.key, 0, at, keyLength);
    putStaged(at + keyLength);
    if (!more) {
      unsaved.remove();
    }
  }

  private void putStaged(long at) {
    Memory.copy(staging.array(), 0, at, staging.size());
    file.put(at + staging.size());
  }

  /** Hands the last block and the end mark to the file. */
  void finish() {
    file.end(entries);
  }

  /** Nobody wants it any more; the file has heard of that. */
  void abandon() {
    unsaved.forEach(value -> value.items.abandon());
    unsaved.clear();
  }

  CheckpointWriter file() {
    return file;
  }

  /**
   * Saves an entry, of a large value the head and of a long one the first part.
   *
   * @return from where on the rest of a long value is still to be saved; 0 for nothing
   */
  private int save(int db, long entry) {
    if (!Entry.isLarge(entry) && Entry.valueLength(entry) > CheckpointFile.PART_BYTES) {
      return savePart(db, entry, 0);
    }
    entries++;
    int keyLength = Entry.keyLength(entry);
    if (Entry.isLarge(entry)) {
      LargeValue large = store.large().get(Entry.handle(entry));
      staging.clear(STAGING_BYTES);
      large.writeHead(staging);
      putStaged(putKey(db, entry, keyLength, 0, staging.size()));
      byte[] key = Memory.toByteArray(Entry.key(entry), keyLength);
      unsaved.add(new Unsaved(db, Entry.type(entry), key, large.snapshot()));
    } else {
      int length = Entry.valueLength(entry);
      long at = Memory.putVarint(putKey(db, entry, keyLength, 0, 5 + length), length);
      Memory.copy(Entry.value(entry), at, length);
      file.put(at + length);
    }
    return 0;
  }

  private void savePart() {
    partedUpTo = savePart(partedDb, parted, partedUpTo);
    if (partedUpTo == 0) {
      parted = 0;
    }
  }

  /** Saves a part of a long value; returns where the next one begins, 0 at the end. */
  private int savePart(int db, long entry, int from) {
    entries++;
    int length = Entry.valueLength(entry);
    int part = Math.min(length - from, CheckpointFile.PART_BYTES);
    long at = putKey(db, entry, Entry.keyLength(entry), CheckpointFile.MORE, 15 + part);
    at = Memory.putVarint(at, length);
    at = Memory.putVarint(at, from);
    at = Memory.putVarint(at, part);
    Memory.copy(Entry.value(entry) + from, at, part);
    file.put(at + part);
    return from + part == length ? 0 : from + part;
  }

  /** Begins an entry that goes on with at most {@code more} bytes; returns where. */
  private long putKey(int db, long entry, int keyLength, int form, int more) {
    int kind = Memory.getByte(entry) & 0xff & ~Entry.LONG_FORM | form;
    long at = file.room(2 + 8 + 5 + keyLength + more);
    Memory.putByte(at, db);
    Memory.putByte(at + 1, kind);
    at += 2;
    if ((kind & Entry.EXPIRES) != 0) {
      Memory.putLong(at, Entry.expiresAtMs(entry));
      at += 8;
    }
    at = Memory.putVarint(at, keyLength);
    Memory.copy(Entry.key(entry), at, keyLength);
    return at + keyLength;
  }
}
