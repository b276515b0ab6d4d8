package io.headwater.view.keyspace;

import io.headwater.host.Clock;
import io.headwater.host.Loop;

/**
 * Frees what was flushed or was a giant value, a slice of 0.1 ms after a turn. While clients are
 * there it pauses three times as long; even a server that they keep busy frees faster than they can
 * fill. (Why not as quickly as it can: {@code docs/decisions/stalls.md}.) Owner: the keyspace loop.
 */
final class Freeing {
  private static final int PAUSES = 3;

  /** Between two looks at the clock; interpreted code frees them in 0.1 ms. */
  private static final int SLOTS = 64;

  private final Store store;
  private final Clock clock;
  private final Pace pace;

  Freeing(Store store, Loop loop, Clock clock) {
    this.store = store;
    this.clock = clock;
    this.pace = new Pace(loop, clock);
  }

  /**
   * Frees a slice, if there is something to free and its time has come.
   *
   * @return whether there is more to do at once
   */
  boolean afterTurn() {
    if (!store.isFreeing() || !pace.mayGoOn()) {
      return false;
    }
    long begun = clock.nanos();
    boolean more = store.freeSlice(SLOTS);
    while (more && clock.nanos() - begun < Pace.SLICE_NS) {
      more = store.freeSlice(SLOTS);
    }
    pace.worked(begun, PAUSES);
    return more;
  }
}
