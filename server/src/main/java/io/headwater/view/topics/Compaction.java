package io.headwater.view.topics;

import io.headwater.bytes.Bytes;
import io.headwater.failure.FailureException;
import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * One compaction run over closed segments of one partition: afterwards the last record of each key
 * is left, at its offset, and what came before is gone. The log stays as it is: compaction changes
 * files only, and is repeated when a crash undoes it.
 *
 * <p>First the keys of the part that was not cleaned yet go into a map from key to last offset, as
 * many as fit; then all segments up to there are copied without the records that the map knows a
 * later one for. A batch that does not open within its bounds stays whole. Small neighbours become
 * one segment. A tombstone stays for {@code delete.retention.ms} after the run that first saw it,
 * so that a slow consumer sees it too. It runs beside the owner, on files that do not change any
 * more.
 */
final class Compaction {
  private static final int CHUNK_BYTES = 1 << 20;

  /** What a map entry costs beside its key, roughly. */
  private static final int ENTRY_BYTES = 120;

  /** What a record and a header cost as objects of the library, roughly. */
  private static final int RECORD_BYTES = 200;

  private static final int HEADER_BYTES = 80;

  /**
   * What a batch may unpack to and still be opened. Like the next limit it must not depend on the
   * machine: a batch that stayed whole once has to stay so, or its tombstones would go while what
   * they delete is there.
   */
  static final int UNPACKED_BYTES_MAX = 16 << 20;

  private static final int OBJECT_BYTES_MAX = 32 << 20;

  /** Batches up to this size that are not compressed are small in the heap whatever they hold. */
  private static final int PLAIN_BYTES = 256 << 10;

  /** A closed segment that is read. */
  record Source(String path, long baseOffset, long endOffset, long bytes) {}

  /**
   * A segment that takes the place of one or more sources, or of none: then {@code name} is null
   * and the first source stays as it is.
   */
  record Copy(
      int sources,
      @Nullable String name,
      long bytes,
      long maxTimestampMs,
      long firstTimestampMs,
      SegmentIndex index) {}

  /** What came out: the copies in order, and up to which offset no key is left twice. */
  record Outcome(List<Copy> copies, long cleanedTo) {}

  private final Disk disk;
  private final int stream;
  private final List<Source> sources;
  private final long cleanedTo;
  private final TopicConfig config;
  private final long nowMs;
  private final long mapBytesMax;
  private int generation;

  private final Map<Bytes, Long> lastOffsets = new HashMap<>();
  private long mapBytes;
  private long mappedTo;
  private final List<String> created = new ArrayList<>();

  /**
   * @param generation the first number for the names of copies; each takes one
   */
  Compaction(
      Disk disk,
      int stream,
      List<Source> sources,
      long cleanedTo,
      int generation,
      TopicConfig config,
      long nowMs,
      long mapBytesMax) {
    this.disk = disk;
    this.stream = stream;
    this.sources = sources;
    this.cleanedTo = cleanedTo;
    this.generation = generation;
    this.config = config;
    this.nowMs = nowMs;
    this.mapBytesMax = mapBytesMax;
  }

  /** Runs; a run that fails leaves no file behind, if the disk lets it. */
  Outcome run() throws IOException {
    try {
      map();
      List<Copy> copies = new ArrayList<>();
      int from = 0;
      while (from < sources.size() && sources.get(from).baseOffset < mappedTo) {
        int to = groupEnd(from);
        copies.add(copy(sources.subList(from, to)));
        from = to;
      }
      return new Outcome(copies, mappedTo);
    } catch (IOException | RuntimeException e) {
      for (String path : created) {
        disk.delete(path);
      }
      throw e;
    }
  }

  private int groupEnd(int from) {
    long bytes = 0;
    int to = from;
    while (to < sources.size() && sources.get(to).baseOffset < mappedTo) {
      Source source = sources.get(to);
      bytes += source.bytes;
      boolean fits =
          bytes <= config.segmentBytes()
              && source.endOffset - sources.get(from).baseOffset <= Integer.MAX_VALUE;
      if (to > from && !fits) {
        break;
      }
      to++;
    }
    return to;
  }

