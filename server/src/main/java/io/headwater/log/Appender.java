package io.headwater.log;

import io.headwater.bytes.ByteWriter;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.log.Log.Router;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The short critical section of an append: it gives a frame its position, time and offsets, routes
 * its parts and copies its bytes into staging. No I/O happens under its lock, except for a frame
 * that is larger than staging.
 *
 * <p>The lock is a leaf: nobody takes another lock under it (the router only enqueues).
 */
final class Appender {
  /** Instead of a position: staging has to be written first. */
  static final long STAGING_FULL = -1;

  /** Instead of a position: the segment has no room. */
  static final long SEGMENT_FULL = -2;

  /** Instead of a position: only {@link #appendLarge} takes a frame of this size. */
  static final long LARGER_THAN_STAGING = -3;

  private static final int SPINS = 64;
  private static final VarHandle APPENDED = handle("appended");
  private static final VarHandle TAIL = handle("tail");
  private static final VarHandle DATA_END = handle("dataEnd");
  private static final byte[] ZEROS = new byte[FrameFormat.ALIGNMENT];

  private final ReentrantLock lock = new ReentrantLock();
  private final Clock clock;
  private final Router router;
  private final long generation;

  /** Of the last frame; the journal's own from the open mark on. */
  private long lastGeneration;

  // Guarded by lock; the three with a handle are also read without it.
  private final StreamOffsets offsets;
  private final CRC32C crc = new CRC32C();
  private byte[] header = new byte[FrameFormat.headerBytes(16)];
  private Staging active;
  private Segment segment;
  private long timeMs;
  private @Nullable Failure refusal;
  private long tail;
  private long appended;
  private long dataEnd;

  /** Written by whoever syncs; frames carry it as a proof. */
  private volatile long durableAddress;

  Appender(
      Clock clock,
      Router router,
      long generation,
      Recovery recovered,
      Segment segment,
      Staging active) {
    this.clock = clock;
    this.router = router;
    this.generation = generation;
    this.lastGeneration = recovered.generation();
    this.offsets = recovered.offsets().copy();
    this.timeMs = recovered.timeMs();
    this.tail = recovered.tail();
    this.appended = recovered.appended();
    this.segment = segment;
    this.dataEnd = segment.dataEnd();
    this.active = active;
    active.reset(segment, tail);
    active.appended = appended;
  }

  long appended() {
    return (long) APPENDED.getAcquire(this);
  }

  /** The address after the last frame, marks included. */
  long tail() {
    return (long) TAIL.getAcquire(this);
  }

  /** What the current segment has room for. */
  long room() {
    return (long) DATA_END.getAcquire(this) - (long) TAIL.getAcquire(this);
  }

  /** What the current segment holds. */
  long used() {
    lock();
    try {
      return tail - segment.header().base();
    } finally {
      lock.unlock();
    }
  }

  void durable(long address) {
    durableAddress = address;
  }

  /** Refuses everything from now on; the first reason stays. */
  void refuse(Failure reason) {
    lock();
    try {
      if (refusal == null || reason instanceof Failure.LogDead) {
        refusal = reason;
      }
    } finally {
      lock.unlock();
    }
  }

  long nextOffset(int stream) {
    lock();
    try {
      return offsets.get(stream);
    } finally {
      lock.unlock();
    }
  }

  long timeMs() {
    lock();
    try {
      return timeMs;
    } finally {
      lock.unlock();
    }
  }

