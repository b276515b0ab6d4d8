package io.headwater.view.keyspace;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Memory;
import io.headwater.view.keyspace.types.Snapshot;
import java.util.ArrayDeque;

/**
 * A running save of the state as it was when it began, without a pause: now and then a turn saves a
 * segment, and an entry that is about to change is saved first; of a large value only the head, its
 * items follow in pieces from a snapshot. A flushed table is walked all the same, for nothing
 * changes it any more. {@link CheckpointFile} draws the bytes.
 */
final class Checkpoint {
  private static final int PIECE_BYTES = CheckpointFile.BLOCK_BYTES / 4;
  private final long number;
  private final Store store;
  private final Table[] tables;
  private final CheckpointFile.Writer file;
  private final ByteWriter block = new ByteWriter(CheckpointFile.BLOCK_BYTES * 2);

  /** A large value whose items are still to be written, and the entry they belong to. */
  private record Unsaved(int db, int type, byte[] key, Snapshot items) {}

  private final ArrayDeque<Unsaved> unsaved = new ArrayDeque<>();
  private int tableIndex;
  private long upTo;
  private long entries;

  /** Begins: from here on {@link #changing} must hear of each change. */
  Checkpoint(long number, Store store, CheckpointFile.Writer file) {
    this.number = number;
    this.store = store;
    this.file = file;
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

  /** The whole segment is about to change: its slots get other places. */
  void changing(Table table, Segment segment) {
    if (table.checkpoint == number && segment.savedBy != number) {
      save(table.checkpointDb, segment);
    }
  }

  /** The entry in one slot is about to change; what comes into an empty one is settled by then. */
  void changing(Table table, Segment segment, int index) {
    if (index >= 0
        && table.checkpoint == number
        && segment.savedBy != number
        && !segment.isSettled(number, index)) {
      save(table.checkpointDb, segment.slot(index) & Segment.ADDRESS_MASK);
      segment.settle(number, index);
    }
  }

  /**
   * Saves about {@code budgetBytes} more.
   *
   * @return whether all is saved; then call {@link #finish}
   */
  boolean slice(int budgetBytes) {
    long until = file.written() + block.size() + budgetBytes;
    savePieces(until);
    while (tableIndex < tables.length
        && unsaved.isEmpty()
        && file.written() + block.size() < until) {
      Table table = tables[tableIndex];
      int place = table.place(upTo);
      Segment segment = table.segmentAt(place);
      if (segment.savedBy != number) {
        save(tableIndex, segment);
      }
      int next = table.nextPlace(place);
      if (next == table.directorySize()) {
        tableIndex++;
        upTo = 0;
      } else {
        upTo = table.hashAt(next);
      }
      savePieces(until); // at once, so that few snapshots are held
    }
    return tableIndex == tables.length && unsaved.isEmpty();
  }

  private void savePieces(long until) {
    while (!unsaved.isEmpty() && file.written() + block.size() < until) {
      Unsaved value = unsaved.element();
      entries++;
      block.putByte(value.db).putByte(value.type | CheckpointFile.MORE).putSized(value.key);
      if (!value.items.write(block, PIECE_BYTES)) {
        unsaved.remove();
      }
      if (block.size() >= CheckpointFile.BLOCK_BYTES) {
        flushBlock();
      }
    }
  }

  /** Hands the last block and the end mark to the file. */
  void finish() {
    flushBlock();
    file.end(entries);
  }

  CheckpointFile.Writer file() {
    return file;
  }

  private void save(int db, Segment segment) {
    for (int i = 0; i < segment.slotCount(); i++) {
      long slot = segment.slot(i);
      if (Segment.isEntry(slot) && !segment.isSettled(number, i)) {
        save(db, slot & Segment.ADDRESS_MASK);
      }
    }
    segment.saved(number);
  }

  private void save(int db, long entry) {
    entries++;
    block.putByte(db);
    int kind = Memory.getByte(entry) & 0xff & ~Entry.LONG_FORM;
    block.putByte(kind);
    if ((kind & Entry.EXPIRES) != 0) {
      block.putLong(Entry.expiresAtMs(entry));
    }
    int keyLength = Entry.keyLength(entry);
    block.putVarint(keyLength);
    Memory.appendTo(block, Entry.key(entry), keyLength);
    if ((kind & Entry.LARGE) != 0) {
      LargeValue large = store.large().get(Entry.handle(entry));
      large.writeHead(block);
      byte[] key = Memory.toByteArray(Entry.key(entry), keyLength);
      unsaved.add(new Unsaved(db, kind & Entry.TYPE_MASK, key, large.snapshot()));
    } else {
      int valueLength = Entry.valueLength(entry);
      block.putVarint(valueLength);
      Memory.appendTo(block, Entry.value(entry), valueLength);
    }
    if (block.size() >= CheckpointFile.BLOCK_BYTES) {
      flushBlock();
    }
  }

  private void flushBlock() {
    if (block.size() > 0) {
      file.block(block.toByteArray());
      block.clear(CheckpointFile.BLOCK_BYTES * 2);
    }
  }
}
