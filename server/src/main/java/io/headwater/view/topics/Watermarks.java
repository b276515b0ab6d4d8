package io.headwater.view.topics;

import io.headwater.view.OwnedBy;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * What was applied and is not durable yet, in log order. When the log becomes durable up to a
 * position, the partitions whose parts end there move their high watermarks.
 */
@OwnedBy("topics")
final class Watermarks {
  private record Waiting(
      long position, Partition partition, long offset, Segment segment, long bytes) {}

  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();

  /** The oldest position that is waited for: read by whoever learns that the log is durable. */
  private volatile long oldest = Long.MAX_VALUE;

  void add(long position, Partition partition, Segment segment) {
    assert queue.isEmpty() || queue.getLast().position <= position;
    queue.add(new Waiting(position, partition, partition.endOffset, segment, segment.size));
    if (queue.size() == 1) {
      oldest = position;
    }
  }

  boolean waitsFor(long durable) {
    return oldest <= durable;
  }

  /** Moves high watermarks and names each partition that moved, perhaps more than once. */
  void advance(long durable, Consumer<Partition> moved) {
    while (!queue.isEmpty() && queue.getFirst().position <= durable) {
      Waiting w = queue.removeFirst();
      w.partition.durable(w.offset, w.segment, w.bytes);
      Waiting next = queue.peekFirst();
      if (next == null || next.position > durable || next.partition != w.partition) {
        moved.accept(w.partition);
      }
    }
    oldest = queue.isEmpty() ? Long.MAX_VALUE : queue.getFirst().position;
  }
}
