package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import io.headwater.bytes.Memory;
import java.util.ArrayList;
import java.util.List;

/** Mutators of keys of any type and of whole databases. */
public final class Generic {
  /** For {@link #flush}: every database. */
  public static final int ALL = 255;

  private final Keyspace keyspace;
  private final Store store;
  private final Key other = new Key();

  Generic(Keyspace keyspace, Store store) {
    this.keyspace = keyspace;
    this.store = store;
  }

  /** Deletes a key; an expired one is deleted too, but counts as missing. */
  public boolean delete(Key key) {
    if (keyspace.findForWrite(key) == 0) {
      return false;
    }
    remove(key);
    return true;
  }

  /** Deletes an entry that is there. */
  void remove(Key key) {
    store.remove(key);
    if (keyspace.recording()) {
      keyspace.record(EventKind.DELETED, key);
    }
  }

  /** Sets or (0) removes the expiry of a key that is there. */
  public void setExpiry(Key key, long expiresAtMs) {
    store.setExpiry(key, expiresAtMs);
    if (keyspace.recording()) {
      keyspace.record(EventKind.EXPIRY_SET, key).putLong(expiresAtMs);
    }
  }

  /** Gives a key's value and expiry to another key of its database, replacing what that held. */
  public void rename(Key from, Key to) {
    store.rename(from, to);
    if (keyspace.recording()) {
      ByteWriter out = keyspace.record(EventKind.RENAMED, from);
      out.putSized(to.array, to.from, to.length);
      keyspace.changed(to);
      keyspace.replaced(to);
    }
  }

  /** Copies a key's value and expiry to another key, of any database, replacing what that held. */
  public void copy(Key from, Key to) {
    long entry = store.find(from);
    long expires = Entry.expiresAtMs(entry);
    if (Entry.isLarge(entry)) {
      LargeValue original = keyspace.large(entry);
      LargeValue copy = original.copy();
      if (copy == null) {
        ByteWriter value = new ByteWriter();
        original.write(value);
        ByteReader in = new ByteReader(value.array(), 0, value.size());
        copy = store.large().read(Entry.type(entry), in);
      }
      store.putLarge(to, copy, Entry.encoding(entry), expires);
    } else {
      byte[] value = Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry));
      long copy = store.put(to, Entry.type(entry), Entry.encoding(entry), value.length, expires);
      Memory.copy(value, 0, Entry.value(copy), value.length);
    }
    store.noteFields(to);
    if (keyspace.recording()) {
      ByteWriter out = keyspace.recordFrom(EventKind.COPIED, from);
      out.putByte(to.db).putSized(to.array, to.from, to.length);
      keyspace.changed(to);
      keyspace.replaced(to);
    }
  }

  /**
   * Empties a database, or {@link #ALL}, but for keys of database 0 that projections derive. Stands
   * in a frame of its own, so that a restore can go to the position before it.
   */
  public void flush(int db) {
    keyspace.beginAlone();
    List<Bytes> kept = keyspace.flushing(db);
    apply(db, kept);
    ByteWriter out = keyspace.recordFrom(EventKind.FLUSHED, other.at(db, Bytes.EMPTY));
    out.putVarint(kept.size());
    kept.forEach(out::putSized);
    keyspace.endAlone();
  }

  /** Exchanges two databases. */
  public void swap(int db, int with) {
    keyspace.databaseChanging(db);
    keyspace.databaseChanging(with);
    store.swap(db, with);
    if (keyspace.recording()) {
      keyspace.recordFrom(EventKind.DATABASES_SWAPPED, other.at(db, Bytes.EMPTY)).putByte(with);
    }
    keyspace.databaseChanging(db);
    keyspace.databaseChanging(with);
  }

  private void apply(int db, List<Bytes> kept) {
    for (int d = 0; d < Keyspace.DATABASES; d++) {
      if (db == ALL || db == d) {
        keyspace.databaseChanging(d);
        if (d == 0 && !kept.isEmpty()) {
          flushAllBut(kept);
        } else {
          store.flush(d);
        }
      }
    }
  }

  private void flushAllBut(List<Bytes> kept) {
    List<byte[]> doomed = new ArrayList<>();
    store
        .table(0)
        .scan(
            0,
            Integer.MAX_VALUE,
            entry -> {
              if (!startsWithAny(entry, kept)) {
                doomed.add(Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry)));
              }
            });
    Key key = new Key();
    for (byte[] name : doomed) {
      store.remove(key.at(0, name, 0, name.length));
    }
  }

  private static boolean startsWithAny(long entry, List<Bytes> prefixes) {
    for (Bytes prefix : prefixes) {
      if (Entry.keyLength(entry) >= prefix.length()
          && Memory.equals(Entry.key(entry), prefix.array(), 0, prefix.length())) {
        return true;
      }
    }
    return false;
  }

  void replay(int kind, Key key, ByteReader in) {
    switch (kind) {
      case EventKind.DELETED -> store.remove(key);
      case EventKind.EXPIRY_SET -> {
        there(key);
        store.setExpiry(key, in.getLong());
      }
      case EventKind.RENAMED -> {
        there(key);
        int length = in.getLength();
        other.at(key.db, in.array(), in.index(), length);
        if (!key.sameAs(other)) {
          rename(key, other);
        }
        in.skip(length);
      }
      case EventKind.COPIED -> {
        there(key);
        int db = database(in.getByte());
        int length = in.getLength();
        other.at(db, in.array(), in.index(), length);
        if (!key.sameAs(other)) {
          copy(key, other);
        }
        in.skip(length);
      }
      case EventKind.FLUSHED -> {
        List<Bytes> kept = new ArrayList<>();
        for (int left = in.getCount(); left > 0; left--) {
          kept.add(in.getSized());
        }
        apply(key.db, kept);
      }
      case EventKind.DATABASES_SWAPPED -> swap(database(key.db), database(in.getByte()));
      default -> keyspace.strings().replay(kind, key, in);
    }
  }

  /** An event of a key that should be there and is not: state and log do not belong together. */
  private void there(Key key) {
    if (store.find(key) == 0) {
      throw new MalformedBytes("keyspace event of the missing key " + key);
    }
  }

  private static int database(int db) {
    if (db < 0 || db >= Keyspace.DATABASES) {
      throw new MalformedBytes("keyspace event of database " + db);
    }
    return db;
  }
}
