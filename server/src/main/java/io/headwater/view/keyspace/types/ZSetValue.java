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
 * Members in the order of their scores, then of their bytes. Packed, in that order:
 *
 * <pre>{@code
 * u8 flags (1: Redis would have made it a skiplist)   u16 members   { score, sized member }
 * score: u8 n (0..7), then an integer of n bytes, little-endian; or u8 8, then a double
 * }</pre>
 *
 * <p>Large, it is a {@link ByteTable} of records {@code double score, sized member} and a {@link
 * RankTree} over their names: the table knows the score of a member, the tree the member of a rank.
 */
public final class ZSetValue extends TabledValue {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int HEADER = 3;
  private static final int SCORE_BYTES = 8;
  private static final int PACKED_MEMBERS = 256;
  private static final int PACKED_BYTES = 1 << 15;
  private static final int CONVERTED_MEMBERS = 64;
  private static final int CONVERTED_BYTES = 4096;
  private static final int REMOVED_TOGETHER = 8192;
  private static final double MAX_INTEGER = 1L << 53;

  private final CollectionLimits limits;
  private final Slice key = new Slice();
  private @Nullable RankTree tree;

  /** The record that {@link #score} found last in a large one, for {@link #rescore}; or 0. */
  private int scoredName;

  public ZSetValue(CollectionLimits limits) {
    this.limits = limits;
    clear();
  }

  @Override
  public void clear() {
    table = null;
    tree = null;
    converted = false;
    overLimits = false;
    count = 0;
    packed.size = 0;
    packed.splice(0, 0, HEADER);
  }

  @Override
  public void packed(Slice out) {
    packed.array[0] = (byte) (converted ? 1 : 0);
    packed.putShort(1, count);
    out.set(packed.array, 0, packed.size);
  }

  @Override
  public void loaded(int length) {
    table = null;
    tree = null;
    overLimits = false;
    packed.size = length;
    converted = packed.array[0] != 0;
    count = packed.getShort(1);
  }

  @Override
  public void convert() {
    converted = true;
    if (table == null && !fitsPacked(count, 0)) {
      unpack();
    }
  }

  @Override
  public String encoding() {
    return converted || overLimits ? "skiplist" : "listpack";
  }

  @Nullable RankTree tree() {
    return tree;
  }

  @Override
  public long memoryBytes() {
    ByteTable large = table;
    RankTree ranks = tree;
    return large == null || ranks == null
        ? packed.size
        : 200 + large.memoryBytes() + ranks.memoryBytes();
  }

  /** The member's score, or NaN if it is not there. */
  public double score(byte[] member, int from, int length) {
    ByteTable large = table;
    if (large != null) {
      scoredName = large.find(large.hash(member, from, length), member, from, length);
      return scoredName == 0 ? Double.NaN : scoreOf(large, scoredName);
    }
    int at = indexOf(member, from, length);
    return at < 0 ? Double.NaN : scoreAt(at);
  }

  static double scoreOf(ByteTable large, int name) {
    return Double.longBitsToDouble(
        (long) LONG.get(large.pages.array(name), large.pages.index(name)));
  }

  private static void setScore(ByteTable large, int name, byte[] record, double score) {
    LONG.set(record, large.pages.index(name), Double.doubleToRawLongBits(score));
  }

  private int indexOf(byte[] member, int from, int length) {
    byte[] array = packed.array;
    for (int at = HEADER; at < packed.size; ) {
      int sized = at + 1 + array[at];
      int l = Packed.length(array, sized);
      int body = sized + Packed.headBytes(l);
      if (l == length && Packed.same(array, body, member, from, length)) {
        return at;
      }
      at = body + l;
    }
    return -1;
  }

  private double scoreAt(int at) {
    int bytes = packed.array[at];
    if (bytes == SCORE_BYTES) {
      return Double.longBitsToDouble((long) LONG.get(packed.array, at + 1));
    }
    long value = 0;
    for (int i = bytes; i > 0; i--) {
      value = value << 8 | (packed.array[at + i] & 0xff);
    }
    int unused = 64 - 8 * bytes;
    return bytes == 0 ? 0 : value << unused >> unused;
  }

  private static boolean isMinusZero(double score) {
    return Double.doubleToRawLongBits(score) == Long.MIN_VALUE;
  }

