package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.MalformedBytes;
import io.headwater.protocol.redis.text.FloatText;

/**
 * Reads the values of RDB versions 1 to 12, and passes over them. One reader per owner.
 *
 * <p>A value is either items, with their count before them, or one string that is a pack of them.
 */
final class RdbValues {
  private static final int SCORE_NAN = 253;
  private static final int SCORE_INFINITE = 254;
  private static final int SCORE_MINUS_INFINITE = 255;
  private static final int NODE_PLAIN = 1;
  private static final int NODE_PACKED = 2;

  private final Piece piece = new Piece();
  private final Piece other = new Piece();
  private final Piece pack = new Piece();

  private final RdbStreams streams = new RdbStreams();

  /** Of integers that are not wanted as text. */

  /** Of the hash being read: what its fields' expiries count from. */
  private long earliestMs;

  /** Hears how far a value that is passed over has come. */
  interface Progress {
    /** So many items, fully in the input, since the last call or the count. */
    void items(long items);
  }

  /**
   * Reads a value.
   *
   * @throws MalformedBytes if it is none, is empty, or is of a type that is not read here
   */
  void read(RdbInput in, int type, ValueSink sink) {
    switch (type) {
      case RdbType.STRING -> {
        in.getString(piece);
        sink.string(piece.array(), piece.from(), piece.length());
      }
      case RdbType.SET_INTSET,
          RdbType.SET_LISTPACK,
          RdbType.LIST_ZIPLIST,
          RdbType.HASH_ZIPMAP,
          RdbType.HASH_ZIPLIST,
          RdbType.ZSET_ZIPLIST,
          RdbType.HASH_LISTPACK,
          RdbType.ZSET_LISTPACK,
          RdbType.HASH_LISTPACK_EX_EARLY,
          RdbType.HASH_LISTPACK_EX -> {
        if (type == RdbType.HASH_LISTPACK_EX) {
          in.getLong();
        }
        in.getString(pack);
        pack(type, sink);
      }
      case RdbType.STREAM_LISTPACKS, RdbType.STREAM_LISTPACKS_2, RdbType.STREAM_LISTPACKS_3 ->
          sink.stream(streams.read(in, type));
      default -> items(in, type, head(in, type), sink);
    }
  }

  /**
   * Reads what stands before a value's items: how many there are, at least one.
   *
   * @throws MalformedBytes for a type that has none
   */
  private long head(RdbInput in, int type) {
    if (!isItems(type)) {
      throw new MalformedBytes("a value of type " + type);
    }
    earliestMs = type == RdbType.HASH_METADATA ? in.getLong() : 0;
    long count = in.getCount(1);
    if (count == 0) {
      throw new MalformedBytes("an empty value");
    }
    return count;
  }

  private static boolean isItems(int type) {
    return switch (type) {
      case RdbType.LIST,
          RdbType.SET,
          RdbType.ZSET,
          RdbType.ZSET_2,
          RdbType.HASH,
          RdbType.HASH_METADATA,
          RdbType.HASH_METADATA_EARLY,
          RdbType.LIST_QUICKLIST,
          RdbType.LIST_QUICKLIST_2 ->
          true;
      default -> false;
    };
  }

  /** Reads so many items of a value whose beginning was read before. */
  void items(RdbInput in, int type, long count, ValueSink sink) {
    for (long left = count; left > 0; left--) {
      switch (type) {
        case RdbType.LIST -> {
          in.getString(piece);
          sink.element(piece.array(), piece.from(), piece.length());
        }
        case RdbType.SET -> {
          in.getString(piece);
          once(sink.member(piece.array(), piece.from(), piece.length()));
        }
        case RdbType.ZSET, RdbType.ZSET_2 -> {
          in.getString(piece);
          scored(sink, type == RdbType.ZSET ? scoreText(in) : in.getDouble());
        }
        case RdbType.LIST_QUICKLIST, RdbType.LIST_QUICKLIST_2 -> node(in, type, sink);
        default -> field(in, type, sink);
      }
    }
  }

