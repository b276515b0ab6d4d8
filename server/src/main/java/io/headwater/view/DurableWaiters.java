package io.headwater.view;

import io.headwater.log.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;

/**
 * Futures that complete when the log is durable up to their position. They complete on the thread
 * that synced, so continue with {@code thenRunAsync(..., loop::execute)} for anything but trifles.
 */
@AnyThread
public final class DurableWaiters implements Log.DurableListener {
  private record Waiter(long position, CompletableFuture<Void> future) {}

  private final Log log;
  private final PriorityQueue<Waiter> waiters =
      new PriorityQueue<>((a, b) -> Long.compare(a.position, b.position));

  public DurableWaiters(Log log) {
    this.log = log;
    log.addDurableListener(this);
  }

  /** Completes when {@code position} is durable, and asks the log to get there. */
  public CompletableFuture<Void> at(long position) {
    if (log.durable() >= position) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> future = new CompletableFuture<>();
    synchronized (waiters) {
      waiters.add(new Waiter(position, future));
    }
    if (log.durable() >= position) { // it may have passed before the waiter stood in the queue
      durable(log.durable());
    } else {
      log.syncSoon();
    }
    return future;
  }

  @Override
  public void durable(long position) {
    List<CompletableFuture<Void>> due = new ArrayList<>();
    synchronized (waiters) {
      while (!waiters.isEmpty() && waiters.peek().position <= position) {
        due.add(waiters.poll().future);
      }
    }
    for (CompletableFuture<Void> future : due) {
      future.complete(null);
    }
  }
}
