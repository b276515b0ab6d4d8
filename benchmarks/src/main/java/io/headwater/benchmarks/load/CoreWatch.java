package io.headwater.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Did the server's core run at all? A thread on it that goes before all others (SCHED_FIFO) sleeps
 * for a millisecond at a time; when it wakes late, neither the server's threads nor their
 * scheduling can be the reason: the host had taken the core away, or the kernel was busy for that
 * long. It costs the core about one percent. Without the right to such a priority it sees nothing.
 */
final class CoreWatch implements AutoCloseable {
  private static final long SLEEP_NS = 1_000_000;

  /** A thread that wakes at once is still so late. */
  private static final long LATE_NS_MIN = 150_000;

  private final Spans late = new Spans();
  private final Thread thread;
  private final int core;
  private volatile boolean closing;

  CoreWatch(int core) {
    this.core = core;
    this.thread = new Thread(this::watch, "core-watch");
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    try {
      Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
      String id = self.getFileName().toString();
      if (!run("taskset", "-pc", Integer.toString(core), id) || !run("chrt", "-f", "-p", "1", id)) {
        System.err.println("no thread of the highest priority: what the machine does is not seen");
        return;
      }
    } catch (IOException | InterruptedException e) {
      System.err.println("no watch over the server's core: " + e);
      return;
    }
    while (!closing) {
      long due = System.nanoTime() + SLEEP_NS;
      LockSupport.parkNanos(SLEEP_NS);
      long now = System.nanoTime();
      if (now - due > LATE_NS_MIN) {
        synchronized (late) {
          late.add(due, now);
        }
      }
    }
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  /** For how many nanoseconds of this time the core did not run. */
  long lateNs(long from, long to) {
    synchronized (late) {
      return late.within(from, to);
    }
  }

  @Override
  public void close() throws InterruptedException {
    closing = true;
    thread.join(TimeUnit.SECONDS.toMillis(1));
  }
}
