package io.headwater.view;

import io.headwater.host.Loop;
import io.headwater.log.LoggedPart;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Parts that others appended for a view, in log order. The router puts from inside the append's
 * critical section; only the owner takes. It never refuses (the parts are in the log already);
 * producers look at {@link #overloaded} and stop reading from their clients instead.
 */
public final class Inbox {
  private final ConcurrentLinkedQueue<LoggedPart> parts = new ConcurrentLinkedQueue<>();
  private final AtomicLong bytes = new AtomicLong();
  private final long limitBytes;
  private volatile long lastPosition;
  private @Nullable Loop owner;

  /**
   * @param limitBytes payload bytes from which on {@link #overloaded} asks producers to wait
   */
  public Inbox(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** Whom to wake when something arrives; set once, before the log opens for appends. */
  public void ownedBy(Loop loop) {
    owner = loop;
  }

  /** Called by the router only, in log order. */
  public void put(LoggedPart part) {
    bytes.addAndGet(part.length());
    parts.add(part);
    lastPosition = part.position();
    Loop loop = owner;
    if (loop != null) {
      loop.wake();
    }
  }

  /** The oldest part not taken yet, or null. Owner only. */
  public @Nullable LoggedPart poll() {
    LoggedPart part = parts.poll();
    if (part != null) {
      bytes.addAndGet(-part.length());
    }
    return part;
  }

  public boolean isEmpty() {
    return parts.isEmpty();
  }

  /** The position of the newest part ever put: a reader that wants all of it waits for this. */
  public long lastPosition() {
    return lastPosition;
  }

  public long bytes() {
    return bytes.get();
  }

  public boolean overloaded() {
    return bytes.get() > limitBytes;
  }
}
