package io.headwater.view.keyspace;

/**
 * Hears at once, on the loop, which keys change, whoever changes them: commands, expiry, eviction,
 * projections. Must not change the keyspace.
 */
public interface ChangeListener {
  /** A key's value or expiry changed; its event may not be recorded yet. */
  void changed(Key key);

  /** A whole database changed at once. */
  void allChanged();

  /** The end of a turn, before what it changed is appended. */
  void settle();
}
