package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Fields with values. Packed, in the order in which fields came:
 *
 * <pre>{@code
 * u8 flags (1: Redis would have made it a hashtable; 2: a tail follows the fields)
 * u16 fields   { sized field, sized value }   [tail]
 * tail: a packed sorted set of fields by the time when they expire, its length u32, earliest u64
 * }</pre>
 *
 * <p>Large, it is a {@link ByteTable}. What OBJECT ENCODING says follows Redis's limits alone; a
 * "hashtable" of few bytes still is packed here.
 *
 * <p>A field may have a time when it expires. Those that have one stand once more in a {@link
 * ZSetValue}, whose scores are the times: that finds a field's time, the earliest, and what is due
 * one after the other, and a hash without such fields pays nothing. The value itself does not look
 * at clocks: a field that is due is there until it is removed, and shown unless it is told to hide
 * such.
 */
public final class HashValue extends TabledValue {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int HEADER = 3;

  /** What a length takes in an event, at most. */
  private static final int LENGTH_BYTES = 5;

  private static final int PACKED_FIELDS = 1024;
  private static final int PACKED_BYTES = 1 << 16;
  private static final int CONVERTED_FIELDS = 64;
  private static final int CONVERTED_BYTES = 4096;
  private static final int CONVERTED_FLAG = 1;
  private static final int TAIL_FLAG = 2;

  /** For one that is not hidden. */
  private static final int DRAWS = 200;

  /** Bytes of a tail beside its sorted set. */
  private static final int TAIL_BYTES = 12;

  /** In the place of a piece's items: one of {@link #expiries} follows. */
  private static final int PIECE_OF_EXPIRIES = -1;

  /** For {@link #expire} and {@link #earliestExpiryMs}: never. */
  public static final long NEVER = Long.MAX_VALUE;

  private final CollectionLimits limits;
  private final Slice key = new Slice();
  private final Slice value = new Slice();

  /** Fields that expire, by their times in milliseconds; null if none ever did. */
  private @Nullable ZSetValue expiries;

  /** What {@link #expiries} of a packed value is loaded into. */
  private @Nullable ZSetValue spare;

  /** See {@link #hideDue}; 0 for nothing. */
  private long hiddenUntilMs;

  public HashValue(CollectionLimits limits) {
    this.limits = limits;
    clear();
  }

  @Override
  public void clear() {
    table = null;
    expiries = null;
    converted = false;
    overLimits = false;
    count = 0;
    hiddenUntilMs = 0;
    packed.size = 0;
    packed.splice(0, 0, HEADER);
  }

  /**
   * From now on fields that expire at or before this time are there, but not shown, found or
   * counted; 0 hides nothing. For those that are too many to be removed at once.
   */
  public void hideDue(long untilMs) {
    hiddenUntilMs = untilMs;
  }

  /** Whether a field is there and hidden. */
  public boolean isHidden(byte[] field, int from, int length) {
    return hiddenUntilMs != 0 && expiresAtMs(field, from, length) <= hiddenUntilMs;
  }

  /** Whether all its fields expire at or before this time. */
  public boolean isAllDue(long nowMs) {
    return expiries != null && expiries.countBelow(nowMs, true) == count;
  }

  /** How many fields it shows. */
  @Override
  public int size() {
    ZSetValue times = expiries;
    return hiddenUntilMs == 0 || times == null
        ? count
        : count - times.countBelow(hiddenUntilMs, true);
  }

  /** Whether it holds nothing, hidden or not. */
  @Override
  public boolean isEmpty() {
    return count == 0;
  }

