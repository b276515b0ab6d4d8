package io.headwater.protocol.redis;

/** Counters since the start, or since CONFIG RESETSTAT. Loop only. */
final class Statistics {
  long connections;
  long commands;
  long rejectedCalls;
  long failedCalls;
  long protocolErrors;
  long hits;
  long misses;

  void reset() {
    connections = 0;
    commands = 0;
    rejectedCalls = 0;
    failedCalls = 0;
    protocolErrors = 0;
    hits = 0;
    misses = 0;
  }
}
