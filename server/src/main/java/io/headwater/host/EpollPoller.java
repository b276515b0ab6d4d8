package io.headwater.host;

import io.headwater.bytes.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
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
  private static final int ADDRESS_BYTES = 28;
  private static final int IO_BYTES_MAX = 256 << 10;
  private static final int FILE_BYTES = 64 << 10;
  private static final byte[] V4_IN_V6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  private final Arena arena = Arena.ofShared();

  /** errno of the loop's calls. */
  private final MemorySegment state = arena.allocate(Linux.STATE_BYTES, 8);

  private final long events = arena.allocate((long) EVENTS * Linux.EVENT_BYTES, 8).address();
  private final long event = arena.allocate(16, 8).address();
  private final long address = arena.allocate(ADDRESS_BYTES + 4, 8).address();
  private final int epoll;
  private final Waker waker;
  private Descriptor[] byNumber = new Descriptor[256];
  private int registrations;
  private Descriptor[] ready = new Descriptor[64];
  private int readyCount;

  /** Those that are ready though the kernel will not say so again. */
  private EpollSocket[] again = new EpollSocket[64];

  private int againCount;
  private byte[] lastArray = new byte[0];
  private MemorySegment lastSegment = MemorySegment.ofArray(lastArray);

  /** Whether this machine has what it takes. */
  static boolean isAvailable() {
    if (!System.getProperty("os.name").equals("Linux")
        || !(Linux.X86 || System.getProperty("os.arch").equals("aarch64"))) {
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
      epoll = checked((int) Linux.EPOLL_CREATE1.invokeExact(state, Linux.CLOEXEC), state, "epoll");
      waker = new Waker();
      control(Linux.EPOLL_CTL_ADD, waker.number, Linux.EPOLLIN | Linux.EPOLLET, 0);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  @Override
  public Poller.Port bind(InetSocketAddress wanted, int backlog) throws IOException {
    if (wanted.isUnresolved()) {
      throw new UnresolvedAddressException();
    }
    try (Arena local = Arena.ofConfined()) {
      MemorySegment errno = local.allocate(Linux.STATE_BYTES, 8);
      long memory = local.allocate(ADDRESS_BYTES + 4, 8).address();
      boolean v4 = wanted.getAddress() instanceof Inet4Address;
      int family = v4 ? Linux.AF_INET : Linux.AF_INET6;
      int type = Linux.SOCK_STREAM | Linux.NONBLOCK | Linux.CLOEXEC;
      int number =
          checked((int) Linux.SOCKET.invokeExact(errno, family, type, 0), errno, "a socket");
      try {
        // Accepted sockets inherit the two options that are meant for them.
        set(errno, memory, number, Linux.SOL_SOCKET, Linux.SO_REUSEADDR, 1);
        set(errno, memory, number, Linux.SOL_SOCKET, Linux.SO_KEEPALIVE, 1);
        set(errno, memory, number, Linux.IPPROTO_TCP, Linux.TCP_NODELAY, 1);
        if (!v4) {
          set(errno, memory, number, Linux.IPPROTO_IPV6, Linux.IPV6_V6ONLY, 0);
        }
        int bytes = put(memory, wanted);
        checked((int) Linux.BIND.invokeExact(errno, number, memory, bytes), errno, "bind");
        checked((int) Linux.LISTEN.invokeExact(errno, number, backlog), errno, "listen");
        return new EpollPort(number, name(errno, memory, number));
      } catch (Throwable e) {
        int ignored = (int) Linux.CLOSE.invokeExact(errno, number);
        throw e;
      }
    } catch (Throwable e) {
      throw thrown(e);
    }
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
      throw thrown(e);
    }
    if (count < 0 && Linux.errno(state) != Linux.EINTR) {
      throw failure("epoll_wait", Linux.errno(state));
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
      throw thrown(e);
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
      checked(
          (int) Linux.EPOLL_CTL.invokeExact(state, epoll, operation, number, event),
          state,
          "epoll_ctl");
    } catch (Throwable e) {
      throw thrown(e);
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

  /** Asked for the array that serves all input, this allocates nothing. */
  @SuppressWarnings("ReferenceEquality")
  private MemorySegment segment(byte[] array) {
    if (array != lastArray) {
      lastArray = array;
      lastSegment = MemorySegment.ofArray(array);
    }
    return lastSegment;
  }

  // ---- addresses and errors

  private static void set(
      MemorySegment errno, long memory, int number, int level, int option, int value)
      throws Throwable {
    Memory.putInt(memory, value);
    checked(
        (int) Linux.SETSOCKOPT.invokeExact(errno, number, level, option, memory, 4),
        errno,
        "setsockopt");
  }

  /** Writes a {@code sockaddr_in} or {@code sockaddr_in6}; returns its bytes. */
  private static int put(long memory, InetSocketAddress from) {
    byte[] bytes = from.getAddress().getAddress();
    boolean v4 = bytes.length == 4;
    Memory.zero(memory, ADDRESS_BYTES);
    Memory.putShort(memory, v4 ? Linux.AF_INET : Linux.AF_INET6);
    Memory.putByte(memory + 2, from.getPort() >>> 8);
    Memory.putByte(memory + 3, from.getPort());
    Memory.copy(bytes, 0, memory + (v4 ? 4 : 8), bytes.length);
    return v4 ? 16 : ADDRESS_BYTES;
  }

  private static InetSocketAddress get(long memory) throws UnknownHostException {
    boolean v4 = Memory.getUnsignedShort(memory) == Linux.AF_INET;
    int port = (Memory.getByte(memory + 2) & 0xff) << 8 | Memory.getByte(memory + 3) & 0xff;
    byte[] bytes = Memory.toByteArray(memory + (v4 ? 4 : 8), v4 ? 4 : 16);
    if (!v4 && Arrays.equals(bytes, 0, 12, V4_IN_V6, 0, 12)) {
      bytes = Arrays.copyOfRange(bytes, 12, 16);
    }
    return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
  }

  private static InetSocketAddress name(MemorySegment errno, long memory, int number)
      throws Throwable {
    long length = memory + ADDRESS_BYTES;
    Memory.putInt(length, ADDRESS_BYTES);
    checked(
        (int) Linux.GETSOCKNAME.invokeExact(errno, number, memory, length), errno, "getsockname");
    return get(memory);
  }

  private static int checked(int result, MemorySegment errno, String what) throws IOException {
    if (result < 0) {
      throw failure(what, Linux.errno(errno));
    }
    return result;
  }

  private static IOException failure(String what, int errno) {
    String message = what + ": errno " + errno;
    return switch (errno) {
      case Linux.EADDRINUSE, Linux.EADDRNOTAVAIL, Linux.EACCES, Linux.EPERM ->
          new BindException(message);
      default -> new IOException(message);
    };
  }

  /** What method handles declare is wider than what comes out of them. */
  private static IOException thrown(Throwable e) {
    return switch (e) {
      case IOException io -> io;
      case RuntimeException runtime -> throw runtime;
      case Error error -> throw error;
      default -> new IOException(e);
    };
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
    try {
      int ignored = (int) Linux.CLOSE.invokeExact(state, descriptor.number);
    } catch (Throwable e) {
      throw thrown(e);
    }
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
      int flags = Linux.NONBLOCK | Linux.CLOEXEC;
      long length = address + ADDRESS_BYTES;
      while (true) {
        Memory.putInt(length, ADDRESS_BYTES);
        try {
          int accepted = (int) Linux.ACCEPT4.invokeExact(state, number, address, length, flags);
          if (accepted >= 0) {
            return opened(accepted);
          }
        } catch (Throwable e) {
          throw thrown(e);
        }
        int errno = Linux.errno(state);
        if (errno == Linux.EAGAIN) {
          return null;
        }
        if (errno != Linux.EINTR && errno != Linux.ECONNABORTED && errno != Linux.EPROTO) {
          throw failure("accept", errno);
        }
      }
    }

    private EpollSocket opened(int accepted) throws IOException {
      EpollSocket socket = new EpollSocket(accepted, get(address));
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
        try {
          known = name(state, address, number);
        } catch (Throwable e) {
          throw new IllegalStateException(e);
        }
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
      long wanted = Math.min(IO_BYTES_MAX, length);
      long count;
      try {
        MemorySegment part = segment(target).asSlice(from, wanted);
        count = (long) Linux.RECV.invokeExact(state, number, part, wanted, 0);
      } catch (Throwable e) {
        throw thrown(e);
      }
      if (count > 0) {
        if (count < wanted && !ended) {
          can &= ~READ;
        }
        return (int) count;
      }
      if (count == 0) {
        ended = true;
        return -1;
      }
      int errno = Linux.errno(state);
      if (errno == Linux.EAGAIN) {
        can &= ~READ;
      } else if (errno != Linux.EINTR) {
        throw failure("recv", errno);
      }
      return 0;
    }

    /** A socket that took less than it was given is tried once more: then it says so itself. */
    @Override
    public int write(byte[] source, int from, int length) throws IOException {
      long wanted = Math.min(IO_BYTES_MAX, length);
      long count;
      try {
        count =
            (long)
                Linux.SEND.invokeExact(
                    state,
                    number,
                    MemorySegment.ofArray(source).asSlice(from, wanted),
                    wanted,
                    Linux.MSG_NOSIGNAL);
      } catch (Throwable e) {
        throw thrown(e);
      }
      if (count >= 0) {
        return (int) count;
      }
      int errno = Linux.errno(state);
      if (errno == Linux.EAGAIN) {
        can &= ~WRITE;
      } else if (errno != Linux.EINTR) {
        throw failure("send", errno);
      }
      return 0;
    }

    @Override
    public long send(DiskFile file, long position, long count) throws IOException {
      ByteBuffer piece = ByteBuffer.allocate((int) Math.min(FILE_BYTES, count));
      int length = file.read(piece, position);
      return length <= 0 ? 0 : write(piece.array(), 0, length);
    }

    @Override
    public void shutdownOutput() throws IOException {
      try {
        checked((int) Linux.SHUTDOWN.invokeExact(state, number, Linux.SHUT_WR), state, "shutdown");
      } catch (Throwable e) {
        throw thrown(e);
      }
    }

    @Override
    public void close() throws IOException {
      forget(this);
    }
  }

  /** An eventfd. Its own lock, because a number that is closed may be somebody else's file. */
  private static final class Waker {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = arena.allocate(Linux.STATE_BYTES, 8);
    private final long one = arena.allocate(8, 8).address();
    private final int number;
    private boolean closed;

    private Waker() throws Throwable {
      int flags = Linux.NONBLOCK | Linux.CLOEXEC;
      number = checked((int) Linux.EVENTFD.invokeExact(state, 0, flags), state, "eventfd");
      Memory.putLong(one, 1);
    }

    /** Never read: edge-triggered, and 2^64 wakes are far. */
    private synchronized void wake() {
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
    private synchronized boolean close() {
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
}
