package io.headwater.host;

import io.headwater.bytes.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One io_uring (io_uring(7), Axboe, "Efficient IO with io_uring") without its C library: requests
 * are written into a ring that the kernel reads, what became of them comes back in another, and one
 * call submits, runs and waits. Beside these there is a ring of receive buffers, from which the
 * kernel takes one whenever bytes arrive.
 *
 * <pre>
 *   submissions  64 bytes each: operation, flags, ioprio, fd | offset | address | length, its flags
 *                | data | buffer group ...
 *   completions  16 bytes each: data | result, flags
 *   buffers      16 bytes each: address | length, number; the tail stands in the first one's end
 * </pre>
 *
 * <p>The kernel does its part only inside {@link #enter}, on the thread that enters (DEFER_TASKRUN,
 * since Linux 6.1): other threads and interrupts are not disturbed, and nothing changes behind
 * Java's back. So a buffer that a request names may be reused once enter has returned, if the
 * request never waits.
 */
final class Uring {
  static final int POLL_ADD = 6;
  static final int ASYNC_CANCEL = 14;
  static final int SEND = 26;
  static final int RECEIVE = 27;

  /** Takes one of the receive buffers. */
  static final int BUFFER_SELECT = 1 << 5;

  /** No completion if it did what it was told. */
  static final int QUIET = 1 << 6;

  /** Ioprio of a receive that goes on until it says otherwise. */
  static final int RECEIVE_MULTISHOT = 2;

  /** Length of a poll that goes on until it says otherwise. */
  static final int POLL_MULTISHOT = 1;

  // Flags of completions.
  static final int HAS_BUFFER = 1;
  static final int MORE = 2;

  private static final int SUBMISSION_FLAGS = 28;
  private static final int SUBMISSION_LENGTH = 24;
  private static final int SUBMISSION_ADDRESS = 16;

  private static final int SUBMISSIONS = 1024;
  private static final int COMPLETIONS = 16 << 10;
  private static final int BUFFERS = 1024;
  private static final int BUFFER_BYTES = 4 << 10;
  private static final int PARAMETERS_BYTES = 120;
  private static final int PAGE_BYTES = 4 << 10;
  private static final int TRIES_MAX = 10_000;

  /** CQSIZE, CLAMP, R_DISABLED, SUBMIT_ALL, COOP_TASKRUN, SINGLE_ISSUER, DEFER_TASKRUN. */
  private static final int SETUP = 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 12 | 1 << 13;

  private static final long OFFSET_OF_SUBMISSIONS = 0x1000_0000L;
  private static final int ENTER_GETEVENTS = 1;
  private static final int ENTER_EXT_ARG = 1 << 3;
  private static final int REGISTER_ENABLE_RINGS = 12;
  private static final int REGISTER_PBUF_RING = 22;

  /** Hears what became of requests, inside {@link #enter}. */
  interface Listener {
    /**
     * @param data as the request had it
     * @param result negative errno, or what the operation returns
     */
    void completed(long data, int result, int flags) throws IOException;
  }

  private final Listener listener;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = arena.allocate(Linux.STATE_BYTES, 8);

  /** A {@code timespec}, and the argument of a wait that names it. */
  private final long time = arena.allocate(16, 8).address();

  private final long waitArgument = arena.allocate(24, 8).address();
  private final long bufferRing = arena.allocate(BUFFERS * 16L, PAGE_BYTES).address();
  private final long buffers;
  private final int ring;
  private long rings = -1;
  private long ringsBytes;
  private long submissions = -1;
  private int submissionsMax;
  private long submissionTail;
  private int submissionMask;
  private long completionHead;
  private long completionTail;
  private int completionMask;
  private long completions;

  // What of the rings is ours, before it is published.
  private int submitted;
  private int unsubmitted;
  private int seen;
  private int given;

