package io.headwater.log;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.DiskFullException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The log on the local disk.
 *
 * <p>Segment files of a fixed size, whose room is taken before they are used, hold frames one after
 * the other; {@code docs/formats/journal.md} draws them, {@code docs/decisions/journal.md} says why
 * they are so. An append ({@link Appender}) takes tens of nanoseconds under a lock of its own and
 * leaves the frame in one of two staging buffers. Whoever wants it on disk takes the turn to sync
 * ({@link SyncTurns}), swaps the buffers, writes the full one and syncs ({@link SegmentWriter}):
 * meanwhile appends go on, and the next to get the turn does the same for everything that came in.
 * That is the whole group commit. A client thread does it in line when nobody else is at it, which
 * saves two thread switches; otherwise it waits for the one who is.
 *
 * <p>Any error of a write or a sync is the journal's end: what the kernel did with the pages is
 * unknown, so nothing is tried again. A full disk is met only while spare files are made, never
 * while accepted frames are written.
 *
 * <p>Locks, in the order in which they are taken: the turn to sync, {@code SegmentWriter.writing},
 * the waiting room of {@link SyncTurns}, the appender's. {@code Spares.making} is taken before all
 * of them, {@code listening} with none held.
 */
public final class Journal implements Log {
  /** The writer thread may have something to do at each mebibyte. */
  private static final int WRITER_BYTES_SHIFT = 20;

  private static final int PARTS_EXPECTED = 64;

  /** Of a segment, as much of a frame's margin has a place on the disk when that becomes full. */
  private static final int MARGIN_SHIFT = 6;

  /** A client's thread may well wait so long, and not much longer; see {@link Log#trySync}. */
  private static final long QUICK_SYNC_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

  private static final long QUICK_SYNC_BYTES = 256 << 10;

  private final Clock clock;
  private final Settings settings;
  private final long epoch;
  private final Consumer<Throwable> onDeath;
  private final Appender appender;
  private final SegmentWriter file;
  private final Spares spares;
  private final KeptSegments segments;
  private final FreeSpace space;
  private final Upkeep upkeep;
  private final SyncTurns turns = new SyncTurns();

  private final ReentrantLock listening = new ReentrantLock();
  private final List<DurableListener> listeners = new CopyOnWriteArrayList<>();
  private long told;

  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile boolean closed;
  private final AtomicBoolean dying = new AtomicBoolean();
  private volatile @Nullable FailureException dead;

  /**
   * How long a sync takes lately. Falls at once and rises slowly: a thread that waits for its core
   * takes long, too. Changed by who has the turn.
   */
  private volatile long syncNanos;

  /**
   * Opens the journal in a data folder, creating it in an empty one: reads what is there, cuts a
   * torn tail, syncs what was recovered.
   *
   * @param onDeath called once, when a write or sync failed; the log answers {@link
   *     Failure.LogDead} from then on
   * @throws DamagedLogException if bytes before the tail do not check out
   * @throws IOException in one line also if the folder holds something else
   */
  public static Journal open(
      Disk disk, Clock clock, Settings settings, Router router, Consumer<Throwable> onDeath)
      throws IOException {
    Opening opening = Opening.of(disk, settings);
    Journal journal = new Journal(disk, clock, settings, router, onDeath, opening);
    journal.begin(opening);
    return journal;
  }

  private Journal(
      Disk disk,
      Clock clock,
      Settings settings,
      Router router,
      Consumer<Throwable> onDeath,
      Opening opening) {
    Recovery recovered = opening.recovered();
    this.clock = clock;
    this.settings = settings;
    this.epoch = opening.meta().epoch();
    this.onDeath = onDeath;
    this.spares = new Spares(disk);
    this.segments = new KeptSegments(disk, settings.cutSegments());
    recovered.segments().forEach(segments::add);
    Segment newest = new Segment(recovered.segments().getLast());
    this.appender =
        new Appender(
            clock,
            router,
            opening.meta().generation(),
            recovered,
            newest,
            new Staging(settings.stagingBytes(), newest));
    this.file = new SegmentWriter(disk, settings, opening, appender, newest, spares, segments);
    this.space = new FreeSpace(disk, clock, settings);
    this.upkeep = new Upkeep(this, clock, settings, appender, file, spares, space);
  }

  private void begin(Opening opening) throws IOException {
    spares.recover();
    file.open(opening.recovered().proven());
    upkeep.start();
  }