  @Override
  public void packed(Slice out) {
    ZSetValue times = expiries;
    packed.array[0] = (byte) ((converted ? CONVERTED_FLAG : 0) | (times == null ? 0 : TAIL_FLAG));
    packed.putShort(1, count);
    int length = packed.size;
    if (times != null) {
      times.packed(out);
      int timesBytes = out.length();
      packed.splice(length, 0, timesBytes + TAIL_BYTES);
      packed.size = length; // the tail is only shown
      System.arraycopy(out.array(), out.from(), packed.array, length, timesBytes);
      length += timesBytes + TAIL_BYTES;
      INT.set(packed.array, length - TAIL_BYTES, timesBytes);
      LONG.set(packed.array, length - 8, earliestExpiryMs());
    }
    out.set(packed.array, 0, length);
  }

  @Override
  public void loaded(int length) {
    table = null;
    hiddenUntilMs = 0;
    overLimits = false;
    packed.size = length;
    converted = (packed.array[0] & CONVERTED_FLAG) != 0;
    count = packed.getShort(1);
    expiries = null;
    if ((packed.array[0] & TAIL_FLAG) != 0) {
      int timesBytes = (int) INT.get(packed.array, length - TAIL_BYTES);
      packed.size = length - TAIL_BYTES - timesBytes;
      ZSetValue times = newExpiries();
      times.load(packed.array, packed.size, timesBytes);
      expiries = times;
    }
  }

  private ZSetValue newExpiries() {
    ZSetValue times = spare;
    if (times == null) {
      times = new ZSetValue(limits);
      spare = times;
    }
    times.clear();
    return times;
  }

  @Override
  public void convert() {
    converted = true;
    if (table == null && !fitsPacked(count, 0, 0)) {
      unpack();
    }
  }

  @Override
  public String encoding() {
    return converted || overLimits ? "hashtable" : expiries == null ? "listpack" : "listpackex";
  }

  @Override
  public long memoryBytes() {
    ByteTable large = table;
    ZSetValue times = expiries;
    return (large == null ? packed.size : 120 + large.memoryBytes())
        + (times == null ? 0 : times.memoryBytes());
  }

