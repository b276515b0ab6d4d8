package io.headwater.host;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How a network loop reaches the machine's sockets: which are ready, accept, read, write. Three
 * real ones exist, {@link UringPoller}, {@link EpollPoller} and {@link NioPoller}; {@link
 * NetworkLoop} does not see which it has. Only the loop's thread calls it, except {@link #bind} and
 * {@link #wakeup}.
 *
 * <p>Readiness is level-triggered, as the loop sees it: a socket is reported in each select while
 * it can do something that its interest names. One whose input was taken from the kernel before its
 * interest went is reported as readable all the same: take it.
 */
sealed interface Poller permits UringPoller, EpollPoller, NioPoller {
  int READ = 1;
  int WRITE = 2;

  /** Of a file at a time, where the kernel does not send it. */
  int FILE_BYTES = 64 << 10;

  /** A bound port. */
  interface Port {
    InetSocketAddress address();

    /**
     * Takes one connection, without delay and alive probes set.
     *
     * @return null if none waits
     * @throws IOException if the process cannot have more, for example
     */
    @Nullable Socket accept() throws IOException;

    /** Whether waiting connections are reported. */
    void interest(boolean on);

    void close() throws IOException;
  }

  /** A connection. */
  interface Socket {
    InetSocketAddress remote();

    InetSocketAddress local();

    /** From now on it is reported with this, for what {@link #interest} names; at first READ. */
    void attach(Object attachment);

    /** {@link #READ} and {@link #WRITE}. */
    void interest(int operations);

    /**
     * Reads what is there, at most {@code length} bytes.
     *
     * @return bytes put into {@code target} from {@code from} on; 0 if there are none, -1 at the
     *     end
     */
    int read(byte[] target, int from, int length) throws IOException;

    /**
     * Returns how many bytes it took, perhaps 0. Small pieces may leave with the next select, all
     * connections' together; see {@link #isSent}.
     */
    int write(byte[] source, int from, int length) throws IOException;

    /**
     * Whether the kernel has everything that {@link #write} took; tries at once. If not, it is
     * reported as writable when it has.
     */
    boolean isSent() throws IOException;

    /** Sends a range of a file, in the kernel where it can; returns bytes sent, perhaps 0. */
    default long send(DiskFile file, long position, long count) throws IOException {
      ByteBuffer piece = ByteBuffer.allocate((int) Math.min(FILE_BYTES, count));
      int length = file.read(piece, position);
      return length <= 0 ? 0 : write(piece.array(), 0, length);
    }

    /** Tells the client that nothing more comes. */
    void shutdownOutput() throws IOException;

    /** From now on it is not reported any more, not even by a select that has returned already. */
    void close() throws IOException;
  }

  /** Listens, and reports nothing before {@link #add}. Any thread. */
  Port bind(InetSocketAddress address, int backlog) throws IOException;

  /**
   * The congestion control of connections from this machine, see {@link
   * LinuxSockets#setLocalCongestion}. Before the first is accepted.
   */
  default void setLocalCongestion(String name) {} // java.nio has no such option

  /** Reports connections that wait at a port. */
  void add(Port port, Object attachment) throws IOException;

  /**
   * Waits until something is ready, or {@link #wakeup}.
   *
   * @param waitNs at most so long; 0 does not wait, {@link Long#MAX_VALUE} has no end
   * @return how many are reported
   */
  int select(long waitNs) throws IOException;

  /** What was attached to a reported port or socket; null if it was closed since. */
  @Nullable Object attachment(int index);

  /** What a reported socket can do of what it is interested in now. */
  int operations(int index);

  /** Ends a select that waits, or the next one. Any thread, also after {@link #close}. */
  void wakeup();

  void close() throws IOException;
}
