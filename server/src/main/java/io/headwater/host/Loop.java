package io.headwater.host;

import io.headwater.bytes.HeapBudget;

/**
 * One thread with a queue: the owner of some state. Tasks run one at a time in the order they came.
 * A real loop has a thread of its own; a simulated one is stepped by the simulation.
 */
public interface Loop {
  /** Runs a task on the loop, after those already queued. Safe from any thread. */
  void execute(Runnable task);

  /** Runs a task once, not before {@code delayMs} milliseconds. Safe from any thread. */
  Timer schedule(long delayMs, Runnable task);

  /** Whether the calling thread is this loop. */
  boolean isCurrent();

  /** Runs around each turn on the loop thread; register before the loop starts. */
  void addTurnHook(TurnHook hook);

  /** Makes the loop take a turn soon, even with nothing queued. Safe from any thread, cheap. */
  void wake();

  /** Whether connections had input in this turn. Only for the loop itself. */
  default boolean hasInput() {
    return false;
  }

  /**
   * In the middle of a turn, from inside a session's call that takes long: takes and answers the
   * input of those other connections whose sessions allow it, without waiting. The caller's own
   * connection is left alone.
   */
  default void serveOthers(Connection caller) {
    throw new IllegalStateException("a loop without connections");
  }

  /** What its connections, and those who own their data, hold of the Java heap. */
  default HeapBudget heap() {
    throw new IllegalStateException("a loop without connections");
  }

  /** A scheduled task. */
  interface Timer {
    void cancel();
  }

  /** What an owner does each turn beside its tasks and its connections. */
  interface TurnHook {
    /** Before tasks and connections: drain inboxes here. */
    void beforeTurn();

    /** After tasks and connections, before outputs are sent: append the turn's frame here. */
    void afterTurn();

    /** At the very end, when the outputs are sent and those who are gone have been told. */
    default void turnEnded() {}
  }
}
