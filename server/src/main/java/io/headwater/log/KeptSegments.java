package io.headwater.log;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.log.Journal.CutSegments;
import java.io.IOException;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which segments there are, from the oldest that is kept to the one that is written; cuts them at
 * the old end. Safe from any thread.
 */
final class KeptSegments {
  private final Disk disk;
  private final CutSegments fate;

  /** What to know of a segment. */
  private record Kept(long fileBytes, long appendedBefore) {}

  /** By base. Guarded by this, as all else. */
  private final NavigableMap<Long, Kept> byBase = new TreeMap<>();

  private int openCursors;
  private final Set<Held> holds = new HashSet<>();

  /** What one reader still needs. */
  private final class Held implements Log.Hold {
    private volatile long position;

    Held(long position) {
      this.position = position;
    }

    @Override
    public void moveTo(long later) {
      position = later;
    }

    @Override
    public void close() {
      synchronized (KeptSegments.this) {
        holds.remove(this);
      }
    }
  }

  KeptSegments(Disk disk, CutSegments fate) {
    this.disk = disk;
    this.fate = fate;
  }

  synchronized void add(SegmentHeader header) {
    byBase.put(header.base(), new Kept(header.fileBytes(), header.appended()));
  }

  /** All data frames after this position are kept. */
  synchronized long start() {
    return byBase.firstEntry().getValue().appendedBefore;
  }

  synchronized Log.Hold hold(long position) throws IOException {
    requireKept(position);
    Held held = new Held(position);
    holds.add(held);
    return held;
  }

  private void requireKept(long position) throws IOException {
    if (position < start()) {
      throw new IOException("the log begins at " + start() + ", after " + position);
    }
  }

  /** The base of the segment after, or -1 when this is the newest. */
  synchronized long after(long base) {
    Long next = byBase.higherKey(base);
    return next == null ? -1 : next;
  }

  synchronized void cursorOpened() {
    openCursors++;
  }

  synchronized void cursorClosed() {
    openCursors--;
  }

  /**
   * Opens the segment in which the frames after a position begin.
   *
   * @param limit frames beyond are not looked at
   */
  synchronized FrameReader open(long position, long limit) throws IOException {
    requireKept(position);
    long first = byBase.firstKey();
    long base = position < first ? first : byBase.floorKey(position);
    String path = Segment.path(base);
    DiskFile file = disk.open(path, Disk.Mode.READ);
    try {
      SegmentHeader header = SegmentHeader.read(file, path);
      long next = after(base);
      return new FrameReader(file, path, header, next < 0 ? limit : Math.min(limit, next));
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Removes the segments whose frames all end at or before a position, oldest first and each
   * durably before the next, so that no crash leaves a gap. Those of the ordinary size become
   * spares, unless a cursor might still be reading them.
   */
  synchronized void cut(long position, Spares spares, long reusableBytes, int sparesMax)
      throws IOException {
    long needed = position;
    for (Held held : holds) {
      needed = Math.min(needed, held.position);
    }
    while (byBase.size() > 1 && byBase.higherKey(byBase.firstKey()) <= needed) {
      var oldest = byBase.pollFirstEntry();
      String path = Segment.path(oldest.getKey());
      if (fate == CutSegments.ARCHIVED) {
        disk.createFolder(Segment.ARCHIVE);
        disk.rename(path, Segment.path(Segment.ARCHIVE, oldest.getKey()));
        disk.syncFolder(Segment.ARCHIVE);
        disk.syncFolder(Segment.FOLDER);
      } else if (openCursors == 0
          && oldest.getValue().fileBytes == reusableBytes
          && spares.size() < sparesMax) {
        spares.reuse(path, reusableBytes);
      } else {
        disk.delete(path);
        disk.syncFolder(Segment.FOLDER);
      }
    }
  }
}