  private void field(RdbInput in, int type, ValueSink sink) {
    long expires = 0;
    if (type != RdbType.HASH) {
      expires = in.getNumber();
      if (type == RdbType.HASH_METADATA && expires != 0) {
        expires += earliestMs - 1;
      }
      checkExpiry(expires);
    }
    in.getString(piece);
    in.getString(other);
    once(sink.field(piece, other, expires));
  }

  private void node(RdbInput in, int type, ValueSink sink) {
    long container = type == RdbType.LIST_QUICKLIST ? NODE_PACKED : in.getNumber();
    in.getString(pack);
    if (container == NODE_PLAIN) {
      sink.element(pack.array(), pack.from(), pack.length());
    } else if (container != NODE_PACKED) {
      throw new MalformedBytes("a list's node of kind " + container);
    } else if (type == RdbType.LIST_QUICKLIST) {
      pack(RdbType.LIST_ZIPLIST, sink);
    } else {
      Listpack.Reader node = new Listpack.Reader(pack.array(), pack.from(), pack.length());
      while (node.hasNext()) {
        node.next(piece);
        sink.element(piece.array(), piece.from(), piece.length());
      }
    }
  }

  private void scored(ValueSink sink, double score) {
    if (Double.isNaN(score)) {
      throw new MalformedBytes("a score that is not a number");
    }
    once(sink.scored(piece.array(), piece.from(), piece.length(), score));
  }

