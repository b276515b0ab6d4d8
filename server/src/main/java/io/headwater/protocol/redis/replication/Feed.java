package io.headwater.protocol.redis.replication;

import io.headwater.bytes.MalformedBytes;
import io.headwater.log.Log;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Follows the log from a position on, on a thread of its own, and writes what it says as commands
 * into the {@link Backlog}. It reads what is durable and nothing else, so a replica is never ahead
 * of our disk; and because it reads the log, the loop that serves clients does nothing for it.
 *
 * <p>Where the backlog is full it waits, and what was not read yet stays in the log: a {@link
 * Log.Hold} keeps it from being cut. How far it may fall behind is {@link Replicas}' to decide.
 *
 * <p>What is not in the log, such as messages, comes in between by {@link #say}: behind all that
 * had been appended by then.
 */
final class Feed {
  private static final Logger LOGGER = Logger.getLogger(Feed.class.getName());

  /** Messages that wait to be said. */
  static final int SAID_BYTES_MAX = 1 << 20;

  /** While there is something to do the log is looked at so often. */
  private static final long PAUSE_NS = 1_000_000;

  /** After so many looks in vain it waits to be woken. */
  private static final int LOOKS = 100;

  private static final long IDLE_NS = 100_000_000;

  /** Readers are told when so much is there for them. */
  private static final int TELL_BYTES = 64 << 10;

  private record Said(long after, byte[] command) {}

  /** Something to be done when all up to a position is written. */
  private record Mark(long position, Runnable task) {}

  /** The last there is to say, behind all up to a position. */
  private record End(long position, byte[] command, LongConsumer reached) {}

  private final Log log;
  private final long from;
  private final Backlog backlog;
  private final EventCommands commands;
  private final Runnable progress;
  private final Consumer<Throwable> failed;
  private final PriorityQueue<Mark> marks =
      new PriorityQueue<>((a, b) -> Long.compare(a.position, b.position));
  private final ArrayDeque<Said> said = new ArrayDeque<>();
  private int saidBytes;
  private volatile boolean somethingSaid;

  /** Where it ends, and with what. */
  private volatile @Nullable End end;

  private volatile long firstMark = Long.MAX_VALUE;
  private volatile long position;
  private volatile boolean idle;
  private volatile boolean closed;
  private Log.@Nullable Hold hold;
  private @Nullable Thread thread;
  private int untold;
  private boolean hasWarned;

  /**
   * @param position from where on the log is read
   * @param mark random, see {@link EventCommands}
   * @param progress called on the feed's thread when there is more in the backlog
   * @param failed called once on the feed's thread if it cannot go on
   * @throws IOException if the log does not have that any more
   */
  Feed(
      Log log,
      long position,
      Backlog backlog,
      byte[] mark,
      Runnable progress,
      Consumer<Throwable> failed)
      throws IOException {
    this.log = log;
    this.from = position;
    this.position = position;
    this.backlog = backlog;
    this.progress = progress;
    this.failed = failed;
    commands = new EventCommands(this::write, mark);
    hold = log.hold(position);
  }

  void start() {
    Thread started = Thread.ofPlatform().name("redis-feed").daemon().unstarted(this::run);
    thread = started;
    started.start();
  }

  Backlog backlog() {
    return backlog;
  }

  /** All up to here is written. Any thread. */
  long position() {
    return position;
  }

  /**
   * Attaches a reader when all up to a position is written and nothing behind it. Any thread.
   *
   * @param attached called on the feed's thread
   * @return false if more is written already
   */
  synchronized boolean attachAt(long at, Consumer<Backlog.Reader> attached) {
    if (position > at) {
      return false;
    }
    backlog.expect();
    add(
        new Mark(
            at,
            () -> {
              commands.forgetSelected();
              attached.accept(backlog.attachExpected());
            }));
    return true;
  }

  /**
   * Tells the offset of a position when all up to it is written. Any thread.
   *
   * @param reached called on the feed's thread
   */
  synchronized void await(long at, LongConsumer reached) {
    add(new Mark(at, () -> reached.accept(backlog.end())));
  }

  /**
   * Ends when all up to a position is written, and a last command behind it. Any thread; once.
   *
   * @param ended called on the feed's thread with the offset before that command
   */
  void endAt(long at, byte[] command, LongConsumer ended) {
    end = new End(at, command, ended);
    LockSupport.unpark(thread);
  }

  private void add(Mark mark) {
    marks.add(mark);
    firstMark = marks.element().position;
    LockSupport.unpark(thread);
  }

  /**
   * Puts a command into the stream. Any thread.
   *
   * @return false if too much waits: then it is dropped
   */
  synchronized boolean say(byte[] command) {
    if (saidBytes + command.length > SAID_BYTES_MAX) {
      return false;
    }
    saidBytes += command.length;
    said.add(new Said(log.appended(), command));
    somethingSaid = true;
    LockSupport.unpark(thread);
    return true;
  }

  /** More of the log is durable. Any thread. */
  void durable() {
    if (idle) {
      LockSupport.unpark(thread);
    }
  }

  /** Nobody reads for now: the log may go. */
  synchronized void release() {
    Log.Hold held = hold;
    if (held != null) {
      held.close();
      hold = null;
    }
  }

  /**
   * Somebody reads again.
   *
   * @throws IOException if the log does not have what follows any more
   */
  synchronized void holdAgain() throws IOException {
    if (hold == null) {
      hold = log.hold(position);
    }
  }

  /** Ends it; idempotent. */
  void close() {
    closed = true;
    backlog.close();
    release();
    LockSupport.unpark(thread);
  }

  private void run() {
    try (LogCursor cursor = log.read(from)) {
      follow(cursor);
    } catch (IOException | MalformedBytes | InterruptedException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      fail(e); // nobody is told wrong things: all replicas begin anew
    }
  }

  private void fail(Throwable e) {
    if (!closed) {
      failed.accept(e);
    }
  }

  private void follow(LogCursor cursor) throws IOException, InterruptedException {
    boolean isAhead = false;
    int looks = 0;
    while (!closed) {
      passMarks();
      if (hasEnded()) {
        return;
      }
      if (somethingSaid) {
        passSaid();
      }
      isAhead = isAhead || cursor.next();
      if (isAhead && cursor.position() <= log.durable()) {
        pass(cursor);
        isAhead = false;
        looks = 0;
      } else {
        looks = untold > 0 ? 0 : looks + 1;
        tell();
        rest(looks > LOOKS, isAhead ? cursor.position() - 1 : position);
      }
    }
  }

  private boolean hasEnded() throws InterruptedException {
    End last = end;
    if (last == null || position < last.position) {
      return false;
    }
    long before = backlog.end();
    write(last.command, 0, last.command.length);
    tell();
    last.reached.accept(before);
    return true;
  }

  private void pass(LogCursor cursor) throws InterruptedException {
    commands.begin();
    for (LoggedPart part : cursor.parts()) {
      if (part.stream() == Log.KEYSPACE_STREAM) {
        commands.part(part.payload());
      }
    }
    commands.end();
    if (commands.takeLeftOut() && !hasWarned) {
      hasWarned = true;
      LOGGER.warning("replicas get no expiry of hash fields: Redis 7.0 has none");
    }
    synchronized (this) {
      position = cursor.position();
      Log.Hold held = hold;
      if (held != null) {
        held.moveTo(position);
      }
    }
  }

  /** Waits until there may be something to do. */
  private void rest(boolean untilWoken, long seen) {
    if (!untilWoken) {
      LockSupport.parkNanos(this, PAUSE_NS);
      return;
    }
    idle = true;
    if (log.durable() <= seen && !closed) {
      LockSupport.parkNanos(this, IDLE_NS);
    }
    idle = false;
  }

  private void write(byte[] array, int at, int length) throws InterruptedException {
    for (int done = 0; done < length; done += TELL_BYTES) {
      int some = Math.min(TELL_BYTES, length - done); // the loop waits for the lock meanwhile
      backlog.write(array, at + done, some);
      untold += some;
      if (untold >= TELL_BYTES) {
        tell();
      }
    }
  }

  private void tell() {
    if (untold > 0) {
      untold = 0;
      progress.run();
    }
  }

  private void passMarks() {
    while (position >= firstMark) {
      Mark mark;
      synchronized (this) {
        mark = marks.remove();
        firstMark = marks.isEmpty() ? Long.MAX_VALUE : marks.element().position;
      }
      mark.task.run();
    }
  }

  private void passSaid() throws InterruptedException {
    while (true) {
      Said next;
      synchronized (this) {
        next = said.peek();
        if (next == null || next.after > position) {
          somethingSaid = next != null;
          return;
        }
        said.remove();
        saidBytes -= next.command.length;
      }
      write(next.command, 0, next.command.length);
    }
  }
}
