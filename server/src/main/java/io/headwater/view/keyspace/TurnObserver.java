package io.headwater.view.keyspace;

/** Hears, on the loop, how long the keyspace's own work held it. */
public interface TurnObserver {
  /** The log was synced on the loop, because replies waited for it. */
  void synced(long nanos);

  /** A cycle looked for keys that are past their time. */
  void expired(long nanos);

  /** A whole turn: the input of all clients, what follows from it, and what they are sent. */
  void turned(long ms);

  /** Nobody cares. */
  static TurnObserver none() {
    return new TurnObserver() {
      @Override
      public void synced(long nanos) {}

      @Override
      public void expired(long nanos) {}

      @Override
      public void turned(long ms) {}
    };
  }
}
