package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/**
 * A table: an array part for the keys 1 to n and a hash part for the others.
 *
 * <p>The hash part is a chained scatter table with Brent's variation, and array and hash are sized
 * by the same rules as in PUC Lua 5.1 (at least half of the array part is in use; the hash part
 * grows only when no place is free). So {@code pairs} visits keys in the same order as there, and
 * {@code #} finds the same border. A key whose value became nil keeps its place until the next
 * resize, which is what lets a traversal go on.
 */
public final class LuaTable {
  private static final @Nullable Object[] NOTHING = new @Nullable Object[0];
  private static final int[] NO_LINKS = new int[0];
  private static final int ARRAY_BITS_MAX = 26;
  private static final long EMPTY_BYTES = 72;
  private static final long ENTRY_BYTES = 12;

  private final Heap heap;
  private @Nullable Object[] array = NOTHING;
  private @Nullable Object[] keys = NOTHING;
  private @Nullable Object[] values = NOTHING;

  /** From entry to entry of one chain: index, -1 at its end. */
  private int[] links = NO_LINKS;

  /** All entries at or above it are taken. */
  private int free;

  private @Nullable LuaTable metatable;
  private boolean readOnly;

  /** The heap's walk that saw it last. */
  int seen;

  public LuaTable(Heap heap) {
    this.heap = heap;
    heap.charge(EMPTY_BYTES);
  }

  /** With room for so many elements and other keys. */
  public LuaTable(Heap heap, int elements, int others) {
    this(heap);
    if (elements > 0 || others > 0) {
      resize(elements, others);
    }
  }

  public @Nullable LuaTable metatable() {
    return metatable;
  }

  public void setMetatable(@Nullable LuaTable table) {
    metatable = table;
  }

  /** Scripts may not change it. */
  public boolean isReadOnly() {
    return readOnly;
  }

  public void setReadOnly(boolean on) {
    readOnly = on;
  }

  // Reading.

  public @Nullable Object get(@Nullable Object key) {
    if (key instanceof LuaString string) {
      return get(string);
    }
    if (key instanceof Double number) {
      double d = number;
      int i = (int) d;
      return i == d ? get(i) : valueAt(findNumber(d));
    }
    return key == null ? null : valueAt(findOther(key));
  }

  public @Nullable Object get(LuaString key) {
    if (keys.length == 0) {
      return null;
    }
    int hash = key.hashCode();
    int i = hash & keys.length - 1;
    do {
      Object k = keys[i];
      if (k == key || k instanceof LuaString s && s.hashCode() == hash && s.sameAs(key)) {
        return values[i];
      }
      i = links[i];
    } while (i >= 0);
    return null;
  }

  public @Nullable Object get(String key) {
    return get(LuaString.of(key));
  }

  public @Nullable Object get(int i) {
    if (i - 1 >= 0 && i - 1 < array.length) {
      return array[i - 1];
    }
    return valueAt(findNumber(i));
  }

  private @Nullable Object valueAt(int index) {
    return index < 0 ? null : values[index];
  }

  private int find(Object key) {
    if (key instanceof LuaString string) {
      return findString(string);
    }
    return key instanceof Double number ? findNumber(number) : findOther(key);
  }

  private int findString(LuaString key) {
    if (keys.length == 0) {
      return -1;
    }
    int i = key.hashCode() & keys.length - 1;
    do {
      Object k = keys[i];
      if (k == key || k instanceof LuaString s && s.sameAs(key)) {
        return i;
      }
      i = links[i];
    } while (i >= 0);
    return -1;
  }

  private int findNumber(double key) {
    if (keys.length == 0) {
      return -1;
    }
    int i = numberPlace(key);
    do {
      if (keys[i] instanceof Double d && d == key) {
        return i;
      }
      i = links[i];
    } while (i >= 0);
    return -1;
  }

