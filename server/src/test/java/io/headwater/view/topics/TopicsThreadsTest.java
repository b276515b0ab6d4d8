package io.headwater.view.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.RealDisk;
import io.headwater.host.TaskLoop;
import io.headwater.log.Frame;
import io.headwater.log.Journal;
import io.headwater.log.Log;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real threads: producers, another view's owner and checkpoints at the same time. */
class TopicsThreadsTest {
  private static final int FRAMES = 20_000;

  @TempDir Path folder;
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private volatile boolean ownDone;
  private volatile int projectedFrames;

  private final class Running implements AutoCloseable {
    final Disk disk = RealDisk.at(folder);
    final TaskLoop loop = new TaskLoop("topics", Clock.system(), failures::add);
    final TaskLoop catalogLoop = new TaskLoop("catalog", Clock.system(), failures::add);
    final ExecutorService background = Executors.newSingleThreadExecutor();
    final Inbox inbox = new Inbox(1 << 20);
    final Journal journal =
        Journal.open(disk, Clock.system(), Journal.Settings.defaults(), this::route, failures::add);
    final DurableWaiters durable = new DurableWaiters(journal);
    final Catalog catalog = new Catalog(catalogLoop, disk, () -> journal, () -> durable);
    final Topics topics =
        new Topics(
            TopicsConfig.DEFAULTS,
            loop,
            disk,
            Clock.system(),
            inbox,
            () -> journal,
            catalog,
            background,
            failures::add);

    Running() throws IOException {
      inbox.ownedBy(loop);
      long end = journal.appended();
      long catalogAt = catalog.load(end);
      long at = topics.load(end);
      try (LogCursor cursor = journal.read(Math.min(catalogAt, at))) {
        while (cursor.next()) {
          for (LoggedPart part : cursor.parts()) {
            if (part.stream() == Log.CATALOG_STREAM && part.position() > catalogAt) {
              catalog.replay(part);
            }
            if (part.position() > at && topics.follows(part.stream())) {
              topics.replay(part);
            }
          }
        }
      }
      catalog.recovered(end);
      topics.recovered(end);
      topics.start();
      loop.start();
      catalogLoop.start();
    }

    private void route(long position, long timeMs, Frame frame) {
      for (int i = 0; i < frame.partCount(); i++) {
        Frame.Part part = frame.partAt(i);
        if (part.count() > 0 && frame.origin() != Frame.Origin.TOPICS) {
          inbox.put(LoggedPart.copyOf(position, timeMs, part));
        }
      }
    }

    <T> T onLoop(Supplier<T> task) throws Exception {
      CompletableFuture<T> future = new CompletableFuture<>();
      loop.execute(() -> {
        try {
          future.complete(task.get());
        } catch (Throwable e) {
          future.completeExceptionally(e);
        }
      });
      return future.get(60, TimeUnit.SECONDS);
    }

    Topic create(String name) throws Exception {
      catalog
          .change(state ->
              Catalog.Decision.accept(
                  new CatalogEvent.TopicCreated(
                      new Topic(
                          name,
                          1,
                          state.nextStream(),
                          List.of(state.nextStream()),
                          Map.of("segment.bytes", "100000", "retention.ms", "-1"),
                          null,
                          0))))
          .get(60, TimeUnit.SECONDS);
      return onLoop(() -> {
        topics.drain();
        return topics.topic(name);
      });
    }

    List<String> values(int stream) throws Exception {
      return onLoop(() -> {
        List<String> values = new ArrayList<>();
        long offset = 0;
        while (offset < topics.highWatermark(stream)) {
          FetchSlice slice =
              topics.read(stream, offset, 1 << 20, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER);
          assertThat(slice.length()).isPositive();
          try {
            for (var record : MemoryRecords.readableRecords(slice.copy()).records()) {
              if (record.offset() == offset) {
                byte[] value = new byte[record.valueSize()];
                record.value().get(value);
                values.add(new String(value, java.nio.charset.StandardCharsets.UTF_8));
                offset++;
              }
            }
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        }
        return values;
      });
    }

    @Override
    public void close() throws IOException {
      loop.close();
      catalogLoop.close();
      background.shutdown();
      journal.close();
      topics.close();
    }
  }

  @Test
  void checkpointsTakenWhileOthersAppendAreExact() throws Exception {
    int own;
    int projected;
    try (Running running = new Running()) {
      own = running.create("own").streams().getFirst();
      projected = running.create("projected").streams().getFirst();
      Thread keyspace = Thread.ofPlatform().start(() -> project(running, projected));
      int checkpoints = 0;
      CompletableFuture<Long> checkpoint = running.topics.checkpoint();
      for (int i = 0; i < FRAMES; i++) {
        String value = "own" + i;
        running.loop.execute(() ->
            running.topics.produce(List.of(new ProduceWrite("own", 0, TopicsNode.batch(value)))));
        if (i % 200 == 0) {
          running.onLoop(() -> true);
          if (i == FRAMES / 2) {
            checkpoint.get(60, TimeUnit.SECONDS);
          }
          if (checkpoint.isDone()) {
            checkpoint = running.topics.checkpoint();
            checkpoints++;
          }
        }
      }
      ownDone = true;
      keyspace.join();
      checkpoint.get(60, TimeUnit.SECONDS);
      running.durable.at(running.journal.appended()).get(60, TimeUnit.SECONDS);
      assertThat(checkpoints).isPositive();
      // Closed without a last checkpoint: the rest comes from the journal.
    }
    assertThat(failures).isEmpty();
    try (Running running = new Running()) {
      assertThat(running.values(own)).isEqualTo(numbered("own", FRAMES));
      assertThat(running.values(projected)).isEqualTo(numbered("projected", projectedFrames));
    }
    assertThat(failures).isEmpty();
  }

  private void project(Running running, int stream) {
    Frame frame = new Frame(Frame.Origin.KEYSPACE);
    BatchBuilder builder = new BatchBuilder();
    for (int i = 0; !ownDone; i++) {
      frame.clear();
      Frame.Part part = frame.part(stream);
      builder.begin(part.payload());
      builder.add(Clock.system().wallMs(), null, TopicsNode.bytes("projected" + i));
      part.addRecords(builder.end());
      long position = running.journal.append(frame);
      projectedFrames = i + 1;
      if (i % 20 == 0) {
        running.journal.sync(position);
      }
    }
  }

  private static List<String> numbered(String name, int count) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(name + i);
    }
    return values;
  }
}