  private void map() throws IOException {
    mappedTo = cleanedTo;
    for (Source source : sources) {
      if (source.endOffset > cleanedTo && !map(source)) {
        return;
      }
    }
  }

  /** Maps one source's keys; false if the map is full. */
  private boolean map(Source source) throws IOException {
    try (DiskFile file = disk.open(source.path, Disk.Mode.READ)) {
      Chunks chunks = new Chunks(file, source);
      while (chunks.next()) {
        for (int at = 0; at < chunks.bytes(); at += chunks.batchBytes(at)) {
          byte[] array = chunks.array();
          if (BatchFormat.nextOffset(array, at) <= cleanedTo) {
            continue;
          }
          if (mapBytes > mapBytesMax && mappedTo > cleanedTo) {
            return false;
          }
          mapKeys(array, at, chunks.batchBytes(at));
          mappedTo = BatchFormat.nextOffset(array, at);
        }
      }
    }
    mappedTo = source.endOffset;
    return true;
  }

  /** A batch that stays whole may keep what an older record of its keys needs: it maps nothing. */
  private void mapKeys(byte[] array, int at, int length) {
    Unpacked records = opened(array, at, length);
    if (records != null) {
      RecordWalk walk = new RecordWalk(array, at, records);
      while (walk.next()) {
        byte[] key = walk.key();
        if (key != null && lastOffsets.put(Bytes.wrap(key), walk.offset()) == null) {
          mapBytes += key.length + ENTRY_BYTES;
        }
      }
    }
  }

  /**
   * Null if a batch is to stay whole: it does not decode, unpacks to too much or holds more records
   * and headers than may stand in the heap as objects, all at once.
   */
  private static @Nullable Unpacked opened(byte[] array, int at, int length) {
    try {
      Unpacked records = Unpacked.of(array, at, length, UNPACKED_BYTES_MAX);
      RecordWalk walk = new RecordWalk(array, at, records);
      while (walk.next()) {}
      long cost = (long) walk.seen() * RECORD_BYTES + walk.headers() * HEADER_BYTES;
      return walk.isSound() && cost <= OBJECT_BYTES_MAX ? records : null;
    } catch (IllegalArgumentException | FailureException e) {
      return null;
    }
  }

  private Copy copy(List<Source> group) throws IOException {
    Source first = group.getFirst();
    String name = Segment.name(stream, first.baseOffset, generation++);
    String path = Segment.FOLDER + "/" + name;
    Keep keep = new Keep();
    Target target = new Target(first.baseOffset);
    disk.delete(path);
    created.add(path);
    try (DiskFile out = disk.open(path, Disk.Mode.CREATE)) {
      for (Source source : group) {
        try (DiskFile file = disk.open(source.path, Disk.Mode.READ)) {
          Chunks chunks = new Chunks(file, source);
          while (chunks.next()) {
            filter(chunks, keep, target, out);
          }
        }
      }
    }
    if (group.size() == 1 && !keep.changes) {
      disk.delete(path);
      return new Copy(1, null, 0, 0, 0, target.index);
    }
    if (target.bytes == 0) {
      disk.delete(path);
    }
    return new Copy(
        group.size(),
        name,
        target.bytes,
        target.maxTimestampMs,
        target.firstTimestampMs,
        target.index);
  }

  /** Copies what is to stay: runs of batches that open together, others one by one and whole. */
  private static void filter(Chunks chunks, Keep keep, Target target, DiskFile out)
      throws IOException {
    byte[] array = chunks.array();
    int from = 0;
    for (int at = 0; at < chunks.bytes(); ) {
      int length = chunks.batchBytes(at);
      boolean plain = length <= PLAIN_BYTES && isPlain(array, at);
      if (!plain && opened(array, at, length) == null) {
        target.append(out, filtered(chunks.part(from, at), keep));
        target.append(out, chunks.part(at, at + length));
        from = at + length;
      }
      at += length;
    }
    target.append(out, filtered(chunks.part(from, chunks.bytes()), keep));
  }

