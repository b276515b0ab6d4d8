package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;

/**
 * Members without order. Packed, it is one of
 *
 * <pre>{@code
 * u8 0   u8 width (2, 4, 8)   { little-endian integer of that width }, ascending
 * u8 1   u16 members          { sized member }
 * }</pre>
 *
 * <p>The second if Redis would have made it a hashtable. Large, it is a {@link ByteTable} of the
 * members' texts.
 */
public final class SetValue extends TabledValue {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int INTEGERS_HEADER = 2;
  private static final int TEXTS_HEADER = 3;
  private static final int PACKED_INTEGERS = 4096;
  private static final int PACKED_TEXTS = 64;
  private static final int PACKED_BYTES = 4096;

  private final CollectionLimits limits;
  private final Slice key = new Slice();
  private final byte[] text = new byte[IntegerText.MAX_BYTES];

  public SetValue(CollectionLimits limits) {
    this.limits = limits;
    clear();
  }

  @Override
  public void clear() {
    table = null;
    converted = false;
    overLimits = false;
    count = 0;
    packed.size = 0;
    packed.splice(0, 0, INTEGERS_HEADER);
    packed.array[1] = 2;
  }

  @Override
  public void packed(Slice out) {
    packed.array[0] = (byte) (converted ? 1 : 0);
    if (converted) {
      packed.putShort(1, count);
    }
    out.set(packed.array, 0, packed.size);
  }

  @Override
  public void loaded(int length) {
    table = null;
    overLimits = false;
    packed.size = length;
    converted = packed.array[0] != 0;
    count = converted ? packed.getShort(1) : (packed.size - INTEGERS_HEADER) / packed.array[1];
  }

  @Override
  public void convert() {
    if (table != null) {
      converted = true;
    } else if (!converted) {
      convert(0);
    }
  }

  @Override
  public String encoding() {
    return converted || overLimits ? "hashtable" : "intset";
  }

  @Override
  public long memoryBytes() {
    ByteTable large = table;
    return large == null ? packed.size : 120 + large.memoryBytes();
  }

  public boolean contains(byte[] member, int from, int length) {
    ByteTable large = table;
    if (large != null) {
      return large.find(large.hash(member, from, length), member, from, length) != 0;
    }
    if (converted) {
      return indexOfText(member, from, length) >= 0;
    }
    return IntegerText.isInteger(member, from, length)
        && indexOfInteger(IntegerText.parse(member, from, length)) >= 0;
  }

  private int indexOfText(byte[] member, int from, int length) {
    byte[] array = packed.array;
    for (int at = TEXTS_HEADER; at < packed.size; ) {
      int l = Packed.length(array, at);
      int body = at + Packed.headBytes(l);
      if (l == length && Packed.same(array, body, member, from, length)) {
        return at;
      }
      at = body + l;
    }
    return -1;
  }

  /** The rank of an integer, or {@code -1 - rank} of where it would stand. */
  private int indexOfInteger(long value) {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long there = integerAt(middle);
      if (there < value) {
        low = middle + 1;
      } else if (there > value) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -1 - low;
  }

  private long integerAt(int rank) {
    int width = packed.array[1];
    int at = INTEGERS_HEADER + rank * width;
    return switch (width) {
      case 2 -> (short) SHORT.get(packed.array, at);
      case 4 -> (int) INT.get(packed.array, at);
      default -> (long) LONG.get(packed.array, at);
    };
  }

  private void putInteger(int rank, long value) {
    int width = packed.array[1];
    int at = INTEGERS_HEADER + rank * width;
    switch (width) {
      case 2 -> SHORT.set(packed.array, at, (short) value);
      case 4 -> INT.set(packed.array, at, (int) value);
      default -> LONG.set(packed.array, at, value);
    }
  }

  /** Bytes that Redis takes for each integer of an "intset": 2, 4 or 8. */
  public int integerBytes() {
    if (table == null && !converted) {
      return packed.array[1];
    }
    int[] bytes = {2};
    forEach((array, from, length) -> {
      long value = IntegerText.parse(array, from, length);
      int wanted = value == (short) value ? 2 : value == (int) value ? 4 : 8;
      bytes[0] = Math.max(bytes[0], wanted);
    });
    return bytes[0];
  }

  /** Adds a member; true if it is new. The range may not lie in this value. */
  public boolean add(byte[] member, int from, int length) {
    boolean added;
    if (table == null && !converted) {
      if (IntegerText.isInteger(member, from, length)) {
        return addInteger(IntegerText.parse(member, from, length));
      }
      convert(length);
    } else if (table == null && !fitsPacked(count + 1, Packed.sizedBytes(length))) {
      unpack();
    }
    ByteTable large = table;
    if (large != null) {
      added = addLarge(large, member, from, length);
      converted |= added && !IntegerText.isInteger(member, from, length);
    } else {
      added = indexOfText(member, from, length) < 0;
      if (added) {
        appendText(member, from, length);
      }
    }
    if (added) {
      count++;
      passLimit();
    }
    return added;
  }

  private void passLimit() {
    if (!converted && count > limits.setIntegers()) {
      overLimits = true;
      limits.passed();
    }
  }

  private boolean addInteger(long value) {
    int rank = indexOfInteger(value);
    if (rank >= 0) {
      return false;
    }
    int width = value == (short) value ? 2 : value == (int) value ? 4 : 8;
    if (width > packed.array[1]) {
      widen(width);
    }
    int insertAt = -1 - rank;
    packed.splice(INTEGERS_HEADER + insertAt * packed.array[1], 0, packed.array[1]);
    putInteger(insertAt, value);
    count++;
    passLimit();
    if (count > PACKED_INTEGERS) {
      unpack();
    }
    return true;
  }