  @Override
  public long append(Frame frame) {
    int parts = frame.filledParts();
    if (parts == 0) {
      return appender.appended();
    }
    long payload = frame.payloadBytes();
    long bytes = FrameFormat.frameBytes(parts, payload);
    if (bytes > settings.maxFrameBytes() + settings.frameMarginBytes()
        || parts > FrameFormat.PARTS_MAX) {
      throw new FailureException(tooLarge(parts, bytes));
    }
    int crc = frame.bodyCrc();
    try {
      while (true) {
        long position = appender.append(frame, parts, (int) payload, crc);
        if (position < 0) {
          position = makeRoom(position, frame, parts, (int) payload, crc);
        }
        if (position >= 0) {
          if (position >>> WRITER_BYTES_SHIFT != (position - bytes) >>> WRITER_BYTES_SHIFT) {
            upkeep.appendedTo(position);
          }
          return position;
        }
      }
    } catch (FailureException e) {
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      throw died(e);
    }
  }

  private Failure tooLarge(int parts, long bytes) {
    return parts > FrameFormat.PARTS_MAX
        ? new Failure.TooLarge("parts of a frame", parts, FrameFormat.PARTS_MAX)
        : new Failure.TooLarge("frame", bytes, settings.maxFrameBytes());
  }

  /** Does what kept a frame from being appended; a negative result says to try again. */
  private long makeRoom(long obstacle, Frame frame, int parts, int payload, int crc)
      throws IOException {
    throwIfDead();
    if (obstacle == Appender.STAGING_FULL) {
      file.write();
    } else if (obstacle == Appender.LARGER_THAN_STAGING) {
      return file.appendLarge(frame, parts, payload, crc);
    } else {
      changeSegment(FrameFormat.frameBytes(parts, payload));
    }
    return obstacle;
  }

  private void changeSegment(long frameBytes) throws IOException {
    try {
      file.ensureSpare(frameBytes);
    } catch (DiskFullException e) {
      throw new FailureException(space.full(e));
    }
    turns.take();
    try {
      throwIfDead();
      file.changeSegment(frameBytes);
    } finally {
      turns.giveBack();
    }
    upkeep.prepareSpare();
    tellListeners();
  }

  @Override
  public @Nullable Failure refusal(long payloadBytes) {
    FailureException death = dead;
    if (death != null) {
      return death.failure();
    }
    if (closing.get()) {
      return new Failure.ShuttingDown();
    }
    long bytes = FrameFormat.frameBytes(PARTS_EXPECTED, payloadBytes);
    if (bytes > settings.maxFrameBytes()) {
      return tooLarge(0, bytes);
    }
    Failure low = space.refusal();
    long most = bytes + (settings.segmentBytes() >> MARGIN_SHIFT);
    return low != null || file.hasRoom(most) ? low : refusalWithoutSpare(most);
  }

  /**
   * The current segment ends soon and no spare is ready: wait for one, or say why there is none.
   */
  private @Nullable Failure refusalWithoutSpare(long frameBytes) {
    if (space.isFullForNow()) {
      return space.refusalWhenFull();
    }
    try {
      space.requireReserve();
      file.ensureSpare(frameBytes);
      space.found();
      return null;
    } catch (DiskFullException e) {
      return space.full(e);
    } catch (IOException | RuntimeException | Error e) {
      return died(e).failure();
    }
  }

  @Override
  public long appended() {
    return appender.appended();
  }

  @Override
  public long durable() {
    return file.durable();
  }

  @Override
  public void sync(long position) {
    if (position > appender.appended()) {
      throw new IllegalArgumentException(position + " is past the log's end");
    }
    boolean led = false;
    while (file.durable() < position) {
      throwIfDead();
      if (closed) {
        throw new FailureException(new Failure.ShuttingDown());
      }
      if (turns.takeUnless(() -> file.durable() >= position || dead != null)) {
        led = true;
        commit();
      }
    }
    if (led) {
      tellListeners();
    }
  }

  /** Writes and syncs what is staged, and gives the turn back. */
  private void commit() {
    try {
      throwIfDead();
      long began = clock.nanos();
      file.sync();
      long nanos = clock.nanos() - began;
      syncNanos = nanos < syncNanos ? nanos : syncNanos + (nanos - syncNanos) / 32;
    } catch (FailureException e) {
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      throw died(e);
    } finally {
      turns.giveBack();
    }
  }