  private static boolean isPlain(byte[] array, int at) {
    return (BatchFormat.attributes(array, at) & BatchFormat.COMPRESSION_MASK) == 0;
  }

  private static ByteBuffer filtered(ByteBuffer batches, Keep keep) {
    ByteBuffer kept = ByteBuffer.allocate(batches.remaining());
    MemoryRecords records = MemoryRecords.readableRecords(batches);
    return records.filterTo(keep, kept, BufferSupplier.NO_CACHING).outputBuffer().flip();
  }

  /** Which records stay. */
  private final class Keep extends MemoryRecords.RecordFilter {
    boolean changes;

    Keep() {
      super(nowMs, config.deleteRetentionMs());
    }

    @Override
    protected BatchRetentionResult checkBatchRetention(RecordBatch batch) {
      return new BatchRetentionResult(BatchRetention.DELETE_EMPTY, false);
    }

    @Override
    protected boolean shouldRetainRecord(RecordBatch batch, Record record) {
      boolean kept = keeps(batch, record);
      // A tombstone's batch gets the time from which on it may go, so it changes too.
      changes |= !kept || (!record.hasValue() && batch.deleteHorizonMs().isEmpty());
      return kept;
    }

    private boolean keeps(RecordBatch batch, Record record) {
      if (record.offset() >= mappedTo) {
        return true;
      }
      if (!record.hasKey()) {
        return false;
      }
      Long last = lastOffsets.get(Bytes.wrap(Utils.toArray(record.key())));
      if (last != null && last > record.offset()) {
        return false;
      }
      boolean expired =
          batch.deleteHorizonMs().isPresent() && batch.deleteHorizonMs().getAsLong() <= nowMs;
      return record.hasValue() || !expired;
    }
  }

  /** Writes kept batches and indexes them. */
  private final class Target {
    final SegmentIndex index = new SegmentIndex();
    final long baseOffset;
    long bytes;
    long maxTimestampMs = -1;
    long firstTimestampMs = -1;

    Target(long baseOffset) {
      this.baseOffset = baseOffset;
    }

    void append(DiskFile out, ByteBuffer kept) throws IOException {
      byte[] array = kept.array();
      int limit = kept.arrayOffset() + kept.limit();
      for (int at = kept.arrayOffset(); at < limit; ) {
        long position = bytes + (at - kept.arrayOffset());
        if (index.count() == 0 || position - index.lastPosition() >= config.indexIntervalBytes()) {
          int relative = (int) (BatchFormat.baseOffset(array, at) - baseOffset);
          index.add(relative, (int) position, maxTimestampMs);
        }
        long timestampMs = BatchFormat.maxTimestampMs(array, at);
        firstTimestampMs = position == 0 ? timestampMs : firstTimestampMs;
        maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
        at += (int) BatchFormat.sizeInBytes(array, at);
      }
      int length = kept.remaining();
      out.write(kept, bytes);
      bytes += length;
    }
  }

  /** Whole batches of a segment, about a megabyte at a time. */
  private static final class Chunks {
    private final DiskFile file;
    private final BatchScan scan;
    private boolean pending;
    private ByteBuffer chunk = ByteBuffer.allocate(0);

    Chunks(DiskFile file, Source source) {
      this.file = file;
      this.scan = new BatchScan(file, source.path, 0, source.bytes);
    }

    boolean next() throws IOException {
      if (!pending && !scan.next()) {
        return false;
      }
      long from = scan.position();
      long to = scan.end();
      pending = false;
      while (scan.next()) {
        if (scan.end() - from > CHUNK_BYTES) {
          pending = true;
          break;
        }
        to = scan.end();
      }
      chunk = ByteBuffer.allocate((int) (to - from));
      file.readFully(chunk, from);
      chunk.flip();
      return true;
    }

    int bytes() {
      return chunk.limit();
    }

    byte[] array() {
      return chunk.array();
    }

    int batchBytes(int at) {
      return (int) BatchFormat.sizeInBytes(chunk.array(), at);
    }

    /** A view of a range that holds whole batches. */
    ByteBuffer part(int from, int to) {
      return chunk.slice(from, to - from);
    }
  }
}
