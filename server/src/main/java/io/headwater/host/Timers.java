package io.headwater.host;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap of timers by deadline; equal deadlines run in the order in which they were set. A
 * timer knows its place in the heap, so cancelling costs O(log n). Only the loop's thread touches
 * it.
 */
final class Timers {
  private @Nullable Entry[] heap = new @Nullable Entry[16];
  private int size;
  private long sequence;

  /** One timer; {@link #cancel} is safe from any thread. */
  static final class Entry implements Loop.Timer {
    private final Loop loop;
    private final Timers timers;
    private final long deadlineNs;
    private final Runnable task;
    private long order;
    private int place = -1;
    private volatile boolean cancelled;

    Entry(Loop loop, Timers timers, long deadlineNs, Runnable task) {
      this.loop = loop;
      this.timers = timers;
      this.deadlineNs = deadlineNs;
      this.task = task;
    }

    @Override
    public void cancel() {
      cancelled = true;
      if (loop.isCurrent()) {
        timers.remove(this);
      }
    }

    private boolean before(Entry other) {
      long difference = deadlineNs - other.deadlineNs;
      return difference < 0 || (difference == 0 && order < other.order);
    }
  }

  void add(Entry entry) {
    if (entry.cancelled) {
      return;
    }
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    entry.order = sequence++;
    size++;
    up(size - 1, entry);
  }

  /** The next task that is due, taken out; null when none is. */
  @Nullable Runnable poll(long nowNs) {
    while (size > 0) {
      Entry first = at(0);
      if (first.cancelled) {
        remove(first);
      } else if (first.deadlineNs - nowNs <= 0) {
        remove(first);
        return first.task;
      } else {
        return null;
      }
    }
    return null;
  }

  /** Nanoseconds until the first deadline, 0 if it has passed; {@link Long#MAX_VALUE} if none. */
  long waitNs(long nowNs) {
    return size == 0 ? Long.MAX_VALUE : Math.max(0, at(0).deadlineNs - nowNs);
  }

  int size() {
    return size;
  }

  private void remove(Entry entry) {
    int place = entry.place;
    if (place < 0) {
      return;
    }
    entry.place = -1;
    size--;
    Entry last = at(size);
    heap[size] = null;
    if (place < size) {
      if (place > 0 && last.before(at((place - 1) >>> 1))) {
        up(place, last);
      } else {
        down(place, last);
      }
    }
  }

  private void up(int from, Entry entry) {
    int place = from;
    while (place > 0) {
      int parent = (place - 1) >>> 1;
      if (!entry.before(at(parent))) {
        break;
      }
      set(place, at(parent));
      place = parent;
    }
    set(place, entry);
  }

  private void down(int from, Entry entry) {
    int place = from;
    while (2 * place + 1 < size) {
      int child = 2 * place + 1;
      if (child + 1 < size && at(child + 1).before(at(child))) {
        child++;
      }
      if (!at(child).before(entry)) {
        break;
      }
      set(place, at(child));
      place = child;
    }
    set(place, entry);
  }

  private Entry at(int place) {
    Entry entry = heap[place];
    if (entry == null) {
      throw new IllegalStateException("hole in the heap at " + place);
    }
    return entry;
  }

  private void set(int place, Entry entry) {
    heap[place] = entry;
    entry.place = place;
  }
}