  /**
   * @throws IOException if the kernel has none, an old one, or forbids it
   */
  Uring(Listener listener) throws IOException {
    this.listener = listener;
    buffers = Memory.allocate((long) BUFFERS * BUFFER_BYTES, Memory.HUGE_PAGE_BYTES);
    Memory.preferHugePages(buffers, (long) BUFFERS * BUFFER_BYTES);
    long parameters = arena.allocate(PARAMETERS_BYTES, 8).address();
    Memory.putInt(parameters + 4, COMPLETIONS);
    Memory.putInt(parameters + 8, SETUP);
    ring = (int) call(Linux.IO_URING_SETUP, SUBMISSIONS, parameters, 0, 0, 0, 0);
    if (ring < 0) {
      int errno = Linux.errno(state);
      free();
      throw new IOException("io_uring_setup: errno " + errno);
    }
    try {
      map(parameters);
      registerBuffers();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void map(long parameters) throws IOException {
    submissionsMax = Memory.getInt(parameters);
    int completionsMax = Memory.getInt(parameters + 4);
    long submissionEntries = Memory.getInt(parameters + 64);
    long completionEntries = Memory.getInt(parameters + 100);
    ringsBytes =
        Math.max(submissionEntries + 4L * submissionsMax, completionEntries + 16L * completionsMax);
    rings = map(ringsBytes, 0);
    submissions = map(64L * submissionsMax, OFFSET_OF_SUBMISSIONS);
    submissionTail = rings + Memory.getInt(parameters + 44);
    submissionMask = Memory.getInt(rings + Memory.getInt(parameters + 48));
    for (int i = 0; i < submissionsMax; i++) {
      Memory.putInt(rings + submissionEntries + 4L * i, i);
    }
    completionHead = rings + Memory.getInt(parameters + 80);
    completionTail = rings + Memory.getInt(parameters + 84);
    completionMask = Memory.getInt(rings + Memory.getInt(parameters + 88));
    completions = rings + completionEntries;
  }

  private long map(long bytes, long offset) throws IOException {
    try {
      long address =
          (long)
              Linux.MMAP.invokeExact(
                  state, 0L, bytes, Linux.PROT_READ_WRITE, Linux.MAP_SHARED_POPULATE, ring, offset);
      if (address == -1) {
        throw LinuxSockets.failure("mmap", Linux.errno(state));
      }
      return address;
    } catch (Throwable e) {
      throw LinuxSockets.thrown(e);
    }
  }

  private void registerBuffers() throws IOException {
    long registration = arena.allocate(40, 8).address();
    Memory.putLong(registration, bufferRing);
    Memory.putInt(registration + 8, BUFFERS);
    register(REGISTER_PBUF_RING, registration, 1);
    for (int i = 0; i < BUFFERS; i++) {
      giveBack(i);
    }
  }

  private void register(int what, long argument, int count) throws IOException {
    if (call(Linux.IO_URING_REGISTER, ring, what, argument, count, 0, 0) < 0) {
      throw LinuxSockets.failure("io_uring_register " + what, Linux.errno(state));
    }
  }

  private long call(long number, long a, long b, long c, long d, long e, long f) {
    try {
      return (long) Linux.SYSCALL.invokeExact(state, number, a, b, c, d, e, f);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /** From now on it belongs to the calling thread; nothing can be requested before. */
  void start() throws IOException {
    register(REGISTER_ENABLE_RINGS, 0, 0);
  }

  int buffersMax() {
    return BUFFERS;
  }

  /** Where a receive buffer begins. */
  long buffer(int number) {
    return buffers + (long) number * BUFFER_BYTES;
  }

  /** Lets the kernel receive into a buffer again, from the next {@link #enter} on. */
  void giveBack(int buffer) {
    long at = bufferRing + ((long) (given & BUFFERS - 1) << 4);
    Memory.putLong(at, buffer(buffer));
    Memory.putInt(at + 8, BUFFER_BYTES);
    Memory.putShort(at + 12, buffer);
    given++;
  }

  boolean isFull() {
    return unsubmitted == submissionsMax;
  }

  /**
   * Requests something, to be submitted by the next {@link #enter}; enters before if it is full.
   *
   * @param flags {@link #BUFFER_SELECT}, {@link #QUIET}
   * @param number the descriptor
   * @param operationFlags events of a poll, flags of a message
   * @param data comes back with the completion
   */
  void request(
      int operation,
      int flags,
      int ioprio,
      int number,
      long address,
      int length,
      int operationFlags,
      long data)
      throws IOException {
    if (isFull()) {
      enter(0);
    }
    long at = submissions + ((long) (submitted & submissionMask) << 6);
    submitted++;
    unsubmitted++;
    Memory.putLong(at, operation | flags << 8 | ioprio << 16 | (long) number << 32);
    Memory.putLong(at + 8, 0);
    Memory.putLong(at + SUBMISSION_ADDRESS, address);
    Memory.putInt(at + SUBMISSION_LENGTH, length);
    Memory.putInt(at + SUBMISSION_FLAGS, operationFlags);
    Memory.putLong(at + 32, data);
    Memory.putLong(at + 40, 0);
    Memory.putLong(at + 48, 0);
    Memory.putLong(at + 56, 0);
  }

  /**
   * Submits all requests, does the kernel's part and tells the listener of all completions. It may
   * be called by the listener.
   *
   * @param waitNs how long to wait for a completion, if there is none; {@link Long#MAX_VALUE} has
   *     no end
   */
  void enter(long waitNs) throws IOException {
    int goal = submitted;
    int flags = ENTER_GETEVENTS;
    long argument = 0;
    long argumentBytes = 0;
    int wanted = waitNs > 0 && Memory.getIntAcquire(completionTail) == seen ? 1 : 0;
    if (wanted > 0 && waitNs < Long.MAX_VALUE) {
      Memory.putLong(time, waitNs / 1_000_000_000);
      Memory.putLong(time + 8, waitNs % 1_000_000_000);
      Memory.putLong(waitArgument + 16, time);
      flags |= ENTER_EXT_ARG;
      argument = waitArgument;
      argumentBytes = 24;
    }
    for (int tries = 0; ; tries++) {
      Memory.putIntRelease(submissionTail, submitted);
      Memory.putShortRelease(bufferRing + 14, given);
      long result =
          call(Linux.IO_URING_ENTER, ring, unsubmitted, wanted, flags, argument, argumentBytes);
      int errno = result < 0 ? Linux.errno(state) : 0;
      unsubmitted -= (int) Math.max(result, 0);
      boolean all = submitted - unsubmitted - goal >= 0; // requests of the listener may come later
      hear();
      if (all && isPassing(errno)) {
        return;
      }
      if (!isPassing(errno) || tries == TRIES_MAX) {
        throw LinuxSockets.failure("io_uring_enter", errno);
      }
      wanted = 0;
    }
  }

  /** A wait that ended, or want of memory or of room for completions, which are heard by now. */
  private static boolean isPassing(int errno) {
    return switch (errno) {
      case 0, Linux.ETIME, Linux.EINTR, Linux.EBUSY, Linux.EAGAIN -> true;
      default -> false;
    };
  }

  private void hear() throws IOException {
    while (seen != Memory.getIntAcquire(completionTail)) {
      long at = completions + ((long) (seen & completionMask) << 4);
      long data = Memory.getLong(at);
      int result = Memory.getInt(at + 8);
      int flags = Memory.getInt(at + 12);
      seen++; // the listener may enter
      listener.completed(data, result, flags);
    }
    Memory.putIntRelease(completionHead, seen);
  }

  /** Every socket that it receives from must be closed before. */
  void close() throws IOException {
    try {
      int ignored = (int) Linux.CLOSE.invokeExact(state, ring);
      if (rings != -1) {
        ignored = (int) Linux.MUNMAP.invokeExact(state, rings, ringsBytes);
      }
      if (submissions != -1) {
        ignored = (int) Linux.MUNMAP.invokeExact(state, submissions, 64L * submissionsMax);
      }
    } catch (Throwable e) {
      throw LinuxSockets.thrown(e);
    }
    free();
  }

  private void free() {
    Memory.free(buffers);
    arena.close();
  }
}
