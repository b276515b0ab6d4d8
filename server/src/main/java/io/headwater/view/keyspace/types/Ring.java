package io.headwater.view.keyspace.types;

import org.jspecify.annotations.Nullable;

/** A sequence in a ring of references: cheap at both ends, and it moves the shorter side inside. */
final class Ring<T> {
  private @Nullable Object[] items = new Object[2];
  private int head;
  private int size;

  int size() {
    return size;
  }

  private int place(int i) {
    return (head + i) & (items.length - 1);
  }

  @SuppressWarnings("unchecked")
  T get(int i) {
    assert i >= 0 && i < size : i + " of " + size;
    return (T) java.util.Objects.requireNonNull(items[place(i)]);
  }

  void set(int i, T item) {
    items[place(i)] = item;
  }

  void add(T item) {
    add(size, item);
  }

  /** Puts an item before number {@code i}. */
  void add(int i, T item) {
    if (size == items.length) {
      @Nullable Object[] wider = new Object[size * 2];
      for (int k = 0; k < size; k++) {
        wider[k] = items[place(k)];
      }
      items = wider;
      head = 0;
    }
    size++;
    if (i < size / 2) {
      head = (head - 1) & (items.length - 1);
      for (int k = 0; k < i; k++) {
        items[place(k)] = items[place(k + 1)];
      }
    } else {
      for (int k = size - 1; k > i; k--) {
        items[place(k)] = items[place(k - 1)];
      }
    }
    items[place(i)] = item;
  }

  void remove(int i) {
    if (i < size / 2) {
      for (int k = i; k > 0; k--) {
        items[place(k)] = items[place(k - 1)];
      }
      items[head] = null;
      head = (head + 1) & (items.length - 1);
    } else {
      for (int k = i; k < size - 1; k++) {
        items[place(k)] = items[place(k + 1)];
      }
      items[place(size - 1)] = null;
    }
    size--;
  }

  /** What it holds now, in order. */
  Ring<T> copy() {
    Ring<T> copy = new Ring<>();
    int capacity = 2;
    while (capacity < size) {
      capacity *= 2;
    }
    copy.items = new Object[capacity];
    for (int i = 0; i < size; i++) {
      copy.items[i] = items[place(i)];
    }
    copy.size = size;
    return copy;
  }
}
