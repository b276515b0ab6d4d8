package io.headwater.view.keyspace;

import io.headwater.bytes.Memory;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state itself: sixteen tables, the blocks of their entries and the large values. It changes
 * and records nothing; recording is {@link Keyspace}'s. Before a segment changes for the first time
 * after a checkpoint began, the checkpoint saves it.
 */
final class Store implements AutoCloseable {
  /** For {@code expiresAtMs}: what the entry has stays. */
  static final long KEEP_EXPIRY = -1;

  /** The clients' databases, and that of the libraries of functions. */
  static final int TABLES = Keyspace.DATABASES + 1;

  /** So many entries are loaded at a time, so that the waits for memory overlap. */
  private static final int LOOKS = 16;

  private final Table[] tables = new Table[TABLES];
  private final Slabs slabs = new Slabs();
  private final LargeValues large = new LargeValues();
  private final Access access = new Access();

  /** Emptied databases whose blocks are not freed yet. */
  private final ArrayDeque<Table> flushed = new ArrayDeque<>();

  /** The segment of the first one whose entries are freed, and how many of its slots are done. */
  private int flushedUpTo;

  private int flushedSlots;

  /** So that loads ahead are not optimised away. */
  private int touched;

  private long flushedBytes;
  private @Nullable Checkpoint checkpoint;
  private @Nullable Listings listings;

  /** Whether anything was changed since somebody set this to false. */
  boolean changed;

  private @Nullable Consumer<Key> created;
  private boolean closed;

  Store() {
    for (int db = 0; db < tables.length; db++) {
      tables[db] = new Table();
    }
  }

  Table table(int db) {
    return tables[db];
  }

  LargeValues large() {
    return large;
  }

  Slabs slabs() {
    return slabs;
  }

  Access access() {
    return access;
  }

  long usedBytes() {
    long bytes = slabs.usedBytes() + large.bytes() + large.handleBytes();
    bytes += large.lists().leavingBytes();
    for (Table table : tables) {
      bytes += table.slotBytes();
    }
    return bytes;
  }

  /** Of values, flushed or not. */
  private long liveBytes() {
    return slabs.usedBytes() - slabs.leavingBytes() + large.bytes();
  }

  /** Like {@link #usedBytes}, counted anew entry by entry; only while nothing is being freed. */
  long recountedBytes() {
    assert !isFreeing();
    long[] bytes = {large.handleBytes()};
    for (Table table : tables) {
      for (int place = 0; place < table.directorySize(); place = table.nextPlace(place)) {
        Segment segment = table.segmentAt(place);
        bytes[0] += segment.slotBytes();
        segment.forEach(entry -> bytes[0] += entryBytes(entry));
      }
    }
    return bytes[0];
  }

  /** What an entry takes without its slot. */
  long entryBytes(long entry) {
    long block = Slabs.blockBytes(Entry.size(entry));
    return Entry.isLarge(entry) ? block + large.get(Entry.handle(entry)).bytes() : block;
  }

  /** Whether flushed databases, giant values or long lists are not freed yet. */
  boolean isFreeing() {
    return !flushed.isEmpty() || slabs.leavingBytes() > 0 || large.lists().isFreeing();
  }

  long reservedBytes() {
    return slabs.reservedBytes() + usedBytes() - slabs.usedBytes();
  }

  /** From here on entries are saved before they change; null ends that. */
  void setCheckpoint(@Nullable Checkpoint running) {
    checkpoint = running;
  }

  /** Who hears of keys that were not there before; null for nobody. */
  void observe(@Nullable Consumer<Key> newCreated) {
    created = newCreated;
  }

  /** The entry's address or 0, whether expired or not. */
  long find(Key key) {
    return tables[key.db].find(key.hash, key.array, key.from, key.length);
  }

  /** Like {@link #find}, and makes the entry ready for a change in place. */
  long findForWrite(Key key) {
    Table table = tables[key.db];
    long entry = table.locate(key.hash, key.array, key.from, key.length);
    changing(table);
    return entry;
  }

