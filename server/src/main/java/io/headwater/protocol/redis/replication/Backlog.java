package io.headwater.protocol.redis.replication;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Memory;
import java.util.ArrayList;
import java.util.List;

/**
 * The stream of commands in memory: what is on its way to replicas, and behind that the newest
 * bytes for one that was away for a moment. Offsets count the stream's bytes.
 *
 * <p>What an attached {@link Reader} has not taken stays, whoever else has it: one that is slow
 * delays nobody, as long as it is not more than the limit behind. Then the writer waits, and the
 * log on disk holds the rest, until the slow one takes something or is detached.
 *
 * <p>The bytes lie outside the heap in blocks of 256 KiB, each freed when no reader needs it and it
 * is older than what is kept. Safe from any thread.
 */
final class Backlog {
  /** Of a block. A power of two. */
  static final int BLOCK_BYTES = 256 << 10;

  /** The most that may be kept, and the most that a reader may be behind: 1 GiB each. */
  static final long BYTES_MAX = 1L << 30;

  private static final int PAGE_BYTES = 4096;

  /** Addresses, the block of an offset at {@code offset / BLOCK_BYTES % slots}; 0 if none. */
  private final long[] blocks = new long[2 * (int) (BYTES_MAX / BLOCK_BYTES) + 2];

  private final List<Reader> readers = new ArrayList<>();

  /** The offset of the first byte that ever was in it. */
  private final long base;

  /** How many are kept for those who come back. */
  private final long kept;

  private final Runnable onFull;
  private long behindMax;

  /** Readers that will attach further on: what lies before that is written for them, too. */
  private int expected;

  /** The number of the oldest block that is there. */
  private long first;

  private volatile long end;
  private volatile boolean full;
  private boolean closed;
  private int allocated;

  /** A place in the stream from which on everything stays until it was taken. */
  final class Reader {
    private long offset;

    private Reader(long offset) {
      this.offset = offset;
    }

    /** Behind the last byte there is. */
    long end() {
      return end;
    }

    /** Up to where it has taken. */
    long offset() {
      return offset;
    }

    /**
     * Takes at most so many bytes.
     *
     * @return how many; 0 once all is closed
     */
    int take(ByteWriter out, int most) {
      synchronized (Backlog.this) {
        int count = closed ? 0 : (int) Math.min(most, end - offset);
        for (int left = count; left > 0; ) {
          int at = (int) (offset % BLOCK_BYTES);
          int some = Math.min(left, BLOCK_BYTES - at);
          Memory.appendTo(out, block(offset) + at, some);
          offset += some;
          left -= some;
        }
        readersMoved();
        return count;
      }
    }

    void detach() {
      synchronized (Backlog.this) {
        readers.remove(this);
        readersMoved();
      }
    }
  }

  /**
   * @param kept how many of the newest bytes stay, whoever reads; at most {@link #BYTES_MAX}
   * @param behindMax how far readers may be behind, but for {@code kept}, which they always may
   * @param base where the stream begins
   * @param onFull hears, on the writer's thread, that it waits for readers to take what is there
   */
  Backlog(long kept, long behindMax, long base, Runnable onFull) {
    this.onFull = onFull;
    this.kept = Math.min(kept, BYTES_MAX);
    this.behindMax = behindMax;
    this.base = base;
    end = base;
    first = base / BLOCK_BYTES;
  }

  synchronized void setBehindMax(long bytes) {
    behindMax = bytes;
    notifyAll();
  }

  /** How far a reader may be behind. */
  synchronized long limit() {
    return Math.clamp(behindMax, kept, BYTES_MAX);
  }

  /** How many bytes are kept for those who come back. */
  long capacity() {
    return kept;
  }

  /** Memory that the blocks take. */
  synchronized long allocatedBytes() {
    return (long) allocated * BLOCK_BYTES;
  }

  /** Behind the last byte. */
  long end() {
    return end;
  }

  /** The first at which one who comes back may go on. */
  long start() {
    return Math.max(base, end - kept);
  }

  /** Whether the writer waits because a reader is as far behind as it may be. */
  boolean isFull() {
    return full;
  }

  synchronized Reader attachAtEnd() {
    return attach(end);
  }

  /** A reader will attach further on, by {@link #attachExpected}. */
  synchronized void expect() {
    expected++;
    notifyAll();
  }

  /** Attaches one that was announced. */
  synchronized Reader attachExpected() {
    expected--;
    return attach(end);
  }

  /** Whether anybody reads, or will; else the writer waits. */
  synchronized boolean isWanted() {
    return expected > 0 || !readers.isEmpty();
  }

  /** Attaches at an offset that is kept. */
  synchronized Reader attach(long offset) {
    if (offset < start() || offset > end) {
      throw new IllegalArgumentException(offset + " is not between " + start() + " and " + end);
    }
    Reader reader = new Reader(offset);
    readers.add(reader);
    notifyAll(); // a writer may have waited for somebody to write for
    return reader;
  }

  /** Appends; waits while there is no room, or nobody to write for. Ends early when closed. */
  synchronized void write(byte[] array, int from, int length) throws InterruptedException {
    for (int done = 0; done < length; ) {
      long room = awaitRoom();
      if (room == 0) {
        return;
      }
      int at = (int) (end % BLOCK_BYTES);
      int some = (int) Math.min(Math.min(room, length - done), BLOCK_BYTES - at);
      if (end == base || at == 0) {
        allocate();
      }
      Memory.copy(array, from + done, block(end) + at, some);
      done += some;
      end += some;
    }
    freeOld();
  }

  /** How much can be written, or 0 if it is closed. */
  private long awaitRoom() throws InterruptedException {
    long room = room();
    while (room <= 0 && !closed) {
      full = !readers.isEmpty();
      onFull.run();
      wait();
      room = room();
    }
    full = false;
    return closed ? 0 : room;
  }

  private long room() {
    return isWanted() ? slowest() + limit() - end : 0;
  }

  private long slowest() {
    long taken = end;
    for (Reader reader : readers) {
      taken = Math.min(taken, reader.offset);
    }
    return taken;
  }

  private void readersMoved() {
    freeOld();
    notifyAll();
  }

  private void freeOld() {
    long needed = Math.min(start(), slowest()) / BLOCK_BYTES;
    for (; first < needed; first++) {
      free(first);
    }
  }

  private int slot(long number) {
    return (int) (number % blocks.length);
  }

  private long block(long offset) {
    return blocks[slot(offset / BLOCK_BYTES)];
  }

  private void allocate() {
    blocks[slot(end / BLOCK_BYTES)] = Memory.allocate(BLOCK_BYTES, PAGE_BYTES);
    allocated++;
  }

  private void free(long number) {
    int slot = slot(number);
    if (blocks[slot] != 0) {
      Memory.free(blocks[slot]);
      blocks[slot] = 0;
      allocated--;
    }
  }

  /** The writer waits no more, what it writes is lost, and nothing is left to be taken. */
  synchronized void close() {
    closed = true;
    for (; first <= end / BLOCK_BYTES; first++) {
      free(first);
    }
    notifyAll();
  }
}
