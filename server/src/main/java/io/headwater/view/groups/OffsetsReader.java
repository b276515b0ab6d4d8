package io.headwater.view.groups;

import io.headwater.log.Log;
import io.headwater.view.topics.FetchSlice;
import io.headwater.view.topics.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.Deserializer;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;

/** Reads a partition of {@code __consumer_offsets} back into the coordinator at its start. */
final class OffsetsReader implements CoordinatorLoader<CoordinatorRecord> {
  private static final System.Logger LOG = System.getLogger(OffsetsReader.class.getName());

  /** Read at once: it is copied on the topics loop, which should not stand still for long. */
  private static final int CHUNK_BYTES = 1 << 20;

  /** The batches from an offset on, and where the partition begins and ends. */
  private record Chunk(Errors error, ByteBuffer bytes, long logStartOffset, long endOffset) {}

  private final Executor executor;
  private final Log log;
  private final TopicsClient topics;
  private final GroupCoordinatorRecordSerde serde = new GroupCoordinatorRecordSerde();

  OffsetsReader(Executor executor, Log log, TopicsClient topics) {
    this.executor = executor;
    this.log = log;
    this.topics = topics;
  }

  @Override
  public CompletableFuture<LoadSummary> load(
      TopicPartition partition, CoordinatorPlayback<CoordinatorRecord> playback) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return read(partition, playback);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("cannot read " + partition, e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("closed while reading " + partition, e);
          }
        },
        executor);
  }

  private LoadSummary read(
      TopicPartition partition, CoordinatorPlayback<CoordinatorRecord> playback)
      throws IOException, ExecutionException, InterruptedException, TimeoutException {
    long startNs = System.nanoTime();
    int stream = topics.stream(partition);
    log.sync(log.appended()); // everything is readable then
    long records = 0;
    long bytes = 0;
    long offset = -1;
    long told = 0; // where a new partition begins
    Chunk chunk;
    do {
      long from = offset;
      chunk = topics.await(view -> chunk(view, stream, from));
      if (chunk.error != Errors.NONE) {
        throw chunk.error.exception();
      }
      if (offset < 0) {
        offset = chunk.logStartOffset;
      }
      bytes += chunk.bytes.remaining();
      for (MutableRecordBatch batch : MemoryRecords.readableRecords(chunk.bytes).batches()) {
        batch.ensureValid();
        records += replay(batch, offset, playback);
        offset = batch.nextOffset();
      }
      // Compaction may have removed what stood last.
      offset = chunk.bytes.hasRemaining() ? offset : chunk.endOffset;
      if (offset > told) {
        playback.updateLastWrittenOffset(offset);
        playback.updateLastCommittedOffset(offset);
        told = offset;
      }
    } while (offset < chunk.endOffset);
    long millis = (System.nanoTime() - startNs) / 1_000_000;
    return new LoadSummary(0, millis, 0, records, bytes);
  }

  private static Chunk chunk(Topics topics, int stream, long wanted) {
    long start = topics.logStartOffset(stream);
    long from = wanted < 0 ? start : wanted;
    FetchSlice slice =
        topics.read(stream, from, CHUNK_BYTES, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER);
    try {
      return new Chunk(slice.error(), slice.copy(), start, topics.highWatermark(stream));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long replay(
      MutableRecordBatch batch, long from, CoordinatorPlayback<CoordinatorRecord> playback) {
    long records = 0;
    for (Record record : batch) {
      if (record.offset() < from) {
        continue; // the chunk begins inside a batch
      }
      try {
        playback.replay(
            record.offset(),
            batch.producerId(),
            batch.producerEpoch(),
            serde.deserialize(record.key(), record.value()));
        records++;
      } catch (Deserializer.UnknownRecordTypeException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "a newer version wrote a record of a kind that this one does not know: "
                + e.getMessage());
      }
    }
    return records;
  }

  @Override
  public void close() {}
}
