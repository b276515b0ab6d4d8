package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.bytes.Memory;

/** Mutators of strings. An entry's encoding says how {@code OBJECT ENCODING} must answer. */
public final class Strings {
  /** int, embstr or raw, as the value's text and length say. */
  public static final int NATURAL = 0;

  /** raw, because it was changed in place. */
  public static final int RAW = 1;

  /** embstr or raw by length, but never int. */
  public static final int TEXT = 2;

  private static final int EXPIRY_FLAG = 4;

  // For eight digits at once: '0' in each byte; what takes a byte over 9 past 127; a byte's high
  // bit.
  private static final long ZEROS = 0x3030_3030_3030_3030L;
  private static final long NO_DIGIT = 0x7676_7676_7676_7676L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  private final Keyspace keyspace;
  private final Store store;

  Strings(Keyspace keyspace, Store store) {
    this.keyspace = keyspace;
    this.store = store;
  }

  /**
   * Sets a string, whatever the key held before.
   *
   * @param expiresAtMs 0 for never, or {@link Keyspace#KEEP_EXPIRY}
   */
  public void set(Key key, byte[] value, int from, int length, int encoding, long expiresAtMs) {
    long entry = store.put(key, Entry.STRING, encoding, length, expiresAtMs);
    Memory.copy(value, from, Entry.value(entry), length);
    if (keyspace.recording()) {
      long expires = expiresAtMs > 0 ? expiresAtMs : Entry.expiresAtMs(entry);
      recordSet(key, value, from, length, encoding, expires);
    }
  }

  /**
   * Gives a string that {@link Keyspace#findForWrite} has just found another value; its expiry
   * stays.
   */
  public void replace(Key key, long entry, byte[] value, int from, int length, int encoding) {
    long replaced = entry;
    if (Entry.valueLength(entry) == length && Entry.encoding(entry) == encoding) {
      store.changed = true; // as counters nearly always do, it stays as long as it was
    } else {
      replaced = store.resizeFound(key, entry, length, encoding, 0);
    }
    Memory.copy(value, from, Entry.value(replaced), length);
    if (keyspace.recording()) {
      recordSet(key, value, from, length, encoding, Entry.expiresAtMs(replaced));
    }
  }

  /**
   * Counts one further in a string that {@link Keyspace#findForWrite} has just found, if that
   * changes only the last digit of a natural number of up to eight, and it does not expire.
   *
   * @return the text that it has now, first byte lowest, as long as before; 0 if nothing was done
   */
  public long countOn(Key key, long entry) {
    int length = Entry.valueLength(entry);
    if (Entry.kind(entry) != Entry.STRING || length < 1 || length > Long.BYTES) {
      return 0;
    }
    long last = Entry.value(entry) + length - 1;
    int above = Long.SIZE - Byte.SIZE * length;
    // The eight bytes that end with it: a header and a number are no less.
    long text = Memory.getLong(last - 7) >>> above;
    long digits = text ^ ZEROS >>> above;
    boolean numeric = ((digits + NO_DIGIT | digits) & HIGH_BITS) == 0;
    if (!numeric
        || (digits & 0xff) == 0 && length > 1
        || text >>> Byte.SIZE * (length - 1) == '9') {
      return 0;
    }
    long next = text + (1L << Byte.SIZE * (length - 1));
    Memory.putByte(last, (int) (next >>> Byte.SIZE * (length - 1)));
    store.changed = true;
    if (keyspace.recording()) {
      keyspace
          .record(EventKind.STRING_SET, key)
          .putShort(NATURAL | length << Byte.SIZE)
          .putLow(next, length);
    }
    return next;
  }

  private void recordSet(
      Key key, byte[] value, int from, int length, int encoding, long expiresAtMs) {
    ByteWriter out = keyspace.record(EventKind.STRING_SET, key);
    out.putByte(encoding | (expiresAtMs == 0 ? 0 : EXPIRY_FLAG));
    if (expiresAtMs != 0) {
      out.putLong(expiresAtMs);
    }
    out.putSized(value, from, length);
  }

