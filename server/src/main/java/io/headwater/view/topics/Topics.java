package io.headwater.view.topics;

import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.log.Log;
import io.headwater.log.LoggedPart;
import io.headwater.view.Inbox;
import io.headwater.view.OwnedBy;
import io.headwater.view.View;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.Topic;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The view of all partitions of all topics; see the package. */
@OwnedBy("topics")
public final class Topics implements View {
  /** What a read does with a first batch that is larger than the bytes asked for. */
  public enum FirstBatch {
    WHOLE_EVEN_IF_LARGER,
    ONLY_IF_IT_FITS
  }

  /**
   * @param log asked for from the first append on, after recovery
   * @param background runs checkpoints and compaction, off the loop
   * @param failed told once of an I/O error after which this view must not go on
   */
  public Topics(
      TopicsConfig config,
      Loop loop,
      Disk disk,
      Clock clock,
      Inbox inbox,
      Supplier<Log> log,
      Catalog catalog,
      Executor background,
      Consumer<Throwable> failed) {
    throw new UnsupportedOperationException();
  }

  /** Whom to ask before and tell about writes; set once, before the loop starts. */
  public void hooks(TopicHooks hooks) {
    throw new UnsupportedOperationException();
  }

  /** Listens to the log and starts the timers; after recovery. */
  public void start() {
    throw new UnsupportedOperationException();
  }

  /** Applies what others appended for topics so far; call before serving a request. */
  public void drain() {
    throw new UnsupportedOperationException();
  }

  public @Nullable Topic topic(String name) {
    throw new UnsupportedOperationException();
  }

  public @Nullable Topic topic(long idHigh, long idLow) {
    throw new UnsupportedOperationException();
  }

  /** All topics, sorted by name. */
  public Collection<Topic> topics() {
    throw new UnsupportedOperationException();
  }

  /** The stream of a partition, the key of most methods here; -1 if there is none. */
  public int stream(String topic, int partition) {
    throw new UnsupportedOperationException();
  }

  /**
   * Checks and appends the writes as one frame. Each write is accepted or refused by itself; a
   * partition may be written once in a call. The caller holds the reply until the log is durable up
   * to the position, as its acks ask for.
   *
   * @throws io.headwater.failure.FailureException if the log refuses the frame: then nothing was
   *     written
   */
  public Produced produce(List<ProduceWrite> writes) {
    throw new UnsupportedOperationException();
  }

  /** Batches from the one that holds {@code offset}, up to the high watermark. */
  public FetchSlice read(int stream, long offset, int maxBytes, FirstBatch firstBatch) {
    throw new UnsupportedOperationException();
  }

  /** The end of what is durable; -1 if the partition is unknown. */
  public long highWatermark(int stream) {
    throw new UnsupportedOperationException();
  }

  /** The offset that the next record takes, durable or not; -1 if the partition is unknown. */
  public long endOffset(int stream) {
    throw new UnsupportedOperationException();
  }

  /** The first offset that is kept; -1 if the partition is unknown. */
  public long logStartOffset(int stream) {
    throw new UnsupportedOperationException();
  }

  /** Bytes of all segments; -1 if the partition is unknown. */
  public long sizeBytes(int stream) {
    throw new UnsupportedOperationException();
  }

  /** The first durable record with this timestamp or a later one. */
  public ListedOffset offsetForTimestamp(int stream, long timestampMs) {
    throw new UnsupportedOperationException();
  }

  /** The first durable record with the highest timestamp. */
  public ListedOffset offsetOfMaxTimestamp(int stream) {
    throw new UnsupportedOperationException();
  }

  /** Where a leader epoch ends: epoch 0 is the only one there is. */
  public ListedOffset offsetForLeaderEpoch(int stream, int leaderEpoch) {
    throw new UnsupportedOperationException();
  }

  /** Makes {@code offset} the first that is kept; -1 means the high watermark. */
  public RecordsDeleted deleteRecords(int stream, long offset) {
    throw new UnsupportedOperationException();
  }

  /** Tells the listener whenever the partition's high watermark moves. */
  public void listen(int stream, HighWatermarkListener listener) {
    throw new UnsupportedOperationException();
  }

  public void unlisten(int stream, HighWatermarkListener listener) {
    throw new UnsupportedOperationException();
  }

  /** A producer id that was never given out before, not even before a crash. From any thread. */
  public CompletableFuture<Long> nextProducerId() {
    throw new UnsupportedOperationException();
  }

  @Override
  public String name() {
    return "topics";
  }

  @Override
  public boolean follows(int stream) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long load(long logEnd) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void replay(LoggedPart part) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void recovered(long position) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Long> checkpoint() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void retain(long position) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public long applied() {
    throw new UnsupportedOperationException();
  }
}
