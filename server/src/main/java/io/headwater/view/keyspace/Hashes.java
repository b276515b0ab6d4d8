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

  /** For fields that are past their time, which go while another hash may be open. */
  private final Collected<HashValue> expiring;

  private int kind = EventKind.HASH_SET;

  Hashes(Keyspace keyspace, CollectionLimits limits) {
    this.keyspace = keyspace;
    this.collected = opener(limits);
    this.expiring = opener(limits);
  }

  private Collected<HashValue> opener(CollectionLimits limits) {
    return new Collected<>(keyspace, Entry.HASH, HashValue.class, () -> new HashValue(limits));
  }

  /** A hash's fields, to be read until the next call; without those that are past their time. */
  public HashValue read(long entry) {
    HashValue hash = collected.read(entry);
    hash.hideDue(hiddenUntilMs(entry));
    return hash;
  }

  private long hiddenUntilMs(long entry) {
    boolean some = entry != 0 && keyspace.departures().hasDueFields(entry);
    return some ? keyspace.nowMs() : 0;
  }

  /** Whether all fields are past their time. */
  boolean isAllDue(long entry) {
    return expiring.read(entry).isAllDue(keyspace.nowMs());
  }

  /** A new hash of nobody's. */
  public HashValue empty() {
    return collected.empty();
  }

  /**
   * Opens a hash for changes; {@code entry} is 0 for a new one. Fields that are past their time and
   * not deleted yet are as good as missing.
   */
  public HashValue edit(Key key, long entry) {
    kind = EventKind.HASH_SET;
    HashValue hash = collected.edit(key, entry);
    hash.hideDue(hiddenUntilMs(entry));
    return hash;
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

  /**
   * Like {@link #put}, but a field that is there expires when it would have. Not behind another
   * change of the same edit.
   */
  public boolean change(
      byte[] field, int from, int length, byte[] value, int valueFrom, int valueLength) {
    HashValue hash = collected.edited();
    if (!hash.isExpiring() || hash.isHidden(field, from, length)) {
      return put(field, from, length, value, valueFrom, valueLength);
    }
    kind = EventKind.HASH_CHANGED;
    boolean added = hash.change(field, from, length, value, valueFrom, valueLength);
    ByteWriter item = collected.item();
    if (item != null) {
      item.putSized(field, from, length).putSized(value, valueFrom, valueLength);
    }
    return added;
  }

  /** Lets a field that is there expire, or ({@link HashValue#NEVER}) not any more. */
  public void expire(byte[] field, int from, int length, long expiresAtMs) {
    kind = EventKind.HASH_FIELDS_EXPIRY;
    collected.edited().expire(field, from, length, expiresAtMs);
    ByteWriter item = collected.item();
    if (item != null) {
      item.putLong(expiresAtMs).putSized(field, from, length);
    }
  }

  /** What removing up to {@code most} fields of an entry that are past their time records. */
  long dueBytes(long entry, int most) {
    return expiring.read(entry).dueBytes(keyspace.nowMs(), most);
  }

  /** Removes up to {@code most} fields of an entry that expire by then; returns how many. */
  int removeDue(Key key, long entry, long nowMs, int most) {
    expiring
        .edit(key, entry)
        .removeDue(
            nowMs,
            most,
            (array, from, length) -> {
              ByteWriter item = expiring.item();
              if (item != null) {
                item.putSized(array, from, length);
              }
            });
    int removed = expiring.itemCount();
    expiring.storeItems(EventKind.HASH_DELETED);
    return removed;
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
      ByteWriter out =
          collected.recordReplaced(EventKind.HASH_REPLACED, key, fields).putVarint(fields.size());
      fields.forEach((array, from, length, valueFrom, valueLength) ->
          out.putSized(array, from, length).putSized(array, valueFrom, valueLength));
    }
    collected.replace(key, fields);
    if (keyspace.recording() && fields.isExpiring()) {
      recordExpiries(key, fields);
    }
  }

  private void recordExpiries(Key key, HashValue fields) {
    int[] count = {0};
    fields.forEachExpiry((_, _, _, _) -> count[0]++);
    ByteWriter out = keyspace.record(EventKind.HASH_FIELDS_EXPIRY, key).putVarint(count[0]);
    fields.forEachExpiry(
        (array, from, length, time) -> out.putLong((long) time).putSized(array, from, length));
  }

  LargeValue readLarge(ByteReader in) {
    return collected.readLarge(in);
  }

  private HashValue open(int eventKind, Key key, boolean mayBeNew) {
    kind = eventKind;
    HashValue hash = collected.replay(key, mayBeNew);
    hash.hideDue(0); // what is due when is in the events
    return hash;
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
      case EventKind.HASH_SET, EventKind.HASH_CHANGED -> {
        open(eventKind, key, eventKind == EventKind.HASH_SET);
        for (int left = in.getCount(); left > 0; left--) {
          int length = in.getLength();
          int from = in.index();
          in.skip(length);
          int valueLength = in.getLength();
          if (eventKind == EventKind.HASH_SET) {
            put(in.array(), from, length, in.array(), in.index(), valueLength);
          } else {
            change(in.array(), from, length, in.array(), in.index(), valueLength);
          }
          in.skip(valueLength);
        }
        done();
      }
      case EventKind.HASH_FIELDS_EXPIRY -> {
        HashValue hash = open(eventKind, key, false);
        for (int left = in.getCount(); left > 0; left--) {
          long expiresAtMs = in.getLong();
          int length = in.getLength();
          Collected.check(expiresAtMs > 0 && hash.contains(in.array(), in.index(), length));
          expire(in.array(), in.index(), length, expiresAtMs);
          in.skip(length);
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
