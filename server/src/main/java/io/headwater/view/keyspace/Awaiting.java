package io.headwater.view.keyspace;

import io.headwater.host.Loop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Those who wait until a position is applied and durable. */
final class Awaiting {
  private static final class Waiter {
    private final long position;
    private final Keyspace.Awaiter awaiter;
    private Loop.@Nullable Timer timer;

    private Waiter(long position, Keyspace.Awaiter awaiter) {
      this.position = position;
      this.awaiter = awaiter;
    }
  }

  private final List<Waiter> waiters = new ArrayList<>();
  private volatile boolean anyone;

  boolean isAnyoneThere() {
    return anyone;
  }

  Runnable add(Loop loop, long position, long timeoutMs, Keyspace.Awaiter awaiter) {
    Waiter waiter = new Waiter(position, awaiter);
    waiters.add(waiter);
    anyone = true;
    if (timeoutMs > 0) {
      waiter.timer = loop.schedule(timeoutMs, () -> end(waiter, false));
    }
    loop.wake();
    return () -> remove(waiter);
  }

  void check(long reached) {
    for (Waiter waiter : List.copyOf(waiters)) {
      if (waiter.position <= reached) {
        end(waiter, true);
      }
    }
  }

  private void end(Waiter waiter, boolean inTime) {
    if (remove(waiter)) {
      waiter.awaiter.reached(inTime);
    }
  }

  private boolean remove(Waiter waiter) {
    boolean there = waiters.remove(waiter);
    anyone = !waiters.isEmpty();
    if (waiter.timer != null) {
      waiter.timer.cancel();
    }
    return there;
  }
}