  /**
   * Gives the key a value of this length, creating or replacing the entry; the caller fills in the
   * bytes at {@link Entry#value}.
   *
   * @return the entry's address
   */
  long put(Key key, int type, int encoding, int valueLength, long expiresAtMs) {
    return put(key, type | encoding << Entry.ENCODING_SHIFT, valueLength, expiresAtMs);
  }

  void putLarge(Key key, LargeValue value, int encoding, long expiresAtMs) {
    int kind = value.type() | encoding << Entry.ENCODING_SHIFT | Entry.LARGE;
    int handle = large.add(value);
    long entry = put(key, kind, 4, expiresAtMs);
    Memory.putInt(Entry.value(entry), handle);
  }

  private long put(Key key, int kindWithoutForm, int valueLength, long expiresAtMs) {
    changed = true;
    Table table = tables[key.db];
    long old = table.locate(key.hash, key.array, key.from, key.length);
    changing(table);
    long oldExpiresAtMs = old == 0 ? 0 : Entry.expiresAtMs(old);
    long expires = expiresAtMs == KEEP_EXPIRY ? oldExpiresAtMs : expiresAtMs;
    int kind =
        kindWithoutForm | Entry.form(key.length, valueLength) | (expires == 0 ? 0 : Entry.EXPIRES);
    long size = (long) Entry.headerBytes(kind) + key.length + valueLength;
    if (old == 0) {
      long entry = slabs.allocate(size);
      write(entry, kind, key, valueLength, access.initial(), expires);
      table.insert(key.hash, entry, segment -> changing(table, segment));
      if (created != null) {
        created.accept(key);
      }
      return entry;
    }
    if (Entry.isLarge(old)) {
      large.remove(Entry.handle(old));
    }
    int before = Entry.access(old);
    boolean unseen = (kindWithoutForm & Entry.TYPE_MASK) == Entry.STRING;
    int used = unseen ? access.used(before) : access.replaced(before);
    long oldSize = Entry.size(old);
    if (Slabs.blockBytes(oldSize) == Slabs.blockBytes(size)) {
      long keyBefore = Entry.key(old);
      Entry.writeHeader(old, kind, key.length, valueLength, used, expires);
      if (Entry.key(old) != keyBefore) {
        Memory.copy(key.array, key.from, Entry.key(old), key.length);
      }
      if (oldExpiresAtMs != expires) {
        table.expiryChanged(oldExpiresAtMs, expires);
      }
      return old;
    }
    long entry = slabs.allocate(size);
    write(entry, kind, key, valueLength, used, expires);
    table.replace(key.hash, entry);
    table.expiryChanged(oldExpiresAtMs, expires);
    slabs.free(old, oldSize);
    return entry;
  }

  private static void write(
      long entry, int kind, Key key, int valueLength, int access, long expiresAtMs) {
    Entry.writeHeader(entry, kind, key.length, valueLength, access, expiresAtMs);
    Memory.copy(key.array, key.from, entry + Entry.headerBytes(kind), key.length);
  }

  /**
   * Gives an existing packed entry another length and encoding; its bytes stay up to the shorter
   * length, and what comes behind is zero.
   *
   * @return its address now
   */
  long resize(Key key, int valueLength, int encoding) {
    long old = findForWrite(key);
    int kept = Math.min(valueLength, Entry.valueLength(old));
    long entry = resizeFound(key, old, valueLength, encoding, kept);
    Memory.zero(Entry.value(entry) + kept, valueLength - kept);
    return entry;
  }

  /**
   * Like {@link #resize}, for what {@link #findForWrite} has just found.
   *
   * @param kept how many bytes of the value stay; the others are undefined
   */
  long resizeFound(Key key, long old, int valueLength, int encoding, int kept) {
    int kind =
        Entry.type(old)
            | encoding << Entry.ENCODING_SHIFT
            | Entry.form(key.length, valueLength)
            | (Entry.hasExpiry(old) ? Entry.EXPIRES : 0);
    return reshape(key, old, kind, valueLength, kept);
  }

