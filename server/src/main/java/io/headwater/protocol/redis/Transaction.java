package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.List;

/** MULTI's queue and WATCH's outcome of one client. */
public final class Transaction {
  /** One queued command with its arguments copied together. */
  public record Queued(Command command, byte[] array, Arguments arguments) {}

  private final List<Queued> queue = new ArrayList<>();
  private boolean open;
  private boolean broken;
  private boolean touched;
  private long bytes;

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

  public void unwatched() {
    touched = false;
  }

  public void add(Command command, byte[] array, Arguments arguments) {
    int first = arguments.start(0);
    int last = arguments.count() - 1;
    int size = arguments.start(last) + arguments.length(last) - first;
    byte[] copy = new byte[size];
    System.arraycopy(array, first, copy, 0, size);
    Arguments places = new Arguments();
    for (int i = 0; i <= last; i++) {
      places.add(arguments.start(i) - first, arguments.length(i));
    }
    queue.add(new Queued(command, copy, places));
    bytes += size;
  }

  public List<Queued> queue() {
    return queue;
  }

  /** Bytes of all queued arguments. */
  public long bytes() {
    return bytes;
  }

  public void end() {
    queue.clear();
    open = false;
    broken = false;
    touched = false;
    bytes = 0;
  }
}
