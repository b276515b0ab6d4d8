package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.bytes.Memory;
import io.headwater.view.keyspace.types.CollectionLimits;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.Slice;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How collections of one type come out of their entries and go back. A packed one is copied into
 * one reused object, so at most one packed value of a type is open at a time; {@link #own} gives
 * further ones.
 *
 * <p>A change is {@link #edit}, then changes of the value with an event's items written to {@link
 * #items}, then {@link #store}.
 */
final class Collected<V extends CollectionValue> {
  private static final int KEPT_BYTES = 1 << 16;

  private final Keyspace keyspace;
  private final int type;
  private final Class<V> kind;
  private final Supplier<V> fresh;
  private final Slice slice = new Slice();
  private final ByteWriter items = new ByteWriter();
  private int itemCount;
  private V small;
  private Key key = new Key();
  private @Nullable V edited;

  /** Whether the change last stored took the large encoding. */
  private boolean newlyConverted;

  /** {@link CollectionLimits#passes} when the edit began. */
  private int passesBefore;

  /** The entry being edited; nothing puts or removes another meanwhile. */
  private long editedEntry;

  Collected(Keyspace keyspace, int type, Class<V> kind, Supplier<V> fresh) {
    this.keyspace = keyspace;
    this.type = type;
    this.kind = kind;
    this.fresh = fresh;
    this.small = fresh.get();
  }

  /** The value of an entry of this type, to be read until the next call. */
  V read(long entry) {
    return open(entry, small);
  }

  /** Like {@link #read}, but nothing later takes it away; a packed one is a copy. */
  V own(long entry) {
    return Entry.isLarge(entry) ? open(entry, small) : open(entry, fresh.get());
  }

  V empty() {
    return fresh.get();
  }

  private V open(long entry, V target) {
    if (Entry.isLarge(entry)) {
      return kind.cast(((LargeCollection) keyspace.large(entry)).value());
    }
    int length = Entry.valueLength(entry);
    Memory.copy(Entry.value(entry), target.room(length), 0, length);
    target.loaded(length);
    return target;
  }

  /**
   * Opens a key's value for changes.
   *
   * @param entry what {@link Keyspace#findForWrite} gave: of this type, or 0 for a new value
   */
  V edit(Key editedKey, long entry) {
    key = editedKey;
    editedEntry = entry;
    V value;
    if (entry != 0) {
      value = read(entry);
    } else {
      value = small;
      value.clear();
    }
    edited = value;
    passesBefore = keyspace.limits().passes();
    items.clear(KEPT_BYTES);
    itemCount = 0;
    return value;
  }

  /**
   * Opens a key's value for an event of the log.
   *
   * @throws MalformedBytes if the key holds another type, or nothing that the event could change
   */
  V replay(Key replayed, boolean mayBeNew) {
    long entry = keyspace.findForWrite(replayed);
    if (entry == 0 ? !mayBeNew : Entry.type(entry) != type) {
      throw new MalformedBytes(
          "event of type " + type + " for " + replayed + ", which holds something else");
    }
    return edit(replayed, entry);
  }

  /** Refuses an event that reaches past what is there. */
  static void check(boolean inRange) {
    if (!inRange) {
      throw new MalformedBytes("event that reaches past the end of its collection");
    }
  }

  V edited() {
    V value = edited;
    if (value == null) {
      throw new IllegalStateException("nothing is being edited");
    }
    return value;
  }

  Key key() {
    return key;
  }

  /** Where an item of the event goes; nowhere while events are not recorded. */
  @Nullable ByteWriter item() {
    itemCount++;
    return keyspace.recording() ? items : null;
  }

  int itemCount() {
    return itemCount;
  }

  /** Writes the changed value back, or deletes the key if it is empty now. */
  void store() {
    V value = edited();
    edited = null;
    newlyConverted = false;
    if (keyspace.limits().passes() != passesBefore || !keyspace.recording()) {
      settle(value);
    }
    boolean expiring = value.isExpiring();
    int encoding = expiring ? Entry.FIELDS_EXPIRE : 0;
    if (value.isEmpty()) {
      if (editedEntry != 0) {
        keyspace.remove(key);
      }
    } else if (value.isPacked()) {
      value.packed(slice);
      keyspace.putPacked(
          key, type, encoding, slice.array(), slice.from(), slice.length(), Keyspace.KEEP_EXPIRY);
    } else if (editedEntry != 0 && Entry.isLarge(editedEntry)) {
      keyspace.largeChanged(editedEntry);
      Entry.setEncoding(editedEntry, encoding);
    } else {
      keyspace.putLarge(key, new LargeCollection(type, value), encoding, Keyspace.KEEP_EXPIRY);
      small = fresh.get();
    }
    if (expiring) {
      keyspace.noteFields(key);
    }
  }

  /** Stores, and records the items as one event: {@code | count | item ... |}. */
  void storeItems(int eventKind) {
    boolean converts = !keyspace.recording() && keyspace.converting();
    if (itemCount == 0 && !converts) {
      edited = null;
      return;
    }
    store();
    if (keyspace.recording()) {
      record(eventKind, key).putVarint(itemCount).put(items.array(), 0, items.size());
    }
  }

  /**
   * The edited value takes the large encoding, and nothing else of it changes: watchers do not hear
   * of it.
   *
   * @param eventKind the kind that adds items
   */
  void storeConverted(int eventKind) {
    edited().convert();
    store();
    if (keyspace.recording()) {
      keyspace.recordFrom(EventKind.CONVERTED, key).putByte(eventKind).putVarint(0);
    }
  }

  /** Begins the event of the change last stored, or of {@link #settle}'s value. */
  private ByteWriter record(int eventKind, Key changed) {
    return newlyConverted
        ? keyspace.record(EventKind.CONVERTED, changed).putByte(eventKind)
        : keyspace.record(eventKind, changed);
  }

  /** Converts a changed value: live if it is past the limits, else if the event says so. */
  private void settle(V value) {
    boolean over = value.takeOverLimits();
    newlyConverted = keyspace.recording() ? over : keyspace.converting();
    if (newlyConverted) {
      value.convert();
    }
  }

  /** Begins the event that {@link #replace} is to be recorded with. Only while recording. */
  ByteWriter recordReplaced(int eventKind, Key replaced, V value) {
    settle(value);
    newlyConverted = value.isConverted();
    return record(eventKind, replaced);
  }

  /** Gives a key a whole new value without expiry, whatever it held; an empty one deletes it. */
  void replace(Key replaced, V value) {
    settle(value);
    if (value.isEmpty()) {
      keyspace.remove(replaced);
    } else if (value.isPacked()) {
      value.packed(slice);
      keyspace.putPacked(
          replaced, type, encoding(value), slice.array(), slice.from(), slice.length(), 0);
    } else {
      keyspace.putLarge(replaced, new LargeCollection(type, value), encoding(value), 0);
    }
    if (value.isExpiring()) {
      keyspace.noteFields(replaced);
    }
  }

  private static int encoding(CollectionValue value) {
    return value.isExpiring() ? Entry.FIELDS_EXPIRE : 0;
  }

  LargeValue readLarge(ByteReader in) {
    V value = fresh.get();
    value.readFrom(in);
    return new LargeCollection(type, value);
  }
}
