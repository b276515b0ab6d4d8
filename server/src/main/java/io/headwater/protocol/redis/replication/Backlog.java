package io.headwater.protocol.redis.replication;

import io.headwater.bytes.ByteWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The newest bytes of the stream of commands, in a ring: what is on its way to replicas, and behind
 * that what one that was away for a moment may have missed. Offsets count the stream's bytes.
 *
 * <p>Nothing is overwritten that an attached {@link Reader} has not taken: the writer waits, and
 * the log on disk holds the rest. Whoever takes too long has to be detached. Safe from any thread.
 */
final class Backlog {
  private final byte[] ring;
  private final List<Reader> readers = new ArrayList<>();

  /** The offset of the first byte that ever was in it, and behind the last. */
  private final long base;

  private final Runnable onFull;
  private volatile long end;
  private boolean closed;

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
     * @return how many
     */
    int take(ByteWriter out, int most) {
      synchronized (Backlog.this) {
        int count = (int) Math.min(most, end - offset);
        int from = (int) (offset % ring.length);
        int first = Math.min(count, ring.length - from);
        out.put(ring, from, first).put(ring, 0, count - first);
        offset += count;
        Backlog.this.notifyAll();
        return count;
      }
    }

    void detach() {
      synchronized (Backlog.this) {
        readers.remove(this);
        Backlog.this.notifyAll();
      }
    }
  }

  /**
   * @param bytes how many it keeps
   * @param base where the stream begins
   * @param onFull hears, on the writer's thread, that readers should take what is there
   */
  Backlog(int bytes, long base, Runnable onFull) {
    this.onFull = onFull;
    ring = new byte[bytes];
    this.base = base;
    end = base;
  }

  int capacity() {
    return ring.length;
  }

  /** Behind the last byte. */
  long end() {
    return end;
  }

  /** The first that is kept. */
  long start() {
    return Math.max(base, end - ring.length);
  }

  synchronized Reader attachAtEnd() {
    return attach(end);
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
      long room = room();
      while (room <= 0) {
        if (closed) {
          return;
        }
        onFull.run();
        wait();
        room = room();
      }
      int at = (int) (end % ring.length);
      int some = (int) Math.min(Math.min(room, length - done), ring.length - at);
      System.arraycopy(array, from + done, ring, at, some);
      done += some;
      end += some;
    }
  }

  private long room() {
    if (closed || readers.isEmpty()) {
      return 0;
    }
    long taken = Long.MAX_VALUE;
    for (Reader reader : readers) {
      taken = Math.min(taken, reader.offset);
    }
    return taken + ring.length - end;
  }

  /** The writer waits no more, and what it writes is lost. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
