package io.headwater.host;

/**
 * One client's conversation in one protocol: fed with bytes, writes bytes. A plain object without a
 * socket, so it runs in simulation. All calls come from the connection's loop.
 */
public interface Session {
  /** Whether its input may be taken while another session is in the middle of a call. */
  default boolean mayInterrupt() {
    return false;
  }

  /**
   * Tells what {@link #receive} will be called with soon, after other sessions of the turn were
   * told theirs: begin to load from memory what it will look at. Changes nothing that can be seen.
   */
  default void foresee(byte[] buffer, int from, int to) {}

  /**
   * Consumes whole requests from {@code buffer[from..to)} and returns how many bytes it consumed;
   * the rest comes again, with more behind it. The array belongs to the caller and is overwritten
   * after the call: copy what must stay. A session that can tell that a request is past its limit
   * answers its error and calls {@link Connection#closeAfterFlush} before it is buffered.
   */
  int receive(byte[] buffer, int from, int to);

  /** The connection is gone; called exactly once. */
  void closed();

  /** Creates the session of a new connection. */
  interface Factory {
    Session open(Connection connection);
  }
}