  private double scoreText(RdbInput in) {
    int length = in.getByte();
    switch (length) {
      case SCORE_NAN:
        return Double.NaN;
      case SCORE_INFINITE:
        return Double.POSITIVE_INFINITY;
      case SCORE_MINUS_INFINITE:
        return Double.NEGATIVE_INFINITY;
      default:
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
          text[i] = (byte) in.getByte();
        }
        return FloatText.parse(text, 0, length);
    }
  }

  private static void checkExpiry(long expiresAtMs) {
    if (expiresAtMs < 0 || expiresAtMs >= RdbType.EXPIRY_END) {
      throw new MalformedBytes("a field's expiry " + expiresAtMs);
    }
  }

  private static void once(boolean added) {
    if (!added) {
      throw new MalformedBytes("an item that is there twice");
    }
  }

  // Packs.

  private void pack(int type, ValueSink sink) {
    switch (type) {
      case RdbType.SET_INTSET -> integers(sink);
      case RdbType.HASH_ZIPMAP -> {
        Pairs pairs = new Pairs(sink, false);
        OldPacks.zipmap(pack.array(), pack.from(), pack.length(), piece, pairs::entry);
        pairs.end();
      }
      case RdbType.LIST_ZIPLIST -> ziplist(p -> sink.element(p.array(), p.from(), p.length()));
      case RdbType.HASH_ZIPLIST, RdbType.ZSET_ZIPLIST -> {
        Pairs pairs = new Pairs(sink, type == RdbType.ZSET_ZIPLIST);
        ziplist(pairs::entry);
        pairs.end();
      }
      default -> listpack(type, sink);
    }
  }

  private void ziplist(OldPacks.Entries entries) {
    OldPacks.ziplist(pack.array(), pack.from(), pack.length(), piece, entries);
  }

  private void listpack(int type, ValueSink sink) {
    Listpack.Reader entries = new Listpack.Reader(pack.array(), pack.from(), pack.length());
    if (!entries.hasNext()) {
      throw new MalformedBytes("an empty value");
    }
    while (entries.hasNext()) {
      entries.next(piece);
      switch (type) {
        case RdbType.SET_LISTPACK -> once(sink.member(piece.array(), piece.from(), piece.length()));
        case RdbType.ZSET_LISTPACK -> {
          entries.next(other);
          scored(
              sink,
              entries.isInteger()
                  ? entries.integer()
                  : FloatText.parse(other.array(), other.from(), other.length()));
        }
        default -> {
          entries.next(other);
          long expires = type == RdbType.HASH_LISTPACK ? 0 : entries.nextInteger();
          checkExpiry(expires);
          once(sink.field(piece, other, expires));
        }
      }
    }
  }

  /** {@code | width u32 | count u32 | integers, ascending |}, little-endian. */
  private void integers(ValueSink sink) {
    RdbInput in = RdbInput.of(pack.array(), pack.from(), pack.length());
    int width = in.getInt();
    long count = in.getInt() & 0xffffffffL;
    if (width != 2 && width != 4 && width != 8
        || count == 0
        || pack.length() - 8L != width * count) {
      throw new MalformedBytes("a set of " + count + " integers of " + width + " bytes");
    }
    long before = 0;
    for (long i = 0; i < count; i++) {
      long value = width == 2 ? in.getShort() : width == 4 ? in.getInt() : in.getLong();
      if (i > 0 && value <= before) {
        throw new MalformedBytes("a set of integers that do not ascend");
      }
      before = value;
      piece.setInteger(value);
      once(sink.member(piece.array(), piece.from(), piece.length()));
    }
  }

  /** Puts every two entries together. */
  private final class Pairs {
    private final ValueSink sink;
    private final boolean scores;
    private int entries;

    Pairs(ValueSink sink, boolean scores) {
      this.sink = sink;
      this.scores = scores;
    }

    void entry(Piece entry) {
      if (entries++ % 2 == 0) {
        other.take(entry);
      } else if (scores) {
        double score = FloatText.parse(entry.array(), entry.from(), entry.length());
        if (Double.isNaN(score)) {
          throw new MalformedBytes("a score that is not a number");
        }
        once(sink.scored(other.array(), other.from(), other.length(), score));
      } else {
        once(sink.field(other, entry, 0));
      }
    }

    void end() {
      if (entries == 0 || entries % 2 != 0) {
        throw new MalformedBytes("a pack of " + entries + " pieces where pairs must be");
      }
    }
  }

  // Passing over.

  /**
   * Passes over a value without looking into its strings. {@code progress} hears of each item, once
   * the count has been read, which it is told first.
   *
   * @throws MalformedBytes if it is of a type that is not known
   */
  void skip(RdbInput in, int type, Progress progress) {
    switch (type) {
      case RdbType.HASH_LISTPACK_EX -> {
        in.skip(8);
        in.skipString();
      }
      case RdbType.STRING,
          RdbType.SET_INTSET,
          RdbType.SET_LISTPACK,
          RdbType.LIST_ZIPLIST,
          RdbType.HASH_ZIPMAP,
          RdbType.HASH_ZIPLIST,
          RdbType.ZSET_ZIPLIST,
          RdbType.HASH_LISTPACK,
          RdbType.ZSET_LISTPACK,
          RdbType.HASH_LISTPACK_EX_EARLY ->
          in.skipString();
      case RdbType.STREAM_LISTPACKS, RdbType.STREAM_LISTPACKS_2, RdbType.STREAM_LISTPACKS_3 ->
          RdbStreams.skip(in, type);
      default -> skipItems(in, type, progress);
    }
  }

  private void skipItems(RdbInput in, int type, Progress progress) {
    long count = head(in, type);
    progress.items(0);
    for (long left = count; left > 0; left--) {
      switch (type) {
        case RdbType.LIST, RdbType.SET, RdbType.LIST_QUICKLIST -> in.skipString();
        case RdbType.ZSET -> {
          in.skipString();
          int length = in.getByte();
          in.skip(length < SCORE_NAN ? length : 0);
        }
        case RdbType.ZSET_2 -> {
          in.skipString();
          in.skip(8);
        }
        case RdbType.LIST_QUICKLIST_2 -> {
          in.getNumber();
          in.skipString();
        }
        default -> {
          if (type != RdbType.HASH) {
            in.getNumber();
          }
          in.skipString();
          in.skipString();
        }
      }
      progress.items(1);
    }
  }
}
