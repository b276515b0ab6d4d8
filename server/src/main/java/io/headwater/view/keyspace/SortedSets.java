package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.view.keyspace.types.CollectionLimits;
import io.headwater.view.keyspace.types.ZSetValue;

/**
 * Mutators of sorted sets: {@link #edit}, then {@link #put} or {@link #remove} (not both), then
 * {@link #done}, which records one event.
 */
public final class SortedSets {
  private final Keyspace keyspace;
  private final Collected<ZSetValue> collected;
  private int kind = EventKind.ZSET_PUT;

  SortedSets(Keyspace keyspace, CollectionLimits limits) {
    this.keyspace = keyspace;
    this.collected =
        new Collected<>(keyspace, Entry.ZSET, ZSetValue.class, () -> new ZSetValue(limits));
  }

  /** A sorted set's members, to be read until the next call. */
  public ZSetValue read(long entry) {
    return collected.read(entry);
  }

  /** A sorted set's members, to be read beside others. */
  public ZSetValue own(long entry) {
    return collected.own(entry);
  }

  /** A new sorted set of nobody's. */
  public ZSetValue empty() {
    return collected.empty();
  }

  /** Opens a sorted set for changes; {@code entry} is 0 for a new one. */
  public ZSetValue edit(Key key, long entry) {
    kind = EventKind.ZSET_PUT;
    return collected.edit(key, entry);
  }

  /** Gives a member a score, which is not NaN; true if the member is new. */
  public boolean put(byte[] member, int from, int length, double score) {
    double kept = kept(member, from, length, score);
    boolean added = collected.edited().put(member, from, length, kept);
    recordPut(member, from, length, kept);
    return added;
  }

  /**
   * Like {@link #put}, for a member that {@link ZSetValue#score} has just found in the sorted set
   * being edited, with the score {@code old}.
   */
  public void move(byte[] member, int from, int length, double old, double score) {
    double kept = kept(member, from, length, score);
    collected.edited().rescore(member, from, length, old, kept);
    recordPut(member, from, length, kept);
  }

  private double kept(byte[] member, int from, int length, double score) {
    return keyspace.recording() ? collected.edited().kept(member, from, length, score) : score;
  }

  private void recordPut(byte[] member, int from, int length, double score) {
    ByteWriter item = collected.item();
    if (item != null) {
      item.putDouble(score).putSized(member, from, length);
    }
  }

  /** Removes a member; false if it is not there. */
  public boolean remove(byte[] member, int from, int length) {
    kind = EventKind.ZSET_REMOVED;
    boolean removed = collected.edited().remove(member, from, length);
    if (removed) {
      ByteWriter item = collected.item();
      if (item != null) {
        item.putSized(member, from, length);
      }
    }
    return removed;
  }

  /** Ends the edit. */
  public void done() {
    collected.storeItems(kind);
  }

  /** Removes {@code count} members, at least one, from a rank on, and ends the edit. */
  public void removeRange(int rank, int count) {
    collected.edited().removeRange(rank, count);
    collected.store();
    if (keyspace.recording()) {
      keyspace
          .record(EventKind.ZSET_RANGE_REMOVED, collected.key())
          .putVarint(rank)
          .putVarint(count);
    }
  }

  /**
   * Gives a key these members without expiry, whatever it held; none deletes it. The value is the
   * keyspace's from then on. Records nothing if there was nothing and is nothing.
   */
  public void replace(Key key, ZSetValue members) {
    boolean nothing = members.isEmpty() && keyspace.findForWrite(key) == 0;
    if (nothing) {
      return;
    }
    if (keyspace.recording()) {
      ByteWriter out =
          collected.recordReplaced(EventKind.ZSET_REPLACED, key, members).putVarint(members.size());
      if (!members.isConverted()) {
        members.dropZeroSigns();
      }
      members.forEach(
          (array, from, length, score) -> out.putDouble(score).putSized(array, from, length));
    }
    collected.replace(key, members);
  }

  /** Gives a sorted set that is there the large encoding, which {@code SORT} asks for in Redis. */
  public void convert(Key key, long entry) {
    if (!read(entry).isConverted() && keyspace.admission().takes(key, 0)) {
      edit(key, keyspace.findForWrite(key));
      collected.storeConverted(EventKind.ZSET_PUT);
    }
  }

  LargeValue readLarge(ByteReader in) {
    return collected.readLarge(in);
  }

  private ZSetValue open(int eventKind, Key key, boolean mayBeNew) {
    kind = eventKind;
    return collected.replay(key, mayBeNew);
  }

  void replay(int eventKind, Key key, ByteReader in) {
    switch (eventKind) {
      case EventKind.ZSET_PUT -> {
        open(eventKind, key, true);
        for (int left = in.getCount(); left > 0; left--) {
          double score = score(in);
          int length = in.getLength();
          put(in.array(), in.index(), length, score);
          in.skip(length);
        }
        done();
      }
      case EventKind.ZSET_REMOVED -> {
        open(eventKind, key, false);
        for (int left = in.getCount(); left > 0; left--) {
          int length = in.getLength();
          remove(in.array(), in.index(), length);
          in.skip(length);
        }
        done();
      }
      case EventKind.ZSET_RANGE_REMOVED -> {
        ZSetValue zset = open(eventKind, key, false);
        int rank = in.getCount();
        int count = in.getCount();
        Collected.check(count > 0 && rank <= zset.size() - count);
        removeRange(rank, count);
      }
      case EventKind.ZSET_REPLACED -> {
        ZSetValue members = empty();
        for (int left = in.getCount(); left > 0; left--) {
          double score = score(in);
          int length = in.getLength();
          members.put(in.array(), in.index(), length, score);
          in.skip(length);
        }
        replace(key, members);
      }
      default -> throw Replay.unknown(eventKind);
    }
  }

  private static double score(ByteReader in) {
    double score = in.getDouble();
    if (Double.isNaN(score)) {
      throw new MalformedBytes("a score that is not a number");
    }
    return score;
  }
}
