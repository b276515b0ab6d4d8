package io.headwater.view.keyspace;

import io.headwater.host.Clock;
import io.headwater.host.Connection;
import io.headwater.log.Log;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The connections whose output shows state that is not durable yet. One sync serves as many of them
 * as have input ready: while some came in a turn, the next turn is taken before the sync.
 */
final class WaitingReplies {
  /** Up to this many connections wait for a sync on the loop itself, however slow the disk is. */
  private static final int SYNC_IN_LINE_CONNECTIONS = 4;

  /** The first connection of a group waits for so many turns of others at most. */
  private static final int GATHERED_TURNS_MAX = 4;

  private final Clock clock;
  private final List<Connection> connections = new ArrayList<>();

  /** Of the group that is gathered: connections, counted once for each turn, and turns. */
  private int gathered;

  private int turns;

  WaitingReplies(Clock clock) {
    this.clock = clock;
  }

  void add(Connection connection) {
    if (connections.isEmpty() || connections.getLast() != connection) {
      connections.add(connection);
    }
  }

  /**
   * Their output leaves when the log is durable up to the position.
   *
   * @return whether another turn has to follow soon, in which nothing may happen
   */
  boolean turnEnded(Log log, long position, TurnObserver observer) {
    boolean came = hold(log, position);
    if (came && turns < GATHERED_TURNS_MAX) {
      turns++;
      return true;
    }
    sync(log, position, observer);
    return false;
  }

  /** The same in the middle of a turn: nobody else is waited for. */
  void release(Log log, long position, TurnObserver observer) {
    hold(log, position);
    sync(log, position, observer);
  }

  /** Returns whether any came. */
  private boolean hold(Log log, long position) {
    boolean came = !connections.isEmpty() && log.durable() < position;
    if (came) {
      gathered += connections.size();
      for (Connection connection : connections) {
        if (!connection.isClosed()) {
          connection.hold(position);
        }
      }
    }
    connections.clear();
    return came;
  }

  private void sync(Log log, long position, TurnObserver observer) {
    int waiting = gathered;
    gathered = 0;
    turns = 0;
    if (waiting == 0 || log.durable() >= position) {
      return;
    }
    long began = clock.nanos();
    try {
      if (waiting <= SYNC_IN_LINE_CONNECTIONS) {
        log.sync(position);
      } else if (!log.trySync(position)) {
        log.syncSoon();
        return;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    observer.synced(clock.nanos() - began);
  }
}
