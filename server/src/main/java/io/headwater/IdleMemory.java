package io.headwater;

import com.sun.management.OperatingSystemMXBean;
import io.headwater.bytes.Memory;
import io.headwater.host.Loop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back to the system when the process has come to rest after work: garbage and the
 * heap that it filled, what the C library keeps of freed memory (the compiler's, mostly), and pages
 * of files that only the start needed. {@code docs/decisions/memory-at-rest.md} has what each is
 * worth.
 *
 * <p>At rest is: hardly any processor time and hardly a request for a few seconds. It looks once a
 * second, and works twice after each time of work, never while clients are served: a collection and
 * its page faults would be their longest waits (3 to 9 ms for clients that send a thousand small
 * requests a second, which take one percent of a processor: {@code docs/decisions/stalls.md}). The
 * second time is for what the first leaves: the JVM itself frees its compilers' memory up to five
 * seconds later, and giving back touches pages, too.
 */
final class IdleMemory {
  private static final Logger logger = LoggerFactory.getLogger(IdleMemory.class);
  private static final long LOOK_MS = 1_000;

  /** Processor time between two looks that is still rest: timers and metrics take some. */
  private static final long REST_NS_MAX = 30_000_000;

  /** What clients may send between two looks: somebody who watches, not somebody who works. */
  private static final long REST_BYTES_MAX = 4 << 10;

  /**
   * Just before it works it waits this long and looks once more: a client that has come a moment
   * ago has not sent much yet.
   */
  private static final long LAST_LOOK_MS = 50;

  private static final long LAST_BYTES_MAX = 200;

  private static final int RESTING_LOOKS = 2;
  private static final int RESTING_LOOKS_AGAIN = 6;

  /** With less work than this since the last time there is nothing to give back. */
  private static final long WORK_NS_MIN = 500_000_000;

  /** With it a collection that is asked for stops nobody for long; the launcher sets it. */
  private static final String CONCURRENT = "-XX:+ExplicitGCInvokesConcurrent";

  private final Loop loop;
  private final Executor background;
  private final LongSupplier usedNs;
  private final LongSupplier bytesIn;
  private final Runnable collect;
  private final Runnable release;
  private long seenNs;
  private long seenBytes;
  private long givenBackNs;
  private int resting;
  private boolean again;

  /**
   * @param background runs what takes longer, some 100 ms
   * @param usedNs processor time of this process, in nanoseconds
   * @param bytesIn what clients have sent so far; safe from any thread
   * @param collect takes garbage out of the heap and makes it small; once after each time of work
   * @param release gives everything else back; twice
   */
  IdleMemory(
      Loop loop,
      Executor background,
      LongSupplier usedNs,
      LongSupplier bytesIn,
      Runnable collect,
      Runnable release) {
    this.loop = loop;
    this.background = background;
    this.usedNs = usedNs;
    this.bytesIn = bytesIn;
    this.collect = collect;
    this.release = release;
  }

  /**
   * Looks at this process from now on, until the loop ends.
   *
   * @param background runs what takes longer, some 100 ms
   * @param bytesIn what clients have sent so far; safe from any thread
   * @param own gives back what the server itself keeps; on {@code background}, twice
   */
  static void watch(Loop loop, Executor background, LongSupplier bytesIn, Runnable own) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      boolean concurrent =
          ManagementFactory.getRuntimeMXBean().getInputArguments().contains(CONCURRENT);
      new IdleMemory(
              loop,
              background,
              system::getProcessCpuTime,
              bytesIn,
              concurrent ? () -> shrinkHeap(bytesIn) : () -> {},
              () -> {
                own.run();
                release();
              })
          .start();
    }
  }

  void start() {
    loop.schedule(LOOK_MS, this::look);
  }

  private void look() {
    long now = usedNs.getAsLong();
    long bytes = bytesIn.getAsLong();
    boolean rests = now - seenNs <= REST_NS_MAX && bytes - seenBytes <= REST_BYTES_MAX;
    resting = rests ? resting + 1 : 0;
    seenNs = now;
    seenBytes = bytes;
    if (resting >= RESTING_LOOKS && now - givenBackNs >= WORK_NS_MIN) {
      loop.schedule(LAST_LOOK_MS, this::lookOnceMore);
    } else if (again && resting >= RESTING_LOOKS_AGAIN) {
      background.execute(() -> giveBack(false));
    } else {
      loop.schedule(LOOK_MS, this::look);
    }
  }

  private void lookOnceMore() {
    if (bytesIn.getAsLong() - seenBytes <= LAST_BYTES_MAX) {
      background.execute(() -> giveBack(true));
    } else {
      resting = 0;
      loop.schedule(LOOK_MS, this::look);
    }
  }

  private void giveBack(boolean first) {
    try {
      if (first) {
        collect.run();
      }
      release.run();
    } catch (RuntimeException e) {
      logger.warn("cannot give memory back: {}", e.toString());
    }
    try {
      loop.execute(() -> {
        seenNs = usedNs.getAsLong();
        givenBackNs = seenNs;
        resting = 0;
        again = first;
        loop.schedule(LOOK_MS, this::look);
      });
    } catch (RejectedExecutionException e) {
      logger.debug("the loop has ended: nobody looks any more");
    }
  }

  private static void shrinkHeap(LongSupplier bytesIn) {
    long before = bytesIn.getAsLong();
    HeapAtRest.shrink(() -> bytesIn.getAsLong() - before <= LAST_BYTES_MAX);
  }

  private static void release() {
    Memory.trim();
    try {
      FilePages.discard();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
