package io.headwater.host;

import io.headwater.bytes.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Linux's io_uring: one call into the kernel for each turn of the loop, which sends what the turn
 * wrote to all its clients, and brings what other clients have sent meanwhile. Beside what {@link
 * EpollPoller} costs it saves the two calls for each request, and the kernel's polling.
 *
 * <ul>
 *   <li><em>Receiving</em> is requested once for each socket, while the loop is interested. What
 *       comes stands in buffers of the ring, chained to the socket, until the loop reads it, in the
 *       same turn. When all buffers are taken, receiving ends for those that got none: they are
 *       read as epoll would do it, and requested again when they are empty.
 *   <li><em>Sending</em>: a small piece is copied and requested, and counts as written. It never
 *       waits in the kernel, and tells only if less than all of it was taken; the rest of that one
 *       piece is then kept here, and nothing more is taken until it has left. A larger piece is
 *       sent at once, behind what was requested before.
 *   <li><em>Closing</em> first cancels what was requested, so that no request outlives its
 *       descriptor. A completion names descriptor and registration: one that is still under way
 *       then finds nobody, even if the descriptor is another connection's by then.
 * </ul>
 *
 * <p>Files are copied through a buffer, as {@link EpollPoller} does it.
 */
final class UringPoller implements Poller {
  /** Larger pieces are not worth a copy. */
  private static final int STAGED_MAX = 16 << 10;

  private static final int STAGING_BYTES = 256 << 10;
  private static final int STAGED_SOCKETS = 512;
  private static final int SEND_FLAGS = Linux.MSG_NOSIGNAL | Linux.MSG_DONTWAIT | Linux.MSG_WAITALL;

  // What a request is about, in the highest three bits of its data; below are registration and
  // descriptor.
  private static final int PORT = 0;
  private static final int INPUT = 1;
  private static final int OUTPUT = 2;
  private static final int WRITABLE = 3;
  private static final int WAKER = 4;
  private static final int CANCEL = 5;

  private static final int KIND_SHIFT = 61;
  private static final int REGISTRATIONS = (1 << 29) - 1;

  private final Arena arena = Arena.ofShared();
  private final LinuxSockets sockets = new LinuxSockets(arena);
  private final Uring ring;
  private final Waker waker;
  private boolean started;

  /** Of each receive buffer: bytes received, and the one behind it in its socket's chain. */
  private final int[] received;

  private final int[] behind;

  private final long staging = arena.allocate(STAGING_BYTES, 64).address();
  private final UringSocket[] staged = new UringSocket[STAGED_SOCKETS];
  private int stagedCount;
  private int stagedBytes;

  private Descriptor[] byNumber = new Descriptor[256];
  private int registrations;
  private Descriptor[] ready = new Descriptor[64];
  private int readyCount;

  /** Those that the next select reports, if they still can do something then. */
  private Descriptor[] next = new Descriptor[64];

  private int nextCount;

  /**
   * @throws IOException if this machine has no io_uring, one that is too old, or forbids it
   */
  UringPoller() throws IOException {
    try {
      ring = new Uring(this::completed);
    } catch (IOException e) {
      arena.close();
      throw e;
    }
    received = new int[ring.buffersMax()];
    behind = new int[ring.buffersMax()];
    try {
      waker = new Waker();
    } catch (Throwable e) {
      ring.close();
      arena.close();
      throw LinuxSockets.thrown(e);
    }
  }

  @Override
  public Poller.Port bind(InetSocketAddress wanted, int backlog) throws IOException {
    LinuxSockets.Listening listening = LinuxSockets.listen(wanted, backlog);
    return new UringPort(listening.number(), listening.address());
  }

  @Override
  public void add(Poller.Port port, Object attachment) throws IOException {
    UringPort uring = (UringPort) port;
    start();
    uring.attachment = attachment;
    register(uring);
    uring.watch();
  }

  @Override
  public int select(long waitNs) throws IOException {
    start();
    for (int i = 0; i < readyCount; i++) {
      if (ready[i].can()) {
        report(ready[i]);
      }
    }
    int kept = 0;
    for (int i = 0; i < nextCount; i++) {
      Descriptor descriptor = next[i];
      descriptor.listed = descriptor.can();
      if (descriptor.listed) {
        next[kept++] = descriptor;
      }
    }
    nextCount = kept;
    enter(nextCount > 0 ? 0 : waitNs);
    Descriptor[] last = ready;
    ready = next;
    readyCount = nextCount;
    next = last;
    nextCount = 0;
    for (int i = 0; i < readyCount; i++) {
      ready[i].listed = false;
    }
    return readyCount;
  }

