package io.headwater.conformance;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for a condition, never for a time. */
final class Deadline {
  private Deadline() {}

  static void await(Duration limit, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not reached within " + limit);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
