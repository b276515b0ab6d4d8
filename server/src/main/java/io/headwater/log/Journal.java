package io.headwater.log;

import io.headwater.host.Clock;
import io.headwater.host.Disk;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The log on the local disk. */
public abstract class Journal implements Log {

  /**
   * Opens the journal in a data folder, creating it in an empty one: reads what is there, cuts a
   * torn tail, syncs what was recovered.
   *
   * @param onDeath called once, when a write or sync failed; the log answers {@link
   *     io.headwater.failure.Failure.LogDead} from then on
   * @throws DamagedLogException if bytes before the tail do not check out
   */
  public static Journal open(
      Disk disk, Clock clock, Settings settings, Router router, Consumer<Throwable> onDeath)
      throws IOException {
    throw new UnsupportedOperationException("Journal.open");
  }

  /**
   * One pass of background duty: write and sync what is late, prepare the next segment, seal. The
   * journal's own thread calls it; whoever opened with {@link Background#NONE} may.
   */
  public abstract void tick();

  /** Who does what nobody waits for. */
  public enum Background {
    /** A daemon thread of the journal. */
    THREAD,
    /** Nobody: everything happens in the calls, and in {@link Journal#tick}. For simulations. */
    NONE
  }

  /**
   * How a journal works.
   *
   * @param segmentBytes size of a segment file
   * @param stagingBytes size of each of the two buffers that appends fill
   * @param maxFrameBytes larger frames are refused
   * @param writeDelayMs staged bytes are written at the latest so long after their append
   * @param syncDelayMs and synced so long after it, even if nobody asks
   * @param sealDelayMs a log that was idle so long after a sync gets a mark that says what is
   *     durable
   * @param spareSegmentsMax cut segments kept for reuse
   * @param archiveFolder where cut segments go; null deletes them
   * @param random draws epochs and generations
   */
  public record Settings(
      long segmentBytes,
      int stagingBytes,
      long maxFrameBytes,
      long writeDelayMs,
      long syncDelayMs,
      long sealDelayMs,
      int spareSegmentsMax,
      @Nullable String archiveFolder,
      Background background,
      RandomGenerator random) {
    public static Settings defaults() {
      return new Settings(
          64L << 20,
          8 << 20,
          576L << 20,
          50,
          1_000,
          100,
          4,
          null,
          Background.THREAD,
          new java.security.SecureRandom());
    }
  }
}
