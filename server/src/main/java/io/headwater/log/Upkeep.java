package io.headwater.log;

import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.DiskFullException;
import io.headwater.host.Joining;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a {@link Journal} does beside what is asked of it: it writes and syncs what is late, seals
 * what is idle, and has the next segment's file ready. Two threads of its own do that, one of them
 * for files alone, because a sync that somebody waits for must not wait for these; or {@link #tick}
 * does it all.
 */
final class Upkeep {
  private static final Logger logger = LoggerFactory.getLogger(Upkeep.class);

  /** So much is synced even if nobody asks: a change of segment waits for the sync before it. */
  private static final long UNSYNCED_BYTES_MAX = 16L << 20;

  /** So much is written before staging is full, unless a sync took it with it. */
  private static final long UNWRITTEN_BYTES_MAX = 1L << 20;

  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** See {@link #zerosWanted(long)}. */
  private static final long ZEROS_UP_TO_SYNCED_BYTES = 64 << 10;

  private final Journal journal;
  private final Clock clock;
  private final Journal.Settings settings;
  private final Appender appender;
  private final SegmentWriter file;
  private final Spares spares;
  private final FreeSpace space;
  private final AtomicBoolean syncAsked = new AtomicBoolean();
  private @Nullable Thread writer;
  private @Nullable Thread spareMaker;
  private volatile boolean ending;

  /** So much of the next segment's file should have been written by now. */
  private volatile long zerosWanted;

  // Only tick() uses these.
  private long tailSeen;
  private long tailSeenNanos;
  private long syncedSeen;
  private long lookedNanos;

  /** Nothing is unsynced that was appended before. */
  private long allSyncedNanos;

  private long sealed = -1; // what was recovered is synced, and nothing in the file says so yet

  Upkeep(
      Journal journal,
      Clock clock,
      Journal.Settings settings,
      Appender appender,
      SegmentWriter file,
      Spares spares,
      FreeSpace space) {
    this.journal = journal;
    this.clock = clock;
    this.settings = settings;
    this.appender = appender;
    this.file = file;
    this.spares = spares;
    this.space = space;
  }

  void start() throws IOException {
    tailSeen = appender.tail();
    tailSeenNanos = clock.nanos();
    lookedNanos = tailSeenNanos;
    allSyncedNanos = tailSeenNanos;
    space.look(tailSeenNanos);
    if (settings.background() == Journal.Background.THREAD) {
      Thread thread = Thread.ofPlatform().name("log-writer").daemon().unstarted(this::duty);
      writer = thread;
      Thread maker = Thread.ofPlatform().name("log-spares").daemon().unstarted(this::makeSpares);
      spareMaker = maker;
      maker.start();
      thread.start();
    }
  }

  /** Ends both threads and waits for that. */
  void stop() {
    ending = true;
    join(writer);
    spares.stop();
    join(spareMaker);
  }

  /**
   * Has staging written, or the log synced, soon if there is much of it. Who syncs for each turn
   * never has much: a write of this thread would only take its core, and leave pages in the cache
   * for which its next sync waits.
   */
  void appendedTo(long address) {
    if (address - file.written() >= UNWRITTEN_BYTES_MAX
        || address - file.synced() >= UNSYNCED_BYTES_MAX) {
      LockSupport.unpark(writer);
    }
  }

  /**
   * Has everything appended so far synced soon.
   *
   * @return false if there is no thread for that
   */
  boolean syncSoon() {
    Thread thread = writer;
    if (thread != null && !syncAsked.get() && syncAsked.compareAndSet(false, true)) {
      LockSupport.unpark(thread);
    }
    return thread != null;
  }

  void prepareSpare() {
    if (settings.background() == Journal.Background.NONE) {
      makeSpare();
    } else {
      LockSupport.unpark(spareMaker);
    }
  }

  /** One pass; never two at once. */
  void tick() {
    if (ending || journal.isDead()) {
      return;
    }
    if (syncAsked.getAndSet(false)) {
      journal.sync(appender.appended());
    }
    long now = clock.nanos();
    long tail = appender.tail();
    long synced = file.synced();
    boolean othersSync = synced != syncedSeen;
    syncedSeen = synced;
    if (synced >= tailSeen) {
      allSyncedNanos = lookedNanos;
    }
    lookedNanos = now;
    if (tail != tailSeen) {
      tailSeen = tail;
      tailSeenNanos = now;
    }
    if (synced >= tail) {
      allSyncedNanos = now;
      if (tail != sealed && now - tailSeenNanos >= settings.sealDelayMs() * 1_000_000) {
        seal();
      }
    } else if (now - allSyncedNanos >= settings.syncDelayMs() * 1_000_000
        || tail - synced >= UNSYNCED_BYTES_MAX) {
      journal.syncStaged();
    } else if (!othersSync || tail - file.written() >= UNWRITTEN_BYTES_MAX) {
      journal.write();
    }
    try {
      space.watch(now);
      if (space.isLow()) {
        spares.shrink(settings.segmentBytes(), 1);
      }
    } catch (IOException e) {
      throw journal.died(e);
    }
    zerosWanted = zerosWanted(now);
    if ((spares.size() == 0 && !space.isFullForNow()) || lacksZeros()) {
      prepareSpare();
    }
  }

  /** The mark itself is synced with the next frames, or when the sync delay is over. */
  private void seal() {
    try {
      sealed = file.seal();
    } catch (IOException | RuntimeException | Error e) {
      throw journal.died(e);
    }
  }

  /** When no tick comes any more: a mark that is durable, if there is none. */
  void sealForGood() throws IOException {
    if (appender.tail() != sealed) {
      sealed = file.seal();
      file.sync();
    }
  }

  /**
   * Zeros are written ahead at twice the pace of the frames, and all of them while nobody appends,
   * unless syncs are so large that each has much to write anyway.
   */
  private long zerosWanted(long now) {
    if (file.bytesPerSync() > ZEROS_UP_TO_SYNCED_BYTES) {
      return 0;
    }
    return now - tailSeenNanos >= QUIET_NANOS ? Long.MAX_VALUE : 2 * appender.used();
  }

  private boolean lacksZeros() {
    return spares.lacksZeros(settings.segmentBytes(), zerosWanted);
  }

  private void makeSpares() {
    while (!ending && !journal.isDead()) {
      makeSpare();
      if (space.isFull() || !lacksZeros()) {
        LockSupport.park(this);
      }
    }
  }

  /** Sees to it that there is a spare, and brings the one that is next a step further. */
  private void makeSpare() {
    try {
      if (spares.largestReady() < settings.segmentBytes()) {
        space.requireReserve();
        spares.ensure(settings.segmentBytes());
        space.found();
      } else {
        spares.zero(settings.segmentBytes(), zerosWanted);
      }
    } catch (DiskFullException e) {
      space.full(e);
    } catch (IOException | RuntimeException | Error e) {
      journal.died(e);
    }
  }

  private void duty() {
    long pauseNanos = Math.max(1, settings.writeDelayMs()) * 1_000_000;
    while (!ending && !journal.isDead()) {
      try {
        tick();
      } catch (FailureException e) {
        logger.debug("the log's writer ends: {}", e.getMessage());
        return;
      } catch (RuntimeException | Error e) {
        journal.died(e);
        return;
      }
      if (!syncAsked.get()) {
        LockSupport.parkNanos(this, pauseNanos);
      }
    }
  }

  private static void join(@Nullable Thread thread) {
    if (thread != null && thread != Thread.currentThread()) {
      LockSupport.unpark(thread);
      Joining.join(thread);
    }
  }
}