  @Override
  public @Nullable Object attachment(int index) {
    Descriptor found = ready[index];
    return found.closed ? null : found.attachment;
  }

  @Override
  public int operations(int index) {
    return ready[index] instanceof UringSocket socket ? socket.operations() : 0;
  }

  @Override
  public void setLocalCongestion(String name) {
    sockets.setLocalCongestion(name);
  }

  @Override
  public void wakeup() {
    waker.wake();
  }

  @Override
  public void close() throws IOException {
    if (!waker.close()) {
      return;
    }
    Arrays.fill(ready, null);
    Arrays.fill(next, null);
    ring.close();
    arena.close();
  }

  /** Not before: the ring belongs to the thread that starts it, the loop's. */
  private void start() throws IOException {
    if (!started) {
      started = true;
      ring.start();
      watchWaker();
    }
  }

  private void watchWaker() throws IOException {
    long data = data(WAKER, 0, waker.number);
    ring.request(Uring.POLL_ADD, 0, 0, waker.number, 0, Uring.POLL_MULTISHOT, Linux.EPOLLIN, data);
  }

  private static long data(int kind, int registration, int number) {
    return (long) kind << KIND_SHIFT | (long) registration << 32 | number;
  }

  /** Behind it, nothing of what was staged is needed any more. */
  private void enter(long waitNs) throws IOException {
    ring.enter(waitNs);
    for (int i = 0; i < stagedCount; i++) {
      staged[i].isStaged = false;
    }
    stagedCount = 0;
    stagedBytes = 0;
  }

  private void completed(long data, int result, int flags) throws IOException {
    int kind = (int) (data >>> KIND_SHIFT);
    int number = (int) data;
    if (kind == WAKER) {
      if ((flags & Uring.MORE) == 0) {
        watchWaker();
      }
      return;
    }
    Descriptor found = number < byNumber.length ? byNumber[number] : null;
    if (found == null || found.registration != (int) (data >>> 32 & REGISTRATIONS)) {
      if ((flags & Uring.HAS_BUFFER) != 0) {
        ring.giveBack(flags >>> 16);
      }
      return;
    }
    switch (kind) {
      case PORT -> ((UringPort) found).connected();
      case INPUT -> ((UringSocket) found).received(result, flags);
      case OUTPUT -> ((UringSocket) found).notSent(result);
      case WRITABLE -> ((UringSocket) found).writable();
      default -> throw new IllegalStateException("completion of kind " + kind);
    }
  }

  @SuppressWarnings("ReferenceEquality") // storing what is there already costs a memory fence
  private void report(Descriptor descriptor) {
    if (!descriptor.listed) {
      descriptor.listed = true;
      if (nextCount == next.length) {
        next = Arrays.copyOf(next, nextCount * 2);
      }
      if (next[nextCount] != descriptor) {
        next[nextCount] = descriptor;
      }
      nextCount++;
    }
  }

  private void register(Descriptor descriptor) {
    int number = descriptor.number;
    if (number >= byNumber.length) {
      byNumber = Arrays.copyOf(byNumber, Math.max(number + 1, byNumber.length * 2));
    }
    registrations = registrations % REGISTRATIONS + 1;
    descriptor.registration = registrations;
    byNumber[number] = descriptor;
  }

  /** A file descriptor about which requests are made. */
  private abstract class Descriptor {
    final int number;
    int registration;
    @Nullable Object attachment;
    boolean closed;

    /** Stands in {@link #next}. */
    boolean listed;

    Descriptor(int number) {
      this.number = number;
    }

    /** Whether it is to be reported again, though nothing new was heard of it. */
    abstract boolean can() throws IOException;

    final void request(int kind, int operation, int flags, int ioprio, int operationFlags)
        throws IOException {
      ring.request(
          operation, flags, ioprio, number, 0, 0, operationFlags, data(kind, registration, number));
    }

    final void cancel(int kind) throws IOException {
      ring.request(
          Uring.ASYNC_CANCEL,
          Uring.QUIET,
          0,
          -1,
          data(kind, registration, number),
          0,
          0,
          data(CANCEL, 0, 0)); // no descriptor that is registered has this number
    }

    /** After its last requests were submitted and what waits was cancelled. */
    final void forget() throws IOException {
      closed = true;
      if (registration != 0) {
        enter(0);
        byNumber[number] = null;
      }
      sockets.close(number);
    }
  }

