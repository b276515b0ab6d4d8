package io.headwater.log;

import io.headwater.host.Disk;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.NavigableMap;

/** Prints what a journal holds, for people. Reads only; the folder may be in use. */
public final class Inspect {
  private final PrintStream out;
  private final long after;
  private final long framesMax;
  private long frames;

  private Inspect(PrintStream out, long after, long framesMax) {
    this.out = out;
    this.after = after;
    this.framesMax = framesMax;
  }

  /**
   * Prints data frames that end after a position: a line for each, and one for each part.
   *
   * @param framesMax how many at most
   * @throws DamagedLogException after what could be printed, if there is damage
   */
  public static void print(Disk disk, PrintStream out, long after, long framesMax)
      throws IOException {
    Meta meta = Meta.read(disk);
    NavigableMap<Long, String> paths = Recovery.segments(disk, Segment.FOLDER);
    out.printf("epoch %016x%n", meta.epoch());
    if (meta.restoredTo() >= 0) {
      out.printf("restored to %d%n", meta.restoredTo());
    }
    Inspect inspect = new Inspect(out, after, framesMax);
    Recovery found = Recovery.scan(disk, paths, meta.generation(), inspect::frame);
    if (inspect.frames < framesMax) {
      out.printf("end %d, %d segments%n", found.appended(), found.segments().size());
    }
  }

  private boolean frame(FrameReader frame) {
    if (!frame.isData() || frame.position() <= after) {
      return true;
    }
    if (frames == framesMax) {
      return false;
    }
    frames++;
    out.printf(
        "position %d time %s bytes %d parts %d%n",
        frame.position(), Instant.ofEpochMilli(frame.timeMs()), frame.bytes(), frame.partCount());
    for (int i = 0; i < frame.partCount(); i++) {
      out.printf(
          "  stream %d offset %d records %d bytes %d%n",
          frame.partStream(i), frame.partBaseOffset(i), frame.partRecords(i), frame.partBytes(i));
    }
    return frames < framesMax;
  }
}