  /** Points {@code out} to a field's value; false if there is no such field. */
  public boolean get(byte[] field, int from, int length, Slice out) {
    if (isHidden(field, from, length)) {
      return false;
    }
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

  /**
   * Sets a field, which does not expire from then on; true if it is new. Neither range may lie in
   * this value.
   */
  public boolean put(
      byte[] field, int from, int length, byte[] source, int valueFrom, int valueLength) {
    ZSetValue times = expiries;
    boolean wasHidden = isHidden(field, from, length);
    if (times != null) {
      times.remove(field, from, length);
    }
    return change(field, from, length, source, valueFrom, valueLength) || wasHidden;
  }

  /** Like {@link #put}, but a field that is there, hidden or not, expires when it would have. */
  public boolean change(
      byte[] field, int from, int length, byte[] source, int valueFrom, int valueLength) {
    int limit = limits.hashValueBytes();
    if (length > limit || valueLength > limit) {
      passLimit();
    }
    if (table == null && !fitsPacked(count + 1, Packed.sizedBytes(length), valueLength)) {
      unpack();
    }
    ByteTable large = table;
    boolean added =
        large == null
            ? putPacked(field, from, length, source, valueFrom, valueLength)
            : putLarge(large, field, from, length, source, valueFrom, valueLength);
    count += added ? 1 : 0;
    if (count > limits.hashEntries()) {
      passLimit();
    }
    return added;
  }

  private void passLimit() {
    if (!converted) {
      overLimits = true;
      limits.passed();
    }
  }

  private boolean fitsPacked(int fields, int fieldBytes, int valueLength) {
    long bytes = (long) packed.size + fieldBytes + valueLength;
    boolean small = fields <= CONVERTED_FIELDS && bytes <= CONVERTED_BYTES;
    boolean listpack = !converted && fields <= PACKED_FIELDS;
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

  @Override
  void unpack() {
    ByteTable large = new ByteTable(0, true, limits.hashSeed(), (_, _) -> {});
    forAll((array, from, length, valueFrom, valueLength) ->
        putLarge(large, array, from, length, array, valueFrom, valueLength));
    table = large;
    spare = null;
    packed.array = new byte[0];
    packed.size = 0;
  }

  /**
   * Lets a field that is there expire at a time in milliseconds, below 2^53, or {@link #NEVER}. The
   * range may not lie in this value.
   */
  public void expire(byte[] field, int from, int length, long expiresAtMs) {
    ZSetValue times = expiries;
    if (expiresAtMs == NEVER) {
      if (times != null) {
        times.remove(field, from, length);
      }
      return;
    }
    if (times == null) {
      times = newExpiries();
      expiries = times;
    }
    times.put(field, from, length, expiresAtMs);
    if (table == null && !times.isPacked()) {
      unpack();
    }
  }

  /** When a field expires, or {@link #NEVER}; also if it is not there. */
  public long expiresAtMs(byte[] field, int from, int length) {
    double time = expiries == null ? Double.NaN : expiries.score(field, from, length);
    return Double.isNaN(time) ? NEVER : (long) time;
  }

  @Override
  public boolean isExpiring() {
    return expiries != null && !expiries.isEmpty();
  }

  /** When the first field expires, or {@link #NEVER}. */
  public long earliestExpiryMs() {
    ZSetValue times = expiries;
    if (times == null || times.isEmpty()) {
      return NEVER;
    }
    long[] earliest = {NEVER};
    times.forRange(0, 1, (_, _, _, time) -> earliest[0] = (long) time);
    return earliest[0];
  }

  /** Shows the fields that expire, with their times, the earliest first. */
  public void forEachExpiry(Scored fields) {
    ZSetValue times = expiries;
    if (times != null) {
      int hidden = hiddenUntilMs == 0 ? 0 : times.countBelow(hiddenUntilMs, true);
      times.forRange(hidden, times.size() - hidden, fields);
    }
  }

  /** How long the fields are together that {@link #removeDue} would remove, and their lengths. */
  public long dueBytes(long nowMs, int most) {
    long[] bytes = {0};
    ZSetValue times = expiries;
    if (times != null) {
      int due = Math.min(most, times.countBelow(nowMs, true));
      times.forRange(0, due, (_, _, length, _) -> bytes[0] += length + LENGTH_BYTES);
    }
    return bytes[0];
  }

  /** Removes up to {@code most} fields that expire at or before this time, and shows each. */
  public void removeDue(long nowMs, int most, Elements removed) {
    ZSetValue times = expiries;
    int due = times == null ? 0 : Math.min(most, times.countBelow(nowMs, true));
    if (times == null || due == 0) {
      return;
    }
    List<byte[]> names = new ArrayList<>(due);
    times.forRange(
        0,
        due,
        (array, from, length, _) -> names.add(Arrays.copyOfRange(array, from, from + length)));
    times.removeRange(0, due);
    for (byte[] name : names) {
      removeAny(name, 0, name.length);
      removed.element(name, 0, name.length);
    }
  }

  /** Removes a field; false if there is none, or it is hidden. */
  public boolean remove(byte[] field, int from, int length) {
    return !isHidden(field, from, length) && removeAny(field, from, length);
  }

  private boolean removeAny(byte[] field, int from, int length) {
    ZSetValue times = expiries;
    if (times != null) {
      times.remove(field, from, length);
    }
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
    forAll(shown(fields));
  }

  private Fields shown(Fields fields) {
    return hiddenUntilMs == 0
        ? fields
        : (array, from, length, valueFrom, valueLength) -> {
          if (!isHidden(array, from, length)) {
            fields.field(array, from, length, valueFrom, valueLength);
          }
        };
  }

  private void forAll(Fields fields) {
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
    Fields visible = shown(fields);
    return large.scan(cursor, wanted, name -> show(large, name, visible));
  }

  /** Shows one field, each as likely; there must be one. */
  public void random(RandomGenerator dice, Fields fields) {
    if (hiddenUntilMs == 0) {
      randomOfAll(dice, fields);
      return;
    }
    boolean[] found = {false};
    Fields once =
        shown((array, from, length, valueFrom, valueLength) -> {
          if (!found[0]) {
            found[0] = true;
            fields.field(array, from, length, valueFrom, valueLength);
          }
        });
    for (int drawn = 0; drawn < DRAWS && !found[0]; drawn++) {
      randomOfAll(dice, once);
    }
    if (!found[0]) {
      forAll(once); // the first: few are shown, and those hidden are about to go
    }
  }

  private void randomOfAll(RandomGenerator dice, Fields fields) {
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
    out.putByte(form()).putVarint(count);
    forAll((array, from, length, valueFrom, valueLength) -> { // hidden ones, too
      out.putSized(array, from, length);
      out.putSized(array, valueFrom, valueLength);
    });
    if (expiries != null) {
      expiries.writeTo(out);
    }
  }

  private int form() {
    return 1 + (converted ? 1 : 0) + (expiries == null ? 0 : 2);
  }

  @Override
  void readLarge(int form, ByteReader in) {
    boolean expiring = form == 3 || form == 4;
    super.readLarge(expiring ? form - 2 : form, in);
    if (expiring) {
      ZSetValue times = newExpiries();
      times.readFrom(in);
      expiries = times;
    }
  }

  @Override
  public void writeHead(ByteWriter out) {
    out.putByte(form()).putVarint(0);
    if (expiries != null && expiries.isPacked()) {
      expiries.writeTo(out);
    } else if (expiries != null) {
      expiries.writeHead(out);
    }
  }

  @Override
  public Snapshot snapshot() {
    Snapshot fields = super.snapshot();
    ZSetValue times = expiries;
    if (times == null || times.isPacked()) {
      return fields;
    }
    Snapshot expiring = times.snapshot();
    boolean[] onlyTimes = {false};
    return (out, bytes) -> {
      if (!onlyTimes[0]) {
        onlyTimes[0] = !fields.write(out, bytes);
        return true;
      }
      out.putInt(PIECE_OF_EXPIRIES);
      return expiring.write(out, bytes);
    };
  }

  @Override
  public void readMore(ByteReader in) {
    int items = in.getInt();
    if (items != PIECE_OF_EXPIRIES) {
      readItems(in, items);
    } else if (expiries == null || expiries.isPacked()) {
      throw new MalformedBytes("expiries of a hash that has none");
    } else {
      expiries.readMore(in);
    }
  }

  @Override
  void add(ByteReader in, int fields) {
    for (int left = fields; left > 0; left--) {
      int length = in.getLength();
      int from = in.index();
      in.skip(length);
      int valueLength = in.getLength();
      change(in.array(), from, length, in.array(), in.index(), valueLength);
      in.skip(valueLength);
    }
  }

  @Override
  void checkPacked(byte[] array, int from, int length) {
    int pieces = 0;
    if (length < HEADER) {
      throw new MalformedBytes("a packed hash of " + length + " bytes");
    }
    int end = from + length - checkedTail(array, from, length);
    for (int at = from + HEADER; at < end; pieces++) {
      at = Packed.checkedSkip(array, at, end);
    }
    int fields = (array[from + 1] & 0xff) | (array[from + 2] & 0xff) << 8;
    if (pieces != 2 * fields) {
      throw new MalformedBytes("a packed hash of " + fields + " fields has " + pieces + " pieces");
    }
  }

  /** The length of the tail, 0 without one. */
  private static int checkedTail(byte[] array, int from, int length) {
    if ((array[from] & TAIL_FLAG) == 0) {
      return 0;
    }
    int room = length - HEADER - TAIL_BYTES;
    int timesBytes = room < 0 ? -1 : (int) INT.get(array, from + length - TAIL_BYTES);
    if (timesBytes < 0 || timesBytes > room) {
      throw new MalformedBytes("a packed hash whose tail of " + timesBytes + " does not fit");
    }
    ZSetValue.check(array, from + length - TAIL_BYTES - timesBytes, timesBytes);
    return timesBytes + TAIL_BYTES;
  }
}
