package io.headwater.view.topics;

import io.headwater.bytes.ByteWriter;
import io.headwater.failure.Failure;
import io.headwater.host.Disk;
import io.headwater.host.DiskFullException;
import io.headwater.view.OwnedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/**
 * What all segments share: open files, the memory for indexes, and the bytes that are not in their
 * files yet. Small writes of a turn are gathered and written at its end, at once for each segment.
 * When the disk is full they stay in memory: the log has them already, so nothing is lost.
 * Producers are refused until they are written, and past a limit the view gives up.
 */
@OwnedBy("topics")
final class SegmentStore {
  /** What is gathered before it is written within a turn, or while the log is replayed. */
  private static final long GATHERED_BYTES = 8L << 20;

  /** Writes from here on are not gathered: copying them would cost more than the call. */
  private static final int LARGE_BYTES = 32 << 10;

  private static final long WAITING_BYTES_MAX = 256L << 20;
  private static final int TAIL_BYTES = 16 << 10;
  private static final int TAILS_KEPT = 64;
  private static final int EVICT_EVERY = 1024;

  private final Disk disk;
  private final OpenFiles files;
  private final long indexBytes;
  private final LinkedHashSet<Segment> indexed = new LinkedHashSet<>();
  private int uses;
  private final ArrayDeque<Segment> tails = new ArrayDeque<>();
  private final ArrayDeque<ByteWriter> spareTails = new ArrayDeque<>();
  private long tailBytes;
  private @Nullable String full;

  SegmentStore(Disk disk, int openFiles, long indexBytes) {
    this.disk = disk;
    this.files = new OpenFiles(disk, openFiles);
    this.indexBytes = indexBytes;
  }

  Disk disk() {
    return disk;
  }

  SegmentFile file(Segment segment, String path) {
    return new SegmentFile(files, segment, path);
  }

  int openFiles() {
    return files.size();
  }

  /** Why nothing more should be written now, or null. */
  @Nullable Failure refusal() {
    return full == null ? null : new Failure.ReadOnly(full);
  }

  /** Writes to the end of a segment, at the latest when {@link #flush} is called. */
  void write(Segment segment, byte[] array, int from, int length) throws IOException {
    if (segment.tail == null && full == null && length >= LARGE_BYTES) {
      try {
        writeNow(segment, ByteBuffer.wrap(array, from, length));
        return;
      } catch (DiskFullException e) {
        full = "disk full: " + e.getMessage();
      }
    }
    ByteWriter tail = segment.tail;
    if (tail == null) {
      ByteWriter spare = spareTails.poll();
      tail = spare == null ? new ByteWriter(TAIL_BYTES) : spare;
      segment.tail = tail;
      tails.add(segment);
    }
    tail.put(array, from, length);
    tailBytes += length;
    if (tailBytes > WAITING_BYTES_MAX) {
      throw new IOException("more than " + WAITING_BYTES_MAX + " bytes wait for a full disk");
    }
    if (tailBytes > GATHERED_BYTES && full == null) {
      flush();
    }
  }

  private static void writeNow(Segment segment, ByteBuffer bytes) throws IOException {
    if (!segment.created) {
      segment.file().create();
      segment.created = true;
    }
    int length = bytes.remaining();
    segment.file().write(bytes, segment.written);
    segment.written += length;
  }

  /**
   * Writes what was gathered.
   *
   * @return whether all of it is in the files now; otherwise the disk is full
   */
  boolean flush() throws IOException {
    for (Segment segment = tails.peek(); segment != null; segment = tails.peek()) {
      ByteWriter tail = segment.tail;
      if (tail != null) {
        try {
          writeNow(segment, ByteBuffer.wrap(tail.array(), 0, tail.size()));
        } catch (DiskFullException e) {
          full = "disk full: " + e.getMessage();
          return false;
        }
        release(segment, tail);
      }
      tails.remove();
    }
    return true;
  }

  private void release(Segment segment, ByteWriter tail) {
    tailBytes -= tail.size();
    segment.tail = null;
    if (spareTails.size() < TAILS_KEPT) {
      tail.clear(TAIL_BYTES);
      spareTails.add(tail);
    }
  }

  /** Tries again to write what waits and refuses writes while free space is low. */
  void watchFreeSpace(long leastBytes) throws IOException {
    if (flush()) {
      long free = disk.freeBytes();
      full = free < leastBytes ? "disk almost full: " + free + " bytes are free" : null;
    }
  }

  /** Notes that a segment's index is in memory and was used. */
  void used(Segment segment) {
    indexed.remove(segment);
    indexed.add(segment);
    if (++uses % EVICT_EVERY == 0) { // adding them up each time would cost more than it saves
      evict(segment);
    }
  }

  /** Drops indexes that were not used for longest and can be read back, down to the limit. */
  private void evict(Segment justUsed) {
    long used = 0;
    for (Segment segment : indexed) {
      SegmentIndex index = segment.loadedIndex();
      used += index == null ? 0 : index.memoryBytes();
    }
    Iterator<Segment> oldest = indexed.iterator();
    while (used > indexBytes && oldest.hasNext()) {
      Segment segment = oldest.next();
      SegmentIndex index = segment.loadedIndex();
      if (segment != justUsed && segment.indexedBytes == segment.size && index != null) {
        used -= index.memoryBytes();
        segment.forgetIndex();
        oldest.remove();
      }
    }
  }

  /** The segment is no part of its partition any more; its file stays for now. */
  void forget(Segment segment) {
    indexed.remove(segment);
    ByteWriter tail = segment.tail;
    if (tail != null) {
      tails.remove(segment);
      release(segment, tail);
    }
  }

  void forgetFile(String path) throws IOException {
    files.forget(path);
  }

  void close() throws IOException {
    files.close();
  }
}
