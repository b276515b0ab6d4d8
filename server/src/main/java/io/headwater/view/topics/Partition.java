package io.headwater.view.topics;

import io.headwater.failure.FailureException;
import io.headwater.view.OwnedBy;
import io.headwater.view.catalog.Topic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * One partition: a stream of the log, as segments. Offsets are the stream's own, so they are dense
 * and the end offset says how much of the stream was applied.
 *
 * <pre>
 *  log start          high watermark (durable)      end
 *      |-- can be read -----|-- in the log, not yet synced --|
 * </pre>
 */
@OwnedBy("topics")
final class Partition {
  /** Larger segments than this are not made, whatever the topic says: positions fit an int. */
  private static final int SEGMENT_BYTES_MAX = 1 << 30;

  /** A compressed batch is opened to look up a time only where it unpacks to less. */
  private static final int LISTED_BYTES_MAX = Math.min(16 << 20, Unpacked.BYTES_MAX);

  final int stream;
  final int number;
  final Producers producers;
  private final SegmentStore store;
  private final List<Segment> segments = new ArrayList<>();
  private final Set<HighWatermarkListener> listeners = new LinkedHashSet<>(2);

  Topic topic;
  TopicConfig config;
  long logStart;
  long endOffset;
  long highWatermark;

  /** Where the high watermark stands in the segment that holds it. */
  private @Nullable Segment watermarkSegment;

  private long watermarkBytes;

  /** Names compacted segments apart; grows for ever. */
  int nextGeneration = 1;

  /** The offset below which no key is left twice. */
  long cleanedTo;

  Partition(SegmentStore store, Topic topic, int number, int producersMax) {
    this.store = store;
    this.stream = topic.streams().get(number);
    this.number = number;
    this.topic = topic;
    this.config = TopicConfig.of(topic.config());
    this.producers = new Producers(producersMax);
  }

  void configure(Topic changed) {
    if (!changed.config().equals(topic.config())) {
      config = TopicConfig.of(changed.config());
    }
    topic = changed;
  }

  List<Segment> segments() {
    return segments;
  }

  Set<HighWatermarkListener> listeners() {
    return listeners;
  }

  /** A segment of this partition that is not in the list yet. */
  Segment segment(long baseOffset, int generation) {
    String name = Segment.name(stream, baseOffset, generation);
    return new Segment(store, name, baseOffset, config.indexIntervalBytes());
  }

  Segment segment(String name, long baseOffset) {
    return new Segment(store, name, baseOffset, config.indexIntervalBytes());
  }

  /**
   * Applies whole batches: sets their offsets in place, remembers producers, writes the segment.
   *
   * @param count how many offsets the batches take
   * @throws IllegalStateException if they do not continue this stream or are no batches: the frame
   *     was checked, so whoever made it is wrong
   */
  Segment apply(long baseOffset, int count, byte[] array, int from, int length, long timeMs)
      throws IOException {
    if (baseOffset != endOffset) {
      throw new IllegalStateException(
          "stream " + stream + " ends at " + endOffset + " but a part begins at " + baseOffset);
    }
    long offset = baseOffset;
    for (int at = from; at < from + length; ) {
      int bytes = batchBytes(array, at, from + length, offset);
      place(array, at, offset, timeMs);
      offset += BatchFormat.lastOffsetDelta(array, at) + 1;
      at += bytes;
    }
    if (offset != baseOffset + count) {
      throw new IllegalStateException(
          "stream " + stream + ": a part of " + count + " holds " + (offset - baseOffset));
    }
    Segment active = active(length, offset);
    active.append(array, from, length);
    endOffset = offset;
    return active;
  }

  private int batchBytes(byte[] array, int at, int limit, long offset) {
    long bytes = limit - at < BatchFormat.HEADER_BYTES ? -1 : BatchFormat.sizeInBytes(array, at);
    if (bytes < BatchFormat.HEADER_BYTES
        || bytes > limit - at
        || BatchFormat.magic(array, at) != BatchFormat.MAGIC
        || BatchFormat.lastOffsetDelta(array, at) < 0) {
      throw new IllegalStateException("stream " + stream + ": no batch at offset " + offset);
    }
    return (int) bytes;
  }