  private void widen(int width) {
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = integerAt(i);
    }
    packed.splice(packed.size, 0, count * (width - packed.array[1]));
    packed.array[1] = (byte) width;
    for (int i = 0; i < count; i++) {
      putInteger(i, values[i]);
    }
  }

  /** From integers to texts, with room for one more of {@code length} bytes. */
  private void convert(int length) {
    if (!fitsPacked(count + 1, count * (IntegerText.MAX_BYTES + 1) + Packed.sizedBytes(length))) {
      unpack();
      converted = true;
      return;
    }
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = integerAt(i);
    }
    converted = true;
    packed.size = 0;
    packed.splice(0, 0, TEXTS_HEADER);
    for (long value : values) {
      int from = IntegerText.writeBefore(text, text.length, value);
      appendText(text, from, text.length - from);
    }
  }

  private boolean fitsPacked(int members, int moreBytes) {
    return members <= PACKED_TEXTS && (long) packed.size + moreBytes <= PACKED_BYTES;
  }

  private void appendText(byte[] member, int from, int length) {
    int end = packed.size;
    packed.splice(end, 0, Packed.sizedBytes(length));
    packed.putSized(end, member, from, length);
  }

  @Override
  void unpack() {
    ByteTable large = new ByteTable(0, false, limits.hashSeed(), (_, _) -> {});
    forEach((array, from, length) -> addLarge(large, array, from, length));
    table = large;
    packed.array = new byte[0];
    packed.size = 0;
  }

  private static boolean addLarge(ByteTable large, byte[] member, int from, int length) {
    int hash = large.hash(member, from, length);
    if (large.find(hash, member, from, length) != 0) {
      return false;
    }
    large.insert(hash, member, from, length, 0);
    return true;
  }

  /** Removes a member; false if it is not there. */
  public boolean remove(byte[] member, int from, int length) {
    ByteTable large = table;
    if (large != null) {
      int hash = large.hash(member, from, length);
      int name = large.find(hash, member, from, length);
      if (name == 0) {
        return false;
      }
      large.remove(hash, name);
    } else if (converted) {
      int at = indexOfText(member, from, length);
      if (at < 0) {
        return false;
      }
      packed.splice(at, Packed.skip(packed.array, at) - at, 0);
    } else {
      int rank =
          IntegerText.isInteger(member, from, length)
              ? indexOfInteger(IntegerText.parse(member, from, length))
              : -1;
      if (rank < 0) {
        return false;
      }
      packed.splice(INTEGERS_HEADER + rank * packed.array[1], packed.array[1], 0);
    }
    count--;
    return true;
  }

  /** Shows every member; the value must not change meanwhile. */
  public void forEach(Elements members) {
    ByteTable large = table;
    if (large != null) {
      large.forEach(name -> show(large, name, members));
    } else if (converted) {
      for (int at = TEXTS_HEADER; at < packed.size; at = Packed.skip(packed.array, at)) {
        showText(at, members);
      }
    } else {
      for (int i = 0; i < count; i++) {
        showInteger(i, members);
      }
    }
  }

  private void show(ByteTable large, int name, Elements members) {
    large.key(name, key);
    members.element(key.array(), key.from(), key.length());
  }

  private void showText(int at, Elements members) {
    int length = Packed.length(packed.array, at);
    members.element(packed.array, at + Packed.headBytes(length), length);
  }

  private void showInteger(int rank, Elements members) {
    int from = IntegerText.writeBefore(text, text.length, integerAt(rank));
    members.element(text, from, text.length - from);
  }

  /** SSCAN: see {@link ByteTable#scan}; a packed value is shown whole. Returns the next cursor. */
  public long scan(long cursor, long wanted, Elements members) {
    ByteTable large = table;
    if (large == null) {
      forEach(members);
      return 0;
    }
    return large.scan(cursor, wanted, name -> show(large, name, members));
  }

  /** Shows one member, each as likely; there must be one. */
  public void random(RandomGenerator dice, Elements members) {
    ByteTable large = table;
    if (large != null) {
      show(large, large.random(dice), members);
    } else if (converted) {
      int at = TEXTS_HEADER;
      for (int skip = dice.nextInt(count); skip > 0; skip--) {
        at = Packed.skip(packed.array, at);
      }
      showText(at, members);
    } else {
      showInteger(dice.nextInt(count), members);
    }
  }

  @Override
  public void writeTo(ByteWriter out) {
    if (table == null) {
      packed(key);
      out.putByte(0).putSized(key.array(), key.from(), key.length());
      return;
    }
    out.putByte(converted ? 2 : 1).putVarint(count);
    forEach(out::putSized);
  }

  @Override
  void add(ByteReader in, int members) {
    for (int left = members; left > 0; left--) {
      int length = in.getLength();
      add(in.array(), in.index(), length);
      in.skip(length);
    }
  }

  @Override
  void checkPacked(byte[] array, int from, int length) {
    if (length < INTEGERS_HEADER) {
      throw new MalformedBytes("a packed set of " + length + " bytes");
    }
    if (array[from] == 0) {
      int width = array[from + 1];
      if ((width != 2 && width != 4 && width != 8) || (length - INTEGERS_HEADER) % width != 0) {
        throw new MalformedBytes("a packed set of integers of width " + width);
      }
      return;
    }
    if (length < TEXTS_HEADER) {
      throw new MalformedBytes("a packed set of " + length + " bytes");
    }
    int pieces = 0;
    for (int at = from + TEXTS_HEADER; at < from + length; pieces++) {
      at = Packed.checkedSkip(array, at, from + length);
    }
    int members = (array[from + 1] & 0xff) | (array[from + 2] & 0xff) << 8;
    if (pieces != members) {
      throw new MalformedBytes("a packed set of " + members + " has " + pieces + " members");
    }
  }
}
