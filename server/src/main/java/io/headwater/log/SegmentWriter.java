package io.headwater.log;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Brings staged frames to the segment files. Any exception of it but a full disk from {@link
 * #ensureSpare} is the journal's death, which is for the journal to arrange.
 *
 * <p>Two locks: {@code writing} is held here while bytes go to the file; the caller holds {@code
 * syncing} where a comment says so. Syncing leaves {@code writing} free, so that a long sync does
 * not stop appends.
 */
final class SegmentWriter {
  /** Room kept when there is no spare, for frames that were let in and are not appended yet. */
  private static final long RESERVE_BYTES_MAX = 16L << 20;

  /** What follows a write: it chooses the way to the disk. */
  enum Then {
    /** A sync, at once: past the page cache. */
    SYNC,
    /** Nothing that anybody waits for: the page cache takes it without a wait. */
    NOTHING
  }

  private final Disk disk;
  private final long segmentBytes;
  private final long epoch;
  private final Appender appender;
  private final Spares spares;
  private final KeptSegments segments;
  private final ReentrantLock writing = new ReentrantLock();

  // Changed under writing; addresses count marks, positions do not.
  private Staging idle;
  private Segment current;
  private long writtenPosition;

  /** What stands in the file before {@code written}, from that block's start. */
  private final byte[] lastBlock = new byte[DiskFile.BLOCK_BYTES];

  private volatile long written;
  private volatile long reserveBytes;

  /** Nothing is written or synced behind a write that failed: that would hide the gap. */
  private @Nullable Throwable failed;

  // Changed under syncing.
  private volatile long synced;
  private volatile long durable;

  /** A running mean of the bytes that one sync makes durable. */
  private volatile long bytesPerSync;

  SegmentWriter(
      Disk disk,
      Journal.Settings settings,
      Opening opening,
      Appender appender,
      Segment current,
      Spares spares,
      KeptSegments segments) {
    this.disk = disk;
    this.segmentBytes = settings.segmentBytes();
    this.epoch = opening.meta().epoch();
    this.appender = appender;
    this.spares = spares;
    this.segments = segments;
    this.current = current;
    this.idle = new Staging(settings.stagingBytes(), current);
    this.reserveBytes = reserve(current);
    this.written = opening.recovered().tail();
    this.writtenPosition = opening.recovered().appended();
  }

  /**
   * Opens the newest segment and begins a generation. What was recovered may not be synced: after a
   * kill it is in the page cache only, and after a sync that failed its pages may even be clean
   * there, so that no later sync writes them. So what no frame proves to be durable is written
   * again. The open mark claims nothing, so one sync makes all of it durable.
   */
  void open(long proven) throws IOException {
    current.opened(disk.open(Segment.path(current.header().base()), Disk.Mode.WRITE));
    try {
      current.rewrite(proven, written);
      current.readBlock(written, lastBlock);
      if (appender.mark(FrameFormat.OPEN, 0) < 0) {
        current.sync();
        spares.ensure(segmentBytesFor(0));
        turn(0);
        appender.mark(FrameFormat.OPEN, 0);
      }
      flush(Then.SYNC);
      current.sync();
      synced(written, writtenPosition);
    } catch (IOException e) {
      current.close();
      throw e;
    }
  }

  /** The address up to which everything is in the file. */
  long written() {
    return written;
  }

  /** The address up to which everything is on the disk. */
  long synced() {
    return synced;
  }

  /** The position up to which everything is on the disk. */
  long durable() {
    return durable;
  }

  /** How much a sync makes durable lately; 0 at the start. */
  long bytesPerSync() {
    return bytesPerSync;
  }

  /** Whether frames of so many bytes find room, whoever else appends meanwhile. */
  boolean hasRoom(long frameBytes) {
    return appender.room() >= frameBytes + reserveBytes
        || spares.largestReady() >= segmentBytesFor(frameBytes);
  }

  /** Sees to it that a file for a frame is ready; a full disk is no harm here. */
  void ensureSpare(long frameBytes) throws IOException {
    spares.ensure(segmentBytesFor(frameBytes));
  }

  void write() throws IOException {
    writing.lock();
    try {
      flush(Then.NOTHING);
    } finally {
      writing.unlock();
    }
  }

  /** Lets the system have the memory of staging, unless something is staged or being written. */
  void discardStaging() {
    writing.lock();
    try {
      if (written == appender.tail()) {
        idle.discard();
        appender.discardStaging();
      }
    } finally {
      writing.unlock();
    }
  }

  /** Appends a frame that does not fit staging; see {@link Appender#appendLarge}. */
  long appendLarge(Frame frame, int parts, int payload, int crc) throws IOException {
    writing.lock();
    try {
      return appender.appendLarge(frame, parts, payload, crc, this::writeSome);
    } finally {
      writing.unlock();
    }
  }

  /** Makes durable what is staged now. The caller holds the lock for syncing. */
  void sync() throws IOException {
    Segment segment;
    long address;
    long position;
    writing.lock();
    try {
      requireWhole();
      flush(Then.SYNC);
      segment = current;
      address = written;
      position = writtenPosition;
    } finally {
      writing.unlock();
    }
    if (synced < address) {
      segment.sync();
      synced(address, position);
    }
  }

  /**
   * Changes to a new segment if a frame of so many bytes has no room in this one, and if a spare is
   * there. The caller holds the lock for syncing.
   */
  void changeSegment(long frameBytes) throws IOException {
    writing.lock();
    try {
      if (appender.room() < frameBytes) {
        turn(frameBytes);
      }
    } finally {
      writing.unlock();
    }
  }

  /**
   * Says in the log what is durable, if that is all there is. The mark is written, not synced.
   *
   * @return the address after the mark, or the log's tail if there is none
   */
  long seal() throws IOException {
    writing.lock();
    try {
      flush(Then.NOTHING);
      long end = synced == written ? appender.mark(FrameFormat.SEAL, synced) : -1;
      flush(Then.NOTHING);
      return end < 0 ? appender.tail() : end;
    } finally {
      writing.unlock();
    }
  }

  /** The caller holds the lock for syncing. */
  void close() throws IOException {
    writing.lock();
    try {
      current.close();
    } finally {
      writing.unlock();
    }
  }

  /**
   * Ends the segment and begins the next. Everything before it is durable, and its header too,
   * before it gets its name: recovery relies on that.
   */
  private void turn(long frameBytes) throws IOException {
    Spares.Spare spare = spares.take(segmentBytesFor(frameBytes));
    if (spare == null) {
      return;
    }
    Appender.Turn turn = appender.turn(idle, spare.bytes(), epoch);
    writeOut(turn.last(), Then.SYNC);
    idle = turn.last();
    if (synced < written) {
      current.sync();
      synced(written, writtenPosition);
    }
    current.close();
    SegmentHeader header = turn.next().header();
    String path = begin(disk, spare, header);
    turn.next().opened(disk.open(path, Disk.Mode.WRITE));
    current = turn.next();
    reserveBytes = reserve(current);
    segments.add(header);
  }

  /** Makes a spare a segment, durably, and returns its path. */
  static String begin(Disk disk, Spares.Spare spare, SegmentHeader header) throws IOException {
    try (DiskFile file = disk.open(spare.path(), Disk.Mode.WRITE)) {
      file.write(ByteBuffer.wrap(header.encode()), 0);
      file.sync();
    }
    String path = Segment.path(header.base());
    disk.rename(spare.path(), path);
    disk.syncFolder(Segment.FOLDER);
    return path;
  }

  private void flush(Then then) throws IOException {
    Staging staged = appender.swap(idle);
    if (staged != null) {
      idle = staged;
      writeOut(staged, then);
    }
  }

  private void writeSome(Staging staging) throws IOException {
    writeOut(staging, Then.NOTHING);
  }

  private void writeOut(Staging staging, Then then) throws IOException {
    requireWhole();
    long end = staging.end();
    if (!staging.isEmpty()) {
      long offset = staging.seal(lastBlock);
      try {
        staging.segment.write(staging.bytes, offset, then);
      } catch (IOException | RuntimeException | Error e) {
        failed = e;
        throw e;
      }
    }
    writtenPosition = staging.appended;
    written = end;
  }

  /** Whoever failed tells the journal only after it has let go of {@code writing}. */
  private void requireWhole() throws IOException {
    Throwable cause = failed;
    if (cause != null) {
      throw new IOException("an earlier write failed", cause);
    }
  }

  private void synced(long address, long position) {
    bytesPerSync += (address - synced - bytesPerSync) / 16;
    synced = address;
    durable = position;
    appender.durable(address);
  }

  /** The size of a file that can hold a frame of so many bytes. */
  private long segmentBytesFor(long frameBytes) {
    long needed =
        appender.segmentHeaderBytes()
            + frameBytes
            + FrameFormat.MARK_BYTES
            + SegmentHeader.BLOCK_BYTES; // for streams that come meanwhile
    long block = SegmentHeader.BLOCK_BYTES;
    return Math.max(segmentBytes, (needed + block - 1) / block * block);
  }

  private static long reserve(Segment segment) {
    return Math.min(RESERVE_BYTES_MAX, segment.header().fileBytes() / 4);
  }
}