  /** Sets a batch's offset and remembers its producer. */
  private void place(byte[] array, int at, long offset, long timeMs) {
    BatchFormat.place(array, at, offset);
    long producerId = BatchFormat.producerId(array, at);
    if (producerId >= 0) {
      int first = BatchFormat.baseSequence(array, at);
      int last = Producers.lastSequence(first, BatchFormat.lastOffsetDelta(array, at));
      short epoch = BatchFormat.producerEpoch(array, at);
      producers.applied(producerId, epoch, first, last, offset, timeMs);
    }
  }

  private Segment active(int moreBytes, long newEnd) {
    Segment last = segments.isEmpty() ? null : segments.getLast();
    if (last != null) {
      long limit = Math.min(config.segmentBytes(), SEGMENT_BYTES_MAX);
      boolean fits =
          last.size + moreBytes <= limit && newEnd - last.baseOffset <= Integer.MAX_VALUE;
      if (last.size == 0 || fits) {
        return last;
      }
    }
    return roll();
  }

  /** Closes the last segment and begins a new one at the end. */
  Segment roll() {
    Segment next = segment(endOffset, 0);
    segments.add(next);
    return next;
  }

  /** Everything in the log is durable, as after recovery. */
  void allDurable() {
    highWatermark = endOffset;
    if (!segments.isEmpty()) {
      watermarkSegment = segments.getLast();
      watermarkBytes = watermarkSegment.size;
    }
  }

  /** Records before {@code offset} are durable; they end at these bytes of this segment. */
  void durable(long offset, Segment segment, long bytes) {
    highWatermark = offset;
    watermarkSegment = segment;
    watermarkBytes = bytes;
  }

  /** How many bytes of a segment can be read: those of durable records. */
  private long readable(Segment segment) {
    if (segment.endOffset <= highWatermark) {
      return segment.size;
    }
    return segment == watermarkSegment ? watermarkBytes : 0;
  }

  FetchSlice read(long offset, int maxBytes, Topics.FirstBatch firstBatch) throws IOException {
    if (offset < logStart || offset > endOffset) {
      return FetchSlice.empty(Errors.OFFSET_OUT_OF_RANGE, highWatermark, logStart);
    }
    if (offset < highWatermark) {
      for (int i = floor(offset); i < segments.size(); i++) {
        Segment segment = segments.get(i);
        long limit = readable(segment);
        long from = offset <= segment.baseOffset ? 0 : segment.find(offset, limit);
        if (from < limit) {
          return slice(segment, from, limit, maxBytes, firstBatch);
        }
      }
    }
    return FetchSlice.empty(Errors.NONE, highWatermark, logStart);
  }

  private FetchSlice slice(
      Segment segment, long from, long limit, int maxBytes, Topics.FirstBatch firstBatch)
      throws IOException {
    long end = segment.wholeBatches(from, from + Math.max(0, maxBytes), limit);
    if (end == from && firstBatch == Topics.FirstBatch.WHOLE_EVEN_IF_LARGER) {
      end = from + segment.batchBytes(from, limit);
    }
    int length = (int) (end - from);
    return new FetchSlice(
        Errors.NONE, length == 0 ? null : segment.file(), from, length, highWatermark, logStart);
  }