  private static int scoreBytes(double score) {
    if (score != Math.rint(score) || Math.abs(score) > MAX_INTEGER || isMinusZero(score)) {
      return SCORE_BYTES;
    }
    long value = (long) score;
    return value == 0 ? 0 : (64 - Long.numberOfLeadingZeros(value ^ value >> 63) >>> 3) + 1;
  }

  private void putScore(int at, double score, int bytes) {
    packed.array[at] = (byte) bytes;
    if (bytes == SCORE_BYTES) {
      LONG.set(packed.array, at + 1, Double.doubleToRawLongBits(score));
      return;
    }
    long value = (long) score;
    for (int i = 1; i <= bytes; i++, value >>= 8) {
      packed.array[at + i] = (byte) value;
    }
  }

  /**
   * Gives a member this score, which is not NaN; true if the member is new. The range may not lie
   * in this value.
   */
  public boolean put(byte[] member, int from, int length, double score) {
    if (length > limits.zsetValueBytes() && !converted) {
      if (Double.isNaN(score(member, from, length))) { // another score changes nothing
        passLimit();
      }
    }
    if (table == null && !fitsPacked(count + 1, Packed.sizedBytes(length) + 1 + SCORE_BYTES)) {
      unpack();
    }
    ByteTable large = table;
    RankTree ranks = tree;
    boolean added =
        large == null || ranks == null
            ? putPacked(member, from, length, score)
            : putLarge(large, ranks, member, from, length, score);
    if (added) {
      count++;
      if (!converted && count > limits.zsetEntries()) {
        passLimit();
      }
    }
    return added;
  }

  /**
   * The score that Redis would keep of this one: its small encoding takes zeros as integers, which
   * have no sign.
   */
  public double kept(byte[] member, int from, int length, double score) {
    if (!isMinusZero(score) || converted || overLimits) {
      return score;
    }
    boolean passes = length > limits.zsetValueBytes() || count >= limits.zsetEntries();
    return passes && Double.isNaN(score(member, from, length)) ? score : 0;
  }

  /** Zeros lose their sign, as they do where Redis gives a whole value the small encoding. */
  public void dropZeroSigns() {
    int first = countBelow(0, false);
    List<byte[]> signed = new ArrayList<>();
    forRange(
        first,
        countBelow(0, true) - first,
        (array, from, length, score) -> {
          if (isMinusZero(score)) {
            signed.add(Arrays.copyOfRange(array, from, from + length));
          }
        });
    for (byte[] member : signed) {
      remove(member, 0, member.length);
      put(member, 0, member.length, 0);
    }
  }

  /**
   * Like {@link #put} for a member that is there: {@link #score} has just returned {@code old} for
   * it, and nothing was changed since.
   */
  public void rescore(byte[] member, int from, int length, double old, double score) {
    ByteTable large = table;
    RankTree ranks = tree;
    if (large == null || ranks == null) {
      put(member, from, length, score);
    } else if (old != score) {
      rescore(large, ranks, member, from, length, scoredName, old, score);
    }
  }

  private static void rescore(
      ByteTable large,
      RankTree ranks,
      byte[] member,
      int from,
      int length,
      int name,
      double old,
      double score) {
    ranks.atName(old, member, from, length, name).rescore(score);
    setScore(large, name, large.pages.writable(name), score);
  }

  private void passLimit() {
    overLimits = true;
    limits.passed();
  }

  private boolean fitsPacked(int members, int moreBytes) {
    long bytes = (long) packed.size + moreBytes;
    boolean small = members <= CONVERTED_MEMBERS && bytes <= CONVERTED_BYTES;
    boolean listpack = !converted && members <= PACKED_MEMBERS;
    return small || (listpack && bytes <= PACKED_BYTES);
  }

  private boolean putPacked(byte[] member, int from, int length, double score) {
    int old = indexOf(member, from, length);
    if (old >= 0) {
      if (scoreAt(old) == score) {
        return false;
      }
      packed.splice(old, after(old) - old, 0);
    }
    int at = HEADER;
    while (at < packed.size && compareAt(at, score, member, from, length) < 0) {
      at = after(at);
    }
    int bytes = scoreBytes(score);
    packed.splice(at, 0, 1 + bytes + Packed.sizedBytes(length));
    putScore(at, score, bytes);
    packed.putSized(at + 1 + bytes, member, from, length);
    return old < 0;
  }

  private int after(int at) {
    return Packed.skip(packed.array, at + 1 + packed.array[at]);
  }

  private int compareAt(int at, double score, byte[] member, int from, int length) {
    double there = scoreAt(at);
    if (there != score) {
      return there < score ? -1 : 1;
    }
    return compareBytesAt(at, member, from, length);
  }

