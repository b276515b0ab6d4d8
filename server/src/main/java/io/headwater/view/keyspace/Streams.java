package io.headwater.view.keyspace;

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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mutators of streams: {@link #edit}, then any number of the others, each of which records one
 * event. To add an entry write it to {@link #body} first. IDs and times are arguments.
 */
public final class Streams {
  private static final int KEPT_BYTES = 1 << 16;
  private static final StreamValue.Keeping[] KEEPING = StreamValue.Keeping.values();

  private final Keyspace keyspace;
  private final ByteWriter body = new ByteWriter();
  private StreamLimits limits = StreamLimits.DEFAULTS;
  private Key key = new Key();
  private long editedEntry;
  private @Nullable StreamValue edited;

  Streams(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /** When new entries begin a new node. */
  public StreamLimits limits() {
    return limits;
  }

  /** As {@code stream-node-max-bytes}. */
  public void setNodeBytes(long bytes) {
    limits = new StreamLimits((int) Math.min(bytes, Integer.MAX_VALUE), limits.nodeEntries());
  }

  /** As {@code stream-node-max-entries}. */
  public void setNodeEntries(long entries) {
    limits = new StreamLimits(limits.nodeBytes(), (int) Math.min(entries, Integer.MAX_VALUE));
  }

  /** The stream of an entry. */
  public StreamValue read(long entry) {
    return ((LargeStream) keyspace.large(entry)).value();
  }

  /**
   * Opens a stream for changes.
   *
   * @param entry what {@link Keyspace#findForWrite} gave: a stream's, or 0 for a new one, which is
   *     the key's with its first change
   */
  public StreamValue edit(Key editedKey, long entry) {
    key = editedKey;
    editedEntry = entry;
    StreamValue value = entry == 0 ? new StreamValue() : read(entry);
    edited = value;
    return value;
  }

  private StreamValue edited() {
    StreamValue value = edited;
    if (value == null) {
      throw new IllegalStateException("nothing is being edited");
    }
    return value;
  }

  private void store() {
    if (editedEntry == 0) {
      keyspace.putLarge(key, new LargeStream(edited()), 0, Keyspace.KEEP_EXPIRY);
      editedEntry = keyspace.findForWrite(key);
    } else {
      keyspace.largeChanged(editedEntry);
    }
  }

  /**
   * Where the fields of an entry go, emptied: {@code | n varint | n * (field sized, value sized)
   * |}.
   */
  public ByteWriter body() {
    body.clear(KEPT_BYTES);
    return body;
  }

  /** Adds the entry that was written to {@link #body}; its ID must be above the stream's last. */
  public void add(long ms, long seq) {
    add(ms, seq, body.array(), 0, body.size());
  }

  private void add(long ms, long seq, byte[] array, int from, int length) {
    boolean isFirst = editedEntry == 0;
    edited().append(ms, seq, array, from, length, limits);
    store();
    if (keyspace.recording()) {
      if (keyspace.isFollowed()) {
        ByteReader fields = new ByteReader(array, from, length);
        keyspace.streamAdded(key, new StreamId(ms, seq), fields, isFirst);
      }
      keyspace
          .record(EventKind.STREAM_ADDED, key)
          .putVarint(ms)
          .putVarint(seq)
          .put(array, from, length);
    }
  }

  /** Deletes entries; returns how many of them were there. */
  public int delete(List<StreamId> ids) {
    List<StreamId> gone = new ArrayList<>(ids.size());
    StreamValue stream = edited();
    for (StreamId id : ids) {
      if (stream.delete(id.ms(), id.seq())) {
        gone.add(id);
      }
    }
    if (!gone.isEmpty()) {
      store();
      if (keyspace.recording()) {
        putIds(keyspace.record(EventKind.STREAM_DELETED, key), gone);
      }
    }
    return gone.size();
  }

  /** Removes the first {@code count} entries, which are there. */
  public void trim(long count) {
    if (count > 0) {
      edited().removeFirst(count);
      store();
      if (keyspace.recording()) {
        keyspace.record(EventKind.STREAM_TRIMMED, key).putVarint(count);
      }
    }
  }

  /** As XSETID; see {@link StreamValue#setIds}. */
  public void setIds(StreamId last, long entriesAdded, StreamId maxDeleted) {
    edited().setIds(last, entriesAdded, maxDeleted);
    store();
    if (keyspace.recording()) {
      ByteWriter out = keyspace.recordGroups(EventKind.STREAM_IDS_SET, key);
      putId(out, last).putVarint(entriesAdded);
      putId(out, maxDeleted);
    }
  }

  /** Creates a group, or moves it to another position. */
  public void putGroup(Bytes name, StreamId last, long entriesRead) {
    boolean isNew = editedEntry == 0;
    StreamValue stream = edited();
    StreamGroup group = stream.group(name);
    if (group == null) {
      stream.createGroup(name, last, entriesRead);
    } else {
      group.setPosition(last, entriesRead);
    }
    store();
    if (keyspace.recording()) {
      int kind = EventKind.STREAM_GROUP_PUT;
      ByteWriter out = isNew ? keyspace.record(kind, key) : keyspace.recordGroups(kind, key);
      putId(out.putSized(name), last).putSigned(entriesRead);
    }
  }

  /** Whether it was there. */
  public boolean destroyGroup(Bytes name) {
    boolean there = edited().destroyGroup(name);
    if (there) {
      store();
      if (keyspace.recording()) {
        keyspace.recordGroups(EventKind.STREAM_GROUP_DESTROYED, key).putSized(name);
      }
    }
    return there;
  }

  /** A new one; the name must be free. */
  public StreamConsumer createConsumer(StreamGroup group, Bytes consumer, long nowMs) {
    StreamConsumer created = group.createConsumer(consumer, nowMs);
    store();
    if (keyspace.recording()) {
      keyspace
          .recordGroups(EventKind.STREAM_CONSUMER_CREATED, key)
          .putSized(group.name())
          .putSized(consumer)
          .putSigned(nowMs);
    }
    return created;
  }

  /** With all that is pending for it. */
  public void deleteConsumer(StreamGroup group, StreamConsumer consumer) {
    group.deleteConsumer(consumer);
    store();
    if (keyspace.recording()) {
      keyspace
          .recordGroups(EventKind.STREAM_CONSUMER_DELETED, key)
          .putSized(group.name())
          .putSized(consumer.name());
    }
  }

  /** Gives a consumer the next {@code count} entries behind its group's last one. */
  public void deliver(
      StreamGroup group,
      StreamConsumer consumer,
      long count,
      long nowMs,
      StreamValue.Keeping keeping) {
    if (count == 0) {
      return;
    }
    edited().deliver(group, consumer, count, nowMs, keeping);
    store();
    if (keyspace.recording()) {
      keyspace
          .recordGroups(EventKind.STREAM_DELIVERED, key)
          .putSized(group.name())
          .putSized(consumer.name())
          .putVarint(count)
          .putSigned(nowMs)
          .putByte(keeping.ordinal());
    }
  }

  /** Entries that are pending no more; returns how many of them were. */
  public int acknowledge(StreamGroup group, List<StreamId> ids) {
    List<StreamId> done = new ArrayList<>(ids.size());
    for (StreamId id : ids) {
      if (group.acknowledge(id.ms(), id.seq())) {
        done.add(id);
      }
    }
    if (!done.isEmpty()) {
      store();
      if (keyspace.recording()) {
        putIds(
            keyspace.recordGroups(EventKind.STREAM_ACKNOWLEDGED, key).putSized(group.name()), done);
      }
    }
    return done.size();
  }

  /** Entries are pending from now on as these say, all for the same consumer. */
  public void claim(StreamGroup group, StreamConsumer consumer, List<Pending> items, long nowMs) {
    if (items.isEmpty()) {
      return;
    }
    items.forEach(group::put);
    group.active(consumer, nowMs);
    store();
    if (keyspace.recording()) {
      ByteWriter out =
          keyspace
              .recordGroups(EventKind.STREAM_CLAIMED, key)
              .putSized(group.name())
              .putSized(consumer.name())
              .putSigned(nowMs)
              .putVarint(items.size());
      for (Pending item : items) {
        out.putVarint(item.ms()).putVarint(item.seq());
        out.putSigned(item.deliveredMs()).putVarint(item.deliveries());
      }
    }
  }

  /**
   * Gives a key this stream without expiry, whatever it held. It is the keyspace's from then on.
   */
  public void replace(Key replaced, StreamValue value) {
    keyspace.findForWrite(replaced);
    keyspace.putLarge(replaced, new LargeStream(value), 0, 0);
    if (keyspace.recording()) {
      value.writeTo(keyspace.record(EventKind.STREAM_REPLACED, replaced));
      keyspace.replaced(replaced);
    }
  }

  private static ByteWriter putId(ByteWriter out, StreamId id) {
    return out.putVarint(id.ms()).putVarint(id.seq());
  }

  private static void putIds(ByteWriter out, List<StreamId> ids) {
    out.putVarint(ids.size());
    for (StreamId id : ids) {
      putId(out, id);
    }
  }

  static LargeValue readLarge(ByteReader in) {
    return new LargeStream(StreamValue.read(in));
  }

  // Replay.

  void replay(int kind, Key replayed, ByteReader in) {
    if (kind == EventKind.STREAM_REPLACED) {
      replace(replayed, StreamValue.read(in));
      return;
    }
    long entry = keyspace.findForWrite(replayed);
    boolean mayBeNew = kind == EventKind.STREAM_ADDED || kind == EventKind.STREAM_GROUP_PUT;
    if (entry == 0 ? !mayBeNew : Entry.type(entry) != Entry.STREAM) {
      throw new MalformedBytes("event of a stream for " + replayed + ", which holds another type");
    }
    StreamValue stream = edit(replayed, entry);
    switch (kind) {
      case EventKind.STREAM_ADDED -> replayAdded(stream, in);
      case EventKind.STREAM_DELETED -> delete(ids(in));
      case EventKind.STREAM_TRIMMED -> {
        long count = in.getVarint();
        Collected.check(count > 0 && count <= stream.size());
        trim(count);
      }
      case EventKind.STREAM_IDS_SET -> setIds(id(in), in.getVarint(), id(in));
      case EventKind.STREAM_GROUP_PUT -> putGroup(in.getSized(), id(in), in.getSigned());
      case EventKind.STREAM_GROUP_DESTROYED -> destroyGroup(in.getSized());
      default -> replayOfGroup(kind, there(stream.group(in.getSized())), in);
    }
  }

  private void replayAdded(StreamValue stream, ByteReader in) {
    StreamId id = id(in);
    Collected.check(id.compareTo(stream.last()) > 0);
    int from = in.index();
    for (int left = in.getCount(); left > 0; left--) {
      in.skip(in.getLength());
      in.skip(in.getLength());
    }
    add(id.ms(), id.seq(), in.array(), from, in.index() - from);
  }

  private void replayOfGroup(int kind, StreamGroup group, ByteReader in) {
    switch (kind) {
      case EventKind.STREAM_CONSUMER_CREATED ->
          createConsumer(group, in.getSized(), in.getSigned());
      case EventKind.STREAM_CONSUMER_DELETED -> deleteConsumer(group, consumer(group, in));
      case EventKind.STREAM_DELIVERED -> {
        StreamConsumer consumer = consumer(group, in);
        long count = in.getVarint();
        long nowMs = in.getSigned();
        int keeping = in.getByte();
        Collected.check(keeping >= 0 && keeping < KEEPING.length);
        deliver(group, consumer, count, nowMs, KEEPING[keeping]);
      }
      case EventKind.STREAM_ACKNOWLEDGED -> acknowledge(group, ids(in));
      case EventKind.STREAM_CLAIMED -> {
        StreamConsumer consumer = consumer(group, in);
        long nowMs = in.getSigned();
        List<Pending> items = new ArrayList<>();
        for (int left = in.getCount(); left > 0; left--) {
          StreamId id = id(in);
          items.add(new Pending(id.ms(), id.seq(), consumer, in.getSigned(), in.getVarint()));
        }
        claim(group, consumer, items, nowMs);
      }
      default -> throw Replay.unknown(kind);
    }
  }

  private static <T> T there(@Nullable T found) {
    Collected.check(found != null);
    return java.util.Objects.requireNonNull(found);
  }

  private static StreamConsumer consumer(StreamGroup group, ByteReader in) {
    return there(group.consumer(in.getSized()));
  }

  private static StreamId id(ByteReader in) {
    return new StreamId(in.getVarint(), in.getVarint());
  }

  private static List<StreamId> ids(ByteReader in) {
    List<StreamId> ids = new ArrayList<>();
    for (int left = in.getCount(); left > 0; left--) {
      ids.add(id(in));
    }
    return ids;
  }
}
