package io.headwater.view.keyspace;

import io.headwater.host.Clock;
import io.headwater.host.Loop;

/**
 * When work that nobody waits for may go on: at once while no client is there, else only after a
 * pause that is so many times as long as the work was. Then the loop's thread sleeps between
 * slices, and takes the core at once when a request comes; one that always works shares it with
 * compilers and collectors by turns of 4 ms (a tick). Owner: the keyspace loop.
 */
final class Pace {
  /** A client waits no longer for a slice of such work. */
  static final long SLICE_NS = 100_000;

  /** Without input for so long nobody is there. */
  private static final long IDLE_NS = 5_000_000;

  private final Loop loop;
  private final Clock clock;

  /** When the next slice may begin. */
  private long nextNs;

  /** When nobody is there any more, if nobody comes. */
  private long idleFromNs;

  /** Whether a timer ends the pause. */
  private boolean timed;

  Pace(Loop loop, Clock clock) {
    this.loop = loop;
    this.clock = clock;
    begin();
  }

  /** Work begins: its first slice may run now. */
  void begin() {
    nextNs = clock.nanos();
    idleFromNs = nextNs;
  }

  /** Whether a slice may run; if not, there will be a turn when it may. Ask in each turn. */
  boolean mayGoOn() {
    long now = clock.nanos();
    if (loop.hasInput()) {
      idleFromNs = now + IDLE_NS;
    }
    if (nextNs - now > 0 && idleFromNs - now > 0) {
      comeBack(nextNs - now);
      return false;
    }
    return true;
  }

  /**
   * A slice that began then is over.
   *
   * @param pauses so many times its duration belong to clients now, if any are there
   */
  void worked(long begunNs, int pauses) {
    long ended = clock.nanos();
    nextNs = ended + (ended - begunNs) * pauses;
  }

  /** There will be a turn after this time, if not before. */
  void comeBack(long afterNs) {
    if (!timed) {
      timed = true;
      loop.schedule(afterNs / 1_000_000 + 1, () -> timed = false);
    }
  }
}
