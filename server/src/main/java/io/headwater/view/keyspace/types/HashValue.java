package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Fields with values. Packed, in the order in which fields came:
 *
 * <pre>{@code
 * u8 flags (1: Redis would have made it a hashtable)   u16 fields   { sized field, sized value }
 * }</pre>
 *
 * <p>Large, it is a {@link ByteTable}. What OBJECT ENCODING says follows Redis's limits alone; a
 * "hashtable" of few bytes still is packed here.
 */
public final class HashValue implements CollectionValue {
  private static final int HEADER = 3;
  private static final int PACKED_FIELDS = 1024;
  private static final int PACKED_BYTES = 1 << 16;
  private static final int CONVERTED_FIELDS = 64;
  private static final int CONVERTED_BYTES = 4096;

  private final CollectionLimits limits;
  private final Packed packed = new Packed();
  private final Slice key = new Slice();
  private final Slice value = new Slice();
  private @Nullable ByteTable table;
  private boolean converted;
  private int count;

  public HashValue(CollectionLimits limits) {
    this.limits = limits;
    clear();
  }

  @Override
  public void clear() {
    table = null;
    converted = false;
    count = 0;
    packed.size = 0;
    packed.splice(0, 0, HEADER);
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public boolean isPacked() {
    return table == null;
  }

  @Override
  public void packed(Slice out) {
    packed.array[0] = (byte) (converted ? 1 : 0);
    packed.putShort(1, count);
    out.set(packed.array, 0, packed.size);
  }

  @Override
  public byte[] room(int length) {
    return packed.room(length);
  }

  @Override
  public void loaded(int length) {
    table = null;
    packed.size = length;
    converted = packed.array[0] != 0;
    count = packed.getShort(1);
  }

  @Override
  public String encoding() {
    return converted ? "hashtable" : "listpack";
  }

  @Override
  public long memoryBytes() {
    ByteTable large = table;
    return large == null ? packed.size : 120 + large.memoryBytes();
  }

  /** Points {@code out} to a field's value; false if there is no such field. */
  public boolean get(byte[] field, int from, int length, Slice out) {
    ByteTable large = table;
    if (large != null) {
      int name = large.find(large.hash(field, from, length), field, from, length);
      if (name != 0) {
        large.value(name, out);
      }
      return name != 0;
    }
    int at = indexOf(field, from, length);
    if (at < 0) {
      return false;
    }
    int valueAt = Packed.skip(packed.array, at);
    int valueLength = Packed.length(packed.array, valueAt);
    out.set(packed.array, valueAt + Packed.headBytes(valueLength), valueLength);
    return true;
  }

  public boolean contains(byte[] field, int from, int length) {
    return get(field, from, length, value);
  }

  /** Where the packed field begins, or -1. */
  private int indexOf(byte[] field, int from, int length) {
    byte[] array = packed.array;
    int end = packed.size;
    for (int at = HEADER; at < end; ) {
      int l = Packed.length(array, at);
      int body = at + Packed.headBytes(l);
      if (l == length && Packed.same(array, body, field, from, length)) {
        return at;
      }
      at = Packed.skip(array, body + l);
    }
    return -1;
  }

  /** Sets a field; true if it is new. Neither range may lie in this value. */
  public boolean put(
      byte[] field, int from, int length, byte[] source, int valueFrom, int valueLength) {
    if (length > limits.hashValueBytes() || valueLength > limits.hashValueBytes()) {
      converted = true;
    }
    if (table == null && !fitsPacked(count + 1, Packed.sizedBytes(length), valueLength)) {
      unpack();
    }
    ByteTable large = table;
    boolean added =
        large == null
            ? putPacked(field, from, length, source, valueFrom, valueLength)
            : putLarge(large, field, from, length, source, valueFrom, valueLength);
    if (added) {
      count++;
      if (count > limits.hashEntries()) {
        converted = true;
      }
    }
    return added;
  }

  private boolean fitsPacked(int fields, int fieldBytes, int valueLength) {
    long bytes = (long) packed.size + fieldBytes + valueLength;
    boolean small = fields <= CONVERTED_FIELDS && bytes <= CONVERTED_BYTES;
    boolean listpack = !converted && fields <= limits.hashEntries() && fields <= PACKED_FIELDS;
    return small || (listpack && bytes <= PACKED_BYTES);
  }

  private boolean putPacked(
      byte[] field, int from, int length, byte[] source, int valueFrom, int valueLength) {
    int at = indexOf(field, from, length);
    if (at >= 0) {
      int valueAt = Packed.skip(packed.array, at);
      int old = Packed.skip(packed.array, valueAt) - valueAt;
      packed.splice(valueAt, old, Packed.sizedBytes(valueLength));
      packed.putSized(valueAt, source, valueFrom, valueLength);
      return false;
    }
    int end = packed.size;
    packed.splice(end, 0, Packed.sizedBytes(length) + Packed.sizedBytes(valueLength));
    int valueAt = packed.putSized(end, field, from, length);
    packed.putSized(valueAt, source, valueFrom, valueLength);
    return true;
  }

  private boolean putLarge(
      ByteTable large,
      byte[] field,
      int from,
      int length,
      byte[] source,
      int valueFrom,
      int valueLength) {
    int hash = large.hash(field, from, length);
    int name = large.find(hash, field, from, length);
    boolean added = name == 0;
    if (!added && !large.valueFits(name, valueLength)) {
      large.remove(hash, name);
      name = 0;
    }
    if (name == 0) {
      name = large.insert(hash, field, from, length, valueLength);
      large.value(name, value);
      System.arraycopy(source, valueFrom, value.array(), value.from(), valueLength);
    } else {
      large.overwriteValue(name, source, valueFrom, valueLength);
    }
    return added;
  }

  private void unpack() {
    ByteTable large = new ByteTable(0, true, limits.hashSeed(), (_, _) -> {});
    forEach((array, from, length, valueFrom, valueLength) ->
        putLarge(large, array, from, length, array, valueFrom, valueLength));
    table = large;
    packed.array = new byte[0];
    packed.size = 0;
  }

  /** Removes a field; false if there is none. */
  public boolean remove(byte[] field, int from, int length) {
    ByteTable large = table;
    if (large != null) {
      int hash = large.hash(field, from, length);
      int name = large.find(hash, field, from, length);
      if (name == 0) {
        return false;
      }
      large.remove(hash, name);
    } else {
      int at = indexOf(field, from, length);
      if (at < 0) {
        return false;
      }
      int end = Packed.skip(packed.array, Packed.skip(packed.array, at));
      packed.splice(at, end - at, 0);
    }
    count--;
    return true;
  }

  /** Shows every field; the value must not change meanwhile. */
  public void forEach(Fields fields) {
    ByteTable large = table;
    if (large != null) {
      large.forEach(name -> show(large, name, fields));
      return;
    }
    for (int at = HEADER; at < packed.size; ) {
      at = show(at, fields);
    }
  }

  private int show(int at, Fields fields) {
    byte[] array = packed.array;
    int length = Packed.length(array, at);
    int from = at + Packed.headBytes(length);
    int valueAt = from + length;
    int valueLength = Packed.length(array, valueAt);
    int valueFrom = valueAt + Packed.headBytes(valueLength);
    fields.field(array, from, length, valueFrom, valueLength);
    return valueFrom + valueLength;
  }

  private void show(ByteTable large, int name, Fields fields) {
    large.key(name, key);
    large.value(name, value);
    fields.field(key.array(), key.from(), key.length(), value.from(), value.length());
  }

  /** HSCAN: see {@link ByteTable#scan}; a packed value is shown whole. Returns the next cursor. */
  public long scan(long cursor, long wanted, Fields fields) {
    ByteTable large = table;
    if (large == null) {
      forEach(fields);
      return 0;
    }
    return large.scan(cursor, wanted, name -> show(large, name, fields));
  }

  /** Shows one field, each as likely; there must be one. */
  public void random(RandomGenerator dice, Fields fields) {
    ByteTable large = table;
    if (large != null) {
      show(large, large.random(dice), fields);
      return;
    }
    int at = HEADER;
    for (int skip = dice.nextInt(count); skip > 0; skip--) {
      at = Packed.skip(packed.array, Packed.skip(packed.array, at));
    }
    show(at, fields);
  }

  @Override
  public void writeTo(ByteWriter out) {
    if (table == null) {
      packed(value);
      out.putByte(0).putSized(value.array(), value.from(), value.length());
      return;
    }
    out.putByte(converted ? 2 : 1).putVarint(count);
    forEach((array, from, length, valueFrom, valueLength) -> {
      out.putSized(array, from, length);
      out.putSized(array, valueFrom, valueLength);
    });
  }

  @Override
  public void readFrom(ByteReader in) {
    clear();
    int form = in.getByte();
    if (form == 0) {
      int length = in.getLength();
      check(in.array(), in.index(), length);
      load(in.array(), in.index(), length);
      in.skip(length);
      return;
    }
    if (form != 1 && form != 2) {
      throw new MalformedBytes("hash form " + form);
    }
    unpack();
    converted = form == 2;
    read(in, in.getCount());
  }

  @Override
  public void writeHead(ByteWriter out) {
    out.putByte(converted ? 2 : 1).putVarint(0);
  }

  @Override
  public Snapshot snapshot() {
    return Objects.requireNonNull(table).snapshot();
  }

  @Override
  public void readMore(ByteReader in) {
    read(in, in.getInt());
  }

  private void read(ByteReader in, int fields) {
    boolean wasConverted = converted;
    for (int left = fields; left > 0; left--) {
      int length = in.getLength();
      int from = in.index();
      in.skip(length);
      int valueLength = in.getLength();
      put(in.array(), from, length, in.array(), in.index(), valueLength);
      in.skip(valueLength);
    }
    converted = wasConverted;
  }

  private static void check(byte[] array, int from, int length) {
    int pieces = 0;
    if (length < HEADER) {
      throw new MalformedBytes("a packed hash of " + length + " bytes");
    }
    for (int at = from + HEADER; at < from + length; pieces++) {
      at = Packed.checkedSkip(array, at, from + length);
    }
    int fields = (array[from + 1] & 0xff) | (array[from + 2] & 0xff) << 8;
    if (pieces != 2 * fields) {
      throw new MalformedBytes("a packed hash of " + fields + " fields has " + pieces + " pieces");
    }
  }
}
