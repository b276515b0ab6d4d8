package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.settings.Settings;
import io.headwater.protocol.redis.text.Numbers;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.HashValue;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.SetValue;
import io.headwater.view.keyspace.types.Slice;
import io.headwater.view.keyspace.types.StreamValue;
import io.headwater.view.keyspace.types.ZSetValue;
import java.util.Arrays;

/**
 * Writes values as redis-server 7.0 does, byte for byte where the value alone decides: which nodes
 * a list is cut into depends on its history there, and the order of a hash table on a secret.
 *
 * <p>A payload is {@code | type u8 | value | version u16 | CRC64 of all before u64 |}. One writer
 * per owner.
 */
public final class RdbWriter {
  /** Longer strings are not tried as integers. */
  private static final int INTEGER_BYTES_MAX = 11;

  /** Shorter ones are not compressed. */
  private static final int COMPRESSED_BYTES_MIN = 21;

  private static final int KEPT_BYTES = 1 << 20;

  /** By {@code -list-max-listpack-size}, from 1 on: bytes of a list's node. */
  private static final int[] NODE_BYTES = {0, 4096, 8192, 16384, 32768, 65536};

  /** What Redis adds to an element when it asks whether a node takes it. */
  private static final int NODE_ENTRY_OVERHEAD = 8;

  /** Of nodes limited by their elements. */
  private static final int NODE_BYTES_SAFE = 8192;

  private static final int NODE_PACKED = 2;
  private static final double EXACT_INTEGER_MAX = 0x1p62;

  private final Lzf lzf = new Lzf();
  private final ByteWriter pack = new ByteWriter();
  private final Listpack.Writer listpack = new Listpack.Writer(pack);
  private final ByteWriter nodes = new ByteWriter();
  private final StreamPayload streams = new StreamPayload(this);

  private Style style = new Style(-2, true);

  /** Whether fields' times are left out, which Redis 7.0 does not know. */
  private final boolean timeless;

  /** Writes all that DUMP shows. */
  RdbWriter() {
    this(false);
  }

  RdbWriter(boolean timeless) {
    this.timeless = timeless;
  }

  /**
   * What settings say of how values are written.
   *
   * @param listFill {@code list-max-listpack-size}
   * @param compresses {@code rdbcompression}
   */
  public record Style(int listFill, boolean compresses) {
    public static Style of(Settings settings) {
      return new Style(
          (int) settings.number("list-max-listpack-size"), settings.isOn("rdbcompression"));
    }
  }

  /** Appends a payload. */
  void payload(Keyspace keyspace, long entry, Style wanted, ByteWriter out) {
    style = wanted;
    int from = out.size();
    value(keyspace, entry, out);
    footer(out, from);
    lzf.trim(KEPT_BYTES);
    pack.clear(KEPT_BYTES);
    nodes.clear(KEPT_BYTES);
  }

  /** Writes strings and what follows in a style until the next {@link #payload}. */
  void setStyle(Style wanted) {
    style = wanted;
  }

  /** Appends a stream's type and value. */
  void stream(StreamValue stream, ByteWriter out) {
    streams.write(stream, out.putByte(RdbType.STREAM_LISTPACKS_2));
  }

  /** Appends a collection's type and value. */
  void collection(CollectionValue collection, ByteWriter out) {
    switch (collection) {
      case ListValue list -> list(list, out);
      case SetValue set -> set(set, out);
      case ZSetValue zset -> sortedSet(zset, out);
      case HashValue hash -> hash(hash, out);
    }
  }

  /** Ends a payload that begins at {@code from}. */
  static void footer(ByteWriter out, int from) {
    out.putShort(RdbType.version(out.array()[from]));
    out.putLong(Crc64.update(0, out.array(), from, out.size() - from));
  }

