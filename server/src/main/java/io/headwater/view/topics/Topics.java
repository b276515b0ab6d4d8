package io.headwater.view.topics;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.log.LoggedPart;
import io.headwater.view.AnyThread;
import io.headwater.view.Inbox;
import io.headwater.view.OwnedBy;
import io.headwater.view.View;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.Topic;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The view of all partitions of all topics.
 *
 * <p>A write is checked against the partition's producers and the topic's configuration, copied
 * into the frame, appended, and applied: its batches get their offsets in place and go to the end
 * of the partition's segment. What others append (projected records, the catalog) comes through the
 * inbox. Both are applied strictly in log order, because own frames wait for the inbox to be
 * emptied up to them, so that a replay does exactly what was done live.
 *
 * <p>Consumers read up to the high watermark: the offset up to which the partition's frames are
 * durable. Segments and their indexes are derived; that they are synced late loses nothing.
 */
@OwnedBy("topics")
public final class Topics implements View, Closeable {
  /** What a read does with a first batch that is larger than the bytes asked for. */
  public enum FirstBatch {
    WHOLE_EVEN_IF_LARGER,
    ONLY_IF_IT_FITS
  }

  private static final Logger LOGGER = Logger.getLogger(Topics.class.getName());
  private static final int LOG_START_MOVED = 1; // docs/formats/topics.md
  private static final int KEEP_BYTES = 1 << 20;

  private final Loop loop;
  private final Clock clock;
  private final Inbox inbox;
  private final Supplier<Log> logSource;
  private final Consumer<Throwable> failed;
  private final SegmentStore store;
  private final PartitionTable table;
  private final TopicsCheckpoints checkpoints;
  private final Upkeep upkeep;
  private final ProducerIds producerIds;
  private final Watermarks watermarks = new Watermarks();
  private final Frame frame = new Frame(Frame.Origin.TOPICS);
  private final ByteWriter scratch = new ByteWriter();
  private TopicHooks hooks = TopicHooks.NONE;
  private @Nullable Log log;

  /** Taken from the inbox, but later in the log than what is applied first. */
  private @Nullable LoggedPart ahead;

  private long lastApplied;
  private volatile long applied;

  /** Up to this many appends of a turn are synced on the loop itself. */
  private static final int SYNC_IN_LINE_APPENDS = 16;

  private int appendsInTurn;
  private volatile @Nullable Failure dead;

  /**
   * @param log asked for from {@link #start} on, after recovery
   * @param background runs checkpoints and compaction, off the loop
   * @param failed told once of an I/O error after which this view must not go on; from any thread
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
    this.loop = loop;
    this.clock = clock;
    this.inbox = inbox;
    this.logSource = log;
    this.failed = failed;
    this.store = new SegmentStore(disk, config.openFiles(), config.indexBytes());
    this.table = new PartitionTable(store, config.producersPerPartition(), this::bury);
    this.checkpoints =
        new TopicsCheckpoints(
            loop, clock, store, table, log, background, this::catchUp, this::fail);
    this.upkeep =
        new Upkeep(
            config,
            loop,
            clock,
            store,
            table,
            checkpoints,
            background,
            new Upkeep.View() {
              @Override
              public boolean isDead() {
                return dead != null;
              }

              @Override
              public void drain() {
                Topics.this.drain();
              }

              @Override
              public void moveStarts(Map<Integer, Long> starts) {
                Topics.this.moveStarts(starts);
              }

              @Override
              public void fail(Throwable problem) {
                Topics.this.fail(problem);
              }
            });
    this.producerIds = new ProducerIds(catalog);
    loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {
            Topics.this.beforeTurn();
          }

          @Override
          public void afterTurn() {
            Topics.this.afterTurn();
          }
        });
  }

  /** Whom to ask before and tell about writes; set once, before the loop starts. */
  public void hooks(TopicHooks projections) {
    hooks = projections;
  }

  /** Listens to the log and starts the timers; after recovery. */
  @AnyThread
  public void start() {
    Log opened = logSource.get();
    loop.execute(() -> {
      log = opened;
      opened.addDurableListener(position -> {
        if (watermarks.waitsFor(position)) {
          loop.wake();
        }
      });
      upkeep.start();
    });
  }

  /** Applies what others appended for topics so far; call before serving a request. */
  public void drain() {
    Log opened = log;
    if (opened != null && dead == null) {
      long end = opened.appended();
      drainBefore(Long.MAX_VALUE);
      applied = Math.max(applied, end);
    }
  }