  /** Sets or (0) removes the expiry of an existing entry. */
  void setExpiry(Key key, long expiresAtMs) {
    changed = true;
    long old = findForWrite(key);
    long before = Entry.expiresAtMs(old);
    Table table = tables[key.db];
    if (before != 0 && expiresAtMs != 0) {
      Entry.setExpiresAtMs(old, expiresAtMs);
    } else if (before != expiresAtMs) {
      int kind = (Memory.getByte(old) & 0xff) & ~Entry.EXPIRES;
      int length = Entry.valueLength(old);
      long entry =
          reshape(key, old, expiresAtMs == 0 ? kind : kind | Entry.EXPIRES, length, length);
      if (expiresAtMs != 0) {
        Entry.setExpiresAtMs(entry, expiresAtMs);
      }
    }
    table.expiryChanged(before, expiresAtMs);
  }

  /** Writes the located entry anew with another header, keeping {@code kept} bytes of the value. */
  private long reshape(Key key, long old, int kind, int valueLength, int kept) {
    changed = true;
    long oldSize = Entry.size(old);
    long size = (long) Entry.headerBytes(kind) + key.length + valueLength;
    long expires = Entry.expiresAtMs(old);
    int used = Entry.access(old);
    long oldKey = Entry.key(old);
    boolean inPlace = Slabs.blockBytes(oldSize) == Slabs.blockBytes(size);
    long entry = inPlace ? old : slabs.allocate(size);
    long newKey = entry + Entry.headerBytes(kind);
    if (newKey != oldKey) {
      Memory.copy(oldKey, newKey, (long) key.length + kept);
    }
    Entry.writeHeader(entry, kind, key.length, valueLength, used, expires);
    if (!inPlace) {
      tables[key.db].replace(key.hash, entry);
      slabs.free(old, oldSize);
    }
    return entry;
  }

  /** Removes the entry if there is one. */
  boolean remove(Key key) {
    long entry = findForWrite(key);
    if (entry == 0) {
      return false;
    }
    changed = true;
    tables[key.db].remove(Entry.expiresAtMs(entry));
    release(entry);
    return true;
  }

  /** Gives one entry's value and expiry to another key, replacing what that held. */
  void rename(Key from, Key to) {
    changed = true;
    long old = findForWrite(from);
    int kind = Memory.getByte(old) & 0xff;
    int length = Entry.valueLength(old);
    long expires = Entry.expiresAtMs(old);
    boolean isLarge = (kind & Entry.LARGE) != 0;
    tables[from.db].remove(expires);
    int bare = kind & ~(Entry.LONG_FORM | Entry.EXPIRES);
    long entry = put(to, bare, length, expires);
    Entry.setAccess(entry, Entry.access(old));
    Memory.copy(Entry.value(old), Entry.value(entry), length);
    if (isLarge) {
      slabs.free(old, Entry.size(old)); // the handle went along
    } else {
      release(old);
    }
    noteFields(to);
  }

  /** About how many bytes flushed databases, freed giant values and long lists still take. */
  long flushedBytes() {
    return flushedBytes + slabs.leavingBytes() + large.lists().leavingBytes();
  }

  /** Lets the expiration cycle come to a key, if it is a hash with fields that expire. */
  void noteFields(Key key) {
    Table table = tables[key.db];
    long entry = table.locate(key.hash, key.array, key.from, key.length);
    if (entry != 0 && Entry.fieldsExpire(entry)) {
      table.fieldExpires(earliestFieldMs(entry));
    }
  }

  /** When the first field of a hash expires that {@link Entry#fieldsExpire}. */
  long earliestFieldMs(long entry) {
    return Entry.isLarge(entry)
        ? large.get(Entry.handle(entry)).earliestExpiryMs()
        : Memory.getLong(Entry.value(entry) + Entry.valueLength(entry) - 8);
  }

