package io.headwater.view.keyspace;

import io.headwater.host.Clock;
import io.headwater.host.Connection;
import io.headwater.log.Log;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** The connections whose output of this turn shows state that is not durable yet. */
final class WaitingReplies {
  /** Up to this many connections wait for a sync on the loop itself. */
  private static final int SYNC_IN_LINE_CONNECTIONS = 4;

  private final Clock clock;
  private final List<Connection> connections = new ArrayList<>();

  WaitingReplies(Clock clock) {
    this.clock = clock;
  }

  void add(Connection connection) {
    if (connections.isEmpty() || connections.getLast() != connection) {
      connections.add(connection);
    }
  }

  /** Their output leaves when the log is durable up to the position: now, or when it says so. */
  void release(Log log, long position, TurnObserver observer) {
    if (connections.isEmpty()) {
      return;
    }
    if (log.durable() < position) {
      if (connections.size() <= SYNC_IN_LINE_CONNECTIONS) {
        sync(log, position, observer);
      } else {
        for (Connection connection : connections) {
          if (!connection.isClosed()) {
            connection.hold(position);
          }
        }
        log.syncSoon();
      }
    }
    connections.clear();
  }

  private void sync(Log log, long position, TurnObserver observer) {
    long began = clock.nanos();
    try {
      log.sync(position);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    observer.synced(clock.nanos() - began);
  }
}