  private final class UringPort extends Descriptor implements Poller.Port {
    private final InetSocketAddress bound;
    private boolean watched;
    private boolean interested = true;

    private UringPort(int number, InetSocketAddress bound) {
      super(number);
      this.bound = bound;
    }

    /** Told once when a connection waits, and again for each time that this is called. */
    private void watch() throws IOException {
      if (interested && registration != 0 && !watched && !closed) {
        watched = true;
        request(PORT, Uring.POLL_ADD, 0, 0, Linux.EPOLLIN);
      }
    }

    private void connected() {
      watched = false;
      report(this);
    }

    @Override
    boolean can() throws IOException {
      watch();
      return false;
    }

    @Override
    public InetSocketAddress address() {
      return bound;
    }

    @Override
    public Poller.@Nullable Socket accept() throws IOException {
      int accepted = sockets.accept(number);
      if (accepted == LinuxSockets.AGAIN) {
        return null;
      }
      UringSocket socket = new UringSocket(accepted, sockets.accepted(accepted));
      register(socket);
      socket.receive();
      return socket;
    }

    @Override
    public void interest(boolean on) {
      interested = on;
      if (on) {
        report(this);
      }
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        if (watched) {
          cancel(PORT);
        }
        forget();
      }
    }
  }

  private final class UringSocket extends Descriptor implements Poller.Socket {
    private static final int NONE = -1;

    private final InetSocketAddress remote;
    private @Nullable InetSocketAddress local;
    private int interest = READ;

    // Input: a chain of buffers, of whose first some bytes are read.
    private int first = NONE;
    private int last = NONE;
    private int firstRead;

    /** Receiving is requested. */
    private boolean receiving;

    private boolean cancelled;

    /** Receiving ended for want of buffers: what there is must be read without. */
    private boolean unbuffered;

    private boolean ended;
    private int error;

    // Output: the piece that is requested, and what the kernel has not taken of one.
    private boolean isStaged;
    private long stagedAt;
    private int stagedLength;
    private byte @Nullable [] rest;
    private int restFrom;

    /** It took less than it was given; {@link #WRITABLE} is requested. */
    private boolean full;

    private UringSocket(int number, InetSocketAddress remote) {
      super(number);
      this.remote = remote;
    }

    private int operations() {
      boolean input = first != NONE || ((interest & READ) != 0 && (ended || unbuffered));
      return (input ? READ : 0) | (full ? 0 : interest & WRITE);
    }

    @Override
    boolean can() {
      return !closed && operations() != 0;
    }

    private void receive() throws IOException {
      receiving = true;
      cancelled = false;
      request(INPUT, Uring.RECEIVE, Uring.BUFFER_SELECT, Uring.RECEIVE_MULTISHOT, 0);
    }

    private void receiveAgain() throws IOException {
      if (!receiving && !ended && !unbuffered && !closed && (interest & READ) != 0) {
        receive();
      }
    }

    private void received(int result, int flags) throws IOException {
      if ((flags & Uring.HAS_BUFFER) != 0) {
        int buffer = flags >>> 16;
        if (result > 0 && !closed) {
          chain(buffer, result);
        } else {
          ring.giveBack(buffer);
        }
      }
      if ((flags & Uring.MORE) == 0) {
        receiving = false;
        switch (-result) {
          case 0 -> ended = true;
          case Linux.ENOBUFS -> unbuffered = true;
          case Linux.ECANCELED, Linux.EINTR, Linux.EAGAIN -> {}
          default -> fail(result);
        }
        receiveAgain();
      }
      report(this);
    }

    private void chain(int buffer, int length) {
      received[buffer] = length;
      behind[buffer] = NONE;
      if (first == NONE) {
        first = buffer;
        firstRead = 0;
      } else {
        behind[last] = buffer;
      }
      last = buffer;
    }

    private void fail(int result) {
      if (result < 0) {
        ended = true;
        error = -result;
        report(this);
      }
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      int count = 0;
      while (first != NONE && count < length) {
        int buffer = first;
        int piece = Math.min(received[buffer] - firstRead, length - count);
        Memory.copy(ring.buffer(buffer) + firstRead, target, from + count, piece);
        count += piece;
        firstRead += piece;
        if (firstRead == received[buffer]) {
          first = behind[buffer];
          firstRead = 0;
          ring.giveBack(buffer);
        }
      }
      if (count > 0) {
        return count;
      }
      if (error != 0) {
        throw LinuxSockets.failure("recv", error);
      }
      if (ended) {
        return LinuxSockets.END;
      }
      return unbuffered ? readUnbuffered(target, from, length) : 0;
    }

    /** What comes after it was found empty is received as soon as that is requested again. */
    private int readUnbuffered(byte[] target, int from, int length) throws IOException {
      int count = sockets.receive(number, target, from, length);
      if (count == LinuxSockets.END) {
        ended = true;
        return count;
      }
      if (count < Math.min(length, LinuxSockets.IO_BYTES_MAX)) {
        unbuffered = false;
        receiveAgain();
      }
      return Math.max(0, count);
    }

    @Override
    public int write(byte[] source, int from, int length) throws IOException {
      boolean tooMuch = stagedBytes + length > STAGING_BYTES || stagedCount == STAGED_SOCKETS;
      if (isStaged || ring.isFull() || (tooMuch && length <= STAGED_MAX)) {
        enter(0);
      }
      if (error != 0) {
        throw LinuxSockets.failure("send", error);
      }
      if (rest != null) {
        return 0;
      }
      if (length <= STAGED_MAX) {
        stage(source, from, length);
        return length;
      }
      int count = sockets.send(number, source, from, length);
      if (count == LinuxSockets.AGAIN) {
        watchWritable();
        return 0;
      }
      return count;
    }

    @SuppressWarnings("ReferenceEquality")
    private void stage(byte[] source, int from, int length) throws IOException {
      stagedAt = staging + stagedBytes;
      stagedLength = length;
      stagedBytes += length + 63 & -64;
      Memory.copy(source, from, stagedAt, length);
      ring.request(
          Uring.SEND,
          Uring.QUIET,
          0,
          number,
          stagedAt,
          length,
          SEND_FLAGS,
          data(OUTPUT, registration, number));
      isStaged = true;
      if (staged[stagedCount] != this) {
        staged[stagedCount] = this;
      }
      stagedCount++;
    }

    /** Less than all of the staged piece. */
    private void notSent(int result) throws IOException {
      if (result < 0 && result != -Linux.EAGAIN && result != -Linux.EINTR) {
        fail(result);
        return;
      }
      int sent = Math.max(0, result);
      if (!closed && sent < stagedLength) {
        rest = Memory.toByteArray(stagedAt + sent, stagedLength - sent);
        restFrom = 0;
        watchWritable();
      }
    }

    private void watchWritable() throws IOException {
      if (!full) {
        full = true;
        request(WRITABLE, Uring.POLL_ADD, 0, 0, Linux.EPOLLOUT);
      }
    }

    private void writable() throws IOException {
      full = false;
      byte[] left = rest;
      if (left != null && !closed) {
        sendRest(left);
      }
      report(this);
    }

    private void sendRest(byte[] left) throws IOException {
      int wanted = left.length - restFrom;
      int count;
      try {
        count = Math.max(0, sockets.send(number, left, restFrom, wanted));
      } catch (IOException e) {
        rest = null;
        fail(-Linux.EPIPE);
        return;
      }
      restFrom += count;
      if (count < wanted) {
        watchWritable();
      } else {
        rest = null;
      }
    }

    @Override
    public boolean isSent() throws IOException {
      if (isStaged) {
        enter(0);
      }
      return rest == null;
    }

    @Override
    public InetSocketAddress remote() {
      return remote;
    }

    @Override
    public InetSocketAddress local() {
      InetSocketAddress known = local;
      if (known == null) {
        known = sockets.name(number);
        local = known;
      }
      return known;
    }

    @Override
    public void attach(Object newAttachment) {
      attachment = newAttachment;
    }

    @Override
    public void interest(int operations) {
      interest = operations;
      try {
        if ((operations & READ) != 0) {
          receiveAgain();
        } else if (receiving && !cancelled) {
          cancelled = true;
          cancel(INPUT);
        }
      } catch (IOException e) {
        fail(-Linux.EPIPE); // the ring itself is broken: the next select says so
      }
      if (can()) {
        report(this);
      }
    }

    @Override
    public void shutdownOutput() throws IOException {
      sockets.shutdownOutput(number);
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      if (receiving) {
        cancel(INPUT);
      }
      if (full) {
        cancel(WRITABLE);
      }
      forget();
      while (first != NONE) {
        ring.giveBack(first);
        first = behind[first];
      }
    }
  }
}
