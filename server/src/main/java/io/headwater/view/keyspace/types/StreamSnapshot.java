package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A stream as it was, in pieces {@code | items u32 | item ... |}:
 *
 * <pre>{@code
 * | 1 | node, as StreamNode.write                                                              |
 * | 2 | name (sized) | ms | seq (varints) | entries read (signed) | consumers varint | consumer ... |
 * | 3 | group's name (sized) | n varint | n * pending                                          |
 * consumer: | name (sized) | seen (signed) | active (signed) |
 * pending:  | ms | seq | consumer's number | deliveries (varints) | delivered ms (signed) |
 * }</pre>
 */
final class StreamSnapshot implements Snapshot {
  static final int NODE = 1;
  static final int GROUP = 2;
  static final int PENDING = 3;
  private static final int PENDING_AT_ONCE = 128;

  /** A group with its consumers and what was pending. */
  private record Group(
      Bytes name,
      StreamId last,
      long entriesRead,
      List<StreamConsumer> consumers,
      long[] seenMs,
      long[] activeMs,
      Ring<PendingList.Run> pending,
      int pendingCount) {
    Map<StreamConsumer, Integer> numbers() {
      Map<StreamConsumer, Integer> numbers = new HashMap<>();
      consumers.forEach(consumer -> numbers.put(consumer, numbers.size()));
      return numbers;
    }
  }

  private final Ring<StreamNode> nodes;
  private final List<Group> groups = new ArrayList<>();
  private Map<StreamConsumer, Integer> numbers = Map.of();
  private int nextNode;
  private int nextGroup;

  /** Of the group before {@link #nextGroup}. */
  private int pendingLeft;

  private int nextRun;
  private int nextInRun;

  StreamSnapshot(Ring<StreamNode> nodes, Collection<StreamGroup> live) {
    this.nodes = nodes;
    for (StreamGroup group : live) {
      List<StreamConsumer> consumers = List.copyOf(group.consumers());
      groups.add(
          new Group(
              group.name(),
              group.last(),
              group.entriesRead(),
              consumers,
              consumers.stream().mapToLong(StreamConsumer::seenMs).toArray(),
              consumers.stream().mapToLong(StreamConsumer::activeMs).toArray(),
              group.pending().frozen(),
              group.pending().size()));
    }
  }

  @Override
  public boolean write(ByteWriter out, int bytes) {
    int mark = out.size();
    out.putInt(0);
    int items = 0;
    while (hasMore() && out.size() - mark < bytes) {
      if (nextNode < nodes.size()) {
        out.putByte(NODE);
        nodes.get(nextNode++).write(out);
      } else if (pendingLeft > 0) {
        writePending(groups.get(nextGroup - 1), out);
      } else {
        Group group = groups.get(nextGroup++);
        numbers = group.numbers();
        pendingLeft = group.pendingCount;
        nextRun = 0;
        nextInRun = 0;
        write(group, out);
      }
      items++;
    }
    out.setInt(mark, items);
    return hasMore();
  }

  private boolean hasMore() {
    return nextNode < nodes.size() || nextGroup < groups.size() || pendingLeft > 0;
  }

  /** What the names of a group and its consumers take, which are no part of the memory's count. */
  static long nameBytes(StreamGroup group) {
    long bytes = group.name().length() * (2L + group.pending().size() / PENDING_AT_ONCE);
    for (StreamConsumer consumer : group.consumers()) {
      bytes += consumer.name().length();
    }
    return bytes;
  }

  private static void write(Group group, ByteWriter out) {
    out.putByte(GROUP).putSized(group.name);
    out.putVarint(group.last.ms()).putVarint(group.last.seq()).putSigned(group.entriesRead);
    out.putVarint(group.consumers.size());
    for (int i = 0; i < group.consumers.size(); i++) {
      out.putSized(group.consumers.get(i).name());
      out.putSigned(group.seenMs[i]).putSigned(group.activeMs[i]);
    }
  }

  /** Equal lists are written equally, however they lie in runs. */
  private void writePending(Group group, ByteWriter out) {
    int count = Math.min(pendingLeft, PENDING_AT_ONCE);
    pendingLeft -= count;
    out.putByte(PENDING).putSized(group.name).putVarint(count);
    for (int left = count; left > 0; left--) {
      PendingList.Run run = group.pending.get(nextRun);
      Pending item = run.items[run.from + nextInRun++];
      if (run.from + nextInRun == run.to) {
        nextRun++;
        nextInRun = 0;
      }
      out.putVarint(item.ms()).putVarint(item.seq());
      out.putVarint(java.util.Objects.requireNonNull(numbers.get(item.consumer())));
      out.putVarint(item.deliveries()).putSigned(item.deliveredMs());
    }
  }

  static void readGroup(StreamValue stream, ByteReader in) {
    Bytes name = in.getSized();
    if (stream.group(name) != null) {
      throw new MalformedBytes("a stream's group comes twice");
    }
    StreamId last = new StreamId(in.getVarint(), in.getVarint());
    StreamGroup group = stream.createGroup(name, last, in.getSigned());
    for (int left = in.getCount(); left > 0; left--) {
      Bytes consumer = in.getSized();
      if (group.consumer(consumer) != null) {
        throw new MalformedBytes("a group's consumer comes twice");
      }
      group.createConsumer(consumer, in.getSigned(), in.getSigned());
    }
  }

  static void readPending(StreamValue stream, ByteReader in) {
    StreamGroup group = stream.group(in.getSized());
    if (group == null) {
      throw new MalformedBytes("pending entries of a group that did not come");
    }
    List<StreamConsumer> consumers = List.copyOf(group.consumers());
    for (int left = in.getCount(); left > 0; left--) {
      long ms = in.getVarint();
      long seq = in.getVarint();
      int number = in.getCount();
      if (number >= consumers.size()) {
        throw new MalformedBytes("a pending entry of consumer " + number);
      }
      long deliveries = in.getVarint();
      group.put(new Pending(ms, seq, consumers.get(number), in.getSigned(), deliveries));
    }
  }
}
