package io.headwater.protocol.redis;

/** Counters since the start, or since CONFIG RESETSTAT. Loop only. */
public final class Statistics {
  public long connections;
  public long commands;
  public long rejectedCalls;
  public long failedCalls;
  public long protocolErrors;
  public long hits;
  public long misses;

  public void reset() {
    connections = 0;
    commands = 0;
    rejectedCalls = 0;
    failedCalls = 0;
    protocolErrors = 0;
    hits = 0;
    misses = 0;
  }
}
