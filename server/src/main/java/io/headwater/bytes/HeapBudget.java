package io.headwater.bytes;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of the Java heap may be held for clients and by collections: buffers in both directions,
 * queues, watched and awaited keys, subscriptions. A heap without room ends the process, whoever
 * asks for the last byte of it, so each who holds much on somebody's behalf has a {@link Share},
 * asks before its arrays grow, and refuses that one client when there is no more. Sums are of
 * estimates; what lies outside (scripts, the process itself, young garbage) is why not all of the
 * heap is given away.
 *
 * <p>Rejected: asking the collector how full the heap is (it knows only after it ran, and what is
 * full then is full for those who did nothing, too); catching {@link OutOfMemoryError} (it meets
 * any thread, in the middle of anything).
 */
public final class HeapBudget {
  /** So small an array may always be had, so that answering and asking something short works. */
  public static final int FREE_ARRAY_BYTES = 4 << 10;

  /** Of the heap, for those who may be refused; collections may pass it, see {@link #isFull}. */
  private static final int CLIENTS_PERCENT = 75;

  private static final int FULL_PERCENT = 80;

  /** Arrays of more than half a region of the collector have regions of their own. */
  private static final int REGION_BYTES = 1 << 20;

  private static final int HEADER_BYTES = 16;

  private final long heapBytes;
  private final AtomicLong held = new AtomicLong();

  /**
   * @param heapBytes that the process may have
   */
  public HeapBudget(long heapBytes) {
    this.heapBytes = heapBytes;
  }

  /** Of this process. */
  public static HeapBudget ofProcess() {
    return new HeapBudget(Runtime.getRuntime().maxMemory());
  }

  /** Part of it, for one thread. */
  public Share share(int percent) {
    return new Share(heapBytes / 100 * percent);
  }

  /** Bytes that all shares hold. Safe from any thread. */
  public long heldBytes() {
    return held.get();
  }

  /** Whether nobody should take more. Safe from any thread. */
  public boolean isFull() {
    return held.get() > heapBytes / 100 * FULL_PERCENT;
  }

  /** What an array of bytes takes of the heap. */
  public static long arrayBytes(int length) {
    if (length == 0) {
      return 0; // it is one that all share
    }
    long bytes = (long) length + HEADER_BYTES;
    return bytes <= REGION_BYTES / 2 ? bytes : (bytes + REGION_BYTES - 1) & -REGION_BYTES;
  }

  /** What one owner holds. */
  public final class Share {
    private final long bytesMax;
    private long bytes;

    private Share(long bytesMax) {
      this.bytesMax = bytesMax;
    }

    /** Bytes that it may hold if others leave it that much. */
    public long bytesMax() {
      return bytesMax;
    }

    public long bytes() {
      return bytes;
    }

    /**
     * Holds more if there is room for it.
     *
     * @return whether there was
     */
    public boolean take(long more) {
      if (bytes + more > bytesMax || held.get() + more > heapBytes / 100 * CLIENTS_PERCENT) {
        return false;
      }
      add(more);
      return true;
    }

    /** Holds more whether there is room or not, or less. */
    public void add(long more) {
      bytes += more;
      held.addAndGet(more);
    }

    /**
     * An array of so many bytes becomes one of another length.
     *
     * @return false if there is no room for it; then nothing has changed
     */
    public boolean resize(int from, int to) {
      long more = arrayBytes(to) - arrayBytes(from);
      if (to > FREE_ARRAY_BYTES && more > 0) {
        return take(more);
      }
      add(more);
      return true;
    }
  }
}
