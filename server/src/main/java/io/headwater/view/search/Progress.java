package io.headwater.view.search;

import io.headwater.view.AnyThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A position that only grows, and threads that wait for it. */
@AnyThread
final class Progress {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grown = lock.newCondition();
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile long position;

  long position() {
    return position;
  }

  /** One thread at a time publishes. */
  void publish(long now) {
    if (now <= position) {
      return;
    }
    position = now;
    if (waiting.get() > 0) {
      lock.lock();
      try {
        grown.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Waits; false if the time ran out first. */
  boolean await(long wanted, long timeoutMs) {
    if (position >= wanted) {
      return true;
    }
    waiting.incrementAndGet();
    lock.lock();
    try {
      long leftNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
      while (position < wanted && leftNs > 0) {
        leftNs = grown.awaitNanos(leftNs);
      }
      return position >= wanted;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return position >= wanted;
    } finally {
      lock.unlock();
      waiting.decrementAndGet();
    }
  }
}
