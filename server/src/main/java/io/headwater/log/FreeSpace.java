package io.headwater.log;

import io.headwater.failure.Failure;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.DiskFullException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the disk has room for the log's next segment, with what the views need left over. Says so
 * in the process's own log when it changes. Any thread, but {@link #watch} is for one.
 */
final class FreeSpace {
  private static final Logger logger = LoggerFactory.getLogger(FreeSpace.class);
  private static final long WATCH_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Disk disk;
  private final Clock clock;
  private final Journal.Settings settings;

  /** There was none for a segment; it is tried again from then on. */
  private volatile boolean full;

  private volatile long retryNanos;

  /** What is left is for the views. */
  private volatile boolean low;

  private long seenNanos;

  FreeSpace(Disk disk, Clock clock, Journal.Settings settings) {
    this.disk = disk;
    this.clock = clock;
    this.settings = settings;
  }

  /** Why nothing more is accepted, or null. */
  @Nullable Failure refusal() {
    return low
        ? new Failure.ReadOnly("the disk is almost full: what is left is for the views")
        : null;
  }

  /** Another segment must leave the views their room. Frames that were let in may take of it. */
  void requireReserve() throws IOException {
    if (disk.freeBytes() < settings.reserveBytes() + settings.segmentBytes()) {
      throw new DiskFullException(Segment.FOLDER);
    }
  }

  /** Whether what is left is for the views. */
  boolean isLow() {
    return low;
  }

  boolean isFull() {
    return full;
  }

  /** Whether it is too early to try again. */
  boolean isFullForNow() {
    return full && clock.nanos() - retryNanos < 0;
  }

  Failure full(DiskFullException e) {
    retryNanos = clock.nanos() + RETRY_NANOS;
    if (!full) {
      full = true;
      logger.warn("no room for the log's next segment: {}", e.getMessage());
    }
    return refusalWhenFull();
  }

  Failure refusalWhenFull() {
    return new Failure.ReadOnly("the disk is full: no room for the log's next segment");
  }

  void found() {
    if (full) {
      full = false;
      logger.info("there is room for the log's next segment again");
    }
  }

  /** Others write to the disk too, so room can go between two segments: looks once a second. */
  void watch(long nowNanos) throws IOException {
    if (nowNanos - seenNanos >= WATCH_NANOS) {
      look(nowNanos);
    }
  }

  void look(long nowNanos) throws IOException {
    seenNanos = nowNanos;
    long free = disk.freeBytes();
    boolean lacking = free < settings.reserveBytes();
    if (lacking != low) {
      low = lacking;
      logger.warn(
          lacking
              ? "the disk is almost full, nothing more is accepted: {} bytes are free"
              : "there is room on the disk again: {} bytes are free",
          free);
    }
  }
}
