package io.headwater;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.ref.Reference;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the heap as small as what lives in it, by short pauses only.
 *
 * <p>A collection that is asked for marks beside the server's work, frees regions in which nothing
 * lives and shrinks the heap. Regions with garbage <em>between</em> what lives are emptied by G1's
 * mixed collections, which come only when somebody allocates: at rest nobody does. So this thread
 * allocates what nobody looks at until they have come, and has the heap marked once more, because
 * only that shrinks it. What it is worth: {@code docs/decisions/memory-at-rest.md}.
 */
final class HeapAtRest {
  private static final String LEAST_FREE = "MinHeapFreeRatio";
  private static final String MOST_FREE = "MaxHeapFreeRatio";
  private static final String YOUNG_COLLECTIONS = "G1 Young Generation";
  private static final String OLD_BYTES = "G1 Old Gen";

  /** A mixed collection empties up to a tenth of the heap, at 0.2 ms for a megabyte. */
  private static final long EVACUATED_BYTES_MAX = 256L << 20;

  private static final int ROUNDS_MAX = 5;

  /** G1 makes up to eight mixed collections of one marking, after one that prepares them. */
  private static final int COLLECTIONS_MAX = 12;

  /** If no collection has come by then, the heap has grown meanwhile: enough for this round. */
  private static final long ALLOCATED_BYTES_MAX = 32L << 20;

  private static final int PIECE_BYTES = 16 << 10;

  /** G1 lets a heap grow in which collections take more than an eighth of the time. */
  private static final long PAUSE_MS = 50;

  private final GarbageCollectorMXBean collections;
  private final MemoryPoolMXBean old;
  private final BooleanSupplier rests;

  private HeapAtRest(
      GarbageCollectorMXBean collections, MemoryPoolMXBean old, BooleanSupplier rests) {
    this.collections = collections;
    this.old = old;
    this.rests = rests;
  }

  /**
   * Nothing but one collection with another collector than G1. Takes up to some seconds.
   *
   * @param rests whether nobody has come meanwhile; then it ends with what it has
   */
  static void shrink(BooleanSupplier rests) {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    String least = machine.getVMOption(LEAST_FREE).getValue();
    String most = machine.getVMOption(MOST_FREE).getValue();
    // Not for other collections: a heap that must grow again at once is collected every few
    // milliseconds.
    machine.setVMOption(LEAST_FREE, "1"); // percent, and never more than the other
    machine.setVMOption(MOST_FREE, "3");
    try {
      System.gc(); // returns when marking has ended
      HeapAtRest heap = ofG1(rests);
      if (heap != null) {
        heap.evacuate();
      }
    } finally {
      machine.setVMOption(MOST_FREE, most);
      machine.setVMOption(LEAST_FREE, least);
    }
  }

  private static @Nullable HeapAtRest ofG1(BooleanSupplier rests) {
    for (GarbageCollectorMXBean collections : ManagementFactory.getGarbageCollectorMXBeans()) {
      for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
        if (collections.getName().equals(YOUNG_COLLECTIONS) && pool.getName().equals(OLD_BYTES)) {
          return new HeapAtRest(collections, pool, rests);
        }
      }
    }
    return null;
  }

  private void evacuate() {
    long before = oldBytes();
    for (int round = 0; round < ROUNDS_MAX && before <= EVACUATED_BYTES_MAX; round++) {
      if (!collectMixed()) {
        return;
      }
      System.gc();
      long after = oldBytes();
      if (before - after < before / 50) {
        return;
      }
      before = after;
    }
  }

  private long oldBytes() {
    return old.getUsage().getUsed();
  }

  /** Allocates until collections free nothing more; false if that is to end early. */
  private boolean collectMixed() {
    long before = oldBytes();
    for (int i = 0; i < COLLECTIONS_MAX; i++) {
      if (!rests.getAsBoolean()) {
        return false;
      }
      if (!allocate()) {
        return true;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
      long after = oldBytes();
      boolean preparing = i == 0;
      if (after >= before && !preparing) {
        return true;
      }
      before = after;
    }
    return true;
  }

  /** Allocates until there was a collection; false if that takes too much. */
  private boolean allocate() {
    long count = collections.getCollectionCount();
    for (long left = ALLOCATED_BYTES_MAX; left > 0; left -= PIECE_BYTES) {
      Reference.reachabilityFence(new byte[PIECE_BYTES]);
      if (collections.getCollectionCount() != count) {
        return true;
      }
    }
    return false;
  }
}