  private int findOther(Object key) {
    if (keys.length == 0) {
      return -1;
    }
    int i = place(key);
    do {
      if (key.equals(keys[i])) {
        return i;
      }
      i = links[i];
    } while (i >= 0);
    return -1;
  }

  private int place(Object key) {
    return switch (key) {
      case LuaString string -> string.hashCode() & keys.length - 1;
      case Double number -> numberPlace(number);
      case Boolean bool -> (bool ? 1 : 0) & keys.length - 1;
      default -> Integer.remainderUnsigned(System.identityHashCode(key), keys.length - 1 | 1);
    };
  }

  private int numberPlace(double key) {
    if (key == 0) {
      return 0;
    }
    long bits = Double.doubleToRawLongBits(key);
    return Integer.remainderUnsigned((int) bits + (int) (bits >>> 32), keys.length - 1 | 1);
  }

  // Writing. Keys are neither nil nor NaN.

  public void put(String key, @Nullable Object value) {
    put(LuaString.of(key), value);
  }

  public void put(Object key, @Nullable Object value) {
    if (key instanceof Double number) {
      double d = number;
      int i = (int) d;
      if (i == d && i - 1 >= 0 && i - 1 < array.length) {
        array[i - 1] = value;
        return;
      }
    }
    int at = find(key);
    if (at >= 0) {
      values[at] = value;
    } else {
      insert(key, value);
    }
  }

  public void put(int i, @Nullable Object value) {
    if (i - 1 >= 0 && i - 1 < array.length) {
      array[i - 1] = value;
    } else {
      put((Object) (double) i, value);
    }
  }

  /** Puts it behind the last one. */
  public void append(@Nullable Object value) {
    put(length() + 1, value);
  }

  private void insert(Object key, @Nullable Object value) {
    if (keys.length == 0) {
      rehash(key);
      put(key, value);
      return;
    }
    int at = place(key);
    if (values[at] != null) {
      int spare = takeFree();
      if (spare < 0) {
        rehash(key);
        put(key, value);
        return;
      }
      int other = place(java.util.Objects.requireNonNull(keys[at]));
      if (other != at) {
        while (links[other] != at) {
          other = links[other];
        }
        links[other] = spare;
        keys[spare] = keys[at];
        values[spare] = values[at];
        links[spare] = links[at];
        links[at] = -1;
      } else {
        links[spare] = links[at];
        links[at] = spare;
        at = spare;
      }
    }
    keys[at] = key;
    values[at] = value;
  }

  private int takeFree() {
    while (free > 0) {
      free--;
      if (keys[free] == null) {
        return free;
      }
    }
    return -1;
  }

  // Sizes.

  private void rehash(Object extra) {
    int[] counts = new int[ARRAY_BITS_MAX + 2];
    int integers = countArray(counts);
    int total = integers;
    for (int i = 0; i < keys.length; i++) {
      if (values[i] != null) {
        integers += count(keys[i], counts);
        total++;
      }
    }
    integers += count(extra, counts);
    total++;
    int elements = 0;
    int inArray = 0;
    int seenSoFar = 0;
    for (int bit = 0, size = 1; size / 2 < integers && bit < counts.length; bit++, size *= 2) {
      if (counts[bit] > 0) {
        seenSoFar += counts[bit];
        if (seenSoFar > size / 2) {
          elements = size;
          inArray = seenSoFar;
        }
      }
      if (seenSoFar == integers) {
        break;
      }
    }
    resize(elements, total - inArray);
  }

  private int countArray(int[] counts) {
    int used = 0;
    for (int i = 0; i < array.length; i++) {
      if (array[i] != null) {
        counts[bitsOf(i + 1)]++;
        used++;
      }
    }
    return used;
  }

  private static int count(@Nullable Object key, int[] counts) {
    if (key instanceof Double d) {
      int i = d.intValue();
      if (i == d && i > 0 && i <= 1 << ARRAY_BITS_MAX) {
        counts[bitsOf(i)]++;
        return 1;
      }
    }
    return 0;
  }