  /** Appends to a string, creating it if missing. */
  public void append(Key key, byte[] value, int from, int length) {
    long entry = keyspace.findForWrite(key);
    if (entry == 0) {
      set(key, value, from, length, NATURAL, 0);
      return;
    }
    int before = Entry.valueLength(entry);
    entry = store.resize(key, before + length, RAW);
    Memory.copy(value, from, Entry.value(entry) + before, length);
    if (keyspace.recording()) {
      keyspace.record(EventKind.STRING_APPENDED, key).putSized(value, from, length);
    }
  }

  /** Overwrites from {@code offset}, with zeros before it where the string is shorter. */
  public void overwrite(Key key, int offset, byte[] value, int from, int length) {
    long entry = keyspace.findForWrite(key);
    if (entry == 0) {
      entry = store.put(key, Entry.STRING, RAW, offset + length, 0);
      Memory.zero(Entry.value(entry), offset);
    } else {
      entry = store.resize(key, Math.max(Entry.valueLength(entry), offset + length), RAW);
    }
    Memory.copy(value, from, Entry.value(entry) + offset, length);
    if (keyspace.recording()) {
      ByteWriter out = keyspace.record(EventKind.STRING_OVERWRITTEN, key);
      out.putVarint(offset).putSized(value, from, length);
    }
  }

  /**
   * Puts bytes in the place of others of a string that is there; what lies behind moves along.
   *
   * @param removed how many bytes from {@code place} on go, all of them inside the string
   */
  public void splice(Key key, int place, int removed, byte[] value, int from, int length) {
    long entry = keyspace.findForWrite(key);
    int before = Entry.valueLength(entry);
    int behind = before - place - removed;
    int after = before + length - removed;
    if (after > before) {
      entry = store.resize(key, after, RAW);
    }
    long at = Entry.value(entry) + place;
    if (after != before) {
      Memory.copy(at + removed, at + length, behind);
    }
    Memory.copy(value, from, at, length);
    if (after <= before) {
      store.resize(key, after, RAW);
    }
    if (keyspace.recording()) {
      ByteWriter out = keyspace.record(EventKind.STRING_SPLICED, key);
      out.putVarint(place).putVarint(removed).putSized(value, from, length);
    }
  }

  /** Makes a string that is there {@link #RAW} without changing a byte, which touches nobody. */
  public void makeRaw(Key key) {
    long entry = keyspace.findForWrite(key);
    if (Entry.encoding(entry) == RAW) {
      return;
    }
    store.resize(key, Entry.valueLength(entry), RAW);
    if (keyspace.recording()) {
      keyspace.recordFrom(EventKind.STRING_OVERWRITTEN, key).putVarint(0).putVarint(0);
    }
  }

  void replay(int kind, Key key, ByteReader in) {
    switch (kind) {
      case EventKind.STRING_SET -> {
        int flags = in.getByte();
        long expires = (flags & EXPIRY_FLAG) == 0 ? 0 : in.getLong();
        int length = in.getLength();
        set(key, in.array(), in.index(), length, flags & 3, Math.max(0, expires));
        in.skip(length);
      }
      case EventKind.STRING_APPENDED -> {
        int length = in.getLength();
        string(key);
        append(key, in.array(), in.index(), length);
        in.skip(length);
      }
      case EventKind.STRING_OVERWRITTEN -> {
        int offset = in.getCount();
        int length = in.getLength();
        if ((long) offset + length > Entry.LENGTH_MAX) {
          throw new MalformedBytes("string overwritten at " + offset);
        }
        string(key);
        overwrite(key, offset, in.array(), in.index(), length);
        in.skip(length);
      }
      case EventKind.STRING_SPLICED -> {
        int place = in.getCount();
        int removed = in.getCount();
        int length = in.getLength();
        string(key);
        long entry = store.find(key);
        int before = entry == 0 ? -1 : Entry.valueLength(entry);
        if ((long) place + removed > before
            || (long) before - removed + length > Entry.LENGTH_MAX) {
          throw new MalformedBytes("string spliced at " + place + " of " + before);
        }
        splice(key, place, removed, in.array(), in.index(), length);
        in.skip(length);
      }
      default -> throw Replay.unknown(kind);
    }
  }

  private void string(Key key) {
    long entry = store.find(key);
    if (entry != 0 && (Entry.type(entry) != Entry.STRING || Entry.isLarge(entry))) {
      throw new MalformedBytes("string event of another type's key " + key);
    }
  }
}
