package io.headwater.lua;

import static io.headwater.lua.LuaNumbers.UNBOXED;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A table: an array part for the keys 1 to n and a hash part for the others.
 *
 * <p>The hash part is a chained scatter table with Brent's variation, and array and hash are sized
 * by the same rules as in PUC Lua 5.1 (at least half of the array part is in use; the hash part
 * grows only when no place is free). So {@code pairs} visits keys in the same order as there, and
 * {@code #} finds the same border. A key whose value became nil keeps its place until the next
 * resize, which is what lets a traversal go on.
 *
 * <p>A number as a value is in a {@code double[]} beside the values, which is there once the first
 * number is, and {@link LuaNumbers#UNBOXED} stands in its place.
 */
public final class LuaTable {
  private static final @Nullable Object[] NOTHING = new @Nullable Object[0];
  private static final double[] NO_NUMBERS = new double[0];
  private static final int[] NO_LINKS = new int[0];
  private static final int ARRAY_BITS_MAX = 26;
  private static final long EMPTY_BYTES = 72;
  private static final long ENTRY_BYTES = 12;
  private static final long NUMBER_BYTES = 8;

  private final Heap heap;
  private @Nullable Object[] array = NOTHING;
  private double[] arrayNumbers = NO_NUMBERS;
  private @Nullable Object[] keys = NOTHING;
  private @Nullable Object[] values = NOTHING;
  private double[] numbers = NO_NUMBERS;

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

  /** With room for so many elements, as if they had been put one by one. */
  public static LuaTable ofElements(Heap heap, int elements) {
    return new LuaTable(heap, elements == 0 ? 0 : 1 << bitsOf(elements), 0);
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

  // Reading. A place counts through the array part, then through the hash part.

  public @Nullable Object get(@Nullable Object key) {
    return boxedAt(place(key));
  }

  public @Nullable Object get(LuaString key) {
    return boxedAt(place(key));
  }

  public @Nullable Object get(String key) {
    return get(LuaString.of(key));
  }

  public @Nullable Object get(int i) {
    return boxedAt(place(i));
  }

  /** Where the value of a key is, -1 if the key is not there. */
  int place(@Nullable Object key) {
    if (key instanceof LuaString string) {
      return place(string);
    }
    if (key instanceof Double number) {
      return place(number.doubleValue());
    }
    return key == null ? -1 : inHash(findOther(key));
  }

  int place(LuaString key) {
    return inHash(findString(key));
  }

  int place(double key) {
    int i = (int) key;
    return i == key && i - 1 >= 0 && i - 1 < array.length ? i - 1 : inHash(findNumber(key));
  }

  private int inHash(int entry) {
    return entry < 0 ? -1 : array.length + entry;
  }

  /** What is at a place: {@link LuaNumbers#UNBOXED} for a number; nil at -1. */
  @Nullable Object at(int place) {
    return place < 0 ? null : place < array.length ? array[place] : values[place - array.length];
  }

  /** The number at a place that holds one. */
  double numberAt(int place) {
    return place < array.length ? arrayNumbers[place] : numbers[place - array.length];
  }

  private @Nullable Object boxedAt(int place) {
    Object value = at(place);
    return value == UNBOXED ? (Object) numberAt(place) : value;
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
    int hash = key.hashCode();
    int i = hash & keys.length - 1;
    do {
      Object k = keys[i];
      if (k == key || k instanceof LuaString s && s.hashCode() == hash && s.sameAs(key)) {
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
    int i = mainPlace(key);
    do {
      if (key.equals(keys[i])) {
        return i;
      }
      i = links[i];
    } while (i >= 0);
    return -1;
  }

  private int mainPlace(Object key) {
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
    if (value instanceof Double number) {
      put(key, UNBOXED, number);
    } else {
      put(key, value, 0);
    }
  }

  public void put(int i, @Nullable Object value) {
    if (value instanceof Double number) {
      putAt(i, UNBOXED, number);
    } else {
      putAt(i, value, 0);
    }
  }

  /** With the number if the value is {@link LuaNumbers#UNBOXED}. */
  void put(Object key, @Nullable Object value, double number) {
    if (key instanceof Double d) {
      putAt(d, value, number);
      return;
    }
    int at = find(key);
    if (at >= 0) {
      setEntry(at, value, number);
    } else {
      insert(key, value, number);
    }
  }

  void putAt(double key, @Nullable Object value, double number) {
    int i = (int) key;
    if (i == key && i - 1 >= 0 && i - 1 < array.length) {
      setElement(i - 1, value, number);
      return;
    }
    int at = findNumber(key);
    if (at >= 0) {
      setEntry(at, value, number);
    } else {
      insert(key, value, number);
    }
  }

  /** Replaces what is at a place. */
  void setAt(int place, @Nullable Object value, double number) {
    if (place < array.length) {
      setElement(place, value, number);
    } else {
      setEntry(place - array.length, value, number);
    }
  }

  private void setElement(int at, @Nullable Object value, double number) {
    if (value != UNBOXED) {
      array[at] = value;
      return;
    }
    if (arrayNumbers.length == 0) {
      heap.charge(array.length * NUMBER_BYTES);
      arrayNumbers = new double[array.length];
    }
    arrayNumbers[at] = number;
    if (array[at] != UNBOXED) {
      array[at] = UNBOXED;
    }
  }

  private void setEntry(int at, @Nullable Object value, double number) {
    if (value != UNBOXED) {
      values[at] = value;
      return;
    }
    if (numbers.length == 0) {
      heap.charge(values.length * NUMBER_BYTES);
      numbers = new double[values.length];
    }
    numbers[at] = number;
    if (values[at] != UNBOXED) {
      values[at] = UNBOXED;
    }
  }

  /** Puts it behind the last one. */
  public void append(@Nullable Object value) {
    put(length() + 1, value);
  }

  private void insert(Object key, @Nullable Object value, double number) {
    if (keys.length == 0) {
      rehash(key);
      put(key, value, number);
      return;
    }
    int at = mainPlace(key);
    if (values[at] != null) {
      int spare = takeFree();
      if (spare < 0) {
        rehash(key);
        put(key, value, number);
        return;
      }
      int other = mainPlace(Objects.requireNonNull(keys[at]));
      if (other != at) {
        while (links[other] != at) {
          other = links[other];
        }
        links[other] = spare;
        keys[spare] = keys[at];
        setEntry(spare, values[at], values[at] == UNBOXED ? numbers[at] : 0);
        links[spare] = links[at];
        links[at] = -1;
      } else {
        links[spare] = links[at];
        links[at] = spare;
        at = spare;
      }
    }
    keys[at] = key;
    setEntry(at, value, number);
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
        Math.max(0, elements - array.length) * (arrayNumbers.length == 0 ? 4 : 4 + NUMBER_BYTES)
            + Math.max(0, places - keys.length) * ENTRY_BYTES);
    @Nullable Object[] oldArray = array;
    double[] oldArrayNumbers = arrayNumbers;
    @Nullable Object[] oldKeys = keys;
    @Nullable Object[] oldValues = values;
    double[] oldNumbers = numbers;
    if (elements != array.length) {
      array = Arrays.copyOf(array, elements);
      arrayNumbers = arrayNumbers.length == 0 ? NO_NUMBERS : Arrays.copyOf(arrayNumbers, elements);
    }
    keys = places == 0 ? NOTHING : new @Nullable Object[places];
    values = places == 0 ? NOTHING : new @Nullable Object[places];
    numbers = NO_NUMBERS;
    links = places == 0 ? NO_LINKS : new int[places];
    Arrays.fill(links, -1);
    free = places;
    for (int i = elements; i < oldArray.length; i++) {
      if (oldArray[i] != null) {
        putAt(i + 1.0, oldArray[i], oldArray[i] == UNBOXED ? oldArrayNumbers[i] : 0);
      }
    }
    for (int i = oldKeys.length - 1; i >= 0; i--) {
      Object key = oldKeys[i];
      if (key != null && oldValues[i] != null) {
        put(key, oldValues[i], oldValues[i] == UNBOXED ? oldNumbers[i] : 0);
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
    while (at(place(high)) != null) {
      low = high;
      if (high > 1 << 29) {
        int i = 1;
        while (at(place(i)) != null) {
          i++;
        }
        return i - 1;
      }
      high *= 2;
    }
    while (high - low > 1) {
      int middle = low + high >>> 1;
      if (at(place(middle)) == null) {
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
    int place = place(key);
    return place < 0 ? -1 : place + 1;
  }

  int placeAfter(double key) {
    int place = place(key);
    return place < 0 ? -1 : place + 1;
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

  /** Whether the key of a place is an index, one more than the place. */
  boolean isElement(int place) {
    return place >= 0 && place < array.length;
  }

  public Object keyAt(int place) {
    return place < array.length
        ? (Object) (double) (place + 1)
        : Objects.requireNonNull(keys[place - array.length]);
  }

  public Object valueAtPlace(int place) {
    return Objects.requireNonNull(boxedAt(place));
  }

  /** For the heap: bytes of its own, without what it refers to. */
  long bytes() {
    return EMPTY_BYTES
        + array.length * 4L
        + keys.length * ENTRY_BYTES
        + (arrayNumbers.length + numbers.length) * NUMBER_BYTES;
  }

  /** For the heap. */
  void visit(Heap.Walk walk) {
    walk.add(metatable);
    walk.addAll(array, array.length);
    walk.addAll(keys, keys.length);
    walk.addAll(values, values.length);
  }
}
