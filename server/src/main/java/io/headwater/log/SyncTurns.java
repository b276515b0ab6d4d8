package io.headwater.log;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Decides who syncs. Of many threads that want it one gets the turn and does it for all that came
 * before; the others wait, and wake together when it is done: most find their wish fulfilled, and
 * one of the rest gets the next turn.
 */
final class SyncTurns {
  private final ReentrantLock turn = new ReentrantLock();
  private final ReentrantLock waitingRoom = new ReentrantLock();
  private final Condition turnEnded = waitingRoom.newCondition();
  private final AtomicInteger waiting = new AtomicInteger();

  /** Gets the turn, however long it takes. */
  void take() {
    turn.lock();
  }

  /** Gets the turn if nobody has it. */
  boolean tryTake() {
    return turn.tryLock();
  }

  /**
   * Gets the turn, or waits until somebody who had it gave it back. A waiter counts itself before
   * its last attempt, and whoever gives back looks at the count after that: one sees the other.
   *
   * @return whether the caller has the turn
   */
  @SuppressWarnings("WaitNotInLoop") // the caller's loop looks at more than this class knows
  boolean takeUnless(BooleanSupplier fulfilled) {
    if (turn.tryLock()) {
      return true;
    }
    waitingRoom.lock();
    try {
      waiting.incrementAndGet();
      try {
        if (fulfilled.getAsBoolean()) {
          return false;
        }
        if (turn.tryLock()) {
          return true;
        }
        turnEnded.awaitUninterruptibly();
        return false;
      } finally {
        waiting.decrementAndGet();
      }
    } finally {
      waitingRoom.unlock();
    }
  }

  void giveBack() {
    turn.unlock();
    if (waiting.get() > 0) {
      wakeAll();
    }
  }

  /** Lets all that wait look again. */
  void wakeAll() {
    waitingRoom.lock();
    try {
      turnEnded.signalAll();
    } finally {
      waitingRoom.unlock();
    }
  }
}
