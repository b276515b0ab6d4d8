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
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Calls on sockets that {@link EpollPoller} and {@link UringPoller} have in common. One object
 * serves one loop's thread.
 */
final class LinuxSockets {
  /** There is nothing to read, or no room to write, for now. */
  static final int AGAIN = -2;

  static final int END = -1;
  private static final int ADDRESS_BYTES = 28;

  /** In one call, because the garbage collector waits for it. */
  static final int IO_BYTES_MAX = 256 << 10;

  private static final byte[] V4_IN_V6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  /** A descriptor and the address that it got. */
  record Listening(int number, InetSocketAddress address) {}

  /** errno of the loop's calls. */
  private final MemorySegment state;

  private final long address;

  /** {@link #setLocalCongestion}'s text; empty for the system's. */
  private byte[] localCongestion = new byte[0];

  private byte[] lastArray = new byte[0];
  private MemorySegment lastSegment = MemorySegment.ofArray(lastArray);

  /** Whether this is a machine for which {@link Linux} is; on others it must not be touched. */
  static boolean isSupported() {
    String architecture = System.getProperty("os.arch");
    return System.getProperty("os.name").equals("Linux")
        && (architecture.equals("amd64") || architecture.equals("aarch64"));
  }

  LinuxSockets(Arena arena) {
    state = arena.allocate(Linux.STATE_BYTES, 8);
    address = arena.allocate(ADDRESS_BYTES + 4, 8).address();
  }

  /**
   * Opens a socket that listens, on any thread.
   *
   * @throws java.net.BindException if the address is taken, not this machine's or not this user's:
   *     its message says which
   */
  static Listening listen(InetSocketAddress wanted, int backlog) throws IOException {
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
        return new Listening(number, name(errno, memory, number));
      } catch (Throwable e) {
        int ignored = (int) Linux.CLOSE.invokeExact(errno, number);
        throw e;
      }
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /**
   * Takes a connection that waits; {@link #accepted} then says who its client is.
   *
   * @return its descriptor, or {@link #AGAIN}
   */
  int accept(int port) throws IOException {
    int flags = Linux.NONBLOCK | Linux.CLOEXEC;
    long length = address + ADDRESS_BYTES;
    while (true) {
      Memory.putInt(length, ADDRESS_BYTES);
      try {
        int number = (int) Linux.ACCEPT4.invokeExact(state, port, address, length, flags);
        if (number >= 0) {
          return number;
        }
      } catch (Throwable e) {
        throw thrown(e);
      }
      int errno = Linux.errno(state);
      if (errno == Linux.EAGAIN) {
        return AGAIN;
      }
      if (errno != Linux.EINTR && errno != Linux.ECONNABORTED && errno != Linux.EPROTO) {
        throw failure("accept", errno);
      }
    }
  }

  /** The client of the connection that {@link #accept} has just taken. */
  InetSocketAddress accepted(int number) throws UnknownHostException {
    InetSocketAddress remote = get(address);
    if (localCongestion.length > 0 && isLocal(remote.getAddress(), number)) {
      calm(number);
    }
    return remote;
  }

  /**
   * What a connection from this very machine gets for its congestion control from now on, such as
   * {@code reno} (tcp(7)): it meets no queue and no path, so watching for them, and pacing, is for
   * nothing. Others keep the system's.
   *
   * @param name empty for the system's
   */
  void setLocalCongestion(String name) {
    localCongestion = name.getBytes(StandardCharsets.US_ASCII);
  }

  private boolean isLocal(InetAddress remote, int number) {
    return remote.isLoopbackAddress() || remote.equals(name(number).getAddress());
  }

  private void calm(int number) {
    int bytes = Math.min(localCongestion.length, ADDRESS_BYTES);
    Memory.copy(localCongestion, 0, address, bytes);
    int result;
    try {
      result =
          (int)
              Linux.SETSOCKOPT.invokeExact(
                  state, number, Linux.IPPROTO_TCP, Linux.TCP_CONGESTION, address, bytes);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (result < 0) { // the system has none of this name, or does not let us have it
      int errno = Linux.errno(state);
      NetworkLoop.LOGGER.fine(() -> "congestion control of a local connection: errno " + errno);
    }
  }

  InetSocketAddress name(int number) {
    try {
      return name(state, address, number);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns bytes put into the target, perhaps 0, or {@link #END} or {@link #AGAIN}. */
  int receive(int number, byte[] target, int from, int length) throws IOException {
    long wanted = Math.min(IO_BYTES_MAX, length);
    long count;
    try {
      MemorySegment part = segment(target).asSlice(from, wanted);
      count = (long) Linux.RECV.invokeExact(state, number, part, wanted, 0);
    } catch (Throwable e) {
      throw thrown(e);
    }
    return count > 0 ? (int) count : count == 0 ? END : inVain("recv");
  }

  /** Returns bytes sent, perhaps 0, or {@link #AGAIN}. */
  int send(int number, byte[] source, int from, int length) throws IOException {
    long wanted = Math.min(IO_BYTES_MAX, length);
    long count;
    try {
      MemorySegment part = MemorySegment.ofArray(source).asSlice(from, wanted);
      count = (long) Linux.SEND.invokeExact(state, number, part, wanted, Linux.MSG_NOSIGNAL);
    } catch (Throwable e) {
      throw thrown(e);
    }
    return count >= 0 ? (int) count : inVain("send");
  }

  private int inVain(String what) throws IOException {
    int errno = Linux.errno(state);
    if (errno == Linux.EAGAIN) {
      return AGAIN;
    }
    if (errno == Linux.EINTR) {
      return 0;
    }
    throw failure(what, errno);
  }

  void shutdownOutput(int number) throws IOException {
    try {
      checked((int) Linux.SHUTDOWN.invokeExact(state, number, Linux.SHUT_WR), state, "shutdown");
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  void close(int number) throws IOException {
    try {
      int ignored = (int) Linux.CLOSE.invokeExact(state, number);
    } catch (Throwable e) {
      throw thrown(e);
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

  static int checked(int result, MemorySegment errno, String what) throws IOException {
    if (result < 0) {
      throw failure(what, Linux.errno(errno));
    }
    return result;
  }

  static IOException failure(String what, int errno) {
    String message = what + ": errno " + errno;
    return switch (errno) {
      case Linux.EADDRINUSE -> new BindException("the port is taken");
      case Linux.EADDRNOTAVAIL -> new BindException("this machine has no such address");
      case Linux.EACCES, Linux.EPERM -> new BindException("this user may not open the port");
      default -> new IOException(message);
    };
  }

  /** What method handles declare is wider than what comes out of them. */
  static IOException thrown(Throwable e) {
    return switch (e) {
      case IOException io -> io;
      case RuntimeException runtime -> throw runtime;
      case Error error -> throw error;
      default -> new IOException(e);
    };
  }
}
