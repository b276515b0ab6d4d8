package io.headwater.view.keyspace.types;

import io.headwater.bytes.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group of a stream: up to where it has read, its consumers by name, and what they have
 * not acknowledged. Each pending entry stands in the group's list and in its consumer's.
 */
public final class StreamGroup {
  /** For {@link #entriesRead}: unknown. */
  public static final long UNKNOWN = -1;

  static final int OVERHEAD = 300;
  private static final int CONSUMER_OVERHEAD = 250;
  private static final int PENDING_OVERHEAD = 60;

  private final StreamValue stream;
  private final Bytes name;
  private final PendingList pending = new PendingList();
  private final TreeMap<Bytes, StreamConsumer> consumers = new TreeMap<>();
  private StreamId last;
  private long entriesRead;

  StreamGroup(StreamValue stream, Bytes name, StreamId last, long entriesRead) {
    this.stream = stream;
    this.name = name;
    this.last = last;
    this.entriesRead = entriesRead;
  }

  public Bytes name() {
    return name;
  }

  /** The last entry that was delivered to anyone. */
  public StreamId last() {
    return last;
  }

  /** How many entries of the stream the group has read, or {@link #UNKNOWN}. */
  public long entriesRead() {
    return entriesRead;
  }

  public PendingList pending() {
    return pending;
  }

  /** In the order of their names. */
  public Collection<StreamConsumer> consumers() {
    return consumers.values();
  }

  public @Nullable StreamConsumer consumer(Bytes consumer) {
    return consumers.get(consumer);
  }

  // Changes.

  public void setPosition(StreamId id, long newEntriesRead) {
    last = id;
    entriesRead = newEntriesRead;
  }

  /** A new one; the name must be free. */
  public StreamConsumer createConsumer(Bytes consumer, long nowMs) {
    return createConsumer(consumer, nowMs, -1);
  }

  public StreamConsumer createConsumer(Bytes consumer, long seenMs, long activeMs) {
    StreamConsumer created = new StreamConsumer(consumer, seenMs, activeMs);
    consumers.put(consumer, created);
    stream.groupsGrew(CONSUMER_OVERHEAD);
    return created;
  }

  /** Deletes a consumer with all that is pending for it. */
  public void deleteConsumer(StreamConsumer consumer) {
    List<StreamId> ids = new ArrayList<>(consumer.pending.size());
    for (Pending p = consumer.pending.first(); p != null; ) {
      ids.add(p.id());
      StreamId after = p.id().next();
      p = after.isZero() ? null : consumer.pending.atOrAfter(after.ms(), after.seq());
    }
    for (StreamId id : ids) {
      pending.remove(id.ms(), id.seq());
    }
    consumers.remove(consumer.name());
    stream.groupsGrew(-CONSUMER_OVERHEAD - (long) PENDING_OVERHEAD * ids.size());
  }

  /** Heap bytes of its consumers and pending entries, nearly. */
  long memoryBytes() {
    return OVERHEAD
        + (long) CONSUMER_OVERHEAD * consumers.size()
        + (long) PENDING_OVERHEAD * pending.size();
  }

  /** Makes an entry pending, or gives one that is another consumer, time and count. */
  public void put(Pending item) {
    Pending old = pending.put(item);
    if (old == null) {
      stream.groupsGrew(PENDING_OVERHEAD);
    } else if (old.consumer() != item.consumer()) {
      old.consumer().pending.remove(old.ms(), old.seq());
    }
    item.consumer().pending.put(item);
  }

  /** The entry is pending no more; whether it was. */
  public boolean acknowledge(long ms, long seq) {
    Pending old = pending.remove(ms, seq);
    if (old == null) {
      return false;
    }
    old.consumer().pending.remove(ms, seq);
    stream.groupsGrew(-PENDING_OVERHEAD);
    return true;
  }

  /** A consumer got entries. */
  public void active(StreamConsumer consumer, long nowMs) {
    consumer.active(nowMs);
  }
}
