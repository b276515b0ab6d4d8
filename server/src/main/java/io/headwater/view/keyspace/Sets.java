package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.types.CollectionLimits;
import io.headwater.view.keyspace.types.SetValue;

/**
 * Mutators of sets: {@link #edit}, then {@link #add} or {@link #remove} (not both), then {@link
 * #done}, which records one event.
 */
public final class Sets {
  private final Keyspace keyspace;
  private final Collected<SetValue> collected;
  private int kind = EventKind.SET_ADDED;

  Sets(Keyspace keyspace, CollectionLimits limits) {
    this.keyspace = keyspace;
    this.collected =
        new Collected<>(keyspace, Entry.SET, SetValue.class, () -> new SetValue(limits));
  }

  /** A set's members, to be read until the next call. */
  public SetValue read(long entry) {
    return collected.read(entry);
  }

  /** A set's members, to be read beside others. */
  public SetValue own(long entry) {
    return collected.own(entry);
  }

  /** A new set of nobody's. */
  public SetValue empty() {
    return collected.empty();
  }

  /** Opens a set for changes; {@code entry} is 0 for a new one. */
  public SetValue edit(Key key, long entry) {
    kind = EventKind.SET_ADDED;
    return collected.edit(key, entry);
  }

  /** Adds a member; true if it is new. */
  public boolean add(byte[] member, int from, int length) {
    boolean added = collected.edited().add(member, from, length);
    if (added) {
      note(member, from, length);
    }
    return added;
  }

  /** Removes a member; false if it is not there. */
  public boolean remove(byte[] member, int from, int length) {
    kind = EventKind.SET_REMOVED;
    boolean removed = collected.edited().remove(member, from, length);
    if (removed) {
      note(member, from, length);
    }
    return removed;
  }

  private void note(byte[] member, int from, int length) {
    ByteWriter item = collected.item();
    if (item != null) {
      item.putSized(member, from, length);
    }
  }

  /** Ends the edit. */
  public void done() {
    collected.storeItems(kind);
  }

  /**
   * Gives a key these members without expiry, whatever it held; none deletes it. The value is the
   * keyspace's from then on. Records nothing if there was nothing and is nothing.
   */
  public void replace(Key key, SetValue members) {
    boolean nothing = members.isEmpty() && keyspace.findForWrite(key) == 0;
    if (nothing) {
      return;
    }
    if (keyspace.recording()) {
      ByteWriter out =
          collected.recordReplaced(EventKind.SET_REPLACED, key, members).putVarint(members.size());
      members.forEach(out::putSized);
    }
    collected.replace(key, members);
  }

  LargeValue readLarge(ByteReader in) {
    return collected.readLarge(in);
  }

  private SetValue open(int eventKind, Key key, boolean mayBeNew) {
    kind = eventKind;
    return collected.replay(key, mayBeNew);
  }

  void replay(int eventKind, Key key, ByteReader in) {
    switch (eventKind) {
      case EventKind.SET_ADDED, EventKind.SET_REMOVED -> {
        open(eventKind, key, eventKind == EventKind.SET_ADDED);
        for (int left = in.getCount(); left > 0; left--) {
          int length = in.getLength();
          if (eventKind == EventKind.SET_ADDED) {
            add(in.array(), in.index(), length);
          } else {
            remove(in.array(), in.index(), length);
          }
          in.skip(length);
        }
        done();
      }
      case EventKind.SET_REPLACED -> {
        SetValue members = empty();
        for (int left = in.getCount(); left > 0; left--) {
          int length = in.getLength();
          members.add(in.array(), in.index(), length);
          in.skip(length);
        }
        replace(key, members);
      }
      default -> throw Replay.unknown(eventKind);
    }
  }
}
