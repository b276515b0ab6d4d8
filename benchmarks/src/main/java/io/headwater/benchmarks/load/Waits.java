package io.headwater.benchmarks.load;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whose fault was a long wait? Beside an {@link OpenLoop} this looks every half millisecond at what
 * Linux counts for each thread of the server ({@link ThreadTimes}), notes when the probe's own
 * thread did not come around, has a thread watch the server's core ({@link CoreWatch}), and reads
 * the server's log of JVM pauses, whose stamps are those of {@code System.nanoTime()} in every
 * process. So each wait of over a millisecond comes apart into {@link Parts}.
 *
 * <p>Where two causes overlap, the time is the server's: first come pauses, then waiting for the
 * server's other threads, then what the loop itself ran, then waiting for other processes, then the
 * probe, then the machine; what is left has no known cause and counts as the server's.
 */
final class Waits implements OpenLoop.Watcher, AutoCloseable {
  private static final long LONG_NS = 1_000_000;
  private static final long SAMPLE_NS = 500_000;

  /** A turn of the probe's own loop takes a microsecond. */
  private static final long GAP_NS_MIN = 100_000;

  /** So much after a reply the loop sleeps again, and what it ran is counted. */
  private static final long AFTER_NS = 200_000;

  private static final int SAMPLES = 1 << 13;

  /** As {@code -Xlog:safepoint:file:tn} writes it. */
  private static final Pattern PAUSE =
      Pattern.compile("\\[(\\d+)ns] Safepoint \"(\\w+)\".* Total: +(\\d+) ns.*");

  /**
   * What a wait is made of, in nanoseconds; together they are the wait.
   *
   * @param pausedNs the server's JVM had stopped its threads
   * @param coreNs the loop was ready, and another thread of the server had the core
   * @param loopNs the loop ran: this and other requests, and housekeeping
   * @param foreignNs the loop was ready, and another process or the kernel had the core
   * @param probeNs the probe itself did not come around to send or to receive
   * @param machineNs the server's core did not run
   */
  record Parts(
      long pausedNs,
      long coreNs,
      long loopNs,
      long unknownNs,
      long foreignNs,
      long probeNs,
      long machineNs) {
    static final Parts NONE = new Parts(0, 0, 0, 0, 0, 0, 0);

    /** What the server is to blame for; what nobody knows is the server's. */
    long serverNs() {
      return pausedNs + coreNs + loopNs + unknownNs;
    }
  }

  /**
   * A wait of a request.
   *
   * @param beside which other threads of the server ran meanwhile, in milliseconds, and the pauses
   */
  record Wait(long dueNs, long repliedNs, Parts parts, String beside) {
    long ns() {
      return repliedNs - dueNs;
    }
  }

  /** A wait before the log of pauses is read. */
  private record Seen(
      long dueNs,
      long repliedNs,
      long delayNs,
      long othersNs,
      long loopNs,
      long gapNs,
      String threads) {}

  private record Pause(long fromNs, long toNs, String name) {}

  private final Path pauseLog;
  private final ThreadTimes threads;
  private final CoreWatch core;
  private final long[] sampledNs = new long[SAMPLES];
  private final long[][] samples = new long[SAMPLES][];
  private final Spans gaps = new Spans();
  private final List<Seen> seen = new ArrayList<>();
  private int sampleCount;
  private long lastTurnNs;

  // The longest of the waits that overlap; 0 for none.
  private long openDueNs;
  private long openRepliedNs;

  /** Watches a server from now on; it must have no new threads that matter. */
  Waits(ServerUnderTest server) throws IOException {
    pauseLog = server.pauseLog();
    threads = new ThreadTimes(server.pid(), server.loopName());
    core = new CoreWatch(server.firstCore());
    for (int i = 0; i < SAMPLES; i++) {
      samples[i] = new long[2 * threads.count()];
    }
    sample(System.nanoTime());
  }

  @Override
  public void turned(long nowNs) {
    if (lastTurnNs != 0 && nowNs - lastTurnNs > GAP_NS_MIN) {
      gaps.add(lastTurnNs, nowNs);
    }
    lastTurnNs = nowNs;
    if (nowNs - sampledNs[sampleCount - 1 & SAMPLES - 1] >= SAMPLE_NS) {
      sample(nowNs);
      if (openRepliedNs != 0 && nowNs - openRepliedNs > AFTER_NS) {
        seeOpen();
      }
    }
  }

  @Override
  public void waited(long dueNs, long repliedNs) {
    if (repliedNs - dueNs < LONG_NS) {
      return;
    }
    if (openRepliedNs != 0 && dueNs - openRepliedNs > 0) {
      sample(repliedNs);
      seeOpen();
    }
    if (openRepliedNs == 0 || repliedNs - dueNs > openRepliedNs - openDueNs) {
      openDueNs = dueNs;
      openRepliedNs = repliedNs;
    }
  }

