package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A stream: entries in the order of their IDs, and consumer groups. Entries lie in nodes ({@link
 * StreamNode} draws them) that stand in a ring by their first IDs, so that an entry is added at the
 * end of one array, a trim takes whole nodes from the front, and an ID is found by bisection and a
 * walk of one node. An entry that goes is cut out of its node at once; there are no tombstones.
 *
 * <p>Unlike other collections a stream may be empty, and is never packed beside its key.
 *
 * <p>A checkpoint takes a {@link #snapshot}: it holds the nodes and the runs of pending entries
 * that were there, and the stream copies one before it changes it for the first time.
 */
public final class StreamValue {
  /** For {@link #lag}. */
  public static final long UNKNOWN_LAG = Long.MIN_VALUE;

  /** What {@code stream-node-max-bytes 0} means, and more than anyone needs. */
  private static final int NODE_BYTES_MAX = 64 << 10;

  private static final int NODE_ENTRIES_MAX = 16 << 10;
  private static final int STREAM_OVERHEAD = 200;
  private static final int NODE_OVERHEAD = 80;

  private final Ring<StreamNode> nodes;
  private final StreamEntry scratch = new StreamEntry();
  private @Nullable TreeMap<Bytes, StreamGroup> groups;
  private long size;
  private long lastMs;
  private long lastSeq;
  private StreamId maxDeleted = StreamId.ZERO;
  private long entriesAdded;
  private long nodeBytes;
  private long groupBytes;
  private int epoch;

  public StreamValue() {
    this(new Ring<>());
  }

  private StreamValue(Ring<StreamNode> nodes) {
    this.nodes = nodes;
  }

  // Reading.

  public long size() {
    return size;
  }

  /** The ID of the last entry that was ever added, or what XSETID said. */
  public StreamId last() {
    return new StreamId(lastMs, lastSeq);
  }

  public long lastMs() {
    return lastMs;
  }

  public long lastSeq() {
    return lastSeq;
  }

  /** The ID of the first entry there is, or 0-0. */
  public StreamId first() {
    if (size == 0) {
      return StreamId.ZERO;
    }
    StreamNode node = nodes.get(0);
    scratch.read(node, node.from);
    return scratch.id();
  }

  /** The ID of the last entry there is, or 0-0. */
  public StreamId lastPresent() {
    if (size == 0) {
      return StreamId.ZERO;
    }
    StreamCursor cursor = cursor().seekBack(-1, -1);
    cursor.previous();
    return cursor.entry().id();
  }

  /** The largest ID that XDEL ever deleted, or 0-0. */
  public StreamId maxDeleted() {
    return maxDeleted;
  }

  /** Entries that were ever added, those that are gone included. */
  public long entriesAdded() {
    return entriesAdded;
  }

  public StreamCursor cursor() {
    return new StreamCursor(nodes);
  }

  public boolean contains(long ms, long seq) {
    StreamCursor cursor = cursor().seek(ms, seq);
    return cursor.next() && cursor.entry().ms() == ms && cursor.entry().seq() == seq;
  }

  /** How many entries there are from an ID to an ID, both included, at most {@code limit}. */
  public long count(StreamId from, StreamId to, long limit) {
    if (size == 0 || from.compareTo(to) > 0) {
      return 0;
    }
    StreamCursor cursor = cursor().seek(from.ms(), from.seq());
    long found = 0;
    while (found < limit) {
      int node = cursor.number();
      // Whole nodes need no look at their entries.
      if (node + 1 < nodes.size()
          && cursor.at() == nodes.get(node).from
          && isAtOrBelow(nodes.get(node + 1), to)) {
        found += nodes.get(node).count;
        cursor.skipNode();
      } else if (cursor.next() && cursor.entry().id().compareTo(to) <= 0) {
        found++;
      } else {
        break;
      }
    }
    return Math.min(found, limit);
  }

  private static boolean isAtOrBelow(StreamNode node, StreamId id) {
    return StreamId.compare(node.ms, node.seq, id.ms(), id.seq()) <= 0;
  }

  /** How many of the first entries go, so that {@code length} stay. */
  public long overLength(long length) {
    return Math.max(0, size - length);
  }

  /** The same in whole nodes, of which at least that many stay, and at most {@code limit} go. */
  public long nodesOverLength(long length, long limit) {
    long gone = 0;
    for (int i = 0; i < nodes.size(); i++) {
      int count = nodes.get(i).count;
      if (limit > 0 && gone + count > limit || size - gone - count < length) {
        break;
      }
      gone += count;
    }
    return gone;
  }

  /** How many entries are below an ID. */
  public long below(StreamId id) {
    return id.isZero() ? 0 : count(StreamId.ZERO, id.previous(), Long.MAX_VALUE);
  }

  /** How many entries are in nodes that are wholly below an ID; at most {@code limit}. */
  public long nodesBelow(StreamId id, long limit) {
    long gone = 0;
    for (int i = 0; i < nodes.size(); i++) {
      StreamNode node = nodes.get(i);
      if (limit > 0 && gone + node.count > limit || !isBelow(node, id)) {
        break;
      }
      gone += node.count;
    }
    return gone;
  }

  private boolean isBelow(StreamNode node, StreamId id) {
    if (!isAtOrBelow(node, id)) {
      return false;
    }
    for (int at = node.from; at < node.to; ) {
      at = scratch.read(node, at);
    }
    return StreamId.compare(scratch.ms(), scratch.seq(), id.ms(), id.seq()) < 0;
  }

  /** Runs of entries that are stored together. */
  public int nodes() {
    return nodes.size();
  }

  /** The ID that entries of run {@code i} are counted from. */
  public StreamId nodeId(int i) {
    return new StreamId(nodes.get(i).ms, nodes.get(i).seq);
  }

  /** How many entries run {@code i} has. */
  public int nodeEntries(int i) {
    return nodes.get(i).count;
  }

  /** Shows the names of the fields that entries of run {@code i} without own ones have. */
  public void nodeFields(int i, CollectionValue.Elements names) {
    StreamNode node = nodes.get(i);
    int at = 0;
    for (int left = node.fieldCount; left > 0; left--) {
      int length = Packed.length(node.data, at);
      int from = at + Packed.headBytes(length);
      names.element(node.data, from, length);
      at = from + length;
    }
  }

  /** How many names {@link #nodeFields} shows. */
  public int nodeFieldCount(int i) {
    return nodes.get(i).fieldCount;
  }

  // Groups.

  public int groupCount() {
    return groups == null ? 0 : groups.size();
  }

  /** In the order of their names. */
  public Collection<StreamGroup> groups() {
    return groups == null ? java.util.List.of() : groups.values();
  }

  public @Nullable StreamGroup group(Bytes name) {
    return groups == null ? null : groups.get(name);
  }

  /**
   * How many entries had been added when the one with this ID was, as far as that is known without
   * looking at each: else {@link StreamGroup#UNKNOWN}.
   */
  public long entriesUpTo(StreamId id) {
    if (entriesAdded == 0) {
      return 0;
    }
    int toLast = id.compareTo(last());
    if (size == 0 && toLast <= 0 || toLast == 0) {
      return entriesAdded;
    }
    if (toLast > 0) {
      return StreamGroup.UNKNOWN;
    }
    StreamId first = first();
    if (maxDeleted.isZero() || maxDeleted.compareTo(first) < 0) {
      int toFirst = id.compareTo(first);
      if (toFirst <= 0) {
        return entriesAdded - size + (toFirst == 0 ? 1 : 0);
      }
    }
    return StreamGroup.UNKNOWN;
  }

  /** Whether an entry that XDEL deleted may have been between an ID and the end. */
  public boolean hasGapsFrom(StreamId id) {
    return size > 0
        && !maxDeleted.isZero()
        && first().compareTo(maxDeleted) <= 0
        && id.compareTo(maxDeleted) <= 0;
  }

  /** How many entries a group has still to read, or {@link #UNKNOWN_LAG}; may be negative. */
  public long lag(StreamGroup group) {
    if (entriesAdded == 0) {
      return 0;
    }
    boolean counted = group.entriesRead() != StreamGroup.UNKNOWN && !hasGapsFrom(group.last());
    long read = counted ? group.entriesRead() : entriesUpTo(group.last());
    return read == StreamGroup.UNKNOWN ? UNKNOWN_LAG : entriesAdded - read;
  }

  // Changes of entries.

  /**
   * Adds an entry; its ID must be above {@link #last}.
   *
   * @param body {@code | n varint | n * (field sized, value sized) |}, well-formed
   * @param limits when to begin a new node
   */
  public void append(
      long ms, long seq, byte[] body, int bodyFrom, int bodyLength, StreamLimits limits) {
    int number = nodes.size() - 1;
    StreamNode node;
    if (number >= 0 && takes(nodes.get(number), ms, body, bodyFrom, limits)) {
      node = own(number);
      nodeBytes -= node.data.length;
    } else {
      node = new StreamNode(epoch, ms, seq);
      int expected = 0;
      if (number >= 0) {
        StreamNode before = own(number);
        nodeBytes -= before.data.length;
        before.fit();
        nodeBytes += before.data.length;
        expected = before.bytes() + before.bytes() / 16;
      }
      node.begin(body, bodyFrom, bodyLength, Math.min(expected, NODE_BYTES_MAX));
      nodes.add(node);
      nodeBytes += NODE_OVERHEAD;
    }
    node.append(ms, seq, body, bodyFrom, bodyLength);
    nodeBytes += node.data.length;
    size++;
    entriesAdded++;
    lastMs = ms;
    lastSeq = seq;
  }

  private static boolean takes(
      StreamNode node, long ms, byte[] body, int bodyFrom, StreamLimits limits) {
    int bytes = limits.nodeBytes() == 0 ? NODE_BYTES_MAX : limits.nodeBytes();
    int entries = limits.nodeEntries() == 0 ? NODE_ENTRIES_MAX : limits.nodeEntries();
    return node.added < Math.min(entries, NODE_ENTRIES_MAX)
        && (long) node.weight + StreamNode.textBytes(body, bodyFrom)
            < Math.min(bytes, NODE_BYTES_MAX)
        && node.spans(ms);
  }

  private StreamNode own(int number) {
    StreamNode node = nodes.get(number);
    if (node.epoch != epoch) {
      node = node.copy(epoch);
      nodes.set(number, node);
    }
    return node;
  }

  /** Removes one entry; whether it was there. */
  public boolean delete(long ms, long seq) {
    StreamCursor cursor = cursor().seek(ms, seq);
    int number = cursor.number();
    int at = cursor.at();
    if (number < nodes.size() && at == nodes.get(number).to && number + 1 < nodes.size()) {
      number++;
      at = nodes.get(number).from;
    }
    if (!cursor.next() || cursor.entry().ms() != ms || cursor.entry().seq() != seq) {
      return false;
    }
    int end = cursor.at();
    remove(number, at, end);
    StreamId id = new StreamId(ms, seq);
    if (id.compareTo(maxDeleted) > 0) {
      maxDeleted = id;
    }
    return true;
  }

  private void remove(int number, int at, int end) {
    size--;
    if (nodes.get(number).count == 1) {
      removeNode(number);
      return;
    }
    StreamNode node = own(number);
    nodeBytes -= node.data.length;
    node.remove(at, end);
    nodeBytes += node.data.length;
  }

  private void removeNode(int number) {
    nodeBytes -= nodes.get(number).data.length + NODE_OVERHEAD;
    nodes.remove(number);
  }

  /** Removes the first entries, as a trim does: they do not count as deleted. */
  public void removeFirst(long count) {
    long left = count;
    while (left > 0) {
      StreamNode node = nodes.get(0);
      if (node.count <= left) {
        left -= node.count;
        size -= node.count;
        removeNode(0);
      } else {
        remove(0, node.from, scratch.read(node, node.from));
        left--;
      }
    }
  }

  /** What XSETID and copies say. */
  public void setIds(StreamId last, long added, StreamId newMaxDeleted) {
    lastMs = last.ms();
    lastSeq = last.seq();
    entriesAdded = added;
    maxDeleted = newMaxDeleted;
  }

  // Changes of groups; see also StreamGroup.

  /** A new group; the name must be free. */
  public StreamGroup createGroup(Bytes name, StreamId last, long entriesRead) {
    if (groups == null) {
      groups = new TreeMap<>();
    }
    StreamGroup group = new StreamGroup(this, name, last, entriesRead);
    groups.put(name, group);
    groupBytes += StreamGroup.OVERHEAD;
    return group;
  }

  /** Whether it was there. */
  public boolean destroyGroup(Bytes name) {
    StreamGroup group = groups == null ? null : groups.remove(name);
    if (group == null) {
      return false;
    }
    groupBytes -= group.memoryBytes();
    return true;
  }

  void groupsGrew(long bytes) {
    groupBytes += bytes;
  }

  /** How the entries that a consumer gets are kept. */
  public enum Keeping {
    /** Until they are acknowledged. */
    PENDING,
    /** Not at all, as NOACK says. */
    NOTHING
  }

  /** Gives a consumer the next {@code count} entries behind its group's last one. */
  public void deliver(
      StreamGroup group, StreamConsumer consumer, long count, long nowMs, Keeping keeping) {
    StreamId after = group.last().next();
    StreamCursor cursor = cursor().seek(after.ms(), after.seq());
    StreamEntry entry = cursor.entry();
    for (long left = count; left > 0 && cursor.next(); left--) {
      StreamId id = entry.id();
      long read = group.entriesRead();
      if (read != StreamGroup.UNKNOWN && !hasGapsFrom(id)) {
        read++;
      } else if (entriesAdded > 0) {
        read = entriesUpTo(id);
      }
      group.setPosition(id, read);
      if (keeping == Keeping.PENDING) {
        group.put(new Pending(id.ms(), id.seq(), consumer, nowMs, 1));
      }
    }
    consumer.active(nowMs);
  }

  /** Heap bytes that it takes, nearly. */
  public long memoryBytes() {
    return STREAM_OVERHEAD + nodeBytes + groupBytes;
  }

  // Whole values.

  /** What {@link #writeTo} appends at most. */
  public long writtenBytes() {
    long bytes = memoryBytes();
    for (StreamGroup group : groups()) {
      bytes += StreamSnapshot.nameBytes(group);
    }
    return bytes;
  }

  /** Appends the whole stream. */
  public void writeTo(ByteWriter out) {
    writeMetadata(out);
    StreamSnapshot snapshot = new StreamSnapshot(nodes.copy(), groups());
    boolean more = true;
    while (more) {
      out.putByte(1);
      more = snapshot.write(out, Integer.MAX_VALUE);
    }
    out.putByte(0);
  }

  /**
   * An equal stream of its own, whose nodes belong to both until one changes them; null if it has
   * groups, whose consumers are in use.
   */
  public @Nullable StreamValue copy() {
    if (groupCount() > 0) {
      return null;
    }
    StreamValue copy = new StreamValue(nodes.copy());
    copy.size = size;
    copy.lastMs = lastMs;
    copy.lastSeq = lastSeq;
    copy.maxDeleted = maxDeleted;
    copy.entriesAdded = entriesAdded;
    copy.nodeBytes = nodeBytes;
    copy.epoch = ++epoch;
    return copy;
  }

  /** Appends what it is but for entries and groups. */
  public void writeHead(ByteWriter out) {
    writeMetadata(out);
    out.putByte(0);
  }

  private void writeMetadata(ByteWriter out) {
    out.putVarint(lastMs).putVarint(lastSeq).putVarint(entriesAdded);
    out.putVarint(maxDeleted.ms()).putVarint(maxDeleted.seq());
  }

  /** The entries and groups as they are now. */
  public Snapshot snapshot() {
    StreamSnapshot snapshot = new StreamSnapshot(nodes.copy(), groups());
    epoch++;
    return snapshot;
  }

  /**
   * Reads what {@link #writeTo} or {@link #writeHead} wrote.
   *
   * @throws MalformedBytes if it is none of that
   */
  public static StreamValue read(ByteReader in) {
    StreamValue stream = new StreamValue();
    stream.lastMs = in.getVarint();
    stream.lastSeq = in.getVarint();
    stream.entriesAdded = in.getVarint();
    stream.maxDeleted = new StreamId(in.getVarint(), in.getVarint());
    while (in.getByte() != 0) {
      stream.readMore(in);
    }
    return stream;
  }

  /**
   * Adds one piece of a {@link #snapshot}.
   *
   * @throws MalformedBytes if it is none, or does not follow what came before
   */
  public void readMore(ByteReader in) {
    for (int left = in.getInt(); left > 0; left--) {
      int kind = in.getByte();
      switch (kind) {
        case StreamSnapshot.NODE -> readNode(in);
        case StreamSnapshot.GROUP -> StreamSnapshot.readGroup(this, in);
        case StreamSnapshot.PENDING -> StreamSnapshot.readPending(this, in);
        default -> throw new MalformedBytes("a stream's item of kind " + kind);
      }
    }
  }

  private void readNode(ByteReader in) {
    StreamNode node = StreamNode.read(epoch, in);
    StreamId lastThere = lastPresent();
    if (size > 0 && StreamId.compare(node.ms, node.seq, lastThere.ms(), lastThere.seq()) <= 0) {
      throw new MalformedBytes("a stream's nodes out of order");
    }
    nodes.add(node);
    size += node.count;
    nodeBytes += node.data.length + NODE_OVERHEAD;
  }
}