  private void beforeTurn() {
    Log opened = log;
    if (opened == null || dead != null) {
      return;
    }
    drain();
    flush();
    if (watermarks.waitsFor(opened.durable())) {
      watermarks.advance(opened.durable(), Topics::tell);
    }
  }

  private void afterTurn() {
    Log opened = log;
    if (opened == null || dead != null) {
      return;
    }
    flush();
    if (appendsInTurn > 0) {
      boolean few = appendsInTurn <= SYNC_IN_LINE_APPENDS;
      appendsInTurn = 0;
      sync(opened, few);
    }
    if (watermarks.waitsFor(opened.durable())) {
      loop.wake();
    }
  }

  /** With few appends the two hand-overs to the log's thread cost more than the sync itself. */
  private void sync(Log opened, boolean inLine) {
    if (!inLine) {
      opened.syncSoon();
      return;
    }
    try {
      opened.sync(opened.appended());
    } catch (IOException e) {
      fail(e);
    }
  }

  private void flush() {
    try {
      store.flush();
    } catch (IOException e) {
      fail(e);
    }
  }

  private static void tell(Partition partition) {
    for (HighWatermarkListener listener : List.copyOf(partition.listeners())) {
      listener.moved(partition.stream, partition.highWatermark);
    }
  }

  /** Applies parts of the inbox that end before {@code position}. */
  private void drainBefore(long position) {
    for (LoggedPart part = peek(); part != null && part.position() < position; part = peek()) {
      if (dead != null) {
        return;
      }
      ahead = null;
      apply(part);
    }
  }

  private @Nullable LoggedPart peek() {
    if (ahead == null) {
      ahead = inbox.poll();
    }
    return ahead;
  }

  private void apply(LoggedPart part) {
    try {
      Partition changed = change(part);
      lastApplied = Math.max(lastApplied, part.position());
      if (changed != null) {
        watermarks.add(part.position(), changed, changed.segments().getLast());
      }
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException e) { // half applied, so nothing here can be trusted any more
      fail(e);
      throw e;
    }
  }

  /** The one place where parts change state, live and at replay; returns whose records it held. */
  private @Nullable Partition change(LoggedPart part) throws IOException {
    switch (part.stream()) {
      case Log.CATALOG_STREAM -> table.apply(part);
      case Log.TOPICS_CONTROL_STREAM -> control(part.payload());
      default -> {
        Partition partition = table.partition(part.stream());
        if (partition != null) {
          scratch.clear(KEEP_BYTES);
          scratch.put(part.array(), part.from(), part.length());
          partition.apply(
              part.baseOffset(), part.count(), scratch.array(), 0, part.length(), part.timeMs());
          return partition;
        }
      }
    }
    return null;
  }

  private void control(ByteReader in) {
    while (in.hasRemaining()) {
      int kind = in.getByte();
      if (kind != LOG_START_MOVED) {
        throw new MalformedBytes("topics control record of kind " + kind);
      }
      Partition partition = table.partition(in.getCount());
      long offset = in.getVarint();
      if (partition != null) {
        for (Segment segment : partition.moveStart(offset)) {
          checkpoints.bury(segment, partition.config.fileDeleteDelayMs());
        }
      }
    }
  }

  private void bury(Partition partition) {
    for (Segment segment : partition.segments()) {
      checkpoints.bury(segment, partition.config.fileDeleteDelayMs());
    }
    partition.segments().clear();
    for (HighWatermarkListener listener : List.copyOf(partition.listeners())) {
      listener.deleted(partition.stream);
    }
    partition.listeners().clear();
  }

  /** Applies what this owner appended itself. */
  private void applyOwn(long position) {
    drainBefore(position);
    try {
      for (int i = 0; i < frame.partCount(); i++) {
        Frame.Part part = frame.partAt(i);
        byte[] payload = part.payload().array();
        int length = part.payload().size();
        if (part.count() == 0) {
          continue;
        }
        if (part.stream() == Log.TOPICS_CONTROL_STREAM) {
          control(new ByteReader(payload, 0, length));
          continue;
        }
        Partition partition = table.partition(part.stream());
        // Parts of derived topics come through the inbox, whoever appended them.
        if (partition != null && partition.topic.derivedBy() == null) {
          Segment segment =
              partition.apply(
                  part.baseOffset(), part.count(), payload, 0, length, open().lastTimeMs());
          watermarks.add(position, partition, segment);
        }
      }
      lastApplied = Math.max(lastApplied, position);
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException e) {
      fail(e);
      throw e;
    }
  }

