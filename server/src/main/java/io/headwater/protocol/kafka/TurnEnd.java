package io.headwater.protocol.kafka;

import io.headwater.host.Connection;
import io.headwater.host.Loop;
import io.headwater.log.Log;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;

/** What the requests of one turn ask of the log, done once at the turn's end for all of them. */
final class TurnEnd implements Loop.TurnHook {
  private static final System.Logger LOG = System.getLogger(TurnEnd.class.getName());

  private final Log log;
  private final List<Connection> awaitWritten = new ArrayList<>();
  private boolean sync;

  TurnEnd(Log log) {
    this.log = log;
  }

  /** Makes what was appended durable soon. */
  void sync() {
    sync = true;
  }

  /** The answer leaves only when everything appended so far is durable. */
  void holdForAppended(Exchange exchange) {
    long appended = log.appended();
    if (log.durable() < appended) {
      exchange.holdFor(appended);
      sync = true;
    }
  }

  /** What this connection is sent in this turn leaves only when the log's file has it. */
  void awaitWritten(Connection connection) {
    awaitWritten.add(connection);
  }

  @Override
  public void beforeTurn() {}

  @Override
  public void afterTurn() {
    if (!awaitWritten.isEmpty()) {
      try {
        log.write();
      } catch (IOException e) {
        LOG.log(Level.ERROR, "kafka: cannot write the log; closing producers with acks=1", e);
        awaitWritten.forEach(Connection::close);
      }
      awaitWritten.clear();
    }
    if (sync) {
      sync = false;
      log.syncSoon();
    }
  }
}
