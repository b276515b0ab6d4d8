package io.headwater.view.keyspace;

import org.jspecify.annotations.Nullable;

/**
 * How keys and fields of hashes go by themselves: because they are past their time, or because
 * memory is short. Each is deleted as a command would delete it, recorded, and told.
 */
public final class Departures {
  /** So many fields that are past their time a command deletes before it begins. */
  private static final int FIELDS_AT_ONCE = 500;

  private final Keyspace keyspace;
  private final Store store;
  private @Nullable KeyObserver observer;
  private long expiredKeys;
  private boolean paused;

  Departures(Keyspace keyspace, Store store) {
    this.keyspace = keyspace;
    this.store = store;
  }

  void observe(@Nullable KeyObserver newObserver) {
    observer = newObserver;
  }

  /** While paused, keys that are past their time are missing, but nobody deletes them unasked. */
  public void pause(boolean on) {
    paused = on;
  }

  boolean isPaused() {
    return paused;
  }

  long expiredKeys() {
    return expiredKeys;
  }

  /** Deletes a key that is past its time, if it is there. */
  public void expire(Key key) {
    long entry = store.find(key);
    if (entry != 0 && !paused && keyspace.isExpired(entry)) {
      keyspace.findForWrite(key);
    }
  }

  /** Deletes a key that was found past its time, if the log takes that. */
  void expired(Key key) {
    if (keyspace.admission().takesGone(key)) {
      boolean before = store.changed;
      expiredKeys++;
      keyspace.generic().remove(key);
      store.changed = before; // this one is done with
      KeyObserver current = observer;
      if (current != null) {
        current.expired(key);
      }
    }
  }

  /** Whether this is a hash that has fields past their time. */
  public boolean hasDueFields(long entry) {
    return Entry.fieldsExpire(entry) && store.earliestFieldMs(entry) <= keyspace.nowMs();
  }

  /** Whether this is a hash of which nothing is left but fields past their time. */
  private boolean isAllDue(long entry) {
    return hasDueFields(entry) && keyspace.hashes().isAllDue(entry);
  }

  /**
   * Before a command sees a hash {@link #hasDueFields}: deletes some, if the log takes that. What
   * is left of them is hidden by {@link Hashes} until the expiration cycle deletes it.
   *
   * @return the entry's address now; 0 if nothing but such fields is left
   */
  public long withoutDueFields(Key key) {
    expireFields(key, FIELDS_AT_ONCE);
    long entry = store.find(key);
    return entry != 0 && isAllDue(entry) ? 0 : entry;
  }

  /**
   * Deletes fields of a hash that are past their time, if the log takes that; the entry's address
   * is stale then. If all are, the key goes.
   *
   * @param most at most so many
   * @return how many; 1 for the key
   */
  int expireFields(Key key, int most) {
    long entry = store.findForWrite(key);
    if (entry == 0 || !hasDueFields(entry)) {
      return 0;
    }
    boolean before = store.changed;
    boolean all = isAllDue(entry);
    int fields = all ? 1 : most;
    while (fields > 0
        && !(all
            ? keyspace.admission().takesGone(key)
            : keyspace.admission().takes(key, keyspace.hashes().dueBytes(entry, fields)))) {
      fields /= 2;
    }
    if (fields == 0) {
      return 0;
    }
    if (all) {
      keyspace.generic().remove(key);
    } else {
      fields = keyspace.hashes().removeDue(key, entry, keyspace.nowMs(), fields);
    }
    store.changed = before; // this one is done with
    KeyObserver current = observer;
    if (current != null && fields > 0) {
      current.fieldsExpired(key, store.find(key) == 0);
    }
    return fields;
  }

  /** Deletes a key for its memory; false if it was past its time anyway. */
  boolean evict(Key key) {
    if (keyspace.findForWrite(key) == 0 || !keyspace.admission().takes(key, 0)) {
      return false;
    }
    keyspace.generic().remove(key);
    KeyObserver current = observer;
    if (current != null) {
      current.evicted(key);
    }
    keyspace.commandDone();
    return true;
  }
}
