package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.types.CollectionLimits;
import io.headwater.view.keyspace.types.HashValue;

/**
 * Mutators of hashes: {@link #edit}, then {@link #put} or {@link #remove} (not both), then {@link
 * #done}, which records one event.
 */
public final class Hashes {
  private final Keyspace keyspace;
  private final Collected<HashValue> collected;
  private int kind = EventKind.HASH_SET;

  Hashes(Keyspace keyspace, CollectionLimits limits) {
    this.keyspace = keyspace;
    this.collected =
        new Collected<>(keyspace, Entry.HASH, HashValue.class, () -> new HashValue(limits));
  }

  /** A hash's fields, to be read until the next call. */
  public HashValue read(long entry) {
    return collected.read(entry);
  }

  /** A new hash of nobody's. */
  public HashValue empty() {
    return collected.empty();
  }

  /** Opens a hash for changes; {@code entry} is 0 for a new one. */
  public HashValue edit(Key key, long entry) {
    kind = EventKind.HASH_SET;
    return collected.edit(key, entry);
  }

  /** Sets a field; true if it is new. */
  public boolean put(
      byte[] field, int from, int length, byte[] value, int valueFrom, int valueLength) {
    boolean added = collected.edited().put(field, from, length, value, valueFrom, valueLength);
    ByteWriter item = collected.item();
    if (item != null) {
      item.putSized(field, from, length).putSized(value, valueFrom, valueLength);
    }
    return added;
  }

  /** Removes a field; false if there is none. */
  public boolean remove(byte[] field, int from, int length) {
    kind = EventKind.HASH_DELETED;
    boolean removed = collected.edited().remove(field, from, length);
    if (removed) {
      ByteWriter item = collected.item();
      if (item != null) {
        item.putSized(field, from, length);
      }
    }
    return removed;
  }

  /** Ends the edit. */
  public void done() {
    collected.storeItems(kind);
  }

  /**
   * Gives a key these fields without expiry, whatever it held; none deletes it. The value is the
   * keyspace's from then on. Records nothing if there was nothing and is nothing.
   */
  public void replace(Key key, HashValue fields) {
    boolean nothing = fields.isEmpty() && keyspace.findForWrite(key) == 0;
    if (nothing) {
      return;
    }
    if (keyspace.recording()) {
      ByteWriter out = keyspace.record(EventKind.HASH_REPLACED, key).putVarint(fields.size());
      fields.forEach((array, from, length, valueFrom, valueLength) ->
          out.putSized(array, from, length).putSized(array, valueFrom, valueLength));
    }
    collected.replace(key, fields);
  }

  LargeValue readLarge(ByteReader in) {
    return collected.readLarge(in);
  }

  private HashValue open(int eventKind, Key key, boolean mayBeNew) {
    kind = eventKind;
    return collected.replay(key, mayBeNew);
  }

  void replay(int eventKind, Key key, ByteReader in) {
    switch (eventKind) {
      case EventKind.HASH_REPLACED -> {
        HashValue value = collected.empty();
        for (int left = in.getCount(); left > 0; left--) {
          int length = in.getLength();
          int from = in.index();
          in.skip(length);
          int valueLength = in.getLength();
          value.put(in.array(), from, length, in.array(), in.index(), valueLength);
          in.skip(valueLength);
        }
        collected.replace(key, value);
      }
      case EventKind.HASH_SET -> {
        open(EventKind.HASH_SET, key, true);
        for (int left = in.getCount(); left > 0; left--) {
          int length = in.getLength();
          int from = in.index();
          in.skip(length);
          int valueLength = in.getLength();
          put(in.array(), from, length, in.array(), in.index(), valueLength);
          in.skip(valueLength);
        }
        done();
      }
      case EventKind.HASH_DELETED -> {
        open(EventKind.HASH_DELETED, key, false);
        for (int left = in.getCount(); left > 0; left--) {
          int length = in.getLength();
          remove(in.array(), in.index(), length);
          in.skip(length);
        }
        done();
      }
      default -> throw Replay.unknown(eventKind);
    }
  }
}
