package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.types.Pending;
import io.headwater.view.keyspace.types.PendingList;
import io.headwater.view.keyspace.types.StreamConsumer;
import io.headwater.view.keyspace.types.StreamCursor;
import io.headwater.view.keyspace.types.StreamEntry;
import io.headwater.view.keyspace.types.StreamGroup;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;

/** Writes a stream in the form that {@link RdbStreams} draws; of Redis 7.0, type 19. */
final class StreamPayload {
  private static final int SAME_FIELDS = 2;

  private final RdbWriter strings;
  private final ByteWriter pack = new ByteWriter();
  private final Listpack.Writer listpack = new Listpack.Writer(pack);

  StreamPayload(RdbWriter strings) {
    this.strings = strings;
  }

  void write(StreamValue stream, ByteWriter out) {
    RdbWriter.length(out, stream.nodes());
    StreamCursor cursor = stream.cursor().seek(0, 0);
    for (int i = 0; i < stream.nodes(); i++) {
      RdbWriter.length(out, 2L * Long.BYTES);
      rawId(out, stream.nodeId(i).ms(), stream.nodeId(i).seq());
      node(stream, i, cursor);
      strings.string(out, pack.array(), 0, pack.size());
    }
    pack.clear(1 << 16);
    RdbWriter.length(out, stream.size());
    id(out, stream.last());
    id(out, stream.first());
    id(out, stream.maxDeleted());
    RdbWriter.length(out, stream.entriesAdded());
    RdbWriter.length(out, stream.groupCount());
    for (StreamGroup group : stream.groups()) {
      group(out, group);
    }
  }

  private static void id(ByteWriter out, StreamId id) {
    RdbWriter.length(out, id.ms());
    RdbWriter.length(out, id.seq());
  }

  private static void rawId(ByteWriter out, long ms, long seq) {
    out.putLong(Long.reverseBytes(ms)).putLong(Long.reverseBytes(seq));
  }

  private void node(StreamValue stream, int number, StreamCursor cursor) {
    StreamId first = stream.nodeId(number);
    pack.clear();
    listpack.begin();
    listpack.appendInteger(stream.nodeEntries(number));
    listpack.appendInteger(0);
    listpack.appendInteger(stream.nodeFieldCount(number));
    stream.nodeFields(number, listpack::append);
    listpack.appendInteger(0);
    for (int left = stream.nodeEntries(number); left > 0; left--) {
      cursor.next();
      entry(cursor.entry(), first);
    }
    listpack.end();
  }

  private void entry(StreamEntry entry, StreamId first) {
    boolean own = entry.hasOwnFields();
    listpack.appendInteger(own ? 0 : SAME_FIELDS);
    listpack.appendInteger(entry.ms() - first.ms());
    listpack.appendInteger(entry.seq() - first.seq());
    if (own) {
      listpack.appendInteger(entry.fields());
    }
    boolean[] isValue = {false};
    entry.forEach((array, from, length) -> {
      if (own || isValue[0]) {
        listpack.append(array, from, length);
      }
      isValue[0] = !isValue[0];
    });
    listpack.appendInteger(own ? 2L * entry.fields() + 4 : entry.fields() + 3L);
  }

  private void group(ByteWriter out, StreamGroup group) {
    strings.string(out, group.name().array(), 0, group.name().length());
    id(out, group.last());
    RdbWriter.length(out, group.entriesRead());
    RdbWriter.length(out, group.pending().size());
    forEach(
        group.pending(),
        item -> {
          rawId(out, item.ms(), item.seq());
          out.putLong(item.deliveredMs());
          RdbWriter.length(out, item.deliveries());
        });
    RdbWriter.length(out, group.consumers().size());
    for (StreamConsumer consumer : group.consumers()) {
      strings.string(out, consumer.name().array(), 0, consumer.name().length());
      out.putLong(consumer.lastSeenMs());
      RdbWriter.length(out, consumer.pending().size());
      forEach(consumer.pending(), item -> rawId(out, item.ms(), item.seq()));
    }
  }

  private interface Items {
    void item(Pending item);
  }

  private static void forEach(PendingList list, Items items) {
    for (Pending item = list.first(); item != null; ) {
      items.item(item);
      StreamId after = item.id().next();
      item = after.isZero() ? null : list.atOrAfter(after.ms(), after.seq());
    }
  }
}
