package io.headwater.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What both loops have: tasks, timers, turn hooks, and waking a sleeping thread at most once for
 * each sleep. A task that throws is logged and the loop goes on; a hook that throws, or an
 * exhausted machine, is the loop's end, because the owner's state can no longer be trusted.
 */
final class TaskQueue {
  private static final Logger LOGGER = Logger.getLogger(TaskQueue.class.getName());

  /** So that a flood of tasks does not keep connections and hooks waiting. */
  private static final int TASKS_PER_TURN = 1024;

  private static final int RUNNING = 0;
  private static final int SLEEPING = 1;
  private static final int WOKEN = 2;

  private final Loop loop;
  private final String name;
  private final Clock clock;
  private final Runnable waker;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Timers timers = new Timers();
  private final List<Loop.TurnHook> hooks = new ArrayList<>();
  private final AtomicInteger state = new AtomicInteger();
  private volatile boolean ended;

  /**
   * @param waker ends the loop's sleep; called at most once for each {@link #trySleep}
   */
  TaskQueue(Loop loop, String name, Clock clock, Runnable waker) {
    this.loop = loop;
    this.name = name;
    this.clock = clock;
    this.waker = waker;
  }

  void execute(Runnable task) {
    if (ended) {
      throw new RejectedExecutionException("loop " + name + " has ended");
    }
    tasks.add(task);
    wake();
  }

  Loop.Timer schedule(long delayMs, Runnable task) {
    long deadlineNs = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(delayMs);
    Timers.Entry entry = new Timers.Entry(loop, timers, deadlineNs, task);
    if (loop.isCurrent()) {
      timers.add(entry);
    } else {
      execute(() -> timers.add(entry));
    }
    return entry;
  }

  void addHook(Loop.TurnHook hook) {
    hooks.add(hook);
  }

  void wake() {
    if (state.get() != WOKEN && state.getAndSet(WOKEN) == SLEEPING) {
      waker.run();
    }
  }

  /** Hooks, tasks and timers at the beginning of a turn. */
  void beginTurn() {
    for (int i = 0; i < hooks.size(); i++) {
      hooks.get(i).beforeTurn();
    }
    // Asked first: where tasks are lambdas, the AOT cache keeps only that there was none, and
    // compiled code that believes it is dropped at the first one.
    for (int i = 0; i < TASKS_PER_TURN && !tasks.isEmpty(); i++) {
      run(Objects.requireNonNull(tasks.poll()));
    }
    if (timers.size() > 0) {
      long nowNs = clock.nanos();
      for (@Nullable Runnable due = timers.poll(nowNs); due != null; due = timers.poll(nowNs)) {
        run(due);
      }
    }
  }

  void endTurn() {
    for (int i = 0; i < hooks.size(); i++) {
      hooks.get(i).afterTurn();
    }
  }

  void turnEnded() {
    for (int i = 0; i < hooks.size(); i++) {
      hooks.get(i).turnEnded();
    }
  }

  boolean hasTasks() {
    return !tasks.isEmpty();
  }

  /**
   * Announces that the loop is about to sleep; whoever calls {@link #wake} from now on ends it.
   *
   * @return for how many nanoseconds at most ({@link Long#MAX_VALUE}: until woken); 0 if there is
   *     something to do
   */
  long trySleep() {
    if (!tasks.isEmpty()) {
      return 0;
    }
    long waitNs = timers.size() == 0 ? Long.MAX_VALUE : timers.waitNs(clock.nanos());
    return waitNs > 0 && state.compareAndSet(RUNNING, SLEEPING) ? waitNs : 0;
  }

  /** Call after each sleep and before looking for work. */
  void awake() {
    state.set(RUNNING);
  }

  /** From now on tasks are refused. */
  void end() {
    ended = true;
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (OutOfMemoryError | OwnerFailed e) {
      throw e;
    } catch (Throwable e) {
      LOGGER.log(Level.SEVERE, "a task of loop " + name + " failed", e);
    }
  }
}
