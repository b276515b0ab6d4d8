package io.headwater.view.keyspace;

/**
 * Hears at once, on the loop, of what becomes of keys beside what commands say themselves. Not
 * called in replay or for derived events; must not change the keyspace.
 */
public interface KeyObserver {
  /** A key came to be that was not there; its event may not be recorded yet. */
  void created(Key key);

  /** A key was deleted because it was past its time; that is recorded. */
  void expired(Key key);

  /**
   * Fields of a hash were deleted because they were past their time; that is recorded.
   *
   * @param gone whether the key went with its last field
   */
  void fieldsExpired(Key key, boolean gone);

  /** A key was deleted because memory was short; that is recorded. */
  void evicted(Key key);
}
