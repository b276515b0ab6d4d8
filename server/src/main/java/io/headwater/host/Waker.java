package io.headwater.host;

import io.headwater.bytes.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Ends the sleep of an {@link EpollPoller} or {@link UringPoller}: an eventfd, never read. It has a
 * lock, because a number that is closed may be somebody else's file.
 */
final class Waker {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = arena.allocate(Linux.STATE_BYTES, 8);
  private final long one = arena.allocate(8, 8).address();
  final int number;
  private boolean closed;

  Waker() throws Throwable {
    int flags = Linux.NONBLOCK | Linux.CLOEXEC;
    number =
        LinuxSockets.checked((int) Linux.EVENTFD.invokeExact(state, 0, flags), state, "eventfd");
    Memory.putLong(one, 1);
  }

  /** Adds one, of 2^64 that it can count; who watches it sees each change. */
  synchronized void wake() {
    if (closed) {
      return;
    }
    try {
      long ignored = (long) Linux.WRITE.invokeExact(state, number, one, 8L);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** False if it was closed before. */
  synchronized boolean close() {
    if (closed) {
      return false;
    }
    closed = true;
    try {
      int ignored = (int) Linux.CLOSE.invokeExact(state, number);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    arena.close();
    return true;
  }
}