  private void value(Keyspace keyspace, long entry, ByteWriter out) {
    switch (Entry.type(entry)) {
      case Entry.STRING -> {
        byte[] text = Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry));
        string(out.putByte(RdbType.STRING), text, 0, text.length);
      }
      case Entry.LIST -> list(keyspace.lists().read(entry), out);
      case Entry.SET -> set(keyspace.sets().read(entry), out);
      case Entry.ZSET -> sortedSet(keyspace.sortedSets().read(entry), out);
      case Entry.HASH -> hash(keyspace.hashes().read(entry), out);
      case Entry.STREAM ->
          streams.write(keyspace.streams().read(entry), out.putByte(RdbType.STREAM_LISTPACKS_2));
      default -> throw new IllegalStateException("type " + Entry.type(entry));
    }
  }

  static void length(ByteWriter out, long length) {
    if (length >= 0 && length < 1 << 6) {
      out.putByte((int) length);
    } else if (length >= 0 && length < 1 << 14) {
      out.putByte((int) (0x40 | length >> 8)).putByte((int) length);
    } else if (length >= 0 && length <= 0xffffffffL) {
      out.putByte(0x80).putInt(Integer.reverseBytes((int) length));
    } else {
      out.putByte(0x81).putLong(Long.reverseBytes(length));
    }
  }

  /** An integer of at most 32 bits in its own form, a longer one compressed if that helps. */
  void string(ByteWriter out, byte[] array, int from, int length) {
    if (length <= INTEGER_BYTES_MAX && Numbers.isInteger(array, from, length)) {
      long value = Numbers.parse(array, from, length);
      if (value == (byte) value) {
        out.putByte(0xc0).putByte((int) value);
        return;
      } else if (value == (short) value) {
        out.putByte(0xc1).putShort((int) value);
        return;
      } else if (value == (int) value) {
        out.putByte(0xc2).putInt((int) value);
        return;
      }
    } else if (length >= COMPRESSED_BYTES_MIN && style.compresses) {
      int compressed = lzf.compress(array, from, length);
      if (compressed > 0) {
        length(out.putByte(0xc3), compressed);
        length(out, length);
        out.put(lzf.output(), 0, compressed);
        return;
      }
    }
    length(out, length);
    out.put(array, from, length);
  }

  private void endPack(ByteWriter out) {
    listpack.end();
    string(out, pack.array(), 0, pack.size());
  }

  private void beginPack() {
    pack.clear();
    listpack.begin();
  }

  private void hash(HashValue hash, ByteWriter out) {
    boolean large = hash.encoding().equals("hashtable");
    if (hash.isExpiring() && !timeless) {
      if (large) {
        expiringHash(hash, out);
      } else {
        expiringPack(hash, out);
      }
    } else if (large) {
      length(out.putByte(RdbType.HASH), hash.size());
      hash.forEach((array, from, length, valueFrom, valueLength) -> {
        string(out, array, from, length);
        string(out, array, valueFrom, valueLength);
      });
    } else {
      beginPack();
      hash.forEach((array, from, length, valueFrom, valueLength) -> {
        listpack.append(array, from, length);
        listpack.append(array, valueFrom, valueLength);
      });
      endPack(out.putByte(RdbType.HASH_LISTPACK));
    }
  }

  /** As Redis 7.4: the earliest time, then fields with their times above it. */
  private void expiringHash(HashValue hash, ByteWriter out) {
    long earliest = hash.earliestExpiryMs();
    out.putByte(RdbType.HASH_METADATA).putLong(earliest);
    length(out, hash.size());
    hash.forEach((array, from, length, valueFrom, valueLength) -> {
      long expires = hash.expiresAtMs(array, from, length);
      length(out, expires == HashValue.NEVER ? 0 : expires - earliest + 1);
      string(out, array, from, length);
      string(out, array, valueFrom, valueLength);
    });
  }

  /** As Redis 7.4: field, value, time; the earliest first, those without (0) last. */
  private void expiringPack(HashValue hash, ByteWriter out) {
    beginPack();
    Slice value = new Slice();
    hash.forEachExpiry((array, from, length, time) -> {
      listpack.append(array, from, length);
      hash.get(array, from, length, value);
      listpack.append(value.array(), value.from(), value.length());
      listpack.appendInteger((long) time);
    });
    hash.forEach((array, from, length, valueFrom, valueLength) -> {
      if (hash.expiresAtMs(array, from, length) == HashValue.NEVER) {
        listpack.append(array, from, length);
        listpack.append(array, valueFrom, valueLength);
        listpack.appendInteger(0);
      }
    });
    endPack(out.putByte(RdbType.HASH_LISTPACK_EX).putLong(hash.earliestExpiryMs()));
  }

  private void set(SetValue set, ByteWriter out) {
    if (set.encoding().equals("intset")) {
      integers(set, out);
      return;
    }
    length(out.putByte(RdbType.SET), set.size());
    set.forEach((array, from, length) -> string(out, array, from, length));
  }

  private void integers(SetValue set, ByteWriter out) {
    long[] values = new long[set.size()];
    int[] count = {0};
    set.forEach((array, from, length) -> values[count[0]++] = Numbers.parse(array, from, length));
    Arrays.sort(values);
    int width = set.integerBytes();
    pack.clear();
    pack.putInt(width).putInt(values.length);
    for (long value : values) {
      switch (width) {
        case 2 -> pack.putShort((int) value);
        case 4 -> pack.putInt((int) value);
        default -> pack.putLong(value);
      }
    }
    string(out.putByte(RdbType.SET_INTSET), pack.array(), 0, pack.size());
  }

  private void sortedSet(ZSetValue zset, ByteWriter out) {
    if (zset.encoding().equals("listpack")) {
      beginPack();
      zset.forEach((array, from, length, score) -> {
        listpack.append(array, from, length);
        score(score);
      });
      endPack(out.putByte(RdbType.ZSET_LISTPACK));
      return;
    }
    length(out.putByte(RdbType.ZSET_2), zset.size());
    zset.forRangeDown(
        zset.size() - 1,
        zset.size(),
        (array, from, length, score) -> {
          string(out, array, from, length);
          out.putDouble(score);
        });
  }

  private void score(double score) {
    if (score == Math.rint(score) && Math.abs(score) <= EXACT_INTEGER_MAX) {
      listpack.appendInteger((long) score);
      return;
    }
    byte[] text = Numbers.format(score).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    listpack.append(text, 0, text.length);
  }

  /** Cuts a list into nodes as Redis does when all elements were pushed to the right. */
  private void list(ListValue list, ByteWriter out) {
    nodes.clear();
    int[] count = {0};
    beginPack();
    list.forEach((array, from, length) -> {
      if (listpack.entries() > 0 && !takes(length)) {
        endNode();
        count[0]++;
        beginPack();
      }
      listpack.append(array, from, length);
    });
    endNode();
    length(out.putByte(RdbType.LIST_QUICKLIST_2), count[0] + 1);
    out.put(nodes.array(), 0, nodes.size());
  }

  private void endNode() {
    length(nodes, NODE_PACKED);
    endPack(nodes);
  }

  private boolean takes(int length) {
    int fill = style.listFill;
    long bytes = (long) listpack.bytes() + length + NODE_ENTRY_OVERHEAD;
    if (fill < 0) {
      return bytes <= NODE_BYTES[(int) Math.min(-(long) fill, NODE_BYTES.length - 1)];
    }
    return bytes <= NODE_BYTES_SAFE && listpack.entries() < Math.max(1, fill);
  }
}
