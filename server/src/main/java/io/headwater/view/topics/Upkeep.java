package io.headwater.view.topics;

import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Loop;
import io.headwater.view.OwnedBy;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.logging.Level;
import java.util.logging.Logger;

/** What is done from time to time: retention, rolling, compaction, free space, dead files. */
@OwnedBy("topics")
final class Upkeep {
  private static final Logger LOGGER = Logger.getLogger(Upkeep.class.getName());
  private static final long SPACE_CHECK_MS = 1_000;

  /** The view that is kept up. */
  interface View {
    boolean isDead();

    void drain();

    /** Records that partitions, by their streams, begin later from now on. */
    void moveStarts(Map<Integer, Long> starts);

    void fail(Throwable problem);
  }

  private final TopicsConfig config;
  private final Loop loop;
  private final Clock clock;
  private final SegmentStore store;
  private final PartitionTable table;
  private final TopicsCheckpoints checkpoints;
  private final Executor background;
  private final View view;
  private boolean compacting;

  Upkeep(
      TopicsConfig config,
      Loop loop,
      Clock clock,
      SegmentStore store,
      PartitionTable table,
      TopicsCheckpoints checkpoints,
      Executor background,
      View view) {
    this.config = config;
    this.loop = loop;
    this.clock = clock;
    this.store = store;
    this.table = table;
    this.checkpoints = checkpoints;
    this.background = background;
    this.view = view;
  }

  void start() {
    watchSpace();
    loop.schedule(config.retentionCheckMs(), this::check);
  }

  private void watchSpace() {
    if (view.isDead()) {
      return;
    }
    try {
      store.watchFreeSpace(config.freeBytesMin());
    } catch (IOException e) {
      view.fail(e);
    }
    loop.schedule(SPACE_CHECK_MS, this::watchSpace);
  }

  private void check() {
    if (view.isDead()) {
      return;
    }
    long nowMs = clock.wallMs();
    try {
      view.drain();
      retain(nowMs);
    } catch (FailureException e) {
      LOGGER.log(Level.INFO, "retention waits: {0}", e.failure());
    }
    if (!compacting) {
      Partition dirtiest = Housekeeping.dirtiest(table.partitions(), nowMs);
      if (dirtiest != null) {
        compact(dirtiest, nowMs);
      }
    }
    checkpoints.collectSoon();
    loop.schedule(config.retentionCheckMs(), this::check);
  }

  private void retain(long nowMs) {
    Map<Integer, Long> starts = new HashMap<>();
    for (Partition partition : table.partitions()) {
      partition.producers.expire(nowMs - config.producerExpiryMs());
      if (Housekeeping.rollIsDue(partition, nowMs)) {
        partition.roll();
      }
      long start = Housekeeping.startByRetention(partition, nowMs);
      if (start > partition.logStart) {
        starts.put(partition.stream, start);
      }
    }
    if (!starts.isEmpty()) {
      view.moveStarts(starts);
    }
  }

  private void compact(Partition partition, long nowMs) {
    List<Segment> segments = Housekeeping.compactable(partition, nowMs);
    List<Compaction.Source> sources =
        segments.stream()
            .map(s -> new Compaction.Source(s.path(), s.baseOffset, s.endOffset, s.size))
            .toList();
    Compaction compaction =
        new Compaction(
            store.disk(),
            partition.stream,
            sources,
            partition.cleanedTo,
            partition.nextGeneration,
            partition.config,
            nowMs,
            config.compactionMapBytes());
    partition.nextGeneration += sources.size();
    compacting = true;
    background.execute(() -> {
      try {
        Compaction.Outcome outcome = compaction.run();
        loop.execute(() -> compacted(partition, segments, outcome));
      } catch (IOException | RuntimeException e) {
        LOGGER.log(Level.WARNING, "compaction of " + partition.topic.name() + " failed", e);
        loop.execute(() -> compacting = false);
      }
    });
  }

  private void compacted(Partition partition, List<Segment> sources, Compaction.Outcome outcome) {
    compacting = false;
    for (Segment replaced : partition.replace(sources, outcome)) {
      checkpoints.bury(replaced, partition.config.fileDeleteDelayMs());
    }
  }
}
