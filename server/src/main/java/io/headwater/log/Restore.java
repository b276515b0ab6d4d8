package io.headwater.log;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.NavigableMap;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Copies a data folder and cuts the copy's log at a position or a time, so that a server started on
 * it knows nothing of what came later: a FLUSHALL undone. The copy has an epoch of its own, because
 * positions beyond the cut will mean something else.
 *
 * <p>Files are copied, never linked: journals reuse their segment files and views write into
 * theirs. The meta file comes last, so a copy that was interrupted is not taken for a data folder.
 */
public final class Restore {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final Set<String> NOT_COPIED =
      Set.of("lock", "lost+found", Meta.PATH, Meta.PATH + ".tmp", Segment.FOLDER, Segment.ARCHIVE);

  private final Disk from;
  private final Disk into;
  private final Target target;
  private long end = -1;
  private long endTimeMs;

  private Restore(Disk from, Disk into, Target target) {
    this.from = from;
    this.into = into;
    this.target = target;
  }

  /** Up to where. */
  public sealed interface Target {
    /** The last frame that ends at or before a position. */
    record Position(long position) implements Target {}

    /** The last frame whose time is not after a wall clock time; any time after the last frame. */
    record Time(long wallMs) implements Target {}
  }

  /**
   * What there is now.
   *
   * @param position the end of the restored log
   * @param timeMs the log's time there
   * @param epoch the restored log's new epoch
   */
  public record Restored(long position, long timeMs, long epoch) {}

  /**
   * Restores.
   *
   * @param from a data folder that no server writes meanwhile
   * @param into an empty folder
   * @throws FailureException with {@link Failure.Invalid} if the folder is not empty or the log
   *     does not reach from before the target to it
   * @throws DamagedLogException if the log is damaged before the target
   */
  public static Restored restore(Disk from, Disk into, Target target, RandomGenerator random)
      throws IOException {
    if (!Meta.isEmptyFolder(into)) {
      throw invalid("the folder to restore into is not empty");
    }
    return new Restore(from, into, target).run(random);
  }

  private Restored run(RandomGenerator random) throws IOException {
    Meta meta = Meta.read(from);
    NavigableMap<Long, String> paths = Recovery.segments(from, Segment.ARCHIVE);
    paths.putAll(Recovery.segments(from, Segment.FOLDER));
    if (paths.isEmpty()) {
      throw new DamagedLogException(Segment.FOLDER, 0, "no segment is there");
    }
    Recovery found = Recovery.scan(from, paths, meta.generation(), this::wanted);
    SegmentHeader first = found.segments().getFirst();
    check(first, found);
    long cut = end < 0 ? first.base() : end;
    copyFolder("");
    copySegments(paths, found, cut);
    long position = end < 0 ? first.appended() : end;
    Meta restored = new Meta(random.nextLong(), meta.generation(), position);
    restored.write(into);
    return new Restored(position, end < 0 ? first.timeMs() : endTimeMs, restored.epoch());
  }

  private boolean wanted(FrameReader frame) {
    if (!frame.isData()) {
      return true;
    }
    boolean before =
        switch (target) {
          case Target.Position(long position) -> frame.position() <= position;
          case Target.Time(long wallMs) -> frame.timeMs() <= wallMs;
        };
    if (before) {
      end = frame.position();
      endTimeMs = frame.timeMs();
    }
    return before && !(target instanceof Target.Position(long position) && end == position);
  }

  private void check(SegmentHeader first, Recovery found) {
    switch (target) {
      case Target.Position(long position) -> {
        if (position < first.appended()) {
          throw invalid(
              "position " + position + ": the log that is kept begins at " + first.appended());
        }
        if (position > found.appended()) {
          throw invalid("position " + position + ": the log ends at " + found.appended());
        }
      }
      case Target.Time(long wallMs) -> {
        if (wallMs < first.timeMs()) {
          throw invalid("time " + wallMs + ": the log that is kept begins at " + first.timeMs());
        }
      }
    }
  }

  private void copyFolder(String folder) throws IOException {
    for (String name : from.list(folder)) {
      String path = folder.isEmpty() ? name : folder + "/" + name;
      if (NOT_COPIED.contains(path)) {
        continue;
      }
      if (from.isFolder(path)) {
        into.createFolder(path);
        copyFolder(path);
      } else {
        copy(path, path, Long.MAX_VALUE);
      }
    }
    into.syncFolder(folder);
  }

  private void copySegments(NavigableMap<Long, String> paths, Recovery found, long cut)
      throws IOException {
    into.createFolder(Segment.FOLDER);
    long firstBase = found.segments().getFirst().base();
    for (SegmentHeader segment : found.segments()) {
      long base = segment.base();
      String path = paths.get(base);
      if (path != null && (base < cut || base == firstBase)) {
        copy(path, Segment.path(base), segment.headerBytes() + cut - base);
      }
    }
    into.syncFolder(Segment.FOLDER);
  }

  /** Copies a file; what lies beyond {@code keep} bytes becomes zeros. */
  private void copy(String source, String target, long keep) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    try (DiskFile in = from.open(source, Disk.Mode.READ);
        DiskFile out = into.open(target, Disk.Mode.CREATE)) {
      long size = in.size();
      for (long at = 0; at < size; at += chunk.limit()) {
        chunk.clear().limit((int) Math.min(CHUNK_BYTES, size - at));
        in.readFully(chunk, at);
        chunk.flip();
        for (int i = (int) Math.min(chunk.limit(), Math.max(0, keep - at));
            i < chunk.limit();
            i++) {
          chunk.put(i, (byte) 0);
        }
        out.write(chunk, at);
      }
      out.sync();
    }
  }

  private static FailureException invalid(String reason) {
    return new FailureException(new Failure.Invalid(reason));
  }
}
