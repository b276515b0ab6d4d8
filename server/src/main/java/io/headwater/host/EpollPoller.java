package io.headwater.host;

import io.headwater.bytes.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Linux's epoll through the Foreign Function &amp; Memory API. Beside what {@link NioPoller} costs
 * it saves, for each request, the copy through a direct buffer, the changes of thread state around
 * each call, and half of the kernel's polling: sockets are registered once, <em>edge</em>-triggered
 * for both directions, so the kernel looks at a socket only when something changed. What is left to
 * do on a socket is remembered here, and those that the loop has not exhausted, or gets interested
 * in later, are reported again without asking the kernel.
 *
 * <p>An event names a descriptor and the number of its registration. A descriptor that was closed
 * while its event was under way, and perhaps given to another connection, is so told apart.
 *
 * <p>Files are copied through a buffer, not sent by the kernel: Kafka's loop, which sends them,
 * runs on {@link NioPoller}.
 */
final class EpollPoller implements Poller {
  private static final int EVENTS = 4096;

  private final Arena arena = Arena.ofShared();
  private final LinuxSockets sockets = new LinuxSockets(arena);

  /** errno of the loop's calls. */
  private final MemorySegment state = arena.allocate(Linux.STATE_BYTES, 8);

  private final long events = arena.allocate((long) EVENTS * Linux.EVENT_BYTES, 8).address();
  private final long event = arena.allocate(16, 8).address();
  private final int epoll;
  private final Waker waker;
  private Descriptor[] byNumber = new Descriptor[256];
  private int registrations;
  private Descriptor[] ready = new Descriptor[64];
  private int readyCount;

  /** Those that are ready though the kernel will not say so again. */
  private EpollSocket[] again = new EpollSocket[64];

  private int againCount;

  /** Whether this machine has what it takes. */
  static boolean isAvailable() {
    if (!LinuxSockets.isSupported()) {
      return false;
    }
    try {
      new EpollPoller().close();
      return true;
    } catch (IOException | LinkageError | IllegalArgumentException | IllegalStateException e) {
      return false;
    }
  }

  EpollPoller() throws IOException {
    try {
      epoll =
          LinuxSockets.checked(
              (int) Linux.EPOLL_CREATE1.invokeExact(state, Linux.CLOEXEC), state, "epoll");
      waker = new Waker();
      control(Linux.EPOLL_CTL_ADD, waker.number, Linux.EPOLLIN | Linux.EPOLLET, 0);
    } catch (Throwable e) {
      throw LinuxSockets.thrown(e);
    }
  }

  @Override
  public Poller.Port bind(InetSocketAddress wanted, int backlog) throws IOException {
    LinuxSockets.Listening listening = LinuxSockets.listen(wanted, backlog);
    return new EpollPort(listening.number(), listening.address());
  }

  @Override
  public void add(Poller.Port port, Object attachment) throws IOException {
    EpollPort epollPort = (EpollPort) port;
    epollPort.attachment = attachment;
    register(epollPort, Linux.EPOLLIN); // level-triggered: it is accepted from in portions
    epollPort.registered = true;
  }

  @Override
  public int select(long waitNs) throws IOException {
    keepThoseThatCan();
    int count;
    try {
      count = (int) Linux.EPOLL_NOW.invokeExact(state, epoll, events, EVENTS, 0);
      if (count == 0 && againCount == 0 && waitNs > 0) {
        long waitMs = waitNs == Long.MAX_VALUE ? -1 : (waitNs + 999_999) / 1_000_000;
        int ms = (int) Math.min(Integer.MAX_VALUE, waitMs);
        count = (int) Linux.EPOLL_WAIT.invokeExact(state, epoll, events, EVENTS, ms);
      }
    } catch (Throwable e) {
      throw LinuxSockets.thrown(e);
    }
    if (count < 0 && Linux.errno(state) != Linux.EINTR) {
      throw LinuxSockets.failure("epoll_wait", Linux.errno(state));
    }
    if (ready.length < count + againCount) {
      ready = new Descriptor[(count + againCount) * 2];
    }
    readyCount = 0;
    for (int i = 0; i < count; i++) {
      long at = events + (long) i * Linux.EVENT_BYTES;
      long data = Memory.getLong(at + Linux.EVENT_DATA);
      int number = (int) data;
      Descriptor found = number < byNumber.length ? byNumber[number] : null;
      if (found != null && found.registration == (int) (data >>> 32)) {
        found.noted(Memory.getInt(at));
        report(found);
      }
    }
    for (int i = 0; i < againCount; i++) {
      again[i].listed = false;
      report(again[i]);
    }
    againCount = 0;
    return readyCount;
  }

  @Override
  public @Nullable Object attachment(int index) {
    Descriptor found = ready[index];
    return found.closed ? null : found.attachment;
  }

  @Override
  public int operations(int index) {
    return ready[index] instanceof EpollSocket socket ? socket.can & socket.interest : 0;
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
    try {
      int ignored = (int) Linux.CLOSE.invokeExact(state, epoll);
    } catch (Throwable e) {
      throw LinuxSockets.thrown(e);
    }
    Arrays.fill(ready, null);
    arena.close();
  }

  private void register(Descriptor descriptor, int interest) throws IOException {
    int number = descriptor.number;
    if (number >= byNumber.length) {
      byNumber = Arrays.copyOf(byNumber, Math.max(number + 1, byNumber.length * 2));
    }
    descriptor.registration = ++registrations;
    control(Linux.EPOLL_CTL_ADD, number, interest, descriptor.registration);
    byNumber[number] = descriptor;
  }

