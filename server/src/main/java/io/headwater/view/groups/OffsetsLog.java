package io.headwater.view.groups;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.view.catalog.Topic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;

/**
 * The coordinator's way into the log: one frame for each of its batches. The coordinator keeps its
 * replies back until a listener tells it that their offsets are durable.
 *
 * <p>The coordinator calls {@link #append} for one partition on one thread at a time, so a
 * partition's frame needs no lock; its queue of offsets that wait for the disk has one, because the
 * log's sync thread empties it.
 */
final class OffsetsLog implements PartitionWriter, Log.DurableListener {
  /** Appended up to {@code endOffset} when the log is durable up to {@code position}. */
  private record Pending(long position, long endOffset) {}

  private final class Tail {
    private final TopicPartition partition;
    private final int stream;
    private final Frame frame = new Frame(Frame.Origin.GROUPS);
    private final Deque<Pending> pending = new ArrayDeque<>(); // guarded by this tail
    private final List<Listener> listeners = new ArrayList<>(); // guarded by this tail

    Tail(TopicPartition partition, int stream) {
      this.partition = partition;
      this.stream = stream;
    }

    long append(MemoryRecords records) {
      frame.clear();
      Frame.Part part = frame.part(stream);
      int count = 0;
      for (RecordBatch batch : records.batches()) {
        count += Math.toIntExact(batch.lastOffset() - batch.baseOffset() + 1);
      }
      part.payload().put(records.buffer());
      part.addRecords(count);
      long position = log.append(frame);
      long endOffset = part.baseOffset() + count;
      synchronized (this) {
        pending.add(new Pending(position, endOffset));
      }
      if (log.durable() >= position) {
        durable(log.durable());
      } else {
        log.syncSoon();
      }
      return endOffset;
    }

    /** Listeners only enqueue, so they are called under the lock, which keeps their order. */
    synchronized void durable(long position) {
      long endOffset = -1;
      while (!pending.isEmpty() && pending.element().position <= position) {
        endOffset = pending.remove().endOffset;
      }
      if (endOffset >= 0) {
        for (Listener listener : listeners) {
          listener.onHighWatermarkUpdated(partition, endOffset);
        }
      }
    }

    synchronized void add(Listener listener) {
      listeners.add(listener);
    }

    synchronized void remove(Listener listener) {
      listeners.remove(listener);
    }
  }

  private final Log log;
  private final Map<TopicPartition, Tail> tails = new HashMap<>();
  private final LogConfig logConfig = new LogConfig(Map.of());

  /** Listens to the log from now on. */
  OffsetsLog(Log log, Topic topic) {
    this.log = log;
    for (int i = 0; i < topic.partitions(); i++) {
      TopicPartition partition = new TopicPartition(topic.name(), i);
      tails.put(partition, new Tail(partition, topic.streams().get(i)));
    }
    log.addDurableListener(this);
  }

  @Override
  public void durable(long position) {
    for (Tail tail : tails.values()) {
      tail.durable(position);
    }
  }

  private Tail tail(TopicPartition partition) {
    Tail tail = tails.get(partition);
    if (tail == null) {
      throw new UnknownTopicOrPartitionException(partition.toString());
    }
    return tail;
  }

  @Override
  public void registerListener(TopicPartition partition, Listener listener) {
    tail(partition).add(listener);
  }

  @Override
  public void deregisterListener(TopicPartition partition, Listener listener) {
    tail(partition).remove(listener);
  }

  @Override
  public LogConfig config(TopicPartition partition) {
    return logConfig;
  }

  @Override
  public long append(
      TopicPartition partition,
      VerificationGuard guard,
      MemoryRecords records,
      short transactionVersion) {
    Tail tail = tail(partition);
    try {
      return tail.append(records);
    } catch (FailureException e) {
      throw kafka(e.failure());
    }
  }

  /** In the errors from which the coordinator makes those that tell clients to try again. */
  private static RuntimeException kafka(Failure failure) {
    return switch (failure) {
      case Failure.ReadOnly f -> new NotEnoughReplicasException("read-only: " + f.reason());
      case Failure.LogDead f -> new KafkaStorageException("the log failed: " + f.reason());
      case Failure.TooLarge f -> new RecordTooLargeException(f.toString());
      case Failure.ShuttingDown f -> new NotLeaderOrFollowerException(f.toString());
      case Failure.Overloaded f -> new NotEnoughReplicasException(f.toString());
      case Failure.Derived _,
          Failure.NotFound _,
          Failure.AlreadyExists _,
          Failure.Invalid _,
          Failure.NotSupported _,
          Failure.Conflict _,
          Failure.TimedOut _ ->
          new IllegalStateException("the log refuses a frame with " + failure);
    };
  }

  @Override
  public CompletableFuture<VerificationGuard> maybeStartTransactionVerification(
      TopicPartition partition,
      String transactionalId,
      long producerId,
      short producerEpoch,
      int apiVersion) {
    return CompletableFuture.completedFuture(VerificationGuard.SENTINEL);
  }

  /** Only share groups ask for this. */
  @Override
  public CompletableFuture<Void> deleteRecords(TopicPartition partition, long beforeOffset) {
    return CompletableFuture.failedFuture(
        new UnsupportedOperationException("deleting records of " + partition));
  }
}
