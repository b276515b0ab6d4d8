package io.headwater.log;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.log.Journal.CutSegments;
import java.io.IOException;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Which segments there are, from the oldest that is kept to the one that is written; cuts them at
 * the old end. Safe from any thread.
 */
final class KeptSegments {
  private final Disk disk;
  private final CutSegments fate;

  /** File sizes by base. Guarded by this, as all else. */
  private final NavigableMap<Long, Long> bytesByBase = new TreeMap<>();

  private int openCursors;

  KeptSegments(Disk disk, CutSegments fate) {
    this.disk = disk;
    this.fate = fate;
  }

  synchronized void add(SegmentHeader header) {
    bytesByBase.put(header.base(), header.fileBytes());
  }

  /** The address at which the oldest begins. */
  synchronized long start() {
    return bytesByBase.firstKey();
  }

  /** The base of the segment after, or -1 when this is the newest. */
  synchronized long after(long base) {
    Long next = bytesByBase.higherKey(base);
    return next == null ? -1 : next;
  }

  synchronized void cursorOpened() {
    openCursors++;
  }

  synchronized void cursorClosed() {
    openCursors--;
  }

  /**
   * Opens the segment that holds the byte at an address.
   *
   * @param limit frames beyond are not looked at
   */
  synchronized FrameReader open(long address, long limit) throws IOException {
    Long base = bytesByBase.floorKey(address);
    if (base == null) {
      throw new IOException("the log begins at " + start() + ", after " + address);
    }
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
    while (bytesByBase.size() > 1 && bytesByBase.higherKey(bytesByBase.firstKey()) <= position) {
      var oldest = bytesByBase.pollFirstEntry();
      String path = Segment.path(oldest.getKey());
      if (fate == CutSegments.ARCHIVED) {
        disk.createFolder(Segment.ARCHIVE);
        disk.rename(path, Segment.path(Segment.ARCHIVE, oldest.getKey()));
        disk.syncFolder(Segment.ARCHIVE);
        disk.syncFolder(Segment.FOLDER);
      } else if (openCursors == 0
          && oldest.getValue() == reusableBytes
          && spares.size() < sparesMax) {
        spares.reuse(path, oldest.getValue());
      } else {
        disk.delete(path);
        disk.syncFolder(Segment.FOLDER);
      }
    }
  }
}