  private void tellListeners() {
    if (listeners.isEmpty()) {
      return;
    }
    listening.lock();
    try {
      long position = file.durable();
      if (position > told) {
        told = position;
        for (DurableListener listener : listeners) {
          listener.durable(position);
        }
      }
    } finally {
      listening.unlock();
    }
  }

  @Override
  public boolean trySync(long position) {
    if (file.durable() >= position) {
      return true;
    }
    if (syncNanos > QUICK_SYNC_NANOS
        || appender.tail() - file.synced() > QUICK_SYNC_BYTES
        || !turns.tryTake()) {
      return false;
    }
    commit();
    tellListeners();
    return file.durable() >= position;
  }

  @Override
  public void syncSoon() {
    throwIfDead();
    if (!upkeep.syncSoon()) {
      sync(appender.appended());
    }
  }

  @Override
  public void write() {
    throwIfDead();
    if (file.written() >= appender.tail()) {
      return;
    }
    try {
      file.write();
    } catch (IOException | RuntimeException | Error e) {
      throw died(e);
    }
  }

  /**
   * Lets the system have the memory that appends are staged in, if nothing is staged: as much as
   * the largest burst took, up to twice {@link Settings#stagingBytes}. For times of rest, because
   * the next appends take it anew, page by page.
   */
  public void discardStaging() {
    file.discardStaging();
  }

  @Override
  public void addDurableListener(DurableListener listener) {
    listeners.add(listener);
  }

