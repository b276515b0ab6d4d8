package io.headwater.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A loop without a network: one thread, a queue, timers and turn hooks. A task that throws is
 * logged and the loop goes on; a hook that throws, or an exhausted machine, ends the loop and is
 * reported to {@code failed}, because the owner's state can no longer be trusted.
 */
public final class TaskLoop implements Loop, AutoCloseable {
  private static final Logger LOGGER = Logger.getLogger(TaskLoop.class.getName());

  /** So that a flood of tasks does not keep timers and hooks waiting. */
  private static final int TASKS_PER_TURN = 1024;

  /** Tasks that queue tasks must not keep a closing loop alive. */
  private static final int LAST_TURNS = 100;

  private static final int RUNNING = 0;
  private static final int SLEEPING = 1;
  private static final int WOKEN = 2;

  private final Clock clock;
  private final Consumer<Throwable> failed;
  private final Thread thread;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Timers timers = new Timers();
  private final List<TurnHook> hooks = new ArrayList<>();
  private final AtomicInteger state = new AtomicInteger();
  private volatile boolean stopping;
  private volatile boolean ended;
  private volatile long turns;

  public TaskLoop(String name, Clock clock, Consumer<Throwable> failed) {
    this.clock = clock;
    this.failed = failed;
    this.thread = Thread.ofPlatform().name(name).unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /**
   * @throws RejectedExecutionException when the loop has ended
   */
  @Override
  public void execute(Runnable task) {
    if (ended) {
      throw new RejectedExecutionException("loop " + thread.getName() + " has ended");
    }
    tasks.add(task);
    wake();
  }

  @Override
  public Timer schedule(long delayMs, Runnable task) {
    long deadlineNs = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(delayMs);
    Timers.Entry entry = new Timers.Entry(this, timers, deadlineNs, task);
    if (isCurrent()) {
      timers.add(entry);
    } else {
      execute(() -> timers.add(entry));
    }
    return entry;
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
    hooks.add(hook);
  }

  @Override
  public void wake() {
    if (state.get() != WOKEN && state.getAndSet(WOKEN) == SLEEPING) {
      LockSupport.unpark(thread);
    }
  }

  /** Turns taken so far. */
  public long turns() {
    return turns;
  }

  /** Runs what is queued, then ends the thread and waits for that. Idempotent. */
  @Override
  public void close() {
    stopping = true;
    wake();
    if (thread.getState() == Thread.State.NEW) {
      ended = true;
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
      for (int i = 0; i == 0 || (i < LAST_TURNS && !tasks.isEmpty()); i++) {
        turn();
      }
    } catch (Throwable e) {
      LOGGER.log(Level.SEVERE, "loop " + thread.getName() + " failed", e);
      failed.accept(e);
    } finally {
      ended = true;
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  private void turn() {
    for (TurnHook hook : hooks) {
      hook.beforeTurn();
    }
    for (int i = 0; i < TASKS_PER_TURN; i++) {
      Runnable task = tasks.poll();
      if (task == null) {
        break;
      }
      runOne(task);
    }
    if (!tasks.isEmpty()) {
      state.set(WOKEN);
    }
    long nowNs = clock.nanos();
    for (@Nullable Runnable due = timers.poll(nowNs); due != null; due = timers.poll(nowNs)) {
      runOne(due);
    }
    for (TurnHook hook : hooks) {
      hook.afterTurn();
    }
    turns++;
  }

  private void sleep() {
    long waitNs = timers.waitNs(clock.nanos());
    if (waitNs > 0 && state.compareAndSet(RUNNING, SLEEPING)) {
      if (waitNs == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, waitNs);
      }
    }
    Thread.interrupted(); // nobody's business to interrupt a loop, and it would spin
    state.set(RUNNING);
  }

  private void runOne(Runnable task) {
    try {
      task.run();
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (Throwable e) {
      LOGGER.log(Level.SEVERE, "a task of loop " + thread.getName() + " failed", e);
    }
  }
}