  private Log open() {
    Failure failure = dead;
    if (failure != null) {
      throw new FailureException(failure);
    }
    Log opened = log;
    if (opened == null) {
      throw new IllegalStateException("the topics view was not started");
    }
    return opened;
  }

  private void fail(Throwable problem) {
    if (dead == null) {
      dead = new Failure.LogDead("topics: " + problem.getMessage());
      LOGGER.log(Level.SEVERE, "the topics view stops", problem);
      failed.accept(problem);
    }
  }

  public @Nullable Topic topic(String name) {
    return table.topic(name);
  }

  public @Nullable Topic topic(long idHigh, long idLow) {
    return table.topic(idHigh, idLow);
  }

  /** All topics, sorted by name. */
  public Collection<Topic> topics() {
    return table.topics();
  }

  /** The stream of a partition, the key of most methods here; -1 if there is none. */
  public int stream(String topic, int partition) {
    Partition found = table.partition(topic, partition);
    return found == null ? -1 : found.stream;
  }

  /**
   * Checks and appends the writes as one frame. Each write is accepted or refused by itself; a
   * partition may be written once in a call. The caller holds the reply until the log is durable up
   * to the position, as its acks ask for.
   *
   * @throws FailureException if the log refuses the frame: then nothing was written
   */
  public Produced produce(List<ProduceWrite> writes) {
    assert loop.isCurrent();
    Log opened = open();
    drain();
    refuseIfFull(opened, writes);
    frame.clear();
    List<WriteDecision> decisions = new ArrayList<>(writes.size());
    boolean any = false;
    for (ProduceWrite write : writes) {
      WriteDecision decision =
          WriteDecision.of(
              write, table.partition(write.topic(), write.partition()), frame, hooks, clock);
      decisions.add(decision);
      any |= decision.accepts();
    }
    long position = any ? append(opened) : opened.appended();
    List<Produced.Result> results = new ArrayList<>(decisions.size());
    for (WriteDecision decision : decisions) {
      results.add(decision.result());
    }
    return new Produced(position, results);
  }

  private void refuseIfFull(Log opened, List<ProduceWrite> writes) {
    long bytes = 0;
    for (int i = 0; i < writes.size(); i++) {
      bytes += writes.get(i).records().remaining();
    }
    Failure refusal = store.refusal();
    if (refusal == null) {
      refusal = opened.refusal(bytes);
    }
    if (refusal != null) {
      throw new FailureException(refusal);
    }
  }

  private long append(Log opened) {
    long position = opened.append(frame);
    appendsInTurn++;
    applyOwn(position);
    return position;
  }

  /** Batches from the one that holds {@code offset}, up to the high watermark. */
  public FetchSlice read(int stream, long offset, int maxBytes, FirstBatch firstBatch) {
    assert loop.isCurrent();
    Partition partition = table.partition(stream);
    if (partition == null) {
      return FetchSlice.UNKNOWN;
    }
    try {
      return partition.read(offset, maxBytes, firstBatch);
    } catch (IOException e) {
      LOGGER.log(Level.SEVERE, "cannot read " + partition.topic.name() + "-" + partition.number, e);
      return FetchSlice.empty(
          Errors.KAFKA_STORAGE_ERROR, partition.highWatermark, partition.logStart);
    }
  }

  /** The end of what is durable; -1 if the partition is unknown. */
  public long highWatermark(int stream) {
    Partition partition = table.partition(stream);
    return partition == null ? -1 : partition.highWatermark;
  }

  /** The offset that the next record takes, durable or not; -1 if the partition is unknown. */
  public long endOffset(int stream) {
    Partition partition = table.partition(stream);
    return partition == null ? -1 : partition.endOffset;
  }

  /** The first offset that is kept; -1 if the partition is unknown. */
  public long logStartOffset(int stream) {
    Partition partition = table.partition(stream);
    return partition == null ? -1 : partition.logStart;
  }

  /** Bytes of all segments; -1 if the partition is unknown. */
  public long sizeBytes(int stream) {
    Partition partition = table.partition(stream);
    return partition == null ? -1 : partition.sizeBytes();
  }

  /** The first durable record with this timestamp or a later one. */
  public ListedOffset offsetForTimestamp(int stream, long timestampMs) {
    return look(stream, partition -> partition.offsetForTimestamp(timestampMs));
  }

  /** The first durable record with the highest timestamp. */
  public ListedOffset offsetOfMaxTimestamp(int stream) {
    return look(stream, Partition::offsetOfMaxTimestamp);
  }

