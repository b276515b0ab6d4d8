package io.headwater.view.keyspace.types;

/**
 * An entry that a consumer got and has not acknowledged. The entry itself may be gone already.
 *
 * @param deliveredMs when it was last delivered, since 1970
 * @param deliveries how often
 */
public record Pending(
    long ms, long seq, StreamConsumer consumer, long deliveredMs, long deliveries) {
  /** What one takes in an event, at most: four numbers. */
  public static final long EVENT_BYTES = 40;

  public StreamId id() {
    return new StreamId(ms, seq);
  }
}
