package io.headwater.host;

import java.io.IOException;
import java.net.InetSocketAddress;

/** A loop that also accepts connections and feeds their sessions. */
public interface Listeners extends Loop {
  /**
   * Listens; call before or after the loop starts. {@code address} port 0 means any free port.
   *
   * @return the address really bound
   * @throws IOException if the port is taken or may not be bound
   */
  InetSocketAddress listen(InetSocketAddress address, Limits limits, Session.Factory sessions)
      throws IOException;

  /**
   * Closes a port that {@link #listen} bound; its connections go on. Before the loop starts, or on
   * its thread.
   */
  void stopListening(InetSocketAddress bound);

  /** Sends what was held for positions up to {@code durable}. Safe from any thread. */
  void release(long durable);

  /**
   * Limits of one listener.
   *
   * @param connections open connections; more are closed at once after accept
   * @param receiveBytes bytes of one unfinished request; past it the connection is closed
   * @param sendBytes output that waits for a slow client; past it the connection is closed
   */
  record Limits(int connections, int receiveBytes, long sendBytes) {}
}