  private void control(int operation, int number, int interest, int registration)
      throws IOException {
    Memory.putInt(event, interest);
    Memory.putLong(event + Linux.EVENT_DATA, (long) registration << 32 | number);
    try {
      LinuxSockets.checked(
          (int) Linux.EPOLL_CTL.invokeExact(state, epoll, operation, number, event),
          state,
          "epoll_ctl");
    } catch (Throwable e) {
      throw LinuxSockets.thrown(e);
    }
  }

  /**
   * What was reported is reported again, unless the loop has exhausted it. Those of {@link #again}
   * that were exhausted, closed or are of no interest now are forgotten.
   */
  private void keepThoseThatCan() {
    for (int i = 0; i < readyCount; i++) {
      if (ready[i] instanceof EpollSocket socket && (socket.can & socket.interest) != 0) {
        reportAgain(socket);
      }
    }
    int kept = 0;
    for (int i = 0; i < againCount; i++) {
      EpollSocket socket = again[i];
      if (!socket.closed && (socket.can & socket.interest) != 0) {
        again[kept++] = socket;
      } else {
        socket.listed = false;
      }
    }
    Arrays.fill(again, kept, againCount, null);
    againCount = kept;
  }

  @SuppressWarnings("ReferenceEquality") // storing what is there already costs a memory fence
  private void report(Descriptor descriptor) {
    if (ready[readyCount] != descriptor) {
      ready[readyCount] = descriptor;
    }
    readyCount++;
  }

  private void reportAgain(EpollSocket descriptor) {
    if (!descriptor.listed && !descriptor.closed) {
      descriptor.listed = true;
      if (againCount == again.length) {
        again = Arrays.copyOf(again, againCount * 2);
      }
      again[againCount++] = descriptor;
    }
  }

  // ---- what is registered

  /** A file descriptor that epoll knows. */
  private static class Descriptor {
    final int number;
    int registration;
    @Nullable Object attachment;

    boolean closed;

    Descriptor(int number) {
      this.number = number;
    }

    void noted(int happened) {}
  }

  private void forget(Descriptor descriptor) throws IOException {
    if (descriptor.closed) {
      return;
    }
    descriptor.closed = true;
    if (descriptor.registration != 0) {
      byNumber[descriptor.number] = null;
    }
    sockets.close(descriptor.number);
  }

  private final class EpollPort extends Descriptor implements Poller.Port {
    private final InetSocketAddress bound;
    private boolean registered;

    private EpollPort(int number, InetSocketAddress bound) {
      super(number);
      this.bound = bound;
    }

    @Override
    public InetSocketAddress address() {
      return bound;
    }

    @Override
    public Poller.@Nullable Socket accept() throws IOException {
      int accepted = sockets.accept(number);
      return accepted == LinuxSockets.AGAIN ? null : opened(accepted);
    }

    private EpollSocket opened(int accepted) throws IOException {
      EpollSocket socket = new EpollSocket(accepted, sockets.accepted(accepted));
      try {
        register(socket, Linux.EPOLLIN | Linux.EPOLLOUT | Linux.EPOLLRDHUP | Linux.EPOLLET);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
      return socket;
    }

    @Override
    public void interest(boolean on) {
      if (registered && !closed) {
        try {
          control(Linux.EPOLL_CTL_MOD, number, on ? Linux.EPOLLIN : 0, registration);
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    @Override
    public void close() throws IOException {
      forget(this);
    }
  }

  private final class EpollSocket extends Descriptor implements Poller.Socket {
    private final InetSocketAddress remote;
    private @Nullable InetSocketAddress local;
    private int interest = READ;

    /** What the kernel last said, until it was tried in vain. */
    private int can = WRITE;

    /** The end of input or an error is behind what can be read: there will be no other edge. */
    private boolean ended;

    /** Stands in {@link #again}. */
    private boolean listed;

    private EpollSocket(int number, InetSocketAddress remote) {
      super(number);
      this.remote = remote;
    }

    @Override
    void noted(int happened) {
      if ((happened & (Linux.EPOLLRDHUP | Linux.EPOLLHUP | Linux.EPOLLERR)) != 0) {
        ended = true;
        can |= READ;
      }
      if ((happened & Linux.EPOLLIN) != 0) {
        can |= READ;
      }
      if ((happened & (Linux.EPOLLOUT | Linux.EPOLLHUP | Linux.EPOLLERR)) != 0) {
        can |= WRITE;
      }
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
      if ((operations & can) != 0) {
        reportAgain(this);
      }
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      int count = sockets.receive(number, target, from, length);
      if (count == LinuxSockets.END) {
        ended = true;
      } else if (count == LinuxSockets.AGAIN) {
        can &= ~READ;
        return 0;
      } else if (count > 0 && count < Math.min(length, LinuxSockets.IO_BYTES_MAX) && !ended) {
        can &= ~READ;
      }
      return count;
    }

    /** A socket that took less than it was given is tried once more: then it says so itself. */
    @Override
    public int write(byte[] source, int from, int length) throws IOException {
      int count = sockets.send(number, source, from, length);
      if (count == LinuxSockets.AGAIN) {
        can &= ~WRITE;
        return 0;
      }
      return count;
    }

    @Override
    public boolean isSent() {
      return true;
    }

    @Override
    public void shutdownOutput() throws IOException {
      sockets.shutdownOutput(number);
    }

    @Override
    public void close() throws IOException {
      forget(this);
    }
  }
}
