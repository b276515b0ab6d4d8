package io.headwater.host;

import io.headwater.bytes.ByteWriter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A client's socket on a {@link NetworkLoop}. While nothing is under way it holds no buffer: input
 * is read through the loop's shared array, and only an unfinished request is kept here; output is
 * written into a writer that is borrowed from the loop and goes back when all of it was sent.
 *
 * <p>Output is one logical stream of bytes and file ranges, addressed by offsets from the
 * connection's start:
 *
 * <pre>
 *   0 ....... sent ......... freeTo ......... heldTo ......... end
 *   | gone    | may leave    | held by marks  | may leave      |
 *                                               when the marks before it are released
 * </pre>
 */
final class SocketConnection implements Connection {
  /** Sent for one connection in one turn, so that a fast reader of a large reply is not alone. */
  private static final long SEND_PER_TURN = 4 << 20;

  /** Given to the socket in one call. */
  private static final int WRITE_BYTES = 256 << 10;

  private static final int FIRST_KEPT_BYTES = 1024;
  private static final int LARGE_KEPT_BYTES = 64 << 20;
  private static final int COMPACT_BYTES = 64 << 10;
  private static final int KEEP_MARKS = 32;
  private static final byte[] NOTHING = new byte[0];
  private static final long[] NO_MARKS = {};

  private enum State {
    OPEN,
    /** Reads nothing more; closes when all is sent. */
    CLOSING,
    /** All is sent and the client was told; what it still sends is dropped until it closes too. */
    LINGERING,
    CLOSED
  }

  /** A range of a file that goes out when the stream has reached {@code at}. */
  private static final class FileRange {
    final DiskFile file;
    final long at;
    long position;
    long left;

    FileRange(DiskFile file, long at, long position, long count) {
      this.file = file;
      this.at = at;
      this.position = position;
      this.left = count;
    }
  }

  final NetworkLoop loop;
  final NetworkLoop.Listener listener;
  private final Poller.Socket socket;
  private final long id;
  private @Nullable Session session;
  private State state = State.OPEN;

  // Input that was received and not consumed: kept[0..keptBytes).
  private byte[] kept = NOTHING;
  private int keptBytes;
  // Input that this turn has taken and not fed yet, in the loop's shared array.
  private int takenFrom;
  private int takenTo;

  private boolean inputEnded;
  private boolean paused;
  private boolean congested;
  private int interest = Poller.READ;

  // Output: writer[taken..size) and files, in the order of their offsets.
  private @Nullable ByteWriter writer;
  private int taken;
  private long sent;
  private long fileBytes;
  private @Nullable ArrayDeque<FileRange> files;

  /** Pairs of a range's end and the position that it waits for, oldest first. */
  private long[] marks = NO_MARKS;

  private int markCount;
  private long freeTo;
  private long heldTo;

  // Places in the loop's lists.
  boolean isDirty;
  boolean isResumed;
  boolean isHolding;
  int place;

  SocketConnection(NetworkLoop loop, NetworkLoop.Listener listener, Poller.Socket socket, long id) {
    this.loop = loop;
    this.listener = listener;
    this.socket = socket;
    this.id = id;
  }

