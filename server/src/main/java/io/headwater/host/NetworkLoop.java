package io.headwater.host;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.HeapBudget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One thread that owns a {@link Poller}, its listeners and their connections. A turn:
 *
 * <pre>
 *   select -> hooks -> tasks and timers -> input of ready connections -> hooks -> output
 * </pre>
 *
 * <p>All input of a turn is decided before any output leaves, so one frame and one sync serve every
 * client of the turn. One array serves the input of all connections; each connection is read at
 * most once per turn. Many are read before the first is fed, so that sessions can have the memory
 * loaded that all of them will look at, together ({@link Session#foresee}). A session that throws
 * costs its own connection only.
 *
 * <p>Rejected: Netty (20 to 25 percent more CPU for each operation, measured), a thread for each
 * connection (the keyspace would need locks or hand-overs), spinning (the machine has other work).
 */
public final class NetworkLoop implements Listeners, AutoCloseable {
  static final Logger LOGGER = Logger.getLogger(NetworkLoop.class.getName());

  /** Scripts and their data nest; only what is touched takes memory. */
  private static final long STACK_BYTES = 16L << 20;

  private static final int READ_BYTES = 256 << 10;

  /** With less room than this, what was read is fed first. */
  private static final int READ_BYTES_MIN = 64 << 10;

  /** Connections that are read before the first is fed: what they need is loaded together. */
  private static final int TAKEN_MAX = 128;

  /** Sent to all connections in a turn, in some milliseconds; more only by a connection's own. */
  private static final int SEND_PER_TURN_BYTES = 16 << 20;

  private static final int BACKLOG = 4096;
  private static final int ACCEPTS_PER_TURN = 64;
  private static final long ACCEPT_RETRY_MS = 100;
  private static final long LINGER_MS = 1000;

  /** Connection ids are unique in the process, over all loops. */
  private static final AtomicLong IDS = new AtomicLong();

  /** Of the heap: what clients have sent and not finished, and what they have not taken yet. */
  private static final int BUFFERS_PERCENT = 25;

  private static final int LAST_TURNS = 100;
  private static final int POOLED_WRITERS = 256;
  private static final int POOLED_WRITER_BYTES = 64 << 10;
  private static final int FIRST_WRITER_BYTES = 1024;

  /** How a loop reaches its sockets. */
  public enum Sockets {
    /** The first of the others that this machine has and allows. */
    AUTO,
    /** Linux's io_uring, from 6.1 on; quickest, but files go through a buffer. */
    URING,
    /** Linux's epoll, on x86-64 and aarch64; files go through a buffer here too. */
    EPOLL,
    /** The Java library's channels, everywhere; the kernel sends files. */
    NIO;

    /**
     * Tries it out.
     *
     * @throws IOException if this machine does not have it or does not allow it; says which
     */
    public void require() throws IOException {
      open().close();
    }

    private Poller open() throws IOException {
      return switch (this) {
        case AUTO -> first();
        case URING -> {
          if (!LinuxSockets.isSupported()) {
            throw new IOException("io_uring is for Linux on x86-64 or aarch64");
          }
          yield new UringPoller();
        }
        case EPOLL -> {
          if (!EpollPoller.isAvailable()) {
            throw new IOException("this machine has no epoll");
          }
          yield new EpollPoller();
        }
        case NIO -> new NioPoller();
      };
    }

    private static Poller first() throws IOException {
      try {
        return URING.open();
      } catch (IOException | LinkageError | IllegalArgumentException | IllegalStateException e) {
        LOGGER.log(Level.FINE, "no io_uring", e); // containers often forbid it
        return EpollPoller.isAvailable() ? EPOLL.open() : NIO.open();
      }
    }
  }

  /** A port that is listened on. */
  static final class Listener {
    private final Poller.Port port;
    private final Limits limits;
    private final Session.Factory sessions;
    private int open;

    private Listener(Poller.Port port, Limits limits, Session.Factory sessions) {
      this.port = port;
      this.limits = limits;
      this.sessions = sessions;
    }

    Limits limits() {
      return limits;
    }
  }

  /**
   * What a loop has done so far.
   *
   * @param connections open now
   * @param accepted since the start
   * @param refused over the listener's limit, closed at once
   */
  public record Stats(
      long connections, long accepted, long refused, long bytesIn, long bytesOut, long turns) {}

  private final Consumer<Throwable> failed;
  private final Thread thread;
  private final Poller poller;
  private final TaskQueue queue;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final byte[] input = new byte[READ_BYTES];

  /** For input that is taken in the middle of a call; made when first needed. */
  private byte[] interruptingInput = new byte[0];

  private final AtomicLong released = new AtomicLong();

  private final HeapBudget heap;

  /** For the buffers of all connections together. */
  private final HeapBudget.Share buffers;

  // Of the loop's thread alone.
  private final ArrayList<SocketConnection> connections = new ArrayList<>();
  private final ArrayList<SocketConnection> resumed = new ArrayList<>();
  private final ArrayList<SocketConnection> holding = new ArrayList<>();
  private final ArrayList<Session> closedSessions = new ArrayList<>();
  private final ArrayList<CountDownLatch> drained = new ArrayList<>();
  private final ArrayList<ByteWriter> writers = new ArrayList<>();
  private SocketConnection[] dirty = new SocketConnection[64];
  private int dirtyCount;

  /** Connections whose input stands in {@link #input}, up to {@link #inputEnd}. */
  private final @Nullable SocketConnection[] taken = new @Nullable SocketConnection[TAKEN_MAX];

  private int takenCount;
  private int inputEnd;
  private int ready;
  private long releasedSeen;
  private int open;
  private long bytesIn;
  private long bytesOut;
  private boolean accepting = true;

  /**
   * Whether a release concerns anybody here: else it wakes nobody. Who holds writes this first and
   * then looks at {@link #released}, at the turn's end at the latest; who releases does it the
   * other way around; so one of them sees the other.
   */
  private volatile boolean holds;

  private volatile boolean stopping;
  private volatile long openNow;
  private volatile long accepted;
  private volatile long refused;
  private volatile long bytesInNow;
  private volatile long bytesOutNow;
  private volatile long turns;

  /**
   * @param failed hears of what ended the loop: a hook that threw or an exhausted machine
   */
  public NetworkLoop(String name, Clock clock, Consumer<Throwable> failed) {
    this(name, clock, failed, Sockets.NIO);
  }

  /** On the poller of the caller's choice. */
  public NetworkLoop(String name, Clock clock, Consumer<Throwable> failed, Sockets sockets) {
    this(name, clock, failed, sockets, HeapBudget.ofProcess());
  }

  /** With a heap that others hold parts of, too. */
  public NetworkLoop(
      String name, Clock clock, Consumer<Throwable> failed, Sockets sockets, HeapBudget heap) {
    this.heap = heap;
    this.buffers = heap.share(BUFFERS_PERCENT);
    this.failed = failed;
    this.thread = new Thread(null, this::run, name, STACK_BYTES);
    try {
      this.poller = sockets.open();
    } catch (IOException e) {
      throw new UncheckedIOException("no poller for loop " + name, e);
    }
    this.queue = new TaskQueue(this, name, clock, poller::wakeup);
  }

  /**
   * The congestion control of connections from this machine, such as {@code reno}; not for {@link
   * Sockets#NIO}. A name that the system does not have, or keeps from us, changes nothing. Before
   * the start.
   */
  public void setLocalCongestion(String name) {
    if (thread.getState() != Thread.State.NEW) {
      throw new IllegalStateException("loop " + thread.getName() + " has started");
    }
    poller.setLocalCongestion(name);
  }

  /** How it reaches its sockets; what {@link Sockets#AUTO} came to. */
  public Sockets sockets() {
    return switch (poller) {
      case UringPoller _ -> Sockets.URING;
      case EpollPoller _ -> Sockets.EPOLL;
      case NioPoller _ -> Sockets.NIO;
    };
  }

  public void start() {
    if (stopping) {
      throw new IllegalStateException("loop " + thread.getName() + " is closed");
    }
    thread.start();
  }

  @Override
  public InetSocketAddress listen(
      InetSocketAddress address, Limits limits, Session.Factory sessions) throws IOException {
    Poller.Port port = poller.bind(address, BACKLOG);
    try {
      Listener listener = new Listener(port, limits, sessions);
      listeners.add(listener);
      queue.execute(() -> register(listener));
      return port.address();
    } catch (RejectedExecutionException e) {
      port.close();
      throw e;
    }
  }

  @Override
  public void stopListening(InetSocketAddress bound) {
    assert isCurrent() || thread.getState() == Thread.State.NEW;
    for (Listener listener : listeners) {
      if (listener.port.address().equals(bound)) {
        listeners.remove(listener);
        close(listener);
      }
    }
  }

  @Override
  public void release(long durable) {
    if (released.get() < durable) {
      released.accumulateAndGet(durable, Math::max);
      if (holds && !isCurrent()) {
        queue.wake();
      }
    }
  }

  /**
   * @throws RejectedExecutionException when the loop has ended
   */
  @Override
  public void execute(Runnable task) {
    queue.execute(task);
  }

  @Override
  public Timer schedule(long delayMs, Runnable task) {
    return queue.schedule(delayMs, task);
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void addTurnHook(TurnHook hook) {
    if (thread.getState() != Thread.State.NEW) {
      throw new IllegalStateException("loop " + thread.getName() + " has started");
    }
    queue.addHook(hook);
  }

  @Override
  public void wake() {
    queue.wake();
  }

  @Override
  public boolean hasInput() {
    return ready > 0;
  }

  @Override
  public HeapBudget heap() {
    return heap;
  }

  /** Safe from any thread. */
  public Stats stats() {
    return new Stats(openNow, accepted, refused, bytesInNow, bytesOutNow, turns);
  }

  /** Closes the listening ports; open connections go on. Safe from any thread. */
  public void stopAccepting() {
    try {
      queue.execute(this::closeListeners);
    } catch (RejectedExecutionException e) {
      LOGGER.fine("loop has ended before");
    }
  }

  /**
   * Stops accepting and reading, sends what is written, and returns when every client has got its
   * replies or the time is over. Not for the loop's own thread.
   *
   * @return whether every client got its replies
   */
  public boolean drain(long deadlineMs) throws InterruptedException {
    assert !isCurrent();
    CountDownLatch latch = new CountDownLatch(1);
    try {
      queue.execute(() -> {
        closeListeners();
        connections.forEach(SocketConnection::closeAfterFlush);
        drained.add(latch);
      });
    } catch (RejectedExecutionException e) {
      return true;
    }
    return latch.await(deadlineMs, TimeUnit.MILLISECONDS);
  }

  /**
   * Runs what is queued, sends what can be sent at once, closes every connection and ends the
   * thread. Idempotent.
   */
  @Override
  public void close() {
    stopping = true;
    queue.wake();
    if (thread.getState() == Thread.State.NEW) {
      end();
    } else if (!isCurrent()) {
      Joining.join(thread);
    }
  }

  // ---- the thread

  private void run() {
    try {
      Scheduling.shortTurns();
      Scheduling.backgroundWaits();
      while (!stopping) {
        turn();
      }
      for (int i = 0; i == 0 || (i < LAST_TURNS && queue.hasTasks()); i++) {
        queue.wake();
        turn();
      }
    } catch (Throwable e) {
      LOGGER.log(Level.SEVERE, "loop " + thread.getName() + " failed", e);
      failed.accept(e);
    } finally {
      end();
    }
  }

  private void turn() throws IOException {
    select();
    queue.beginTurn();
    takeInput();
    tellClosed();
    queue.endTurn();
    findReleased();
    flush();
    tellClosed();
    queue.turnEnded();
    finishTurn();
  }

  private void select() throws IOException {
    ready = poller.select(queue.trySleep());
    queue.awake();
    Thread.interrupted(); // nobody has business interrupting a loop; it would close channels
  }

  private void takeInput() {
    for (int i = 0; i < ready; i++) {
      Object attachment = poller.attachment(i);
      if (attachment instanceof SocketConnection connection) {
        int operations = poller.operations(i);
        if ((operations & Poller.WRITE) != 0) {
          markDirty(connection);
        }
        if ((operations & Poller.READ) != 0) {
          take(connection);
        }
      } else if (attachment instanceof Listener listener) {
        accept(listener);
      }
    }
    feedTaken();
    int count = resumed.size();
    for (int i = 0; i < count; i++) {
      SocketConnection connection = resumed.get(i);
      connection.isResumed = false;
      connection.resumed();
    }
    resumed.subList(0, count).clear();
  }

  private void take(SocketConnection connection) {
    if (takenCount == taken.length || READ_BYTES - inputEnd < READ_BYTES_MIN) {
      feedTaken();
    }
    int count = connection.take(input, inputEnd, READ_BYTES - inputEnd);
    if (count > 0) {
      inputEnd += count;
      taken[takenCount++] = connection;
    }
  }

  private void feedTaken() {
    if (takenCount > 1) {
      for (int i = 0; i < takenCount; i++) {
        Objects.requireNonNull(taken[i]).foresee(input);
      }
    }
    for (int i = 0; i < takenCount; i++) {
      SocketConnection connection = taken[i];
      if (connection != null) {
        taken[i] = null;
        connection.feedTaken(input);
      }
    }
    takenCount = 0;
    inputEnd = 0;
  }

  @Override
  public void serveOthers(Connection caller) {
    if (interruptingInput.length == 0) {
      interruptingInput = new byte[READ_BYTES];
    }
    try {
      ready = poller.select(0);
    } catch (IOException e) {
      throw new UncheckedIOException("looking for input", e);
    }
    for (int i = 0; i < takenCount; i++) {
      SocketConnection connection = taken[i];
      if (connection != null && connection != caller && connection.mayInterrupt()) {
        taken[i] = null;
        connection.feedTaken(input);
        markDirty(connection);
      }
    }
    for (int i = 0; i < ready; i++) {
      Object attachment = poller.attachment(i);
      if (attachment instanceof SocketConnection connection) {
        if (connection != caller && connection.mayInterrupt()) {
          if ((poller.operations(i) & Poller.READ) != 0) {
            if (connection.take(interruptingInput, 0, READ_BYTES) > 0) {
              connection.feedTaken(interruptingInput);
            }
          }
          markDirty(connection);
        }
      } else if (attachment instanceof Listener listener) {
        accept(listener);
      }
    }
    ready = 0; // the turn around this one sees the rest again
    findReleased();
    flushOthers(caller);
  }

  private void flushOthers(Connection caller) {
    int kept = 0;
    for (int i = 0; i < dirtyCount; i++) {
      SocketConnection connection = dirty[i];
      if (connection == caller || !connection.mayInterrupt()) {
        dirty[kept++] = connection;
      } else {
        connection.isDirty = false;
        connection.flush();
      }
    }
    Arrays.fill(dirty, kept, dirtyCount, null);
    dirtyCount = kept;
  }

  private void findReleased() {
    long durable = released.get();
    if (durable == releasedSeen) {
      return;
    }
    releasedSeen = durable;
    int kept = 0;
    for (int i = 0; i < holding.size(); i++) {
      SocketConnection connection = holding.get(i);
      if (connection.release(durable)) {
        markDirty(connection);
      }
      if (connection.isHeld()) {
        holding.set(kept++, connection);
      } else {
        connection.isHolding = false;
      }
    }
    holding.subList(kept, holding.size()).clear();
    holds = kept > 0;
  }

  /**
   * Sends what may leave, up to a limit for the turn: the rest has its turn after others' input.
   */
  private void flush() {
    int marked = dirtyCount;
    int count = 0;
    for (long most = bytesOut + SEND_PER_TURN_BYTES; count < marked && bytesOut < most; count++) {
      SocketConnection connection = dirty[count];
      connection.isDirty = false;
      connection.flush();
    }
    int rest = dirtyCount - count;
    System.arraycopy(dirty, count, dirty, 0, rest);
    Arrays.fill(dirty, rest, dirtyCount, null);
    dirtyCount = rest;
  }

  /** Sessions hear of their end outside of their own calls. */
  private void tellClosed() {
    for (int i = 0; i < closedSessions.size(); i++) {
      try {
        closedSessions.get(i).closed();
      } catch (OutOfMemoryError e) {
        throw e;
      } catch (Throwable e) {
        LOGGER.log(Level.SEVERE, "a session failed at its end", e);
      }
    }
    closedSessions.clear();
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  private void finishTurn() {
    if (dirtyCount > 0 || !resumed.isEmpty() || released.get() != releasedSeen) {
      queue.wake();
    }
    if (open == 0 && !drained.isEmpty()) {
      drained.forEach(CountDownLatch::countDown);
      drained.clear();
    }
    openNow = open;
    bytesInNow = bytesIn;
    bytesOutNow = bytesOut;
    turns++;
  }

  private void end() {
    queue.end();
    closeListeners();
    for (SocketConnection connection : List.copyOf(connections)) {
      connection.close();
    }
    tellClosed();
    drained.forEach(CountDownLatch::countDown);
    openNow = 0;
    try {
      poller.close();
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "closing the poller", e);
    }
  }

  // ---- listeners

  private void register(Listener listener) {
    try {
      if (accepting && !stopping && listeners.contains(listener)) {
        poller.add(listener.port, listener);
      } else {
        listener.port.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("listening", e);
    }
  }

  private void closeListeners() {
    accepting = false;
    listeners.forEach(NetworkLoop::close);
    listeners.clear();
  }

  private static void close(Listener listener) {
    try {
      listener.port.close();
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "closing a listening port", e);
    }
  }

  private void accept(Listener listener) {
    for (int i = 0; i < ACCEPTS_PER_TURN && listeners.contains(listener); i++) {
      try {
        Poller.Socket socket = listener.port.accept();
        if (socket == null) {
          return;
        }
        admit(listener, socket);
      } catch (IOException e) {
        acceptLater(listener, e);
        return;
      }
    }
  }

  /** The process has no file descriptor left, for example: trying again at once would spin. */
  private void acceptLater(Listener listener, IOException cause) {
    LOGGER.log(Level.WARNING, "cannot accept connections for now: {0}", cause.toString());
    listener.port.interest(false);
    schedule(
        ACCEPT_RETRY_MS,
        () -> {
          if (listeners.contains(listener)) {
            listener.port.interest(true);
          }
        });
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  private void admit(Listener listener, Poller.Socket socket) throws IOException {
    if (listener.open >= listener.limits.connections()) {
      refused++;
      socket.close();
      return;
    }
    SocketConnection connection =
        new SocketConnection(this, listener, socket, IDS.incrementAndGet());
    socket.attach(connection);
    accepted++;
    connection.place = connections.size();
    connections.add(connection);
    listener.open++;
    open++;
    try {
      connection.open(listener.sessions);
    } catch (OutOfMemoryError | OwnerFailed e) {
      throw e;
    } catch (Throwable e) {
      sessionFailed(connection, e);
    }
  }

  // ---- called by connections

  long released() {
    return released.get();
  }

  void markDirty(SocketConnection connection) {
    if (!connection.isDirty) {
      connection.isDirty = true;
      if (dirtyCount == dirty.length) {
        dirty = Arrays.copyOf(dirty, dirtyCount * 2);
      }
      dirty[dirtyCount++] = connection;
    }
  }

  void markResumed(SocketConnection connection) {
    if (!connection.isResumed) {
      connection.isResumed = true;
      resumed.add(connection);
    }
  }

  void markHolding(SocketConnection connection) {
    if (!connection.isHolding) {
      connection.isHolding = true;
      holding.add(connection);
      holds = true;
    }
  }

  void sessionFailed(SocketConnection connection, Throwable cause) {
    LOGGER.log(Level.SEVERE, "the session of " + connection.remote() + " failed", cause);
    connection.close();
  }

  /** The connection's replies are out and its session is over; its socket stays for a moment. */
  void lingers(SocketConnection connection, @Nullable Session session) {
    leave(connection, session);
    schedule(LINGER_MS, connection::close);
  }

  /**
   * @param session null if it has heard of its end before
   */
  void gone(SocketConnection connection, boolean lingered, @Nullable Session session) {
    SocketConnection last = connections.removeLast();
    if (last != connection) {
      connections.set(connection.place, last);
      last.place = connection.place;
    }
    if (!lingered) {
      leave(connection, session);
    }
  }

  private void leave(SocketConnection connection, @Nullable Session session) {
    connection.listener.open--;
    open--;
    if (session != null) {
      closedSessions.add(session);
    }
  }

  HeapBudget.Share buffers() {
    return buffers;
  }

  void countIn(long bytes) {
    bytesIn += bytes;
  }

  void countOut(long bytes) {
    bytesOut += bytes;
  }

  ByteWriter borrowWriter() {
    return writers.isEmpty() ? new ByteWriter(FIRST_WRITER_BYTES, buffers) : writers.removeLast();
  }

  void returnWriter(ByteWriter writer) {
    writer.clear();
    if (writers.size() < POOLED_WRITERS && writer.array().length <= POOLED_WRITER_BYTES) {
      writers.add(writer);
    } else {
      writer.release();
    }
  }
}
