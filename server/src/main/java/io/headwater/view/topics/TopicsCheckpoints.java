package io.headwater.view.topics;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.host.DiskFullException;
import io.headwater.host.Loop;
import io.headwater.log.Log;
import io.headwater.view.CheckpointFiles;
import io.headwater.view.OwnedBy;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Topic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Saves and loads the view, and deletes segment files that nobody needs any more.
 *
 * <p>The owner only notes how long each segment is at a position of the log. Beside it the files
 * are synced, then the log up to the position, then the checkpoint is written: so it never names
 * bytes that a crash can take. Loading cuts every file to the length noted and deletes what is not
 * named; the journal brings the rest again.
 *
 * <p>A segment that retention or compaction took away is still named by older checkpoints, to which
 * a restore may go back. Its file goes when no checkpoint names it, and not before the topic's
 * {@code file.delete.delay.ms}, because a response to a slow client may still read it.
 */
final class TopicsCheckpoints {
  private final Loop loop;
  private final Clock clock;
  private final Disk disk;
  private final SegmentStore store;
  private final PartitionTable table;
  private final Supplier<Log> log;
  private final Executor background;
  private final LongSupplier catchUp;
  private final Consumer<Throwable> failed;
  private final CheckpointFiles files;

  /** Names of the segments in each checkpoint on disk. */
  private final Map<Long, Set<String>> named = new ConcurrentHashMap<>();

  private final Map<String, Dead> dead = new ConcurrentHashMap<>();
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

  /** A file without a partition; {@code sinceMs} is 0 until somebody looks at the clock. */
  private record Dead(long delayMs, long sinceMs) {}

  private record Dirty(Segment segment, long bytes, byte[] index) {}

  private record Capture(long position, TopicsSnapshot snapshot, List<Dirty> dirty) {}

  /**
   * @param catchUp applies, on the loop, everything up to the log's end and nothing after it, and
   *     returns that position
   * @param failed told when a sync fails: the files must not be trusted then
   */
  TopicsCheckpoints(
      Loop loop,
      Clock clock,
      SegmentStore store,
      PartitionTable table,
      Supplier<Log> log,
      Executor background,
      LongSupplier catchUp,
      Consumer<Throwable> failed) {
    this.loop = loop;
    this.clock = clock;
    this.disk = store.disk();
    this.store = store;
    this.table = table;
    this.log = log;
    this.background = background;
    this.catchUp = catchUp;
    this.failed = failed;
    this.files = new CheckpointFiles(disk, Segment.FOLDER);
  }

  /** Starts a checkpoint after those that are under way. */
  synchronized CompletableFuture<Long> checkpoint() {
    CompletableFuture<Long> next = last.handle((_, _) -> 0).thenCompose(_ -> start());
    last = next;
    collectSoon();
    return next;
  }

  private CompletableFuture<Long> start() {
    CompletableFuture<Long> future = new CompletableFuture<>();
    loop.execute(() -> {
      try {
        Capture capture = capture();
        background.execute(() -> save(capture, future));
      } catch (IOException | RuntimeException e) {
        future.completeExceptionally(e);
      }
    });
    return future;
  }

  @OwnedBy("topics")
  private Capture capture() throws IOException {
    long position = catchUp.getAsLong();
    if (!store.flush()) {
      throw new DiskFullException("segments wait for space");
    }
    List<TopicsSnapshot.OfPartition> partitions = new ArrayList<>();
    List<Dirty> dirty = new ArrayList<>();
    for (Partition p : table.partitions()) {
      List<TopicsSnapshot.OfSegment> segments = new ArrayList<>();
      for (Segment s : p.segments()) {
        if (s.size > 0) {
          segments.add(
              new TopicsSnapshot.OfSegment(
                  s.name(),
                  s.baseOffset,
                  s.size,
                  s.endOffset,
                  s.maxTimestampMs,
                  s.firstTimestampMs));
          if (s.synced < s.written) {
            dirty.add(new Dirty(s, s.written, s.index().encode()));
          }
        }
      }
      ByteWriter producers = new ByteWriter(16);
      p.producers.encode(producers);
      partitions.add(
          new TopicsSnapshot.OfPartition(
              p.stream,
              p.logStart,
              p.endOffset,
              p.nextGeneration,
              p.cleanedTo,
              segments,
              producers.toByteArray()));
    }
    List<Topic> topics = List.copyOf(table.topics());
    return new Capture(position, new TopicsSnapshot(topics, partitions), dirty);
  }

  private void save(Capture capture, CompletableFuture<Long> future) {
    try {
      sync(capture.dirty);
      log.get().sync(capture.position);
      files.write(capture.position, capture.snapshot.encode());
      named.put(capture.position, names(capture.snapshot));
      loop.execute(() -> {
        for (Dirty d : capture.dirty) {
          d.segment.synced = Math.max(d.segment.synced, d.bytes);
          d.segment.indexedBytes = Math.max(d.segment.indexedBytes, d.bytes);
        }
      });
      future.complete(capture.position);
    } catch (IOException | RuntimeException e) {
      future.completeExceptionally(e);
    }
  }

  private void sync(List<Dirty> dirty) throws IOException {
    for (Dirty d : dirty) {
      writeIndex(Segment.indexPath(d.segment.path()), d.index);
    }
    try {
      for (Dirty d : dirty) {
        try (DiskFile file = disk.open(d.segment.path(), Disk.Mode.WRITE)) {
          file.sync();
        }
      }
      disk.syncFolder(Segment.FOLDER);
    } catch (IOException e) {
      failed.accept(e); // a later sync might wrongly succeed, so this one is not tried again
      throw e;
    }
  }

