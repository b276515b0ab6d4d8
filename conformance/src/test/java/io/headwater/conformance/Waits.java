package io.headwater.conformance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Asks a server again and again from a thread of its own, and keeps how long it had to wait. */
final class Waits implements AutoCloseable {
  private static final long PAUSE_NS = 500_000;

  /** A question that was answered late, in {@link System#nanoTime}. */
  record Wait(long beganNs, long endedNs) {
    long ms() {
      return (endedNs - beganNs) / 1_000_000;
    }

    long sharedMs(Wait other) {
      long from = Math.max(beganNs, other.beganNs);
      long to = Math.min(endedNs, other.endedNs);
      return Math.max(0, (to - from) / 1_000_000);
    }
  }

  /** One question and its answer. */
  interface Question {
    void ask() throws IOException;
  }

  private final Question question;
  private final long keptNs;
  private final Thread thread;
  private final List<Wait> late = new ArrayList<>();
  private long asked;
  private IOException failure;
  private volatile boolean closed;

  /**
   * @param keptMs waits from this length on are kept
   */
  Waits(String name, long keptMs, Question question) {
    this.question = question;
    this.keptNs = keptMs * 1_000_000;
    thread = Thread.ofPlatform().name(name).daemon().start(this::run);
  }

  private void run() {
    while (!closed) {
      long began = System.nanoTime();
      try {
        question.ask();
      } catch (IOException e) {
        ended(null, e);
        return;
      }
      Wait wait = new Wait(began, System.nanoTime());
      ended(wait.endedNs - began >= keptNs ? wait : null, null);
      LockSupport.parkNanos(PAUSE_NS);
    }
  }

  private synchronized void ended(Wait wait, IOException e) {
    if (wait != null) {
      late.add(wait);
    }
    failure = e;
    asked++;
    notifyAll();
  }

  /** The late ones since the last call, when two more questions have been answered. */
  synchronized List<Wait> taken() throws IOException, InterruptedException {
    long enough = asked + 2; // one may be under way now
    while (asked < enough && failure == null) {
      wait();
    }
    if (failure != null) {
      throw failure;
    }
    List<Wait> taken = List.copyOf(late);
    late.clear();
    return taken;
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}
