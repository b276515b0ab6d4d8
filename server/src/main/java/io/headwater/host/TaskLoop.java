package io.headwater.host;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A loop without a network: one thread, a queue, timers and turn hooks. */
public final class TaskLoop implements Loop, AutoCloseable {
  private static final Logger LOGGER = Logger.getLogger(TaskLoop.class.getName());

  /** Tasks that queue tasks must not keep a closing loop alive. */
  private static final int LAST_TURNS = 100;

  private final Consumer<Throwable> failed;
  private final Thread thread;
  private final TaskQueue queue;
  private volatile boolean stopping;
  private volatile long turns;

  /**
   * @param failed hears of what ended the loop: a hook that threw or an exhausted machine
   */
  public TaskLoop(String name, Clock clock, Consumer<Throwable> failed) {
    this.failed = failed;
    this.thread = Thread.ofPlatform().name(name).unstarted(this::run);
    this.queue = new TaskQueue(this, name, clock, () -> LockSupport.unpark(thread));
  }

  public void start() {
    thread.start();
  }

  /**
   * @throws RejectedExecutionException when the loop has ended
   */
  @Override
  public void execute(Runnable task) {
    queue.execute(task);
  }

  @Override
  public Timer schedule(long delayMs, Runnable task) {
    return queue.schedule(delayMs, task);
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void addTurnHook(TurnHook hook) {
    if (thread.getState() != Thread.State.NEW) {
      throw new IllegalStateException("loop " + thread.getName() + " has started");
    }
    queue.addHook(hook);
  }

  @Override
  public void wake() {
    queue.wake();
  }

  /** Turns taken so far. */
  public long turns() {
    return turns;
  }

  /** Runs what is queued, then ends the thread and waits for that. Idempotent. */
  @Override
  public void close() {
    stopping = true;
    queue.wake();
    if (thread.getState() == Thread.State.NEW) {
      queue.end();
    } else if (!isCurrent()) {
      Joining.join(thread);
    }
  }

  private void run() {
    try {
      while (!stopping) {
        turn();
        sleep();
      }
      for (int i = 0; i == 0 || (i < LAST_TURNS && queue.hasTasks()); i++) {
        turn();
      }
    } catch (Throwable e) {
      LOGGER.log(Level.SEVERE, "loop " + thread.getName() + " failed", e);
      failed.accept(e);
    } finally {
      queue.end();
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  private void turn() {
    queue.beginTurn();
    queue.endTurn();
    queue.turnEnded();
    turns++;
  }

  private void sleep() {
    long waitNs = queue.trySleep();
    if (waitNs == Long.MAX_VALUE) {
      LockSupport.park(this);
    } else if (waitNs > 0) {
      LockSupport.parkNanos(this, waitNs);
    }
    Thread.interrupted(); // nobody has business interrupting a loop, and it would spin
    queue.awake();
  }
}
