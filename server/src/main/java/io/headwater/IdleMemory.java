package io.headwater;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import io.headwater.bytes.Memory;
import io.headwater.host.Loop;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back to the system when the process has come to rest after work: garbage and the
 * heap that it filled, what the C library keeps of freed memory (the compiler's, mostly), and pages
 * of files that only the start needed. {@code docs/decisions/memory-at-rest.md} has what each is
 * worth.
 *
 * <p>At rest is: hardly any processor time for a few seconds. It looks once a second, and works
 * once after each time of work, never while clients are served: a collection and its page faults
 * would be their longest waits.
 */
final class IdleMemory {
  private static final Logger logger = LoggerFactory.getLogger(IdleMemory.class);
  private static final long LOOK_MS = 1_000;

  /** Processor time between two looks that is still rest: timers and metrics take some. */
  private static final long REST_NS_MAX = 30_000_000;

  private static final int RESTING_LOOKS = 2;

  /** With less work than this since the last time there is nothing to give back. */
  private static final long WORK_NS_MIN = 500_000_000;

  /** With it a collection that is asked for stops nobody for long; the launcher sets it. */
  private static final String CONCURRENT = "-XX:+ExplicitGCInvokesConcurrent";

  private static final String LEAST_FREE = "MinHeapFreeRatio";
  private static final String MOST_FREE = "MaxHeapFreeRatio";
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");

  private final Loop loop;
  private final Executor background;
  private final OperatingSystemMXBean system;
  private final HotSpotDiagnosticMXBean machine =
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
  private final boolean concurrent =
      ManagementFactory.getRuntimeMXBean().getInputArguments().contains(CONCURRENT);
  private long seenNs;
  private long givenBackNs;
  private int resting;

  private IdleMemory(Loop loop, Executor background, OperatingSystemMXBean system) {
    this.loop = loop;
    this.background = background;
    this.system = system;
  }

  /**
   * Looks from now on, until the loop ends.
   *
   * @param background runs what takes longer, some 100 ms
   */
  static void watch(Loop loop, Executor background) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      IdleMemory idle = new IdleMemory(loop, background, system);
      loop.schedule(LOOK_MS, idle::look);
    }
  }

  private void look() {
    long usedNs = system.getProcessCpuTime();
    resting = usedNs - seenNs <= REST_NS_MAX ? resting + 1 : 0;
    seenNs = usedNs;
    if (resting >= RESTING_LOOKS && usedNs - givenBackNs >= WORK_NS_MIN) {
      background.execute(this::giveBack);
    } else {
      loop.schedule(LOOK_MS, this::look);
    }
  }

  private void giveBack() {
    try {
      if (concurrent) {
        collect();
      }
      Memory.trim();
      discardFiles();
    } catch (IOException | RuntimeException e) {
      logger.warn("cannot give memory back: {}", e.toString());
    }
    loop.execute(() -> {
      seenNs = system.getProcessCpuTime();
      givenBackNs = seenNs;
      resting = 0;
      loop.schedule(LOOK_MS, this::look);
    });
  }

  /**
   * The heap shrinks to what lives at the end of a collection's marking. Not of others: a heap that
   * must grow again at once is collected every few milliseconds.
   */
  private void collect() {
    String least = machine.getVMOption(LEAST_FREE).getValue();
    String most = machine.getVMOption(MOST_FREE).getValue();
    machine.setVMOption(LEAST_FREE, "5"); // percent, and never more than the other
    machine.setVMOption(MOST_FREE, "10");
    try {
      System.gc(); // returns when marking has ended
    } finally {
      machine.setVMOption(MOST_FREE, most);
      machine.setVMOption(LEAST_FREE, least);
    }
  }

  /**
   * The start reads the whole class archive and runs most of the JVM's library, and little of both
   * is needed again: what is comes back from the page cache, in small pages. A page that differs
   * from its file (relocated, where its address was taken) must stay.
   */
  private static void discardFiles() throws IOException {
    if (!Files.isReadable(MAPPINGS)) {
      return;
    }
    String text = Files.readString(MAPPINGS, StandardCharsets.ISO_8859_1);
    int start = 0;
    while (start < text.length()) {
      String mapping = text.substring(start, text.indexOf('\n', start));
      int changed = text.indexOf("\nAnonymous:", start) + 1;
      int flags = text.indexOf("\nVmFlags:", start) + 1;
      if (changed == 0 || flags == 0) {
        return; // not the figures that we know
      }
      if (isUnwritableFile(mapping)
          && text.substring(changed, text.indexOf('\n', changed)).endsWith(" 0 kB")) {
        int dash = mapping.indexOf('-');
        long from = Long.parseUnsignedLong(mapping, 0, dash, 16);
        long to = Long.parseUnsignedLong(mapping, dash + 1, mapping.indexOf(' '), 16);
        Memory.preferSmallPages(from, to - from);
        Memory.discard(from, to - from);
      }
      start = text.indexOf('\n', flags) + 1;
    }
  }

  private static boolean isUnwritableFile(String mapping) {
    return (mapping.contains(" r--p ") || mapping.contains(" r-xp ")) && mapping.contains(" /");
  }
}
