package io.headwater.log;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal from its start to its tail and checks every byte of it. Changes nothing.
 *
 * <p>Where the bytes of the newest segment stop being valid frames is the tail, unless something
 * proves that more had been durable: then acknowledged data is gone, and that is {@link
 * DamagedLogException}. Proof is a later segment (it gets its name only when everything before it
 * is durable) or a later frame or mark that says so.
 *
 * @param segments in order; at least one
 * @param tail the address after the last valid frame
 * @param proven everything below this address was synced once, says a frame or a segment's name
 * @param appended the end of the last data frame
 * @param timeMs the log's time of the last frame
 * @param generation of the last frame
 * @param offsets the next offset of each stream
 * @param sealed whether the last frame is a seal
 * @param torn why the bytes at the tail are no frame
 */
record Recovery(
    List<SegmentHeader> segments,
    long tail,
    long proven,
    long appended,
    long timeMs,
    long generation,
    StreamOffsets offsets,
    boolean sealed,
    @Nullable String torn) {

  /** Sees each frame once it checked out, marks too. */
  interface Visitor {
    Visitor NONE = _ -> true;

    /** Whether to go on. */
    boolean frame(FrameReader frame) throws IOException;
  }

  /** The journal's segments, by base. */
  static NavigableMap<Long, String> segments(Disk disk, String folder) throws IOException {
    NavigableMap<Long, String> paths = new TreeMap<>();
    for (long base : Segment.bases(disk.list(folder))) {
      paths.put(base, Segment.path(folder, base));
    }
    return paths;
  }

  /**
   * Reads everything.
   *
   * @param paths the segments, not empty
   * @throws DamagedLogException if acknowledged bytes do not check out
   */
  static Recovery scan(
      Disk disk, NavigableMap<Long, String> paths, long lastGeneration, Visitor visitor)
      throws IOException {
    Scan scan = new Scan(lastGeneration, visitor);
    for (var entry : paths.entrySet()) {
      Long next = paths.higherKey(entry.getKey());
      long nextBase = next == null ? Long.MAX_VALUE : next;
      if (!scan.segment(disk, entry.getKey(), entry.getValue(), nextBase)) {
        break;
      }
    }
    return scan.found();
  }

  /** What was found so far. */
  private static final class Scan {
    private final long lastGeneration;
    private final Visitor visitor;
    private final List<SegmentHeader> segments = new ArrayList<>();
    private StreamOffsets offsets = new StreamOffsets();
    private long tail;
    private long proven;
    private long appended;
    private long timeMs;
    private long generation;
    private boolean sealed;
    private @Nullable String torn;

    Scan(long lastGeneration, Visitor visitor) {
      this.lastGeneration = lastGeneration;
      this.visitor = visitor;
    }

    /** Whether to go on. */
    boolean segment(Disk disk, long base, String path, long nextBase) throws IOException {
      try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
        SegmentHeader header = SegmentHeader.read(file, path);
        begin(header, base, path);
        FrameReader reader = new FrameReader(file, path, header, nextBase);
        boolean goOn = true;
        while (goOn && (reader.next() || (nextBase == Long.MAX_VALUE && wasWritten(reader)))) {
          goOn = frame(reader);
        }
        tail = reader.address();
        timeMs = reader.timeMs();
        generation = reader.generation();
        torn = goOn ? reader.why() : null;
        if (torn != null && nextBase != Long.MAX_VALUE) {
          throw new DamagedLogException(
              path, reader.fileOffset(), torn + "; the next segment begins at " + nextBase);
        }
        return goOn;
      }
    }

    private void begin(SegmentHeader header, long base, String path) throws IOException {
      if (header.base() != base) {
        throw new DamagedLogException(path, 24, "segment of another place: " + header.base());
      }
      if (segments.isEmpty()) {
        offsets = header.offsets().copy();
        appended = header.appended();
      } else if (header.appended() != appended || !header.offsets().equals(offsets)) {
        throw new DamagedLogException(path, 56, "does not continue the segment before it");
      }
      segments.add(header);
      proven = Math.max(proven, base);
    }

    private boolean frame(FrameReader reader) throws IOException {
      for (int i = 0; i < reader.partCount(); i++) {
        long expected = offsets.take(reader.partStream(i), reader.partRecords(i));
        if (reader.partBaseOffset(i) != expected) {
          throw new DamagedLogException(
              reader.path(),
              reader.fileOffset(),
              "offset %d of stream %d where %d should follow"
                  .formatted(reader.partBaseOffset(i), reader.partStream(i), expected));
        }
      }
      proven = Math.max(proven, reader.durable());
      if (reader.isData()) {
        appended = reader.position();
      }
      sealed = reader.isSeal();
      return visitor.frame(reader);
    }

    /**
     * Whether what was no frame is one now: somebody may be reading a journal that is in use.
     *
     * @throws DamagedLogException if it is none, and was durable
     */
    private boolean wasWritten(FrameReader reader) throws IOException {
      String why = reader.why();
      if (why == null) {
        return false;
      }
      long proof = reader.findProofOfDamage(lastGeneration);
      if (proof < 0) {
        return false;
      }
      reader.refresh();
      if (reader.next()) {
        return true;
      }
      throw new DamagedLogException(
          reader.path(),
          reader.fileOffset(),
          why + "; the frame at address " + proof + " says that it was durable");
    }

    Recovery found() {
      return new Recovery(
          List.copyOf(segments), tail, proven, appended, timeMs, generation, offsets, sealed, torn);
    }
  }
}
