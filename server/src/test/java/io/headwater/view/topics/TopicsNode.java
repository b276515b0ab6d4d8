package io.headwater.view.topics;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.log.Frame;
import io.headwater.log.Journal;
import io.headwater.log.Log;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Topic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Utils;

/** A topics view with its log and catalog on one stepped loop, for tests. */
final class TopicsNode implements AutoCloseable {
  /** Time that a test moves. */
  static final class TestClock implements Clock {
    long nowMs = 1_700_000_000_000L;

    @Override
    public long wallMs() {
      return nowMs;
    }

    @Override
    public long nanos() {
      return nowMs * 1_000_000;
    }
  }

  static final TopicsConfig CONFIG =
      new TopicsConfig(1_000, 4, 4096, 1 << 20, 0, 1_000, 86_400_000L);

  final Disk disk;
  final TestClock clock;
  final SimulatedLoop loop;
  final Inbox inbox = new Inbox(1 << 20);
  final Journal journal;
  final Catalog catalog;
  final Topics topics;
  final List<Throwable> failures = new ArrayList<>();
  private final List<Runnable> deferred = new ArrayList<>();
  boolean defersBackground;
  long replayedFrom;

  TopicsNode(Disk disk, TestClock clock, TopicsConfig config) throws IOException {
    this.disk = disk;
    this.clock = clock;
    this.loop = new SimulatedLoop(clock);
    this.journal =
        Journal.open(
            disk,
            clock,
            Journal.Settings.simulated(new SplittableRandom(1)),
            this::route,
            failures::add);
    DurableWaiters durable = new DurableWaiters(journal);
    this.catalog = new Catalog(loop, disk, () -> journal, () -> durable);
    this.topics =
        new Topics(
            config,
            loop,
            disk,
            clock,
            inbox,
            () -> journal,
            catalog,
            this::background,
            failures::add);
    recover();
  }

  static TopicsNode open(Disk disk, TestClock clock) throws IOException {
    return new TopicsNode(disk, clock, CONFIG);
  }

  private void background(Runnable task) {
    if (defersBackground) {
      deferred.add(task);
    } else {
      task.run();
    }
  }

  void runBackground() {
    List<Runnable> tasks = List.copyOf(deferred);
    deferred.clear();
    tasks.forEach(Runnable::run);
  }

  private void recover() throws IOException {
    long end = journal.appended();
    long catalogAt = catalog.load(end);
    replayedFrom = topics.load(end);
    try (LogCursor cursor = journal.read(Math.min(catalogAt, replayedFrom))) {
      while (cursor.next()) {
        for (LoggedPart part : cursor.parts()) {
          if (part.stream() == Log.CATALOG_STREAM && part.position() > catalogAt) {
            catalog.replay(part);
          }
          if (topics.follows(part.stream()) && part.position() > replayedFrom) {
            topics.replay(part);
          }
        }
      }
    }
    catalog.recovered(end);
    topics.recovered(end);
    topics.start();
    settle();
  }

  private void route(long position, long timeMs, Frame frame) {
    for (int i = 0; i < frame.partCount(); i++) {
      Frame.Part part = frame.partAt(i);
      boolean derived =
          topics.topics().stream()
              .anyMatch(t -> t.derivedBy() != null && t.streams().contains(part.stream()));
      if (part.count() > 0 && (frame.origin() != Frame.Origin.TOPICS || derived)) {
        inbox.put(LoggedPart.copyOf(position, timeMs, part));
      }
    }
  }

  void settle() {
    loop.runUntilIdle();
  }

  void advance(long ms) {
    clock.nowMs += ms;
    settle();
  }

  <T> T await(CompletableFuture<T> future) {
    settle();
    return future.getNow(null) != null ? future.join() : failedOrPending(future);
  }

  private static <T> T failedOrPending(CompletableFuture<T> future) {
    if (!future.isDone()) {
      throw new IllegalStateException("still pending");
    }
    return future.join();
  }

  Topic create(String name, int partitions, Map<String, String> config) {
    return create(name, partitions, config, null);
  }

  Topic create(String name, int partitions, Map<String, String> config, String derivedBy) {
    await(
        catalog.change(state -> {
          List<Integer> streams = new ArrayList<>();
          for (int i = 0; i < partitions; i++) {
            streams.add(state.nextStream() + i);
          }
          return Catalog.Decision.accept(
              new CatalogEvent.TopicCreated(
                  new Topic(name, 7, state.nextStream(), streams, config, derivedBy, clock.nowMs)));
        }));
    return topics.topic(name);
  }

  void change(CatalogEvent event) {
    await(catalog.change(_ -> Catalog.Decision.accept(event)));
  }

  Produced.Result produce(String topic, int partition, ByteBuffer records) {
    Produced produced = topics.produce(List.of(new ProduceWrite(topic, partition, records)));
    return produced.partitions().getFirst();
  }

  long checkpoint() {
    return await(topics.checkpoint());
  }

  static ByteBuffer batch(String... values) {
    SimpleRecord[] records = new SimpleRecord[values.length];
    for (int i = 0; i < values.length; i++) {
      records[i] = new SimpleRecord(1_700_000_000_000L + i, null, bytes(values[i]));
    }
    return MemoryRecords.withRecords(Compression.NONE, records).buffer();
  }

  static ByteBuffer idempotent(long id, int epoch, int sequence, String... values) {
    SimpleRecord[] records = new SimpleRecord[values.length];
    for (int i = 0; i < values.length; i++) {
      records[i] = new SimpleRecord(1_700_000_000_000L, null, bytes(values[i]));
    }
    return MemoryRecords.withIdempotentRecords(
            Compression.NONE, id, (short) epoch, sequence, records)
        .buffer();
  }

  static ByteBuffer keyed(long timestampMs, String key, String value) {
    return MemoryRecords.withRecords(
            Compression.NONE,
            new SimpleRecord(timestampMs, bytes(key), value == null ? null : bytes(value)))
        .buffer();
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Everything that can be read from an offset on, as {@code offset=value}. */
  List<String> consume(int stream, long from) throws IOException {
    List<String> out = new ArrayList<>();
    long offset = from;
    while (offset < topics.highWatermark(stream)) {
      FetchSlice slice =
          topics.read(stream, offset, 1 << 20, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER);
      if (slice.length() == 0) {
        break;
      }
      for (MutableRecordBatch batch : MemoryRecords.readableRecords(slice.copy()).batches()) {
        batch.ensureValid();
        for (Record record : batch) {
          if (record.offset() >= offset) {
            String key = record.hasKey() ? Utils.utf8(record.key()) + ":" : "";
            String value = record.hasValue() ? Utils.utf8(record.value()) : "null";
            out.add(record.offset() + "=" + key + value);
          }
        }
        offset = Math.max(offset, batch.nextOffset());
      }
    }
    return out;
  }

  @Override
  public void close() throws IOException {
    journal.close();
  }
}
