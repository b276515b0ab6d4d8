package io.headwater.view.keyspace.types;

import io.headwater.bytes.Bytes;

/** A consumer of a stream's group: what it got and has not acknowledged. */
public final class StreamConsumer {
  final PendingList pending = new PendingList();
  private final Bytes name;
  private long seenMs;
  private long activeMs;
  private long polledMs;

  StreamConsumer(Bytes name, long seenMs, long activeMs) {
    this.name = name;
    this.seenMs = seenMs;
    this.activeMs = activeMs;
  }

  public Bytes name() {
    return name;
  }

  public PendingList pending() {
    return pending;
  }

  /** When it last asked for something and got it, or came to be, since 1970; from the log. */
  public long seenMs() {
    return seenMs;
  }

  /** When it last got an entry, or -1 if it never did; from the log. */
  public long activeMs() {
    return activeMs;
  }

  /** When it last asked, got something or not: known until a restart only. */
  public long lastSeenMs() {
    return Math.max(seenMs, polledMs);
  }

  /** It asks. Not in the log, for asking in vain changes nothing else. */
  public void polled(long nowMs) {
    polledMs = nowMs;
  }

  void seen(long nowMs) {
    seenMs = nowMs;
  }

  void active(long nowMs) {
    seenMs = nowMs;
    activeMs = nowMs;
  }
}