  /** Takes a whole database away and leaves an empty one; its blocks are freed in slices. */
  void flush(int db) {
    changed = true;
    long keys = 0;
    for (Table table : tables) {
      keys += table.size();
    }
    long bytes = liveBytes() - flushedBytes;
    flushedBytes += keys == 0 ? 0 : (long) ((double) bytes * tables[db].size() / keys);
    flushed.add(tables[db]);
    tables[db] = new Table();
  }

  /** Every database, at once; what somebody still walks over is freed later. */
  void clear() {
    for (int db = 0; db < tables.length; db++) {
      flush(db);
    }
    while (freeSlice(Integer.MAX_VALUE)) {
      // all of them
    }
  }

  void swap(int db, int other) {
    changed = true;
    Table table = tables[db];
    tables[db] = tables[other];
    tables[other] = table;
    tables[db].earliestExpiryMs = 0; // a round of the expiration cycle may have been half through
    tables[other].earliestExpiryMs = 0;
  }

  /**
   * Frees blocks of flushed databases, about {@code budget} slots' worth, a piece of a giant value
   * and as many nodes of long lists.
   *
   * @return whether there is more
   */
  boolean freeSlice(int budget) {
    boolean more = freeFlushed(budget);
    more |= slabs.freeSlice();
    return large.lists().freeSlice(budget) || more;
  }

  private boolean freeFlushed(int budget) {
    Table table = flushed.peek();
    if (table == null) {
      return false;
    }
    if (checkpoint != null && checkpoint.holds(table)
        || listings != null && listings.holds(table)) {
      return false; // their own slices come first; they wake us
    }
    long before = liveBytes();
    for (int left = budget; left > 0 && flushedUpTo < table.directorySize(); left -= LOOKS) {
      Segment segment = table.segmentAt(flushedUpTo);
      release(segment);
      if (flushedSlots == segment.slotCount()) {
        segment.release();
        flushedSlots = 0;
        flushedUpTo = table.nextPlace(flushedUpTo);
      }
    }
    if (flushedUpTo == table.directorySize()) {
      flushedUpTo = 0;
      flushed.poll();
    }
    long freed = before - liveBytes();
    flushedBytes = flushed.isEmpty() ? 0 : Math.max(0, flushedBytes - freed);
    return !flushed.isEmpty();
  }

  /** A few entries of a segment that nobody looks at any more. */
  private void release(Segment segment) {
    int end = Math.min(flushedSlots + LOOKS, segment.slotCount());
    for (int i = flushedSlots; i < end; i++) {
      long slot = segment.slot(i);
      if (Segment.isEntry(slot)) {
        touched += Memory.getByte(slot & Segment.ADDRESS_MASK);
      }
    }
    for (; flushedSlots < end; flushedSlots++) {
      long slot = segment.slot(flushedSlots);
      if (Segment.isEntry(slot)) {
        release(slot & Segment.ADDRESS_MASK);
      }
    }
  }

  private void release(long entry) {
    if (Entry.isLarge(entry)) {
      large.remove(Entry.handle(entry));
    }
    slabs.free(entry, Entry.size(entry));
  }

  /** Everything is freed; the store is dead. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    checkpoint = null;
    listings = null;
    clear();
    for (Table table : tables) {
      table.segmentAt(0).release(); // the only one of an empty table
    }
    assert large.lists().liveBlocks() == 0 : large.lists().liveBlocks() + " nodes of lists";
    slabs.close();
  }

  /** Who lists keys while they change. */
  void setListings(Listings newListings) {
    listings = newListings;
  }

  /** The located entry is about to change. */
  private void changing(Table table) {
    if (listings != null) {
      listings.changing(table, table.located());
    }
    if (checkpoint != null) {
      checkpoint.changing(table, table.located(), table.locatedIndex());
    }
  }

  private void changing(Table table, Segment segment) {
    if (listings != null) {
      listings.changing(table, segment);
    }
    if (checkpoint != null) {
      checkpoint.changing(table, segment);
    }
  }
}
