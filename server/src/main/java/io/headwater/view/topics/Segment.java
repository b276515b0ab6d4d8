package io.headwater.view.topics;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.OwnedBy;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One file of a partition's batches, without gaps between them. Only the partition's last segment
 * grows. A compacted segment is a new file with a generation in its name.
 */
@OwnedBy("topics")
final class Segment {
  static final String FOLDER = "views/topics";
  static final String ENDING = ".log";
  static final String INDEX_ENDING = ".index";

  private final SegmentStore store;
  private final SegmentFile file;
  private final int indexIntervalBytes;
  private @Nullable SegmentIndex index;

  final long baseOffset;

  /** Bytes of all batches, also of those that are not in the file yet. */
  long size;

  /** Bytes that are in the file. */
  long written;

  /** Bytes behind those, which the store writes; null if there are none. */
  @Nullable ByteWriter tail;

  /** Whether the file exists. */
  boolean created;

  /** Bytes that a checkpoint made durable. */
  long synced;

  /** The offset after the last record, also where compaction removed that. */
  long endOffset;

  long maxTimestampMs = -1;

  /** The first batch's time, from which the segment's age counts; -1 if it has none. */
  long firstTimestampMs = -1;

  /** Up to here the index file, if there is one, speaks of the batches that are here now. */
  long indexedBytes;

  Segment(SegmentStore store, String name, long baseOffset, int indexIntervalBytes) {
    this.store = store;
    this.file = store.file(this, FOLDER + "/" + name);
    this.baseOffset = baseOffset;
    this.endOffset = baseOffset;
    this.indexIntervalBytes = indexIntervalBytes;
  }

  static String name(int stream, long baseOffset, int generation) {
    return generation == 0
        ? String.format(Locale.ROOT, "%010d-%020d%s", stream, baseOffset, ENDING)
        : String.format(Locale.ROOT, "%010d-%020d-%d%s", stream, baseOffset, generation, ENDING);
  }

  static String indexPath(String path) {
    return path.substring(0, path.length() - ENDING.length()) + INDEX_ENDING;
  }

  SegmentFile file() {
    return file;
  }

  String path() {
    return file.path();
  }

  String name() {
    return path().substring(FOLDER.length() + 1);
  }

  /** Appends batches whose offsets are set already; the array may be reused afterwards. */
  void append(byte[] array, int from, int length) throws IOException {
    SegmentIndex known = index();
    int at = from;
    while (at < from + length) {
      int bytes = (int) BatchFormat.sizeInBytes(array, at);
      long position = size + (at - from);
      long timestampMs = BatchFormat.maxTimestampMs(array, at);
      noteBatch(known, BatchFormat.baseOffset(array, at), position, timestampMs);
      endOffset = BatchFormat.nextOffset(array, at);
      at += bytes;
    }
    size += length;
    store.write(this, array, from, length);
  }

  private void noteBatch(SegmentIndex known, long offset, long position, long timestampMs) {
    if (position == 0) {
      firstTimestampMs = timestampMs;
    }
    if (known.count() == 0 || position - known.lastPosition() >= indexIntervalBytes) {
      known.add((int) (offset - baseOffset), (int) position, maxTimestampMs);
    }
    maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
  }

  /** The index, loaded or rebuilt when it is not in memory. */
  SegmentIndex index() throws IOException {
    SegmentIndex known = index;
    if (known == null) {
      known = loadIndex();
      index = known;
    }
    store.used(this);
    return known;
  }

  /** The index if it is in memory. */
  @Nullable SegmentIndex loadedIndex() {
    return index;
  }

  void setIndex(SegmentIndex built) {
    index = built;
  }

  void forgetIndex() {
    index = null;
  }

  private SegmentIndex loadIndex() throws IOException {
    SegmentIndex loaded = null;
    if (indexedBytes > 0 && store.disk().exists(indexPath(path()))) {
      loaded = SegmentIndex.decode(store.disk().readAll(indexPath(path())), indexedBytes);
    }
    SegmentIndex known = loaded == null ? new SegmentIndex() : loaded;
    int last = known.count() - 1;
    long from = last < 0 ? 0 : known.position(last);
    long max = last < 0 ? -1 : known.maxTimestampBefore(last);
    BatchScan scan = new BatchScan(file, path(), from, size);
    while (scan.next()) {
      boolean due = scan.position() - known.lastPosition() >= indexIntervalBytes;
      if (known.count() == 0 || due) {
        known.add((int) (scan.baseOffset() - baseOffset), (int) scan.position(), max);
      }
      max = Math.max(max, scan.maxTimestampMs());
    }
    return known;
  }

  /**
   * Where the batch begins that holds an offset, or the first one after it; {@code limit} if there
   * is none before that.
   */
  long find(long offset, long limit) throws IOException {
    SegmentIndex known = index();
    if (known.count() == 0) {
      return limit;
    }
    int entry = known.floorOffset(offset - baseOffset);
    if (baseOffset + known.relativeOffset(entry) == offset) {
      return Math.min(known.position(entry), limit);
    }
    BatchScan scan = new BatchScan(file, path(), known.position(entry), limit);
    while (scan.next()) {
      if (scan.nextOffset() > offset) {
        return scan.position();
      }
    }
    return limit;
  }

  /**
   * Where the last whole batch ends that begins at or after {@code from} and ends at or before
   * {@code target}: {@code from} if not one does. Between index entries it may stop early.
   */
  long wholeBatches(long from, long target, long limit) throws IOException {
    if (target >= limit) {
      return limit;
    }
    SegmentIndex known = index();
    long boundary = known.count() == 0 ? 0 : known.position(known.floorPosition(target));
    if (boundary > from) {
      return boundary;
    }
    long end = from;
    BatchScan scan = new BatchScan(file, path(), from, limit);
    while (scan.next() && scan.end() <= target) {
      end = scan.end();
    }
    return end;
  }

  /** The bytes of the batch at a position. */
  int batchBytes(long position, long limit) throws IOException {
    BatchScan scan = new BatchScan(file, path(), position, limit);
    return scan.next() ? scan.size() : 0;
  }

  /** Walks from the first batch that may hold this timestamp or a later one. */
  BatchScan scanForTimestamp(long timestampMs, long limit) throws IOException {
    SegmentIndex known = index();
    long from = known.count() == 0 ? limit : known.position(known.floorTimestamp(timestampMs));
    return new BatchScan(file, path(), Math.min(from, limit), limit);
  }

  /** The highest timestamp of the batches before a position. */
  long maxTimestampMs(long limit) throws IOException {
    if (limit >= size) {
      return maxTimestampMs;
    }
    SegmentIndex known = index();
    if (known.count() == 0 || limit == 0) {
      return -1;
    }
    int entry = known.floorPosition(limit - 1);
    long max = known.maxTimestampBefore(entry);
    BatchScan scan = new BatchScan(file, path(), known.position(entry), limit);
    while (scan.next()) {
      max = Math.max(max, scan.maxTimestampMs());
    }
    return max;
  }
}
