package io.headwater.view.keyspace.types;

/**
 * How much goes into one node of a stream. Changing it changes only what is added from then on.
 *
 * @param nodeBytes {@code stream-node-max-bytes}; 0 is without a limit of its own
 * @param nodeEntries {@code stream-node-max-entries}; 0 is without a limit of its own
 */
public record StreamLimits(int nodeBytes, int nodeEntries) {
  /** Redis 7.0's. */
  public static final StreamLimits DEFAULTS = new StreamLimits(4096, 100);
}
