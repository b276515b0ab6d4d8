package io.headwater.view.keyspace;

import io.headwater.host.OwnerFailed;
import java.util.function.Supplier;

/**
 * What happens when a command or a timer meets a bug. If it had changed something, state and log
 * may tell different things, and only a new start reads the truth.
 */
public final class FailStop {
  private final Store store;

  FailStop(Store store) {
    this.store = store;
  }

  /** What is changed from here on is this command's. */
  public void begin() {
    store.changed = false;
  }

  /**
   * The command met a bug.
   *
   * @throws OwnerFailed if it had changed something
   */
  public void failed(Throwable bug) {
    if (store.changed) {
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