  /** Where a leader epoch ends: epoch 0 is the only one there is. */
  public ListedOffset offsetForLeaderEpoch(int stream, int leaderEpoch) {
    return look(
        stream,
        partition ->
            new ListedOffset(Errors.NONE, leaderEpoch == 0 ? partition.highWatermark : -1, -1));
  }

  private interface Look {
    ListedOffset in(Partition partition) throws IOException;
  }

  private ListedOffset look(int stream, Look look) {
    assert loop.isCurrent();
    Partition partition = table.partition(stream);
    if (partition == null) {
      return new ListedOffset(Errors.UNKNOWN_TOPIC_OR_PARTITION, -1, -1);
    }
    try {
      return look.in(partition);
    } catch (IOException e) {
      LOGGER.log(Level.SEVERE, "cannot read " + partition.topic.name() + "-" + partition.number, e);
      return new ListedOffset(Errors.KAFKA_STORAGE_ERROR, -1, -1);
    }
  }

  /** Makes {@code offset} the first that is kept; -1 means the high watermark. */
  public RecordsDeleted deleteRecords(int stream, long offset) {
    assert loop.isCurrent();
    Log opened = open();
    drain();
    Partition partition = table.partition(stream);
    if (partition == null) {
      return new RecordsDeleted(Errors.UNKNOWN_TOPIC_OR_PARTITION, -1, 0);
    }
    long start = offset == -1 ? partition.highWatermark : offset;
    if (start < 0 || start > partition.highWatermark) {
      return new RecordsDeleted(Errors.OFFSET_OUT_OF_RANGE, -1, 0);
    }
    long position = opened.appended();
    if (start > partition.logStart) {
      frame.clear();
      putLogStart(stream, start);
      position = append(opened);
    }
    return new RecordsDeleted(Errors.NONE, partition.logStart, position);
  }

  private void putLogStart(int stream, long offset) {
    Frame.Part part = frame.part(Log.TOPICS_CONTROL_STREAM);
    part.payload().putByte(LOG_START_MOVED).putVarint(stream).putVarint(offset);
    part.addRecord();
  }

  /** Tells the listener whenever the partition's high watermark moves. */
  public void listen(int stream, HighWatermarkListener listener) {
    Partition partition = table.partition(stream);
    if (partition != null) {
      partition.listeners().add(listener);
    }
  }

  public void unlisten(int stream, HighWatermarkListener listener) {
    Partition partition = table.partition(stream);
    if (partition != null) {
      partition.listeners().remove(listener);
    }
  }

  /** A producer id that was never given out before, not even before a crash. */
  @AnyThread
  public CompletableFuture<Long> nextProducerId() {
    return producerIds.next();
  }

  /** Moves log starts as one frame, as {@link Upkeep} decided. */
  private void moveStarts(Map<Integer, Long> starts) {
    Log opened = open();
    frame.clear();
    starts.forEach(this::putLogStart);
    append(opened);
  }

  /** Closes the files; after the loop has ended. */
  @Override
  public void close() throws IOException {
    store.close();
  }

  @Override
  public String name() {
    return "topics";
  }

  @AnyThread
  @Override
  public boolean follows(int stream) {
    return stream == Log.CATALOG_STREAM
        || stream == Log.TOPICS_CONTROL_STREAM
        || table.partition(stream) != null;
  }

  @Override
  public long load(long logEnd) throws IOException {
    long position = checkpoints.load(logEnd);
    lastApplied = position;
    applied = position;
    return position;
  }

  @Override
  public void replay(LoggedPart part) throws IOException {
    change(part);
    lastApplied = Math.max(lastApplied, part.position());
  }

  @Override
  public void recovered(long position) throws IOException {
    store.flush();
    table.partitions().forEach(Partition::allDurable);
    lastApplied = position;
    applied = position;
  }

  /** Applies everything up to the log's end and nothing after it. */
  private long catchUp() {
    Log opened = open();
    long end = opened.appended();
    while (end < lastApplied) { // its append is still inside the critical section, for microseconds
      Thread.onSpinWait();
      end = opened.appended();
    }
    drainBefore(end + 1);
    open();
    return end;
  }

  @AnyThread
  @Override
  public CompletableFuture<Long> checkpoint() {
    return checkpoints.checkpoint();
  }

  @AnyThread
  @Override
  public void retain(long position) throws IOException {
    checkpoints.retain(position);
  }

  @AnyThread
  @Override
  public long applied() {
    return applied;
  }
}
