package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.Slice;

/**
 * Mutators of lists: {@link #edit}, then either {@link #push} any number of times and {@link
 * #done}, or one of the others, which end the edit. Each records one event.
 */
public final class Lists {
  /** Where to push or pop. */
  public enum End {
    LEFT,
    RIGHT
  }

  private static final End[] ENDS = End.values();

  private final Keyspace keyspace;
  private final Collected<ListValue> collected;
  private final Slice element = new Slice();
  private End pushedTo = End.LEFT;

  Lists(Keyspace keyspace) {
    this.keyspace = keyspace;
    this.collected = new Collected<>(keyspace, Entry.LIST, ListValue.class, ListValue::new);
  }

  /** A list's elements, to be read until the next call. */
  public ListValue read(long entry) {
    return collected.read(entry);
  }

  /** A new list of nobody's. */
  public ListValue empty() {
    return collected.empty();
  }

  /** Opens a list for changes; {@code entry} is 0 for a new one. */
  public ListValue edit(Key key, long entry) {
    return collected.edit(key, entry);
  }

  /** All pushes of one edit go to the same end. */
  public void push(End end, byte[] array, int from, int length) {
    pushedTo = end;
    if (end == End.LEFT) {
      collected.edited().pushFirst(array, from, length);
    } else {
      collected.edited().pushLast(array, from, length);
    }
    ByteWriter item = collected.item();
    if (item != null) {
      item.putSized(array, from, length);
    }
  }

  /** Ends an edit of pushes. */
  public void done() {
    collected.storeItems(
        pushedTo == End.LEFT ? EventKind.LIST_PUSHED_LEFT : EventKind.LIST_PUSHED_RIGHT);
  }

  /** Removes {@code count} elements, at least one, that are there. */
  public void pop(End end, int count) {
    ListValue list = collected.edited();
    list.remove(end == End.LEFT ? 0 : list.size() - count, count);
    collected.store();
    if (keyspace.recording()) {
      keyspace
          .record(EventKind.LIST_POPPED, collected.key())
          .putByte(end.ordinal())
          .putVarint(count);
    }
  }

  /** Moves one element from an end to an end; the list keeps its expiry even if it is the only. */
  public void rotate(End from, End to) {
    ListValue list = collected.edited();
    if (from != to) {
      int index = from == End.LEFT ? 0 : list.size() - 1;
      list.get(index, element);
      byte[] moved = element.toByteArray();
      list.remove(index, 1);
      if (to == End.LEFT) {
        list.pushFirst(moved, 0, moved.length);
      } else {
        list.pushLast(moved, 0, moved.length);
      }
    }
    collected.store();
    if (keyspace.recording()) {
      keyspace
          .record(EventKind.LIST_ROTATED, collected.key())
          .putByte(from.ordinal())
          .putByte(to.ordinal());
    }
  }

  public void set(int index, byte[] array, int from, int length) {
    collected.edited().set(index, array, from, length);
    collected.store();
    recordElement(EventKind.LIST_SET, index, array, from, length);
  }

  /** Puts an element before the one that is number {@code index}. */
  public void insert(int index, byte[] array, int from, int length) {
    collected.edited().insert(index, array, from, length);
    collected.store();
    recordElement(EventKind.LIST_INSERTED, index, array, from, length);
  }

  private void recordElement(int kind, int index, byte[] array, int from, int length) {
    if (keyspace.recording()) {
      keyspace.record(kind, collected.key()).putVarint(index).putSized(array, from, length);
    }
  }

  /** As LREM; returns how many went. */
  public int removeEqual(long limit, byte[] array, int from, int length) {
    int removed = collected.edited().removeEqual(limit, array, from, length);
    if (removed > 0) {
      collected.store();
      if (keyspace.recording()) {
        keyspace
            .record(EventKind.LIST_REMOVED, collected.key())
            .putSigned(limit)
            .putSized(array, from, length);
      }
    }
    return removed;
  }

  /** Keeps only {@code count} elements from number {@code from} on. */
  public void trim(int from, int count) {
    ListValue list = collected.edited();
    int behind = list.size() - from - count;
    if (behind > 0) {
      list.remove(from + count, behind);
    }
    if (from > 0) {
      list.remove(0, from);
    }
    collected.store();
    if (keyspace.recording()) {
      keyspace.record(EventKind.LIST_TRIMMED, collected.key()).putVarint(from).putVarint(count);
    }
  }

  /**
   * Gives a key these elements without expiry, whatever it held; none deletes it. The value is the
   * keyspace's from then on. Records nothing if there was nothing and is nothing.
   */
  public void replace(Key key, ListValue elements) {
    boolean nothing = elements.isEmpty() && keyspace.findForWrite(key) == 0;
    if (nothing) {
      return;
    }
    if (keyspace.recording()) {
      ByteWriter out = keyspace.record(EventKind.LIST_REPLACED, key).putVarint(elements.size());
      elements.forEach(out::putSized);
    }
    collected.replace(key, elements);
  }

  LargeValue readLarge(ByteReader in) {
    return collected.readLarge(in);
  }

  void replay(int eventKind, Key key, ByteReader in) {
    if (eventKind == EventKind.LIST_REPLACED) {
      ListValue elements = empty();
      for (int left = in.getCount(); left > 0; left--) {
        int length = in.getLength();
        elements.pushLast(in.array(), in.index(), length);
        in.skip(length);
      }
      replace(key, elements);
      return;
    }
    boolean pushes =
        eventKind == EventKind.LIST_PUSHED_LEFT || eventKind == EventKind.LIST_PUSHED_RIGHT;
    ListValue list = collected.replay(key, pushes);
    int size = list.size();
    switch (eventKind) {
      case EventKind.LIST_PUSHED_LEFT -> replayPushes(End.LEFT, in);
      case EventKind.LIST_PUSHED_RIGHT -> replayPushes(End.RIGHT, in);
      case EventKind.LIST_POPPED -> {
        End end = end(in);
        int count = in.getCount();
        Collected.check(count > 0 && count <= size);
        pop(end, count);
      }
      case EventKind.LIST_ROTATED -> {
        End from = end(in);
        rotate(from, end(in));
      }
      case EventKind.LIST_SET, EventKind.LIST_INSERTED -> {
        int index = in.getCount();
        int length = in.getLength();
        boolean sets = eventKind == EventKind.LIST_SET;
        Collected.check(sets ? index < size : index <= size);
        if (sets) {
          set(index, in.array(), in.index(), length);
        } else {
          insert(index, in.array(), in.index(), length);
        }
        in.skip(length);
      }
      case EventKind.LIST_REMOVED -> {
        long limit = in.getSigned();
        int length = in.getLength();
        removeEqual(limit, in.array(), in.index(), length);
        in.skip(length);
      }
      case EventKind.LIST_TRIMMED -> {
        int from = in.getCount();
        int count = in.getCount();
        Collected.check(from <= size - count);
        trim(from, count);
      }
      default -> throw Replay.unknown(eventKind);
    }
  }

  private static End end(ByteReader in) {
    int end = in.getByte();
    Collected.check(end >= 0 && end < ENDS.length);
    return ENDS[end];
  }

  private void replayPushes(End end, ByteReader in) {
    for (int left = in.getCount(); left > 0; left--) {
      int length = in.getLength();
      push(end, in.array(), in.index(), length);
      in.skip(length);
    }
    done();
  }
}