  /** The logarithm to base 2, rounded up. */
  private static int bitsOf(int n) {
    return 32 - Integer.numberOfLeadingZeros(n - 1);
  }

  private void resize(int elements, int others) {
    int places = others == 0 ? 0 : 1 << bitsOf(others);
    heap.charge(
        Math.max(0, elements - array.length) * 4L
            + Math.max(0, places - keys.length) * ENTRY_BYTES);
    @Nullable Object[] oldArray = array;
    @Nullable Object[] oldKeys = keys;
    @Nullable Object[] oldValues = values;
    if (elements != array.length) {
      array = java.util.Arrays.copyOf(array, elements);
    }
    keys = places == 0 ? NOTHING : new @Nullable Object[places];
    values = places == 0 ? NOTHING : new @Nullable Object[places];
    links = places == 0 ? NO_LINKS : new int[places];
    java.util.Arrays.fill(links, -1);
    free = places;
    for (int i = elements; i < oldArray.length; i++) {
      if (oldArray[i] != null) {
        put(i + 1, oldArray[i]);
      }
    }
    for (int i = oldKeys.length - 1; i >= 0; i--) {
      Object key = oldKeys[i];
      if (key != null && oldValues[i] != null) {
        put(key, oldValues[i]);
      }
    }
  }

  /** Makes the array part hold so many elements at least, before they are put one by one. */
  void reserve(int elements) {
    if (elements > array.length) {
      resize(elements, keys.length);
    }
  }

  /** A border: the element there is not nil and the next is, as {@code #} finds it. */
  public int length() {
    int high = array.length;
    if (high > 0 && array[high - 1] == null) {
      int low = 0;
      while (high - low > 1) {
        int middle = low + high >>> 1;
        if (array[middle - 1] == null) {
          high = middle;
        } else {
          low = middle;
        }
      }
      return low;
    }
    return keys.length == 0 ? high : lengthBeyond(high);
  }

  private int lengthBeyond(int from) {
    int low = from;
    int high = from + 1;
    while (get(high) != null) {
      low = high;
      if (high > 1 << 29) {
        int i = 1;
        while (get(i) != null) {
          i++;
        }
        return i - 1;
      }
      high *= 2;
    }
    while (high - low > 1) {
      int middle = low + high >>> 1;
      if (get(middle) == null) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return low;
  }

  // Traversal: by places, so that a caller can go through without looking keys up.

  /** The place behind that of {@code key}, the first for nil; -1 if there is no such key. */
  public int placeAfter(@Nullable Object key) {
    if (key == null) {
      return 0;
    }
    if (key instanceof Double d) {
      int i = d.intValue();
      if (i == d && i >= 1 && i <= array.length) {
        return i;
      }
    }
    int at = find(key);
    return at < 0 ? -1 : array.length + at + 1;
  }

  /** The first place from {@code place} on that holds something, or -1. */
  public int nextPlace(int place) {
    int i = place;
    for (; i < array.length; i++) {
      if (array[i] != null) {
        return i;
      }
    }
    for (i -= array.length; i < keys.length; i++) {
      if (values[i] != null) {
        return array.length + i;
      }
    }
    return -1;
  }

  public Object keyAt(int place) {
    return place < array.length
        ? (Object) (double) (place + 1)
        : java.util.Objects.requireNonNull(keys[place - array.length]);
  }

  public Object valueAtPlace(int place) {
    return java.util.Objects.requireNonNull(
        place < array.length ? array[place] : values[place - array.length]);
  }

  /** For the heap: bytes of its own, without what it refers to. */
  long bytes() {
    return EMPTY_BYTES + array.length * 4L + keys.length * ENTRY_BYTES;
  }

  /** For the heap. */
  void visit(Heap.Walk walk) {
    walk.add(metatable);
    walk.addAll(array, array.length);
    walk.addAll(keys, keys.length);
    walk.addAll(values, values.length);
  }
}