  void open(Session.Factory sessions) {
    session = sessions.open(this);
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public InetSocketAddress remote() {
    return socket.remote();
  }

  @Override
  public InetSocketAddress local() {
    return socket.local();
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public ByteWriter out() {
    assert loop.isCurrent();
    loop.markDirty(this);
    ByteWriter current = writer;
    if (current == null) {
      current = loop.borrowWriter();
      writer = current;
    }
    return current;
  }

  @Override
  public void send(DiskFile file, long position, long count) {
    assert loop.isCurrent();
    if (count < 0 || position < 0) {
      throw new IllegalArgumentException("range " + position + "+" + count);
    }
    if (count == 0 || isClosed()) {
      return;
    }
    ArrayDeque<FileRange> queue = files;
    if (queue == null) {
      queue = new ArrayDeque<>(4);
      files = queue;
    }
    queue.add(new FileRange(file, end(), position, count));
    fileBytes += count;
    loop.markDirty(this);
  }

  @Override
  public void hold(long position) {
    assert loop.isCurrent();
    long end = end();
    long start = Math.max(heldTo, sent);
    if (end <= start) {
      return;
    }
    if (markCount == 0 && position <= loop.released()) {
      heldTo = end;
      return;
    }
    if (markCount == 0) {
      freeTo = start;
    }
    heldTo = end;
    int last = 2 * markCount - 2;
    if (markCount > 0 && marks[last + 1] >= position) {
      marks[last] = end;
      return;
    }
    if (2 * markCount == marks.length) {
      marks = Arrays.copyOf(marks, Math.max(4, marks.length * 2));
    }
    marks[2 * markCount] = end;
    marks[2 * markCount + 1] = position;
    markCount++;
    loop.markHolding(this);
  }

  @Override
  public long pendingBytes() {
    return isClosed() ? 0 : end() - sent;
  }

  @Override
  public long sentBytes() {
    return sent;
  }

  @Override
  public long inputBytes() {
    return keptBytes;
  }

  @Override
  public long inputBufferBytes() {
    return kept.length;
  }

  private long end() {
    ByteWriter current = writer;
    return sent + fileBytes + (current == null ? 0 : current.size() - taken);
  }

  @Override
  public void pauseReading() {
    paused = true;
    updateInterest();
  }

  @Override
  public void resumeReading() {
    paused = false;
    updateInterest();
    if (keptBytes > 0 || inputEnded) {
      loop.markResumed(this);
    }
  }

  @Override
  public void close() {
    assert loop.isCurrent();
    if (state == State.CLOSED) {
      return;
    }
    boolean lingered = state == State.LINGERING;
    state = State.CLOSED;
    try {
      socket.close();
    } catch (IOException e) {
      NetworkLoop.LOGGER.fine(() -> "closing the connection of " + remote() + ": " + e);
    }
    dropBuffers();
    loop.gone(this, lingered, session);
  }

  @Override
  public void closeAfterFlush() {
    assert loop.isCurrent();
    if (state == State.OPEN) {
      state = State.CLOSING;
      updateInterest();
      loop.markDirty(this);
    }
  }

  @Override
  public boolean isClosed() {
    return state == State.CLOSED || state == State.LINGERING;
  }

  private void dropBuffers() {
    dropKept();
    files = null;
    fileBytes = 0;
    markCount = 0;
    loop.markDirty(this); // the writer goes back then: the session may be in the middle of writing
  }

  // ---- input, called by the loop

  /**
   * Reads once from the socket, at most {@code length} bytes.
   *
   * @return bytes put into {@code shared} from {@code from} on, for {@link #feedTaken}
   */
  int take(byte[] shared, int from, int length) {
    if (state == State.LINGERING) {
      discard(shared, from, length);
      return 0;
    }
    int count;
    try {
      count = socket.read(shared, from, length);
    } catch (IOException e) {
      close();
      return 0;
    }
    if (count < 0) {
      inputEnded = true;
      endOfInput();
      return 0;
    }
    loop.countIn(count);
    takenFrom = from;
    takenTo = from + count;
    return count;
  }

  /** Tells the session what was taken and will be fed to it. */
  void foresee(byte[] shared) {
    Session current = session;
    if (current != null && keptBytes == 0) {
      current.foresee(shared, takenFrom, takenTo);
    }
  }

  /** Feeds the session what was taken; what happened meanwhile may make it wait. */
  void feedTaken(byte[] shared) {
    int from = takenFrom;
    int count = takenTo - from;
    if (state != State.OPEN) {
      return;
    }
    if (keptBytes == 0 && wantsInput()) {
      feed(shared, from, takenTo);
      return;
    }
    if (!makeRoom(count)) {
      closeWithoutRoom();
      return;
    }
    System.arraycopy(shared, from, kept, keptBytes, count);
    keptBytes += count;
    if (wantsInput()) {
      feed(kept, 0, keptBytes);
    }
  }

  /** Feeds again what waited while the session paused or its output was congested. */
  void resumed() {
    if (!wantsInput()) {
      return;
    }
    if (keptBytes > 0) {
      feed(kept, 0, keptBytes);
    }
    if (inputEnded) {
      endOfInput();
    }
  }

  boolean mayInterrupt() {
    Session current = session;
    return current != null && current.mayInterrupt();
  }

  private boolean wantsInput() {
    return state == State.OPEN && !paused && !congested;
  }

  private void feed(byte[] array, int from, int to) {
    int consumed = 0;
    try {
      Session current = session;
      if (current != null) {
        consumed = current.receive(array, from, to);
      }
      if (consumed < 0 || consumed > to - from) {
        throw new IllegalStateException("consumed " + consumed + " of " + (to - from));
      }
    } catch (OutOfMemoryError | OwnerFailed e) {
      throw e;
    } catch (Throwable e) {
      loop.sessionFailed(this, e);
      return;
    }
    if (isClosed()) {
      return;
    }
    keep(array, from + consumed, to - from - consumed);
    if (!congested && congested()) {
      congested = true;
      updateInterest();
    }
    if (keptBytes > listener.limits().receiveBytes() && wantsInput()) {
      NetworkLoop.LOGGER.fine(() -> "request of " + remote() + " is past the limit");
      closeAfterFlush();
    }
  }

  private void keep(byte[] array, int from, int rest) {
    if (rest == 0) {
      dropKept();
    } else if (array == kept && rest >= array.length / 4) {
      System.arraycopy(array, from, array, 0, rest);
      keptBytes = rest;
    } else if (keepIn(
        Math.max(FIRST_KEPT_BYTES, Integer.highestOneBit(rest) * 2), array, from, rest)) {
      keptBytes = rest;
    } else {
      closeWithoutRoom();
    }
  }

  /**
   * Grows the array of the unfinished request by doubling, large ones by half.
   *
   * @return false if there is no room for it: then this client goes, not the others
   */
  private boolean makeRoom(int more) {
    long wanted = (long) keptBytes + more;
    if (wanted <= kept.length) {
      return true;
    }
    long grown =
        kept.length + (long) (kept.length < LARGE_KEPT_BYTES ? kept.length : kept.length / 2);
    long size = Math.min(Math.max(wanted, grown), Integer.MAX_VALUE - 64L);
    return wanted <= size
        && (keepIn((int) size, kept, 0, keptBytes) || keepIn((int) wanted, kept, 0, keptBytes));
  }

  /** Keeps a range in a new array, if there is room for one. */
  private boolean keepIn(int length, byte[] source, int from, int count) {
    int before = kept.length;
    if (loop.buffers().resize(before, length)) {
      try {
        byte[] array = new byte[length];
        System.arraycopy(source, from, array, 0, count);
        kept = array;
        return true;
      } catch (OutOfMemoryError e) {
        loop.buffers().resize(length, before);
      }
    }
    return false;
  }

  private void closeWithoutRoom() {
    NetworkLoop.LOGGER.warning(() -> "no memory for a request of " + remote());
    close();
  }

  private void dropKept() {
    loop.buffers().resize(kept.length, 0);
    kept = NOTHING;
    keptBytes = 0;
  }

  private void endOfInput() {
    updateInterest();
    if (wantsInput()) {
      closeAfterFlush();
    }
  }

  private void discard(byte[] shared, int from, int length) {
    try {
      if (socket.read(shared, from, length) < 0) {
        close();
      }
    } catch (IOException e) {
      close();
    }
  }

  // ---- output, called by the loop

  /** Sends what may leave; registers for the rest. */
  void flush() {
    if (isClosed()) {
      returnWriter();
      return;
    }
    boolean socketFull = false;
    try {
      socketFull = !sendUpTo(markCount > 0 ? freeTo : end());
    } catch (IOException e) {
      close();
      return;
    } catch (RuntimeException e) {
      loop.sessionFailed(this, e);
      return;
    }
    long pending = pendingBytes();
    if (pending == 0) {
      returnWriter();
      if (state == State.CLOSING && lingered()) {
        return;
      }
      socketFull |= state == State.CLOSING;
    } else if (pending > listener.limits().sendBytes()) {
      NetworkLoop.LOGGER.fine(() -> remote() + " is too slow: " + pending + " bytes wait for it");
      close();
      return;
    }
    if (congested != congested(pending)) {
      congested = !congested;
      if (!congested && (keptBytes > 0 || inputEnded)) {
        loop.markResumed(this);
      }
    }
    setInterest((wantsInput() && !inputEnded ? Poller.READ : 0) | (socketFull ? Poller.WRITE : 0));
  }

  /** Whether it is past its last byte now. */
  private boolean lingered() {
    try {
      if (!socket.isSent()) {
        return false;
      }
      socket.shutdownOutput();
      linger();
    } catch (IOException e) {
      close();
    }
    return true;
  }

  private boolean congested(long pending) {
    return pending >= (congested ? CONGESTED_BYTES / 2 : CONGESTED_BYTES);
  }

  /** Whether everything up to {@code limit} was sent. */
  private boolean sendUpTo(long limit) throws IOException {
    long stopAt = Math.min(limit, sent + SEND_PER_TURN);
    while (sent < stopAt) {
      FileRange range = files == null ? null : files.peek();
      long wanted;
      long count;
      if (range != null && range.at <= sent) {
        wanted = Math.min(range.left, stopAt - sent);
        count = sendFile(range, wanted);
      } else {
        long bytesEnd = range == null ? stopAt : Math.min(stopAt, range.at);
        wanted = Math.min(bytesEnd - sent, WRITE_BYTES);
        count = sendBytes((int) wanted);
      }
      if (count > 0) {
        sent += count;
        loop.countOut(count);
      }
      if (count < wanted) {
        return false;
      }
    }
    compact();
    return sent >= limit;
  }

  private long sendFile(FileRange range, long wanted) throws IOException {
    long count = socket.send(range.file, range.position, wanted);
    if (count <= 0 && range.position >= range.file.size()) {
      throw new IOException("file ends at " + range.file.size() + " before " + range.position);
    }
    if (count > 0) {
      range.position += count;
      range.left -= count;
      fileBytes -= count;
      if (range.left == 0 && files != null) {
        files.remove();
      }
    }
    return count;
  }

  private int sendBytes(int wanted) throws IOException {
    ByteWriter current = writer;
    if (current == null) {
      throw new IllegalStateException(wanted + " bytes to send and no writer");
    }
    int count = socket.write(current.array(), taken, wanted);
    taken += count;
    return count;
  }

  private void compact() {
    ByteWriter current = writer;
    if (current != null && taken >= COMPACT_BYTES && taken >= current.size() / 2) {
      int rest = current.size() - taken;
      System.arraycopy(current.array(), taken, current.array(), 0, rest);
      current.truncate(rest);
      taken = 0;
    }
  }

  /** Forgets marks that are released; whether output became free to leave. */
  boolean release(long durable) {
    int done = 0;
    while (done < markCount && marks[2 * done + 1] <= durable) {
      freeTo = marks[2 * done];
      done++;
    }
    if (done == 0) {
      return false;
    }
    markCount -= done;
    if (markCount > 0) {
      System.arraycopy(marks, 2 * done, marks, 0, 2 * markCount);
    } else if (marks.length > KEEP_MARKS) {
      marks = NO_MARKS;
    }
    return true;
  }

  boolean isHeld() {
    return markCount > 0;
  }

  /**
   * The client was told that nothing more comes; what it still sends is dropped until it closes
   * too: closing with unread input would make TCP throw away the last reply.
   */
  private void linger() {
    Session current = session;
    if (inputEnded) {
      close();
      return;
    }
    state = State.LINGERING;
    dropBuffers();
    setInterest(Poller.READ);
    loop.lingers(this, current);
  }

  private void returnWriter() {
    ByteWriter current = writer;
    if (current != null) {
      writer = null;
      taken = 0;
      loop.returnWriter(current);
    }
  }

  private void updateInterest() {
    int reading = wantsInput() && !inputEnded ? Poller.READ : 0;
    setInterest(reading | (interest & Poller.WRITE));
  }

  private void setInterest(int wanted) {
    if (wanted != interest && state != State.CLOSED) {
      interest = wanted;
      socket.interest(wanted);
    }
  }
}
