package io.headwater.protocol.redis;

import io.headwater.protocol.redis.resp.Arguments;
import java.util.ArrayList;
import java.util.List;

/** MULTI's queue and WATCH's outcome of one client. */
public final class Transaction {
  /** What a queued command takes beside its arguments' bytes, and each argument. */
  private static final int QUEUED_BYTES = 256;

  private static final int ARGUMENT_BYTES = 16;

  /** A watched key's places in maps and lists, without its name. */
  private static final int WATCHED_BYTES = 350;

  /** One queued command with its arguments copied together. */
  public record Queued(Command command, byte[] array, Arguments arguments) {
    static Queued of(Command command, byte[] array, Arguments arguments) {
      int first = arguments.start(0);
      int size = bytes(arguments);
      byte[] copy = new byte[size];
      System.arraycopy(array, first, copy, 0, size);
      Arguments places = new Arguments();
      for (int i = 0; i < arguments.count(); i++) {
        places.add(arguments.start(i) - first, arguments.length(i));
      }
      return new Queued(command, copy, places);
    }

    private static int bytes(Arguments arguments) {
      int last = arguments.count() - 1;
      return arguments.start(last) + arguments.length(last) - arguments.start(0);
    }
  }

  private final ClientLimits limits;

  private final List<Queued> queue = new ArrayList<>();
  private boolean open;
  private boolean broken;
  private boolean touched;
  private long bytes;

  /** All that the queue takes. */
  private long queuedBytes;

  private long watchedBytes;

  Transaction(ClientLimits limits) {
    this.limits = limits;
  }

  public boolean isOpen() {
    return open;
  }

  public void open() {
    open = true;
  }

  /** A command could not be queued: EXEC will refuse. */
  public void broke() {
    if (open) {
      broken = true;
    }
  }

  public boolean isBroken() {
    return broken;
  }

  /** A watched key changed: EXEC will answer nil. */
  public void touched() {
    touched = true;
  }

  public boolean isTouched() {
    return touched;
  }

  void unwatched() {
    touched = false;
    limits.held().add(-watchedBytes);
    watchedBytes = 0;
  }

  /**
   * More keys are about to be watched.
   *
   * @return false if all clients together have no room for them
   */
  public boolean watches(long keys, long nameBytes) {
    long heapBytes = keys * WATCHED_BYTES + nameBytes;
    if (!limits.held().take(heapBytes)) {
      return false;
    }
    watchedBytes += heapBytes;
    return true;
  }

  /**
   * Queues a command.
   *
   * @return false if all clients' queues together have no room for it
   */
  public boolean add(Command command, byte[] array, Arguments arguments) {
    int size = Queued.bytes(arguments);
    long heapBytes = QUEUED_BYTES + size + (long) arguments.count() * ARGUMENT_BYTES;
    if (!limits.held().take(heapBytes)) {
      return false;
    }
    queue.add(Queued.of(command, array, arguments));
    bytes += size;
    queuedBytes += heapBytes;
    return true;
  }

  public List<Queued> queue() {
    return queue;
  }

  /** Bytes of all queued arguments. */
  public long bytes() {
    return bytes;
  }

  /** What the queue takes of memory, its own records included. */
  public long queuedBytes() {
    return queuedBytes;
  }

  /** What the queue and the watched keys take. */
  long heldBytes() {
    return queuedBytes + watchedBytes;
  }

  public void end() {
    queue.clear();
    limits.held().add(-queuedBytes);
    queuedBytes = 0;
    open = false;
    broken = false;
    touched = false;
    bytes = 0;
  }
}
