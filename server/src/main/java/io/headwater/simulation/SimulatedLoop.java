package io.headwater.simulation;

import io.headwater.bytes.HeapBudget;
import io.headwater.host.Clock;
import io.headwater.host.Connection;
import io.headwater.host.Listeners;
import io.headwater.host.Session;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A loop that runs when it is stepped, on the stepping thread, with connections that are objects. A
 * turn does what a turn of the real loop does, in the same order: hooks, tasks, timers, input of
 * the connections, hooks, output. Exceptions of tasks and sessions reach the stepper, so that no
 * bug hides in a simulation.
 */
public final class SimulatedLoop implements Listeners {
  private static final int TURNS_MAX = 1_000_000;
  private static final int BUFFERS_PERCENT = 25;
  private static final Limits NO_LIMITS = new Limits(Integer.MAX_VALUE, 1 << 30, 1L << 40);

  private record SimulatedTimer(long deadlineNs, long order, Runnable task, boolean[] cancelled)
      implements Timer {
    @Override
    public void cancel() {
      cancelled[0] = true;
    }
  }

  private record Listener(InetSocketAddress address, Limits limits, Session.Factory sessions) {}

  private final Clock clock;
  private final HeapBudget heap;
  private final HeapBudget.Share buffers;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<SimulatedTimer> timers =
      new PriorityQueue<>(
          Comparator.comparingLong(SimulatedTimer::deadlineNs)
              .thenComparingLong(SimulatedTimer::order));
  private final List<TurnHook> hooks = new ArrayList<>();
  private final Map<InetSocketAddress, Listener> listeners = new HashMap<>();
  private final List<SimulatedConnection> connections = new ArrayList<>();
  private final AtomicLong released = new AtomicLong();
  private volatile boolean woken;
  private volatile Thread stepper = Thread.currentThread();
  private long order;
  private long connectionIds;
  private int freePort = 40_000;

  public SimulatedLoop(Clock clock) {
    this(clock, HeapBudget.ofProcess());
  }

  /** As if the process had so much heap. */
  public SimulatedLoop(Clock clock, HeapBudget heap) {
    this.heap = heap;
    this.buffers = heap.share(BUFFERS_PERCENT);
    this.clock = clock;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public synchronized Timer schedule(long delayMs, Runnable task) {
    long deadlineNs = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(delayMs);
    SimulatedTimer timer = new SimulatedTimer(deadlineNs, order++, task, new boolean[1]);
    timers.add(timer);
    return timer;
  }

  /** Whether this thread created the loop or stepped it last. */
  @Override
  public HeapBudget heap() {
    return heap;
  }

  HeapBudget.Share buffers() {
    return buffers;
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread() == stepper;
  }

  @Override
  public void addTurnHook(TurnHook hook) {
    hooks.add(hook);
  }

  @Override
  public void wake() {
    woken = true;
  }

  @Override
  public InetSocketAddress listen(
      InetSocketAddress address, Limits limits, Session.Factory sessions) throws IOException {
    InetSocketAddress bound =
        address.getPort() != 0
            ? address
            : new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort++);
    if (listeners.putIfAbsent(bound, new Listener(bound, limits, sessions)) != null) {
      throw new BindException("Address already in use: " + bound);
    }
    return bound;
  }

  @Override
  public void stopListening(InetSocketAddress bound) {
    listeners.remove(bound);
  }

  @Override
  public void release(long durable) {
    released.accumulateAndGet(durable, Math::max);
    wake();
  }

  /** A client connects to a listener of this loop. */
  public SimulatedConnection connect(InetSocketAddress address) throws IOException {
    Listener listener = listeners.get(address);
    if (listener == null) {
      throw new IOException("nothing listens on " + address);
    }
    long open = connections.stream().filter(c -> c.local().equals(address)).count();
    if (open >= listener.limits.connections()) {
      throw new IOException("connection refused: " + open + " are open");
    }
    return open(listener);
  }

  /** A client with a session of its own, without a listener or limits. */
  public SimulatedConnection connect(Session.Factory sessions) {
    return open(ownListener(sessions));
  }

  /** As {@link #connect(Session.Factory)}, from another address than this machine's own. */
  public SimulatedConnection connect(Session.Factory sessions, InetAddress from) {
    return open(ownListener(sessions), from);
  }

  private static Listener ownListener(Session.Factory sessions) {
    return new Listener(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), NO_LIMITS, sessions);
  }

  private SimulatedConnection open(Listener listener) {
    return open(listener, InetAddress.getLoopbackAddress());
  }

  private SimulatedConnection open(Listener listener, InetAddress from) {
    SimulatedConnection connection =
        new SimulatedConnection(this, ++connectionIds, from, listener.address, listener.limits);
    connections.add(connection);
    connection.open(listener.sessions);
    return connection;
  }

  /**
   * Takes one turn.
   *
   * @return whether anything was done
   */
  public boolean runOnce() {
    stepper = Thread.currentThread();
    boolean busy = woken;
    woken = false;
    for (TurnHook hook : hooks) {
      hook.beforeTurn();
    }
    for (int left = tasks.size(); left > 0; left--) {
      Runnable task = tasks.poll();
      if (task != null) {
        busy = true;
        task.run();
      }
    }
    for (Runnable due = pollTimer(); due != null; due = pollTimer()) {
      busy = true;
      due.run();
    }
    List<SimulatedConnection> present = List.copyOf(connections);
    for (SimulatedConnection connection : present) {
      busy |= connection.receive();
    }
    for (TurnHook hook : hooks) {
      hook.afterTurn();
    }
    for (SimulatedConnection connection : present) {
      busy |= connection.flush(released.get());
    }
    connections.removeIf(SimulatedConnection::isClosed);
    hooks.forEach(TurnHook::turnEnded);
    return busy;
  }

  @Override
  public void serveOthers(Connection caller) {
    for (SimulatedConnection connection : List.copyOf(connections)) {
      if (connection != caller && connection.mayInterrupt()) {
        connection.receive();
        connection.flush(released.get());
      }
    }
  }

  /** Takes turns until one finds nothing to do. Timers that are not due yet stay. */
  public void runUntilIdle() {
    for (int i = 0; i < TURNS_MAX; i++) {
      if (!runOnce() && !woken && tasks.isEmpty()) {
        return;
      }
    }
    throw new IllegalStateException("not idle after " + TURNS_MAX + " turns");
  }

  /** When the next timer is due on the clock's {@link Clock#nanos}; empty if none is set. */
  public synchronized OptionalLong nextTimerNs() {
    while (!timers.isEmpty() && timers.element().cancelled[0]) {
      timers.remove();
    }
    return timers.isEmpty() ? OptionalLong.empty() : OptionalLong.of(timers.element().deadlineNs);
  }

  /** Open connections. */
  public List<SimulatedConnection> connections() {
    return List.copyOf(connections);
  }

  private synchronized @Nullable Runnable pollTimer() {
    if (nextTimerNs().isEmpty() || timers.element().deadlineNs - clock.nanos() > 0) {
      return null;
    }
    return timers.remove().task;
  }
}
