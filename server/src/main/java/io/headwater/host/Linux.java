package io.headwater.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The C library's calls that {@link EpollPoller} and {@link Uring} make, with Linux's constants and
 * layouts (epoll(7), tcp(7), eventfd(2), io_uring(7)). Each takes a segment of {@link #STATE_BYTES}
 * first, in which it leaves errno.
 *
 * <p>Those that never wait are <em>critical</em>: the thread stays in Java's hands, which saves two
 * changes of its state and lets the kernel read and write Java's own arrays. The garbage collector
 * waits for them to return, so they are given a bounded number of bytes.
 */
final class Linux {
  static final int EPOLL_CTL_ADD = 1;
  static final int EPOLL_CTL_MOD = 3;
  static final int EPOLLIN = 1;
  static final int EPOLLOUT = 4;
  static final int EPOLLERR = 8;
  static final int EPOLLHUP = 16;
  static final int EPOLLRDHUP = 1 << 13;
  static final int EPOLLET = 1 << 31;

  /** The event is packed on x86-64 only. */
  static final boolean X86 = System.getProperty("os.arch").equals("amd64");

  static final int EVENT_BYTES = X86 ? 12 : 16;
  static final int EVENT_DATA = X86 ? 4 : 8;

  static final int CLOEXEC = 0x80000;
  static final int NONBLOCK = 0x800;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_STREAM = 1;
  static final int SOL_SOCKET = 1;
  static final int SO_REUSEADDR = 2;
  static final int SO_KEEPALIVE = 9;
  static final int IPPROTO_TCP = 6;
  static final int TCP_NODELAY = 1;
  static final int TCP_CONGESTION = 13;
  static final int IPPROTO_IPV6 = 41;
  static final int IPV6_V6ONLY = 26;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int SHUT_WR = 1;

  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int EADDRINUSE = 98;
  static final int EADDRNOTAVAIL = 99;
  static final int EACCES = 13;
  static final int EPERM = 1;
  static final int EPIPE = 32;
  static final int EPROTO = 71;
  static final int ECONNABORTED = 103;

  static final int EBUSY = 16;
  static final int ETIME = 62;
  static final int ENOBUFS = 105;
  static final int ECANCELED = 125;

  static final int PROT_READ_WRITE = 3;
  static final int MAP_SHARED_POPULATE = 0x8001;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_WAITALL = 0x100;

  // io_uring(7): the calls have the same numbers on all machines.
  static final long IO_URING_SETUP = 425;
  static final long IO_URING_ENTER = 426;
  static final long IO_URING_REGISTER = 427;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option STATE = Linker.Option.captureCallState("errno");
  static final long STATE_BYTES = Linker.Option.captureStateLayout().byteSize();

  static final MethodHandle SOCKET = call("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  static final MethodHandle BIND = call("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle LISTEN = call("listen", JAVA_INT, JAVA_INT, JAVA_INT);
  static final MethodHandle GETSOCKNAME =
      call("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  static final MethodHandle SETSOCKOPT =
      call("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  static final MethodHandle ACCEPT4 =
      call("accept4", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  static final MethodHandle SHUTDOWN = call("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
  static final MethodHandle CLOSE = call("close", JAVA_INT, JAVA_INT);
  static final MethodHandle EVENTFD = call("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  static final MethodHandle WRITE = call("write", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
  static final MethodHandle EPOLL_CREATE1 = call("epoll_create1", JAVA_INT, JAVA_INT);
  static final MethodHandle EPOLL_CTL =
      call("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  static final MethodHandle EPOLL_WAIT =
      call("epoll_wait", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);

  static final MethodHandle MMAP =
      call("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  static final MethodHandle MUNMAP = call("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);

  /** For what the library has no function: the call's number and six arguments. */
  static final MethodHandle SYSCALL =
      bind(
          "syscall",
          List.of(Linker.Option.firstVariadicArg(1)),
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG);

  /** With a time of 0 only. */
  static final MethodHandle EPOLL_NOW =
      quick("epoll_wait", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);

  static final MethodHandle RECV = quick("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  static final MethodHandle SEND = quick("send", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

  private Linux() {}

  private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
    return bind(name, List.of(), result, arguments);
  }

  private static MethodHandle quick(String name, MemoryLayout result, MemoryLayout... arguments) {
    return bind(name, List.of(Linker.Option.critical(true)), result, arguments);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle bind(
      String name, List<Linker.Option> more, MemoryLayout result, MemoryLayout... arguments) {
    List<Linker.Option> options = new ArrayList<>(more);
    options.add(STATE);
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        options.toArray(Linker.Option[]::new));
  }

  /** What a failed call left. */
  static int errno(MemorySegment state) {
    return state.get(ValueLayout.JAVA_INT, 0);
  }
}
