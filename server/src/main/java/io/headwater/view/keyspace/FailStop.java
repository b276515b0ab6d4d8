package io.headwater.view.keyspace;

import io.headwater.host.OwnerFailed;
import java.util.function.Supplier;

/**
 * What happens when a command or a timer meets a bug. If it had changed something, state and log
 * may tell different things, and only a new start reads the truth.
 */
public final class FailStop {
  private final Store store;

  /** Whether those before the last {@link #next} changed something. */
  private boolean earlier;

  FailStop(Store store) {
    this.store = store;
  }

  /** What is changed from here on is this command's. */
  public void begin() {
    earlier = false;
    store.changed = false;
  }

  /** The next of several commands that come as one begins: EXEC's, or a script's. */
  public void next() {
    earlier |= store.changed;
    store.changed = false;
  }

  /** Whether the command, of several the last one, has changed something. */
  public boolean hasChanged() {
    return store.changed;
  }

  /**
   * The command met a bug.
   *
   * @throws OwnerFailed if it had changed something
   */
  public void failed(Throwable bug) {
    if (earlier || store.changed) {
      throw new OwnerFailed("keyspace", bug);
    }
  }

  /** Runs what changes the keyspace on a timer. */
  <T> T run(Supplier<T> changes) {
    begin();
    try {
      return changes.get();
    } catch (RuntimeException | Error bug) {
      failed(bug);
      throw bug;
    }
  }
}
