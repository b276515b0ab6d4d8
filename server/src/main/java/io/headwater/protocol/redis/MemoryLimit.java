package io.headwater.protocol.redis;

import io.headwater.host.Connection;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.settings.Settings;
import io.headwater.view.keyspace.Eviction;
import io.headwater.view.keyspace.EvictionPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * {@code maxmemory} and {@code maxmemory-clients}: what commands have to respect of them, and what
 * clients' buffers add.
 */
public final class MemoryLimit {
  private static final CommandError OOM =
      new CommandError("OOM command not allowed when used memory > 'maxmemory'.");

  /** A connection's own objects, without its buffers. */
  private static final int CLIENT_BYTES = 1024;

  private final RedisServer server;
  private final Eviction eviction;
  private long clientBytes;
  private boolean full;

  MemoryLimit(RedisServer server) {
    this.server = server;
    this.eviction = server.keyspace().eviction();
    eviction.countBeside(this::countClients);
    Settings settings = server.settings();
    settings.followNumber("maxmemory", eviction::setBytesMax);
    settings.follow("maxmemory-policy", word -> eviction.setPolicy(EvictionPolicy.of(word)));
    settings.followNumber("maxmemory-samples", eviction::setSamples);
    settings.followNumber("maxmemory-eviction-tenacity", eviction::setTenacity);
    settings.followNumber("lfu-log-factor", eviction::setLogFactor);
    settings.followNumber("active-expire-effort", server.keyspace().expiration()::setEffort);
    settings.followNumber("lfu-decay-time", eviction::setDecayMinutes);
  }

  /** Whether commands need not ask for room. */
  boolean isUnlimited() {
    return eviction.isUnlimited() && !full;
  }

  /** Makes room before a command, or refuses it. */
  void admit(RedisSession session, Command command) {
    full = eviction.makeRoom() == Eviction.Outcome.FULL;
    if (full) {
      refuse(session, command);
    }
  }

  /** Whether there was no room before the command that runs: what a script asks. */
  public boolean isFull() {
    return full;
  }

  private void refuse(RedisSession session, Command command) {
    Transaction transaction = session.transaction();
    if (!transaction.isOpen()) {
      if (command.has(Flags.DENYOOM)) {
        throw OOM;
      }
      return;
    }
    switch (command.name()) {
      case "exec" -> {
        if (transaction.queue().stream().anyMatch(q -> q.command().has(Flags.DENYOOM))) {
          throw OOM; // which ends the transaction
        }
      }
      case "discard", "quit", "reset" -> {}
      default -> throw OOM; // a queue takes memory, whatever is in it
    }
  }

  /** Bytes of clients' buffers and queues at the last count. */
  public long clientBytes() {
    return clientBytes;
  }

  /**
   * Bytes that a client takes: its buffers in both directions, what it has queued and subscribed
   * to.
   */
  public static long bytesOf(RedisSession session) {
    Connection connection = session.connection();
    return CLIENT_BYTES
        + connection.pendingBytes()
        + connection.inputBufferBytes()
        + session.transaction().heldBytes()
        + PubSub.bytesOf(session);
  }

  private long countClients() {
    long sum = 0;
    for (RedisSession session : server.sessions()) {
      sum += bytesOf(session);
    }
    clientBytes = sum;
    long most = clientBytesMax();
    if (most > 0 && sum > most) {
      disconnect(sum - most);
    }
    return clientBytes;
  }

  /** {@code maxmemory-clients} in bytes; 0 for no limit. */
  private long clientBytesMax() {
    String limit = server.settings().text("maxmemory-clients");
    if (!limit.endsWith("%")) {
      return Long.parseLong(limit);
    }
    long share = Long.parseLong(limit.substring(0, limit.length() - 1));
    return (long) (server.settings().number("maxmemory") / 100.0 * share);
  }

  /** Cuts off the clients that take most, until so many bytes are free. */
  private void disconnect(long excess) {
    List<RedisSession> largest = new ArrayList<>(server.sessions());
    largest.removeIf(session -> session.isNoEvict() || session.isReplica());
    largest.sort(Comparator.comparingLong(MemoryLimit::bytesOf).reversed());
    long left = excess;
    for (RedisSession session : largest) {
      if (left <= 0) {
        return;
      }
      long bytes = bytesOf(session);
      left -= bytes;
      clientBytes -= bytes;
      server.statistics().evictedClients++;
      session.closeNow();
    }
  }
}
