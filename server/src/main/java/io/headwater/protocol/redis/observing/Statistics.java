package io.headwater.protocol.redis.observing;

/** Counters since the start, or since CONFIG RESETSTAT. Loop only. */
public final class Statistics {
  public final ErrorCounts errors = new ErrorCounts();
  public long connections;
  public long commands;
  public long rejectedConnections;
  public long protocolErrors;

  /** Times that input of a client was looked at. */
  public long reads;

  public long hits;
  public long misses;

  /** Clients cut off by {@code maxmemory-clients}. */
  public long evictedClients;

  public void reset() {
    connections = 0;
    commands = 0;
    rejectedConnections = 0;
    errors.reset();
    protocolErrors = 0;
    reads = 0;
    hits = 0;
    misses = 0;
    evictedClients = 0;
  }
}
