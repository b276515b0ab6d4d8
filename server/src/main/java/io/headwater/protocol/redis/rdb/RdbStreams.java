package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import io.headwater.view.keyspace.types.Pending;
import io.headwater.view.keyspace.types.StreamConsumer;
import io.headwater.view.keyspace.types.StreamGroup;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamLimits;
import io.headwater.view.keyspace.types.StreamValue;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Streams. Lengths and IDs are RDB's numbers; times are 8 bytes, little-endian, in milliseconds:
 *
 * <pre>{@code
 * | nodes | { first ID (16 bytes, big-endian, as a string) | listpack (a string) } ...
 * | entries | last ms | last seq
 * 19 on:  | first ms | first seq | largest deleted ms | seq | entries ever added
 * | groups | { name | last ms | last seq | [19 on: entries read] | pending | consumers } ...
 *
 * pending:    | count | { ID (16 bytes) | when delivered | how often } ... |
 * consumers:  | count | { name | when seen | [21: when active] | count | ID (16 bytes) ... } ... |
 *
 * listpack:  | entries | deleted ones | n | n * field | 0 | entry ... |
 * entry:     | flags | ms - first ms | seq - first seq | its n values           | pieces |
 *            | flags | ms - first ms | seq - first seq | n | n * (field, value) | pieces |
 * flags:     1 deleted, 2 has the listpack's fields
 * }</pre>
 */
final class RdbStreams {
  private static final int ID_BYTES = 16;
  private static final int DELETED = 1;
  private static final int SAME_FIELDS = 2;

  /** Pieces of an entry beside its fields and values, but for the number of its own fields. */
  private static final int ENTRY_PIECES = 3;

  /** The next entry stands in a node of its own. */
  private static final StreamLimits NEXT_NODE = new StreamLimits(1, 1);

  private static final StreamLimits SAME_NODE = new StreamLimits(0, 0);

  private final Piece piece = new Piece();
  private final ByteWriter names = new ByteWriter();
  private final ByteWriter body = new ByteWriter();

  /**
   * Reads a stream.
   *
   * @param type which form it has
   * @throws MalformedBytes if it is none, or its parts do not belong together
   */
  StreamValue read(RdbInput in, int type) {
    StreamValue stream = new StreamValue();
    for (long left = in.getCount(2); left > 0; left--) {
      in.getString(piece);
      check(piece.length() == ID_BYTES, "a node's ID of " + piece.length() + " bytes");
      ByteBuffer id = ByteBuffer.wrap(piece.array(), piece.from(), ID_BYTES);
      long ms = id.getLong();
      long seq = id.getLong();
      in.getString(piece);
      node(new Listpack.Reader(piece.array(), piece.from(), piece.length()), ms, seq, stream);
    }
    check(in.getNumber() == stream.size(), "a stream that does not have its length");
    StreamId last = id(in);
    check(last.compareTo(stream.last()) >= 0, "a last ID below an entry's");
    StreamId deleted = StreamId.ZERO;
    long added = stream.size();
    if (type != RdbType.STREAM_LISTPACKS) {
      id(in);
      deleted = id(in);
      added = in.getNumber();
    }
    stream.setIds(last, added, deleted);
    for (long left = in.getCount(4); left > 0; left--) {
      group(in, type, stream);
    }
    return stream;
  }

  private static void check(boolean right, String wrong) {
    if (!right) {
      throw new MalformedBytes(wrong);
    }
  }

  private static StreamId id(RdbInput in) {
    return new StreamId(in.getNumber(), in.getNumber());
  }

  private static StreamId rawId(RdbInput in) {
    return new StreamId(Long.reverseBytes(in.getLong()), Long.reverseBytes(in.getLong()));
  }

