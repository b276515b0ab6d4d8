package io.headwater.view.keyspace;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.Hash64;
import io.headwater.bytes.Memory;
import java.util.Arrays;

/**
 * A key of a database, as a range of somebody else's array with its hash: mutable and reused, so
 * that a command allocates nothing for it. Valid until its next {@code at}.
 */
public final class Key {
  int db;
  byte[] array = new byte[0];
  int from;
  int length;
  long hash;

  public Key at(int newDb, byte[] newArray, int newFrom, int newLength) {
    return at(newDb, newArray, newFrom, newLength, Hash64.of(newArray, newFrom, newLength));
  }

  /** For a caller that hashed the key before. */
  @SuppressWarnings("ReferenceEquality")
  public Key at(int newDb, byte[] newArray, int newFrom, int newLength, long newHash) {
    db = newDb;
    if (array != newArray) { // storing a reference costs more
      array = newArray;
    }
    from = newFrom;
    length = newLength;
    hash = newHash;
    return this;
  }

  public Key at(int newDb, Bytes key) {
    return at(newDb, key.array(), 0, key.length());
  }

  /** The key of an entry, copied out. */
  public Key of(int newDb, long entry) {
    int size = Entry.keyLength(entry);
    return at(newDb, Memory.toByteArray(Entry.key(entry), size), 0, size);
  }

  /** The same key of another database. */
  public Key in(int newDb) {
    db = newDb;
    return this;
  }

  public boolean sameAs(Key other) {
    return db == other.db
        && Arrays.equals(
            array, from, from + length, other.array, other.from, other.from + other.length);
  }

  public int db() {
    return db;
  }

  public byte[] array() {
    return array;
  }

  public int from() {
    return from;
  }

  public int length() {
    return length;
  }

  public Bytes toBytes() {
    return Bytes.copyOf(array, from, length);
  }

  @Override
  public String toString() {
    return db + "/" + toBytes();
  }
}