  private int compareBytesAt(int at, byte[] member, int from, int length) {
    byte[] array = packed.array;
    int sized = at + 1 + array[at];
    int l = Packed.length(array, sized);
    int body = sized + Packed.headBytes(l);
    return Arrays.compareUnsigned(array, body, body + l, member, from, from + length);
  }

  private static boolean putLarge(
      ByteTable large, RankTree ranks, byte[] member, int from, int length, double score) {
    int hash = large.hash(member, from, length);
    int name = large.find(hash, member, from, length);
    if (name == 0) {
      name = large.insert(hash, member, from, length, 0);
      setScore(large, name, large.pages.array(name), score);
      ranks.at(score, member, from, length).insert(name);
      return true;
    }
    double old = scoreOf(large, name);
    if (old != score) {
      rescore(large, ranks, member, from, length, name, old, score);
    }
    return false;
  }

  @Override
  void unpack() {
    ByteTable large = new ByteTable(SCORE_BYTES, false, limits.hashSeed(), this::moved);
    RankTree ranks = new RankTree(large.pages, SCORE_BYTES);
    forEach((array, from, length, score) -> putLarge(large, ranks, array, from, length, score));
    table = large;
    tree = ranks;
    packed.array = new byte[0];
    packed.size = 0;
  }

  private void moved(int oldName, int newName) {
    ByteTable large = table;
    RankTree ranks = tree;
    assert large != null && ranks != null;
    large.key(oldName, key);
    ranks.atName(scoreOf(large, oldName), key.array(), key.from(), key.length(), oldName);
    ranks.rename(oldName, newName);
  }

  /** Removes a member; false if it is not there. */
  public boolean remove(byte[] member, int from, int length) {
    ByteTable large = table;
    RankTree ranks = tree;
    if (large != null && ranks != null) {
      int hash = large.hash(member, from, length);
      int name = large.find(hash, member, from, length);
      if (name == 0) {
        return false;
      }
      ranks.atName(scoreOf(large, name), member, from, length, name).remove();
      large.remove(hash, name);
    } else {
      int at = indexOf(member, from, length);
      if (at < 0) {
        return false;
      }
      packed.splice(at, after(at) - at, 0);
    }
    count--;
    return true;
  }

  /** Removes {@code removed} members from a rank on; all of them must be there. */
  public void removeRange(int rank, int removed) {
    ByteTable large = table;
    RankTree ranks = tree;
    if (large == null || ranks == null) {
      int at = indexOfRank(rank);
      int end = at;
      for (int i = 0; i < removed; i++) {
        end = after(end);
      }
      packed.splice(at, end - at, 0);
    } else {
      int[] names = new int[Math.min(removed, REMOVED_TOGETHER)];
      for (int left = removed; left > 0; left -= names.length) {
        int some = Math.min(left, names.length);
        ranks.seek(rank);
        for (int i = 0; i < some; i++, ranks.forward()) {
          names[i] = ranks.name();
        }
        ranks.removeRange(rank, some);
        large.removeAll(names, some);
      }
    }
    count -= removed;
  }

  private int indexOfRank(int rank) {
    int at = HEADER;
    for (int i = 0; i < rank; i++) {
      at = after(at);
    }
    return at;
  }

  /** How many members stand before this one, or -1 if it is not there. */
  public int rank(byte[] member, int from, int length) {
    ByteTable large = table;
    RankTree ranks = tree;
    if (large != null && ranks != null) {
      int name = large.find(large.hash(member, from, length), member, from, length);
      return name == 0 ? -1 : ranks.at(scoreOf(large, name), member, from, length).rank();
    }
    int end = indexOf(member, from, length);
    if (end < 0) {
      return -1;
    }
    int rank = 0;
    for (int at = HEADER; at < end; at = after(at)) {
      rank++;
    }
    return rank;
  }

  /** How many members have a score below this one, or equal to it if {@code orEqual}. */
  public int countBelow(double score, boolean orEqual) {
    RankTree ranks = tree;
    if (ranks != null) {
      return ranks.atScore(score, orEqual ? 1 : -1).rank();
    }
    int rank = 0;
    for (int at = HEADER; at < packed.size; at = after(at), rank++) {
      double there = scoreAt(at);
      if (orEqual ? there > score : there >= score) {
        break;
      }
    }
    return rank;
  }