  /** How many bytes the header of a segment that began now would have. */
  int segmentHeaderBytes() {
    lock();
    try {
      return SegmentHeader.bytes(offsets.used());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Appends a frame if it fits.
   *
   * @return its position, or one of the negative constants
   */
  long append(Frame frame, int parts, int bodyBytes, int bodyCrc) {
    long bytes = FrameFormat.frameBytes(parts, bodyBytes);
    lock();
    try {
      long at = tail;
      if (refusal != null) {
        throw new FailureException(refusal);
      }
      if (bytes > dataEnd - at) {
        return SEGMENT_FULL;
      }
      ByteBuffer staged = active.bytes;
      if (bytes > staged.remaining()) {
        return bytes > active.capacity() ? LARGER_THAN_STAGING : STAGING_FULL;
      }
      long position = at + bytes;
      int headerBytes = assign(frame, parts, bodyBytes, bodyCrc, position);
      staged.put(header, 0, headerBytes);
      for (int i = 0; i < frame.partCount(); i++) {
        ByteWriter payload = frame.partAt(i).payload();
        staged.put(payload.array(), 0, payload.size());
      }
      staged.put(ZEROS, 0, (int) (bytes - headerBytes - bodyBytes));
      active.appended = position;
      TAIL.setRelease(this, position);
      APPENDED.setRelease(this, position);
      return position;
    } finally {
      lock.unlock();
    }
  }

  /** Writes some of the current segment's bytes; the caller of {@link #appendLarge} does I/O. */
  interface Sink {
    /** Writes all of {@code staging} and leaves it empty. */
    void write(Staging staging) throws IOException;
  }

  /**
   * Appends a frame that is larger than staging: writes what is staged and then the frame, in
   * pieces of staging's size, with the lock held. The caller also holds the lock for I/O.
   *
   * @return its position, or {@link #SEGMENT_FULL}
   */
  long appendLarge(Frame frame, int parts, int bodyBytes, int bodyCrc, Sink sink)
      throws IOException {
    long bytes = FrameFormat.frameBytes(parts, bodyBytes);
    lock();
    try {
      if (refusal != null) {
        throw new FailureException(refusal);
      }
      if (bytes > dataEnd - tail) {
        return SEGMENT_FULL;
      }
      long position = tail + bytes;
      int headerBytes = assign(frame, parts, bodyBytes, bodyCrc, position);
      stage(header, headerBytes, sink);
      for (int i = 0; i < frame.partCount(); i++) {
        ByteWriter payload = frame.partAt(i).payload();
        stage(payload.array(), payload.size(), sink);
      }
      stage(ZEROS, (int) (bytes - headerBytes - bodyBytes), sink);
      active.appended = position;
      TAIL.setRelease(this, position);
      APPENDED.setRelease(this, position);
      return position;
    } finally {
      lock.unlock();
    }
  }

  private void stage(byte[] source, int length, Sink sink) throws IOException {
    int done = 0;
    while (done < length) {
      if (!active.bytes.hasRemaining()) {
        long next = active.end();
        sink.write(active);
        active.reset(segment, next);
      }
      int n = Math.min(length - done, active.bytes.remaining());
      active.bytes.put(source, done, n);
      done += n;
    }
  }

  /**
   * Appends a seal or an open if there is room for it; for an open only if a seal still has room
   * after it, because without one nothing would prove that what was recovered is durable.
   *
   * @param claim what it says is durable
   * @return the address after it, or -1
   */
  long mark(byte kind, long claim) {
    lock();
    try {
      long limit = kind == FrameFormat.OPEN ? dataEnd : segment.header().end();
      if (limit - tail < FrameFormat.MARK_BYTES
          || active.bytes.remaining() < FrameFormat.MARK_BYTES) {
        return -1;
      }
      long end = tail + FrameFormat.MARK_BYTES;
      timeMs = Math.max(timeMs, clock.wallMs());
      encode(kind, 0, 0, 0, end, claim);
      lastGeneration = generation;
      active.bytes.put(header, 0, FrameFormat.MARK_BYTES);
      TAIL.setRelease(this, end);
      return end;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes what is staged and gives appends an empty staging instead.
   *
   * @return null if nothing is staged; then {@code empty} was not taken
   */
  @Nullable Staging swap(Staging empty) {
    lock();
    try {
      return active.isEmpty() ? null : exchange(empty);
    } finally {
      lock.unlock();
    }
  }

  /** Lets the system have the memory that appends are staged in, if nothing is staged. */
  void discardStaging() {
    lock();
    try {
      if (active.isEmpty()) {
        active.discard();
      }
    } finally {
      lock.unlock();
    }
  }

  /** A staging full of the old segment's last frames, and the new segment. */
  record Turn(Staging last, Segment next) {}

  /** Ends the current segment here and begins one in a file of {@code fileBytes}. */
  Turn turn(Staging empty, long fileBytes, long epoch) {
    lock();
    try {
      Staging last = active;
      SegmentHeader next =
          new SegmentHeader(
              SegmentHeader.bytes(offsets.used()),
              fileBytes,
              tail,
              epoch,
              lastGeneration,
              timeMs,
              appended,
              offsets.copy());
      segment = new Segment(next);
      DATA_END.setRelease(this, segment.dataEnd());
      exchange(empty);
      return new Turn(last, segment);
    } finally {
      lock.unlock();
    }
  }

  private Staging exchange(Staging empty) {
    Staging full = active;
    empty.reset(segment, tail);
    empty.appended = appended;
    active = empty;
    return full;
  }

  /** Gives the frame its place and leaves its header in {@link #header}. */
  private int assign(Frame frame, int parts, int bodyBytes, int bodyCrc, long position) {
    int headerBytes = FrameFormat.headerBytes(parts);
    if (header.length < headerBytes) {
      header = new byte[headerBytes];
    }
    timeMs = Math.max(timeMs, clock.wallMs());
    int at = FrameFormat.FIXED_BYTES;
    for (int i = 0; i < frame.partCount(); i++) {
      Frame.Part part = frame.partAt(i);
      if (part.count() > 0) {
        long base = offsets.take(part.stream(), part.count());
        part.assignBaseOffset(base);
        FrameFormat.putInt(header, at + FrameFormat.PART_STREAM, part.stream());
        FrameFormat.putInt(header, at + FrameFormat.PART_COUNT, part.count());
        FrameFormat.putLong(header, at + FrameFormat.PART_BASE_OFFSET, base);
        FrameFormat.putInt(header, at + FrameFormat.PART_LENGTH, part.payload().size());
        at += FrameFormat.PART_BYTES;
      }
    }
    encode(FrameFormat.DATA, parts, bodyBytes, bodyCrc, position, durableAddress);
    router.appended(position, timeMs, frame);
    return headerBytes;
  }

  private void encode(byte kind, int parts, int bodyBytes, int bodyCrc, long position, long claim) {
    byte[] out = header;
    FrameFormat.putInt(out, 0, FrameFormat.MAGIC);
    FrameFormat.putInt(out, FrameFormat.BODY_CRC, bodyCrc);
    out[FrameFormat.VERSION_AT] = FrameFormat.VERSION;
    out[FrameFormat.KIND] = kind;
    FrameFormat.putShort(out, FrameFormat.RESERVED, (short) 0);
    FrameFormat.putInt(out, FrameFormat.PARTS, parts);
    FrameFormat.putInt(out, FrameFormat.BODY_BYTES, bodyBytes);
    FrameFormat.putLong(out, FrameFormat.POSITION, position);
    FrameFormat.putLong(out, FrameFormat.TIME, timeMs);
    FrameFormat.putLong(out, FrameFormat.DURABLE, claim);
    FrameFormat.putLong(out, FrameFormat.GENERATION, generation);
    crc.reset();
    crc.update(
        out,
        FrameFormat.HEADER_CRC_FROM,
        FrameFormat.headerBytes(parts) - FrameFormat.HEADER_CRC_FROM);
    FrameFormat.putInt(out, FrameFormat.HEADER_CRC, (int) crc.getValue());
  }

  /** The section takes tens of nanoseconds: spin a little before parking. */
  private void lock() {
    for (int i = 0; i < SPINS; i++) {
      if (lock.tryLock()) {
        return;
      }
      Thread.onSpinWait();
    }
    lock.lock();
  }

  private static VarHandle handle(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(Appender.class, field, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
