package io.headwater.view.keyspace;

import io.headwater.bytes.Memory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Allocates the blocks of one keyspace. A block's size class follows from its size alone, so the
 * caller, who knows the size, passes it back on {@link #free} and no block carries a header.
 *
 * <p>Classes are 8 bytes apart up to 512 and eight to a doubling from there. Up to {@link
 * #SLAB_BYTES_MAX} a block comes from a <em>run</em>: 64 KiB, aligned to its size, all of one
 * class, with a header of its own that holds its free list. A run whose last block is freed serves
 * any class again, so memory does not stay with a size that went out of fashion. Larger blocks come
 * from the C library.
 *
 * <pre>{@code
 * run: | class u32 | live u32 | free list u64 | unused from u32, listed u32 | next u64 | prev u64 | .. 64 | blocks
 * }</pre>
 */
final class Slabs implements AutoCloseable {
  static final int SLAB_BYTES_MAX = 4096;
  static final int RUN_BYTES = 1 << 16;
  private static final int RUN_HEADER_BYTES = 64;
  private static final int FINE_BYTES_MAX = 512;
  private static final int FINE_CLASSES = FINE_BYTES_MAX / 8;
  private static final long CHUNK_BYTES_MIN = 4L * RUN_BYTES;
  private static final long CHUNK_BYTES_MAX = 128L * RUN_BYTES;

  /** Larger blocks go back to the system in pieces: giving 512 MiB back takes 30 ms. */
  private static final long PIECE_BYTES = 4L << 20;

  private static final long LEAVING_BYTES_MAX = 1L << 30;
  private static final long PAGE_BYTES = 4096;

  private static final int LIVE = 4;
  private static final int FREE_LIST = 8;
  private static final int UNUSED_FROM = 16;
  private static final int LISTED = 20;
  private static final int NEXT = 24;
  private static final int PREVIOUS = 32;

  /** By class: the runs that have room, the first of which serves. */
  private final long[] roomy = new long[classOf(SLAB_BYTES_MAX) + 1];

  private final List<Long> chunks = new ArrayList<>();

  /** A freed block that still has memory. */
  private record Leaving(long address, long bytes) {}

  private final ArrayDeque<Leaving> leaving = new ArrayDeque<>();
  private long leavingBytes;

  /** How much of the first one is given back. */
  private long leftBytes;

  private long[] freeRuns = new long[64];
  private int freeRunCount;
  private long chunkAt;
  private long chunkEnd;
  private long chunkBytes;
  private long usedBytes;
  private long largeBytes;

  /** What a block for {@code size} bytes really takes; equal for sizes of one class. */
  static long blockBytes(long size) {
    if (size <= FINE_BYTES_MAX) {
      return (size + 7) & ~7L;
    }
    int step = 60 - Long.numberOfLeadingZeros(size - 1); // an eighth of the power of two below
    return ((size - 1 >>> step) + 1) << step;
  }

  private static int classOf(long size) {
    if (size <= FINE_BYTES_MAX) {
      return (int) (size + 7 >>> 3);
    }
    int step = 60 - Long.numberOfLeadingZeros(size - 1);
    return FINE_CLASSES + (step - 6) * 8 + (int) ((size - 1 >>> step) - 8) + 1;
  }

  /** The address of a block for {@code size} bytes, aligned to 8. */
  long allocate(long size) {
    long block = blockBytes(size);
    usedBytes += block;
    if (size > SLAB_BYTES_MAX) {
      largeBytes += block;
      return Memory.allocate(block, 16);
    }
    int slabClass = classOf(size);
    long run = roomy[slabClass];
    if (run == 0) {
      run = newRun(slabClass);
    }
    long address = Memory.getLong(run + FREE_LIST);
    if (address != 0) {
      Memory.putLong(run + FREE_LIST, Memory.getLong(address));
    } else {
      int unused = Memory.getInt(run + UNUSED_FROM);
      address = run + unused;
      Memory.putInt(run + UNUSED_FROM, unused + (int) block);
    }
    Memory.putInt(run + LIVE, Memory.getInt(run + LIVE) + 1);
    if (Memory.getLong(run + FREE_LIST) == 0
        && Memory.getInt(run + UNUSED_FROM) + block > RUN_BYTES) {
      unlist(run, slabClass);
    }
    return address;
  }

  void free(long address, long size) {
    long block = blockBytes(size);
    usedBytes -= block;
    if (size > SLAB_BYTES_MAX) {
      if (block > PIECE_BYTES) {
        leave(address, block);
      } else {
        largeBytes -= block;
        Memory.free(address);
      }
      return;
    }
    long run = address & -RUN_BYTES;
    Memory.putLong(address, Memory.getLong(run + FREE_LIST));
    Memory.putLong(run + FREE_LIST, address);
    int live = Memory.getInt(run + LIVE) - 1;
    Memory.putInt(run + LIVE, live);
    int slabClass = Memory.getInt(run);
    if (Memory.getInt(run + LISTED) == 0) {
      list(run, slabClass);
    }
    if (live == 0 && Memory.getLong(run + NEXT) != 0) { // keep one, so that it does not flutter
      unlist(run, slabClass);
      keepFreeRun(run);
    }
  }

  private void leave(long address, long block) {
    usedBytes += block; // until it is gone
    leavingBytes += block;
    leaving.add(new Leaving(address, block));
    while (leavingBytes > LEAVING_BYTES_MAX) {
      freeSlice();
    }
  }

  /** Bytes of freed blocks that {@link #freeSlice} has not given back yet. */
  long leavingBytes() {
    return leavingBytes;
  }

  /**
   * Gives a piece of a freed block back to the system.
   *
   * @return whether there is more
   */
  boolean freeSlice() {
    Leaving first = leaving.peek();
    if (first == null) {
      return false;
    }
    long piece = Math.min(PIECE_BYTES, first.bytes - leftBytes);
    long from = first.address + leftBytes + PAGE_BYTES - 1 & -PAGE_BYTES;
    long to = first.address + leftBytes + piece & -PAGE_BYTES;
    if (from < to) {
      Memory.discard(from, to - from);
    }
    leftBytes += piece;
    usedBytes -= piece;
    leavingBytes -= piece;
    if (leftBytes == first.bytes) {
      leaving.remove();
      leftBytes = 0;
      largeBytes -= first.bytes;
      Memory.free(first.address);
    }
    return !leaving.isEmpty();
  }

  /** Bytes of live blocks, and of those that are leaving. */
  long usedBytes() {
    return usedBytes;
  }

  /** Bytes taken from the system. */
  long reservedBytes() {
    return chunkBytes + largeBytes;
  }

  /** Lets the system take the memory of free runs until they are used again. */
  void purge() {
    for (int i = 0; i < freeRunCount; i++) {
      Memory.discard(freeRuns[i], RUN_BYTES);
    }
  }

  /** Lines about what is kept, for people. */
  String describe() {
    return String.format(
        "runs: %d bytes in %d chunks, %d runs of %d bytes free%n"
            + "blocks: %d bytes live, %d of them over %d bytes each%n",
        chunkBytes, chunks.size(), freeRunCount, RUN_BYTES, usedBytes, largeBytes, SLAB_BYTES_MAX);
  }

  /** Gives back all runs; large blocks must have been freed one by one. */
  @Override
  public void close() {
    while (freeSlice()) {
      // all of them
    }
    chunks.forEach(Memory::free);
    chunks.clear();
    Arrays.fill(roomy, 0);
    freeRunCount = 0;
    chunkAt = 0;
    chunkEnd = 0;
    chunkBytes = 0;
  }

  private long newRun(int slabClass) {
    long run;
    if (freeRunCount > 0) {
      run = freeRuns[--freeRunCount];
    } else {
      if (chunkAt == chunkEnd) {
        newChunk();
      }
      run = chunkAt;
      chunkAt += RUN_BYTES;
    }
    Memory.putInt(run, slabClass);
    Memory.putInt(run + LIVE, 0);
    Memory.putLong(run + FREE_LIST, 0);
    Memory.putInt(run + UNUSED_FROM, RUN_HEADER_BYTES);
    list(run, slabClass);
    return run;
  }

  private void newChunk() {
    long wanted = Math.clamp(chunkBytes / 8, CHUNK_BYTES_MIN, CHUNK_BYTES_MAX) & -RUN_BYTES;
    if (wanted >= Memory.HUGE_PAGE_BYTES) {
      wanted &= -Memory.HUGE_PAGE_BYTES;
      chunkAt = Memory.allocate(wanted, Memory.HUGE_PAGE_BYTES);
      Memory.preferHugePages(chunkAt, wanted);
    } else {
      chunkAt = Memory.allocate(wanted, RUN_BYTES);
    }
    chunkEnd = chunkAt + wanted;
    chunkBytes += wanted;
    chunks.add(chunkAt);
  }

  private void keepFreeRun(long run) {
    if (freeRunCount == freeRuns.length) {
      freeRuns = Arrays.copyOf(freeRuns, freeRunCount * 2);
    }
    freeRuns[freeRunCount++] = run;
  }

  private void list(long run, int slabClass) {
    long first = roomy[slabClass];
    Memory.putInt(run + LISTED, 1);
    Memory.putLong(run + NEXT, first);
    Memory.putLong(run + PREVIOUS, 0);
    if (first != 0) {
      Memory.putLong(first + PREVIOUS, run);
    }
    roomy[slabClass] = run;
  }

  private void unlist(long run, int slabClass) {
    long next = Memory.getLong(run + NEXT);
    long previous = Memory.getLong(run + PREVIOUS);
    Memory.putInt(run + LISTED, 0);
    if (previous == 0) {
      roomy[slabClass] = next;
    } else {
      Memory.putLong(previous + NEXT, next);
    }
    if (next != 0) {
      Memory.putLong(next + PREVIOUS, previous);
    }
  }
}