  /** How many members' bytes are below these, or equal to them if {@code orEqual}. */
  public int countBelow(byte[] bytes, int from, int length, boolean orEqual) {
    RankTree ranks = tree;
    if (ranks != null) {
      return ranks.atBytes(bytes, from, length, orEqual ? 1 : -1).rank();
    }
    int rank = 0;
    for (int at = HEADER; at < packed.size; at = after(at), rank++) {
      int sign = compareBytesAt(at, bytes, from, length);
      if (orEqual ? sign > 0 : sign >= 0) {
        break;
      }
    }
    return rank;
  }

  /** Shows {@code wanted} members from a rank upwards; all of them must be there. */
  public void forRange(int rank, int wanted, Scored members) {
    ByteTable large = table;
    RankTree ranks = tree;
    if (large == null || ranks == null) {
      int at = indexOfRank(rank);
      for (int i = 0; i < wanted; i++) {
        at = show(at, members);
      }
    } else if (wanted > 0) {
      ranks.seek(rank);
      for (int i = 0; i < wanted; i++) {
        show(large, ranks.name(), members);
        ranks.forward();
      }
    }
  }

  /** Shows {@code wanted} members from a rank downwards; all of them must be there. */
  public void forRangeDown(int rank, int wanted, Scored members) {
    ByteTable large = table;
    RankTree ranks = tree;
    if (large == null || ranks == null) {
      int first = rank - wanted + 1;
      int[] places = new int[wanted];
      int at = indexOfRank(first);
      for (int i = 0; i < wanted; i++) {
        places[i] = at;
        at = after(at);
      }
      for (int i = wanted - 1; i >= 0; i--) {
        show(places[i], members);
      }
    } else if (wanted > 0) {
      ranks.seek(rank);
      for (int i = 0; i < wanted; i++) {
        show(large, ranks.name(), members);
        ranks.backward();
      }
    }
  }

  private int show(int at, Scored members) {
    int sized = at + 1 + packed.array[at];
    int length = Packed.length(packed.array, sized);
    int from = sized + Packed.headBytes(length);
    members.member(packed.array, from, length, scoreAt(at));
    return from + length;
  }

  private void show(ByteTable large, int name, Scored members) {
    large.key(name, key);
    members.member(key.array(), key.from(), key.length(), scoreOf(large, name));
  }

  public void forEach(Scored members) {
    forRange(0, count, members);
  }

  /** ZSCAN: see {@link ByteTable#scan}; a packed value is shown whole. Returns the next cursor. */
  public long scan(long cursor, long wanted, Scored members) {
    ByteTable large = table;
    if (large == null) {
      forEach(members);
      return 0;
    }
    return large.scan(cursor, wanted, name -> show(large, name, members));
  }

  /** Shows one member, each as likely; there must be one. */
  public void random(RandomGenerator dice, Scored members) {
    forRange(dice.nextInt(count), 1, members);
  }

  @Override
  public void writeTo(ByteWriter out) {
    if (table == null) {
      packed(key);
      out.putByte(0).putSized(key.array(), key.from(), key.length());
      return;
    }
    out.putByte(converted ? 2 : 1).putVarint(count);
    forEach((array, from, length, score) -> out.putDouble(score).putSized(array, from, length));
  }

  @Override
  void add(ByteReader in, int members) {
    for (int left = members; left > 0; left--) {
      double score = in.getDouble();
      int length = in.getLength();
      if (Double.isNaN(score)) {
        throw new MalformedBytes("a score that is not a number");
      }
      put(in.array(), in.index(), length, score);
      in.skip(length);
    }
  }

  @Override
  void checkPacked(byte[] array, int from, int length) {
    check(array, from, length);
  }

  /** Whether these bytes are a packed sorted set. */
  static void check(byte[] array, int from, int length) {
    int end = from + length;
    if (length < HEADER) {
      throw new MalformedBytes("a packed sorted set of " + length + " bytes");
    }
    int pieces = 0;
    for (int at = from + HEADER; at < end; pieces++) {
      int bytes = array[at];
      if (bytes < 0 || bytes > SCORE_BYTES || bytes >= end - at) {
        throw new MalformedBytes("a packed score of " + bytes + " bytes");
      }
      at = Packed.checkedSkip(array, at + 1 + bytes, end);
    }
    int members = (array[from + 1] & 0xff) | (array[from + 2] & 0xff) << 8;
    if (pieces != members) {
      throw new MalformedBytes("a packed sorted set of " + members + " has " + pieces + " members");
    }
  }
}