  @Override
  public long nextOffset(int stream) {
    return appender.nextOffset(stream);
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public long lastTimeMs() {
    return appender.timeMs();
  }

  @Override
  public LogCursor read(long position) throws IOException {
    write();
    return new JournalCursor(segments, file::written, position);
  }

  @Override
  public void cut(long position) throws IOException {
    throwIfDead();
    segments.cut(
        Math.min(position, file.durable()),
        spares,
        settings.segmentBytes(),
        settings.spareSegmentsMax());
  }

  @Override
  public Hold hold(long position) throws IOException {
    return segments.hold(position);
  }

  @Override
  public long start() {
    return segments.start();
  }

  /**
   * One pass of background duty: write and sync what is late, seal what is idle, prepare the next
   * segment. The journal's own thread calls it, or whoever opened with {@link Background#NONE};
   * never two at once.
   */
  public void tick() {
    upkeep.tick();
  }

  /** Makes durable what is staged now. */
  void syncStaged() {
    turns.take();
    commit();
    tellListeners();
  }

  boolean isDead() {
    return dead != null;
  }

  private void throwIfDead() {
    FailureException death = dead;
    if (death != null) {
      throw death;
    }
  }

  /** Ends the log. The callback gets a thread of its own: it may well end the process. */
  FailureException died(Throwable cause) {
    if (dying.compareAndSet(false, true)) {
      FailureException death = new FailureException(new Failure.LogDead(String.valueOf(cause)));
      dead = death;
      appender.refuse(death.failure());
      turns.wakeAll();
      if (settings.background() == Background.NONE) {
        onDeath.accept(cause);
      } else {
        Thread.ofPlatform().name("log-death").daemon().start(() -> onDeath.accept(cause));
      }
    }
    FailureException death = dead;
    return death != null ? death : new FailureException(new Failure.LogDead(String.valueOf(cause)));
  }

  @Override
  public void close() throws IOException {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    appender.refuse(new Failure.ShuttingDown());
    upkeep.stop();
    turns.take();
    try {
      if (dead == null) {
        file.sync();
        upkeep.sealForGood();
      }
    } catch (IOException | RuntimeException | Error e) {
      throw died(e);
    } finally {
      closed = true;
      file.close();
      turns.giveBack();
      turns.wakeAll();
    }
    tellListeners();
  }

  /** What becomes of segments that nobody needs any more. */
  public enum CutSegments {
    /** Some become new segments, the others are deleted. */
    REUSED,
    /** They are moved to the folder {@code archive}, from where a restore can take them. */
    ARCHIVED
  }

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
   * @param maxFrameBytes {@link Log#refusal} refuses larger frames
   * @param frameMarginBytes and {@link Log#append} takes as many bytes more: whoever asked has
   *     changed its state by then, so what it has to say beyond what it asked for ends the process
   *     where it finds no room
   * @param writeDelayMs staged bytes are written at the latest so long after their append, twice so
   *     long while others sync
   * @param syncDelayMs and synced so long after it, even if nobody asks
   * @param sealDelayMs a log that was idle so long after a sync gets a mark that says what is
   *     durable
   * @param spareSegmentsMax cut segments kept for reuse, while the disk is not almost full
   * @param reserveBytes appends are refused while less of the disk is free, so that the views have
   *     room to apply what was accepted
   * @param cutSegments what becomes of segments that nobody needs
   * @param random draws epochs and generations
   */
  public record Settings(
      long segmentBytes,
      int stagingBytes,
      long maxFrameBytes,
      long frameMarginBytes,
      long writeDelayMs,
      long syncDelayMs,
      long sealDelayMs,
      int spareSegmentsMax,
      long reserveBytes,
      CutSegments cutSegments,
      Background background,
      RandomGenerator random) {
    /** A value of 512 MiB, the largest that Redis's clients send, with what goes with it. */
    private static final long FRAME_BYTES = 576L << 20;

    public Settings {
      require(segmentBytes >= 16 << 10, "segment bytes", segmentBytes);
      require(segmentBytes % SegmentHeader.BLOCK_BYTES == 0, "segment bytes", segmentBytes);
      require(stagingBytes >= 4 << 10, "staging bytes", stagingBytes);
      require(
          maxFrameBytes >= 1 << 10 && maxFrameBytes <= FrameFormat.FRAME_BYTES_MAX,
          "max frame bytes",
          maxFrameBytes);
      require(
          frameMarginBytes >= 0 && frameMarginBytes <= FrameFormat.FRAME_BYTES_MAX - maxFrameBytes,
          "frame margin",
          frameMarginBytes);
      require(writeDelayMs > 0, "write delay", writeDelayMs);
      require(syncDelayMs > 0, "sync delay", syncDelayMs);
      require(sealDelayMs > 0, "seal delay", sealDelayMs);
      require(spareSegmentsMax >= 0, "spare segments", spareSegmentsMax);
      require(reserveBytes >= 0, "reserve bytes", reserveBytes);
    }

    private static void require(boolean right, String what, long value) {
      if (!right) {
        throw new IllegalArgumentException("journal: " + what + " cannot be " + value);
      }
    }

    public static Settings defaults() {
      return new Settings(
          64L << 20,
          8 << 20,
          FRAME_BYTES,
          FrameFormat.FRAME_BYTES_MAX - FRAME_BYTES, // it costs nothing, so all that is readable
          50,
          1_000,
          100,
          16,
          256L << 20,
          CutSegments.REUSED,
          Background.THREAD,
          new SecureRandom());
    }

    /** Small and single-threaded, for simulations and tests: 64 KiB segments. */
    public static Settings simulated(RandomGenerator random) {
      return new Settings(
          64 << 10,
          16 << 10,
          1 << 20,
          16 << 10,
          50,
          1_000,
          100,
          2,
          0,
          CutSegments.REUSED,
          Background.NONE,
          random);
    }

    public Settings withSegmentBytes(long bytes) {
      return new Settings(
          bytes,
          stagingBytes,
          maxFrameBytes,
          frameMarginBytes,
          writeDelayMs,
          syncDelayMs,
          sealDelayMs,
          spareSegmentsMax,
          reserveBytes,
          cutSegments,
          background,
          random);
    }

    public Settings withBackground(Background newBackground) {
      return new Settings(
          segmentBytes,
          stagingBytes,
          maxFrameBytes,
          frameMarginBytes,
          writeDelayMs,
          syncDelayMs,
          sealDelayMs,
          spareSegmentsMax,
          reserveBytes,
          cutSegments,
          newBackground,
          random);
    }

    public Settings withMaxFrameBytes(long bytes) {
      return new Settings(
          segmentBytes,
          stagingBytes,
          bytes,
          frameMarginBytes,
          writeDelayMs,
          syncDelayMs,
          sealDelayMs,
          spareSegmentsMax,
          reserveBytes,
          cutSegments,
          background,
          random);
    }

    public Settings withCutSegments(CutSegments fate) {
      return new Settings(
          segmentBytes,
          stagingBytes,
          maxFrameBytes,
          frameMarginBytes,
          writeDelayMs,
          syncDelayMs,
          sealDelayMs,
          spareSegmentsMax,
          reserveBytes,
          fate,
          background,
          random);
    }
  }
}