  private void sample(long nowNs) {
    int at = sampleCount & SAMPLES - 1;
    threads.read(samples[sampleCount - 1 & SAMPLES - 1], samples[at]);
    sampledNs[at] = nowNs;
    sampleCount++;
  }

  private void seeOpen() {
    int last = sampleCount - 1;
    int first = last;
    while (first > 0
        && first > sampleCount - SAMPLES
        && sampledNs[first & SAMPLES - 1] - openDueNs > 0) {
      first--;
    }
    long[] before = samples[first & SAMPLES - 1];
    long[] after = samples[last & SAMPLES - 1];
    int loop = threads.loop();
    StringBuilder ran = new StringBuilder();
    long othersNs = 0;
    for (int i = 0; i < threads.count(); i++) {
      long ns = after[2 * i] - before[2 * i];
      othersNs += i == loop ? 0 : ns;
      if (i != loop && ns > GAP_NS_MIN) {
        ran.append(String.format(Locale.ROOT, ", %s %.1f", threads.name(i), ns / 1e6));
      }
    }
    seen.add(
        new Seen(
            openDueNs,
            openRepliedNs,
            after[2 * loop + 1] - before[2 * loop + 1],
            othersNs,
            after[2 * loop] - before[2 * loop],
            gaps.within(openDueNs, openRepliedNs),
            ran.isEmpty() ? "" : ran.substring(2)));
    openRepliedNs = 0;
  }

  /** All long waits so far, each with its causes; of those that overlap, the longest. */
  List<Wait> explained() throws IOException {
    if (openRepliedNs != 0) {
      sample(System.nanoTime());
      seeOpen();
    }
    List<Pause> pauses = pauses();
    return seen.stream().map(wait -> explain(wait, pauses)).toList();
  }

  private Wait explain(Seen wait, List<Pause> pauses) {
    long pausedNs = 0;
    StringBuilder beside = new StringBuilder(wait.threads);
    for (Pause pause : pauses) {
      long ns = Math.min(pause.toNs, wait.repliedNs) - Math.max(pause.fromNs, wait.dueNs);
      if (ns > 0) {
        pausedNs += ns;
        beside.append(beside.isEmpty() ? "" : ", ").append(pause.name);
      }
    }
    long left = wait.repliedNs - wait.dueNs;
    pausedNs = Math.min(pausedNs, left);
    left -= pausedNs;
    long behindOwnNs = Math.min(wait.delayNs, wait.othersNs);
    long coreNs = Math.min(behindOwnNs, left);
    left -= coreNs;
    long loopNs = Math.min(wait.loopNs, left);
    left -= loopNs;
    long foreignNs = Math.min(wait.delayNs - behindOwnNs, left);
    left -= foreignNs;
    long probeNs = Math.min(wait.gapNs, left);
    left -= probeNs;
    long machineNs = Math.min(core.lateNs(wait.dueNs, wait.repliedNs), left);
    left -= machineNs;
    Parts parts = new Parts(pausedNs, coreNs, loopNs, left, foreignNs, probeNs, machineNs);
    return new Wait(wait.dueNs, wait.repliedNs, parts, beside.toString());
  }

  private List<Pause> pauses() throws IOException {
    if (!Files.exists(pauseLog)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(pauseLog)) {
      return lines
          .map(PAUSE::matcher)
          .filter(Matcher::matches)
          .map(line -> {
            long toNs = Long.parseLong(line.group(1));
            return new Pause(toNs - Long.parseLong(line.group(3)), toNs, line.group(2));
          })
          .toList();
    }
  }

  /** What {@link #list} lists. */
  static String heading(int fromMs) {
    return "waits over "
        + fromMs
        + " ms: paused + core + loop + unknown | foreign + probe + machine | other threads of the"
        + " server, its JVM's pauses";
  }

  /**
   * A line for each wait that is long enough.
   *
   * @param originNs from when on their times count
   */
  static void list(String what, List<Wait> waits, long originNs, int fromMs, PrintStream out) {
    for (Wait wait : waits) {
      if (wait.ns() > fromMs * 1_000_000L) {
        Parts parts = wait.parts;
        out.printf(
            Locale.ROOT,
            "%s %+8.1f ms: %7.2f = %.2f + %.2f + %.2f + %.2f | %.2f + %.2f + %.2f | %s%n",
            what,
            (wait.dueNs - originNs) / 1e6,
            wait.ns() / 1e6,
            parts.pausedNs / 1e6,
            parts.coreNs / 1e6,
            parts.loopNs / 1e6,
            parts.unknownNs / 1e6,
            parts.foreignNs / 1e6,
            parts.probeNs / 1e6,
            parts.machineNs / 1e6,
            wait.beside);
      }
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    core.close();
    threads.close();
  }
}