  private void node(Listpack.Reader in, long ms, long seq, StreamValue stream) {
    long expected = in.nextInteger();
    long deleted = in.nextInteger();
    long fields = in.nextInteger();
    names.clear();
    Piece item = new Piece();
    for (long left = fields; left > 0; left--) {
      in.next(item);
      names.putSized(item.array(), item.from(), item.length());
    }
    check(fields >= 0 && in.nextInteger() == 0, "a node whose fields do not end");
    long live = 0;
    long dead = 0;
    while (in.hasNext()) {
      long flags = in.nextInteger();
      long entryMs = ms + in.nextInteger();
      long entrySeq = seq + in.nextInteger();
      long count = (flags & SAME_FIELDS) != 0 ? fields : in.nextInteger();
      long pieces = entry(in, (flags & SAME_FIELDS) != 0, count, item);
      check(in.nextInteger() == pieces, "an entry that does not have its length");
      if ((flags & DELETED) != 0) {
        dead++;
        continue;
      }
      // above 0-0, too, which the last one of an empty stream is
      if (StreamId.compare(entryMs, entrySeq, stream.lastMs(), stream.lastSeq()) <= 0) {
        throw new MalformedBytes("ID " + new StreamId(entryMs, entrySeq));
      }
      stream.append(
          entryMs, entrySeq, body.array(), 0, body.size(), live == 0 ? NEXT_NODE : SAME_NODE);
      live++;
    }
    check(live == expected && dead == deleted, "a node that does not have its entries");
  }

  /** Reads an entry's fields and values into {@link #body}; returns how many pieces it had. */
  private long entry(Listpack.Reader in, boolean same, long count, Piece item) {
    if (count <= 0 || count > Integer.MAX_VALUE) {
      throw new MalformedBytes("an entry of " + count + " fields");
    }
    body.clear();
    body.putVarint(count);
    ByteReader shared = new ByteReader(names.array(), 0, names.size());
    for (long left = count; left > 0; left--) {
      if (same) {
        int length = shared.getLength();
        body.putSized(shared.array(), shared.index(), length);
        shared.skip(length);
      } else {
        in.next(item);
        body.putSized(item.array(), item.from(), item.length());
      }
      in.next(item);
      body.putSized(item.array(), item.from(), item.length());
    }
    return same ? ENTRY_PIECES + count : ENTRY_PIECES + 1 + 2 * count;
  }

  private Bytes name(RdbInput in) {
    in.getString(piece);
    return Bytes.copyOf(piece.array(), piece.from(), piece.length());
  }

  private record Delivery(long atMs, long times) {}

  private void group(RdbInput in, int type, StreamValue stream) {
    Bytes name = name(in);
    check(stream.group(name) == null, "a group that is there twice");
    StreamId last = id(in);
    long read = type == RdbType.STREAM_LISTPACKS ? stream.entriesUpTo(last) : in.getNumber();
    StreamGroup group = stream.createGroup(name, last, read);
    Map<StreamId, Delivery> pending = new HashMap<>();
    for (long left = in.getCount(ID_BYTES + 9); left > 0; left--) {
      StreamId id = rawId(in);
      Delivery delivery = new Delivery(in.getLong(), in.getNumber());
      check(pending.put(id, delivery) == null, "a pending entry that is there twice");
    }
    for (long left = in.getCount(10); left > 0; left--) {
      Bytes consumerName = name(in);
      check(group.consumer(consumerName) == null, "a consumer that is there twice");
      long seen = in.getLong();
      long active = type == RdbType.STREAM_LISTPACKS_3 ? in.getLong() : seen;
      StreamConsumer consumer = group.createConsumer(consumerName, seen, active);
      for (long ids = in.getCount(ID_BYTES); ids > 0; ids--) {
        StreamId id = rawId(in);
        Delivery delivery = pending.remove(id);
        if (delivery == null) {
          throw new MalformedBytes("a consumer's entry that is not pending");
        }
        group.put(new Pending(id.ms(), id.seq(), consumer, delivery.atMs, delivery.times));
      }
    }
    check(pending.isEmpty(), "pending entries of nobody");
  }

  /** Passes over a stream. */
  static void skip(RdbInput in, int type) {
    for (long left = in.getCount(2); left > 0; left--) {
      in.skipString();
      in.skipString();
    }
    int numbers = type == RdbType.STREAM_LISTPACKS ? 3 : 8;
    for (int i = 0; i < numbers; i++) {
      in.getNumber();
    }
    for (long groups = in.getCount(4); groups > 0; groups--) {
      in.skipString();
      in.getNumber();
      in.getNumber();
      if (type != RdbType.STREAM_LISTPACKS) {
        in.getNumber();
      }
      for (long left = in.getCount(ID_BYTES + 9); left > 0; left--) {
        in.skip(ID_BYTES + 8L);
        in.getNumber();
      }
      for (long left = in.getCount(10); left > 0; left--) {
        in.skipString();
        in.skip(type == RdbType.STREAM_LISTPACKS_3 ? 16 : 8);
        for (long ids = in.getCount(ID_BYTES); ids > 0; ids--) {
          in.skip(ID_BYTES);
        }
      }
    }
  }
}
