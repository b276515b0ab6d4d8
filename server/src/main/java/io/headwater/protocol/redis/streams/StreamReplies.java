package io.headwater.protocol.redis.streams;

import io.headwater.bytes.ByteWriter;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.text.Numbers;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.StreamCursor;
import io.headwater.view.keyspace.types.StreamEntry;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;
import java.nio.charset.StandardCharsets;

/** Entries and IDs as replies. */
final class StreamReplies {
  private StreamReplies() {}

  static void id(Reply reply, StreamId id) {
    id(reply, id.ms(), id.seq());
  }

  static void id(Reply reply, long ms, long seq) {
    if (ms < 0 || seq < 0) {
      reply.bulk(new StreamId(ms, seq).toString()); // past what the rest can count
      return;
    }
    ByteWriter out = reply.out().putByte('$');
    Numbers.write(out, Numbers.digits(ms) + 1L + Numbers.digits(seq));
    out.putByte('\r').putByte('\n');
    Numbers.write(out, ms);
    out.putByte('-');
    Numbers.write(out, seq);
    out.putByte('\r').putByte('\n');
  }

  /** {@code [id, [field, value, ...]]}. */
  static void entry(Reply reply, StreamEntry entry, CollectionValue.Elements bulk) {
    reply.array(2);
    id(reply, entry.ms(), entry.seq());
    reply.array(entry.fields() * 2);
    entry.forEach(bulk);
  }

  /** As {@link #entry}, if there is one with this ID. */
  static boolean entry(Reply reply, StreamValue stream, StreamId id) {
    StreamCursor cursor = stream.cursor().seek(id.ms(), id.seq());
    if (!cursor.next() || !cursor.entry().id().equals(id)) {
      return false;
    }
    entry(reply, cursor.entry(), reply::bulk);
    return true;
  }

  /**
   * An array of the entries from an ID on.
   *
   * @param count of those that are there
   */
  static void entries(Reply reply, StreamValue stream, StreamId from, long count) {
    reply.array(Math.toIntExact(count));
    StreamCursor cursor = stream.cursor().seek(from.ms(), from.seq());
    CollectionValue.Elements bulk = reply::bulk;
    for (long left = count; left > 0 && cursor.next(); left--) {
      entry(reply, cursor.entry(), bulk);
    }
  }

  /** Backwards from an ID. */
  static void entriesBack(Reply reply, StreamValue stream, StreamId from, long count) {
    reply.array(Math.toIntExact(count));
    StreamCursor cursor = stream.cursor().seekBack(from.ms(), from.seq());
    CollectionValue.Elements bulk = reply::bulk;
    for (long left = count; left > 0 && cursor.previous(); left--) {
      entry(reply, cursor.entry(), bulk);
    }
  }

  static void word(Reply reply, String ascii) {
    byte[] bytes = ascii.getBytes(StandardCharsets.US_ASCII);
    reply.bulk(bytes, 0, bytes.length);
  }
}