  /** Not synced: a damaged index is rebuilt from its segment. */
  private void writeIndex(String path, byte[] index) throws IOException {
    disk.delete(path);
    try (DiskFile file = disk.open(path, Disk.Mode.CREATE)) {
      file.write(ByteBuffer.wrap(index), 0);
    }
  }

  private static Set<String> names(TopicsSnapshot snapshot) {
    Set<String> names = new HashSet<>();
    for (TopicsSnapshot.OfPartition p : snapshot.partitions()) {
      p.segments().forEach(s -> names.add(s.name()));
    }
    return names;
  }

  /** The file of a segment that is in no partition any more may go when nobody needs it. */
  @OwnedBy("topics")
  void bury(Segment segment, long delayMs) {
    store.forget(segment);
    if (segment.created) {
      dead.put(segment.name(), new Dead(delayMs, 0));
    }
  }

  void retain(long position) throws IOException {
    files.retain(position);
    collectSoon();
  }

  /** Deletes the dead files that are due, after the checkpoints that are under way. */
  synchronized void collectSoon() {
    last =
        last.handle((_, _) -> 0)
            .thenRunAsync(
                () -> {
                  if (!dead.isEmpty()) {
                    collect();
                  }
                },
                background);
  }

  private void collect() {
    try {
      Set<Long> present = positions();
      named.keySet().retainAll(present);
      Set<String> needed = new HashSet<>();
      named.values().forEach(needed::addAll);
      long nowMs = clock.wallMs();
      for (Map.Entry<String, Dead> entry : dead.entrySet()) {
        String name = entry.getKey();
        Dead file = entry.getValue();
        if (file.sinceMs == 0) {
          file = new Dead(file.delayMs, nowMs);
          dead.put(name, file);
        }
        if (!needed.contains(name) && nowMs - file.sinceMs >= file.delayMs) {
          delete(name);
          dead.remove(name);
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void delete(String name) throws IOException {
    String path = Segment.FOLDER + "/" + name;
    disk.delete(path);
    disk.delete(Segment.indexPath(path));
    loop.execute(() -> {
      try {
        store.forgetFile(path);
      } catch (IOException e) {
        failed.accept(e);
      }
    });
  }

  private Set<Long> positions() throws IOException {
    Set<Long> positions = new HashSet<>();
    for (String name : disk.list(Segment.FOLDER)) {
      if (name.endsWith(".checkpoint")) {
        positions.add(Long.parseLong(name.substring(0, name.length() - ".checkpoint".length())));
      }
    }
    return positions;
  }

  /** Loads the newest checkpoint at or before the log's end; see {@link Topics#load}. */
  long load(long logEnd) throws IOException {
    disk.createFolder(Segment.FOLDER);
    long newest = files.newest(logEnd);
    Set<String> mine = Set.of();
    for (long position : positions()) {
      TopicsSnapshot snapshot = read(position);
      named.put(position, names(snapshot));
      if (position == newest) {
        restore(position, snapshot);
        mine = names(snapshot);
      }
    }
    sweep(mine);
    return newest;
  }

  private TopicsSnapshot read(long position) throws IOException {
    try {
      return TopicsSnapshot.decode(files.read(position));
    } catch (MalformedBytes e) {
      throw new IOException("damaged checkpoint of topics at " + position, e);
    }
  }

  private void restore(long position, TopicsSnapshot snapshot) throws IOException {
    for (Topic topic : snapshot.topics()) {
      table.apply(new CatalogEvent.TopicCreated(topic));
    }
    for (TopicsSnapshot.OfPartition saved : snapshot.partitions()) {
      Partition partition = table.partition(saved.stream());
      if (partition == null) {
        throw new IOException(
            "damaged checkpoint of topics at " + position + ": no topic for " + saved.stream());
      }
      partition.logStart = saved.logStart();
      partition.endOffset = saved.endOffset();
      partition.nextGeneration = saved.nextGeneration();
      partition.cleanedTo = saved.cleanedTo();
      partition.producers.decode(new ByteReader(saved.producers()));
      for (TopicsSnapshot.OfSegment s : saved.segments()) {
        partition.segments().add(segment(partition, s));
      }
    }
  }

  private static Segment segment(Partition partition, TopicsSnapshot.OfSegment saved)
      throws IOException {
    Segment segment = partition.segment(saved.name(), saved.baseOffset());
    long found = segment.file().size();
    if (found < saved.size()) {
      throw new IOException(
          "damaged segment: "
              + segment.path()
              + " has "
              + found
              + " bytes where its checkpoint counts "
              + saved.size());
    }
    if (found > saved.size()) {
      segment.file().truncate(saved.size());
    }
    segment.created = true;
    segment.size = saved.size();
    segment.written = saved.size();
    segment.synced = saved.size();
    segment.indexedBytes = saved.size();
    segment.endOffset = saved.endOffset();
    segment.maxTimestampMs = saved.maxTimestampMs();
    segment.firstTimestampMs = saved.firstTimestampMs();
    return segment;
  }

  /** Deletes segments that no checkpoint names; those that only older ones name stay for now. */
  private void sweep(Set<String> mine) throws IOException {
    Set<String> needed = new HashSet<>();
    named.values().forEach(needed::addAll);
    for (String name : disk.list(Segment.FOLDER)) {
      boolean index = name.endsWith(Segment.INDEX_ENDING);
      if (!index && !name.endsWith(Segment.ENDING)) {
        continue;
      }
      int ending = index ? Segment.INDEX_ENDING.length() : Segment.ENDING.length();
      String segment = name.substring(0, name.length() - ending) + Segment.ENDING;
      if (!needed.contains(segment)) {
        disk.delete(Segment.FOLDER + "/" + name);
      } else if (!mine.contains(segment)) {
        dead.put(segment, new Dead(0, 0));
      }
    }
  }
}