  /** The index of the last segment that begins at or before an offset; 0 if there is none. */
  private int floor(long offset) {
    int low = 0;
    int high = segments.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (segments.get(middle).baseOffset <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  long sizeBytes() {
    long bytes = 0;
    for (Segment segment : segments) {
      bytes += segment.size;
    }
    return bytes;
  }

  /** The first durable record at or behind the log start with this timestamp or a later one. */
  ListedOffset offsetForTimestamp(long timestampMs) throws IOException {
    for (Segment segment : segments) {
      if (segment.maxTimestampMs < timestampMs || segment.endOffset <= logStart) {
        continue;
      }
      BatchScan scan = segment.scanForTimestamp(timestampMs, readable(segment));
      while (scan.next()) {
        if (scan.maxTimestampMs() >= timestampMs && scan.nextOffset() > logStart) {
          ListedOffset found = inBatch(segment, scan, timestampMs);
          if (found != null) {
            return found;
          }
        }
      }
    }
    return new ListedOffset(Errors.NONE, -1, -1);
  }

  private @Nullable ListedOffset inBatch(Segment segment, BatchScan scan, long timestampMs)
      throws IOException {
    byte[] batch = new byte[scan.size()];
    segment.file().readFully(ByteBuffer.wrap(batch), scan.position());
    long first = Math.max(scan.baseOffset(), logStart);
    if ((BatchFormat.attributes(batch, 0) & BatchFormat.LOG_APPEND_TIME) != 0) {
      return new ListedOffset(Errors.NONE, first, scan.maxTimestampMs());
    }
    RecordWalk walk;
    try {
      walk = new RecordWalk(batch, 0, Unpacked.of(batch, 0, batch.length, LISTED_BYTES_MAX));
    } catch (IllegalArgumentException | FailureException e) {
      // A producer may compress garbage, or gigabytes: its batch stands for its records.
      return new ListedOffset(Errors.NONE, first, timestampMs);
    }
    while (walk.next()) {
      if (walk.timestampMs() >= timestampMs && walk.offset() >= logStart) {
        return new ListedOffset(Errors.NONE, walk.offset(), walk.timestampMs());
      }
    }
    return walk.isSound() ? null : new ListedOffset(Errors.NONE, first, timestampMs);
  }

  /** The first durable record with the highest timestamp. */
  ListedOffset offsetOfMaxTimestamp() throws IOException {
    long max = -1;
    for (Segment segment : segments) {
      if (segment.maxTimestampMs > max && segment.endOffset > logStart) {
        max = Math.max(max, segment.maxTimestampMs(readable(segment)));
      }
    }
    return max < 0 ? new ListedOffset(Errors.NONE, -1, -1) : offsetForTimestamp(max);
  }

  /**
   * Moves the log start and takes away the segments before it.
   *
   * @return those segments
   */
  List<Segment> moveStart(long offset) {
    List<Segment> dead = new ArrayList<>();
    if (offset <= logStart) {
      return dead;
    }
    logStart = offset;
    while (!segments.isEmpty()
        && segments.getFirst().endOffset <= offset
        && (segments.size() > 1 || segments.getFirst().size > 0)) {
      dead.add(segments.removeFirst());
    }
    return dead;
  }

  /**
   * Puts compacted copies in the place of their sources, where those are still there.
   *
   * @return the segments that are not needed any more
   */
  List<Segment> replace(List<Segment> sources, Compaction.Outcome outcome) {
    List<Segment> dead = new ArrayList<>();
    boolean whole = true;
    int from = 0;
    for (Compaction.Copy copy : outcome.copies()) {
      List<Segment> replaced = sources.subList(from, from + copy.sources());
      from += copy.sources();
      int index = segments.indexOf(replaced.getFirst());
      String name = copy.name();
      if (name == null) {
        continue;
      }
      Segment made = copied(replaced, copy, name);
      if (index < 0) { // retention or the topic's end took it away meanwhile
        dead.add(made);
        whole = false;
        continue;
      }
      segments.subList(index, index + replaced.size()).clear();
      dead.addAll(replaced);
      if (made.size > 0) {
        segments.add(index, made);
      }
    }
    if (whole) {
      cleanedTo = Math.max(cleanedTo, outcome.cleanedTo());
    }
    return dead;
  }

  private Segment copied(List<Segment> replaced, Compaction.Copy copy, String name) {
    Segment made = segment(name, replaced.getFirst().baseOffset);
    made.size = copy.bytes();
    made.written = copy.bytes();
    made.created = copy.bytes() > 0;
    made.endOffset = replaced.getLast().endOffset;
    made.maxTimestampMs = copy.maxTimestampMs();
    made.firstTimestampMs = copy.firstTimestampMs();
    made.setIndex(copy.index());
    return made;
  }
}
