package io.headwater.protocol.redis;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.failure.FailureException;
import io.headwater.host.Loop;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Clients that wait for an element: BLPOP and its like. A client stands in the queue of each of its
 * keys. When a key changes it becomes ready, and after the command that changed it (the whole EXEC)
 * the clients of its queue are served in the order in which they came, as long as there is
 * something for them. Serving one may make other keys ready.
 */
public final class Waiting {
  private static final int PRUNE_ABOVE = 64;

  /** An awaited key's places in maps and queues, without its name. */
  private static final int AWAITED_BYTES = 600;

  private static final CommandError NO_ROOM =
      new CommandError("OOM the keys that clients wait for need more memory than the server has");

  /** Serves a call from one of its keys if it can, and replies; false if nothing is there. */
  public interface Attempt {
    boolean serve(Call call, Key key);

    /** The answer when the time is over, or CLIENT UNBLOCK ends the waiting. */
    default void nothing(Reply reply) {
      reply.nilArray();
    }

    /** Whether it is asked too when the key has gone. */
    default boolean hearsOfAbsence() {
      return false;
    }
  }

  private record Name(int db, Bytes key) {}

  private static final class Waiter {
    final RedisSession session;
    final Command command;
    final Attempt attempt;
    final long heldBytes;

    /** Null when it is over: places in queues may outlive it. */
    Transaction.@Nullable Queued call;

    final LinkedHashSet<Name> names = new LinkedHashSet<>();
    Loop.@Nullable Timer timer;
    boolean over;

    Waiter(
        RedisSession session,
        Command command,
        Transaction.Queued call,
        Attempt attempt,
        long heldBytes) {
      this.session = session;
      this.command = command;
      this.call = call;
      this.attempt = attempt;
      this.heldBytes = heldBytes;
    }
  }

  /** The clients that wait for one key. */
  private final class Queue implements Keyspace.Watcher {
    final Name name;
    final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
    int gone;

    /** Whether one of them ever did. */
    boolean hearsOfAbsence;

    Queue(Name name) {
      this.name = name;
    }

    @Override
    public void touched() {
      ready.add(this);
    }
  }

  private final RedisServer server;
  private final Map<Name, Queue> queues = new HashMap<>();
  private final LinkedHashSet<Queue> ready = new LinkedHashSet<>();
  private final Map<RedisSession, Waiter> bySession = new HashMap<>();
  private final Key key = new Key();
  private @Nullable Call call;

  public Waiting(RedisServer server) {
    this.server = server;
  }

  /** Inside a transaction nobody waits: nothing to take is an answer there. */
  public boolean isAllowed(Call waiting) {
    return !waiting.session().transaction().isOpen();
  }

  /** How many clients wait. */
  public int clients() {
    return bySession.size();
  }

  /**
   * Lets a client wait until one of its keys serves it, or until the time is over, which answers no
   * array.
   *
   * @param timeoutMs 0 waits without end
   * @throws CommandError if there is no room for what all clients wait for
   */
  public void add(Call waiting, int[] keys, long timeoutMs, Attempt attempt) {
    RedisSession session = waiting.session();
    Command command = waiting.command();
    long heldBytes = 3 * waiting.bytes() + (long) keys.length * AWAITED_BYTES;
    if (!server.limits().held().take(heldBytes)) {
      throw NO_ROOM;
    }
    Transaction.Queued copy = Transaction.Queued.of(command, waiting.array(), waiting.arguments());
    Waiter waiter = new Waiter(session, command, copy, attempt, heldBytes);
    for (int i : keys) {
      Name name = new Name(waiting.db(), waiting.bytes(i));
      if (waiter.names.add(name)) {
        Queue queue = queues.get(name);
        if (queue == null) {
          queue = new Queue(name);
          queues.put(name, queue);
          server.keyspace().watch(new Key().at(name.db, name.key), queue);
        }
        queue.waiters.add(waiter);
        queue.hearsOfAbsence |= attempt.hearsOfAbsence();
      }
    }
    bySession.put(session, waiter);
    session.suspend(() -> end(waiter));
    if (timeoutMs > 0) {
      waiter.timer = session.connection().loop().schedule(timeoutMs, () -> timeOut(waiter));
    }
  }

  private void timeOut(Waiter waiter) {
    if (!waiter.over) {
      finish(waiter, waiter.attempt::nothing);
    }
  }

  /**
   * Ends a client's wait: as if the time were over, or with the error of CLIENT UNBLOCK.
   *
   * @return false if it does not wait
   */
  public boolean unblock(RedisSession session, boolean withError) {
    Waiter waiter = bySession.get(session);
    if (waiter == null) {
      return false;
    }
    finish(
        waiter,
        reply -> {
          if (withError) {
            reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
          } else {
            waiter.attempt.nothing(reply);
          }
        });
    return true;
  }

  private interface Answer {
    void writeTo(Reply reply);
  }

  private void finish(Waiter waiter, Answer answer) {
    end(waiter);
    waiter.session.tell(answer::writeTo);
    waiter.session.resume();
  }

  /**
   * Takes a waiter out of everything. Its places in queues are left for later where it is cheap.
   */
  private void end(Waiter waiter) {
    waiter.over = true;
    bySession.remove(waiter.session);
    Loop.Timer timer = waiter.timer;
    if (timer != null) {
      timer.cancel();
    }
    for (Name name : waiter.names) {
      Queue queue = queues.get(name);
      if (queue != null) {
        queue.gone++;
        prune(queue);
      }
    }
    waiter.names.clear();
    waiter.call = null;
    server.limits().held().add(-waiter.heldBytes);
  }

  private void prune(Queue queue) {
    if (queue.gone == queue.waiters.size()) {
      server.keyspace().unwatch(queue);
      ready.remove(queue);
      queues.remove(queue.name);
    } else if (queue.gone > PRUNE_ABOVE && queue.gone * 2 > queue.waiters.size()) {
      queue.waiters.removeIf(w -> w.over);
      queue.gone = 0;
    }
  }

  /** After a command: serves whom it made servable. */
  public void serve() {
    while (!ready.isEmpty()) {
      serve(ready.removeFirst());
    }
  }

  private void serve(Queue queue) {
    for (Waiter waiter : queue.waiters.toArray(new Waiter[0])) {
      boolean there = server.keyspace().peek(key.at(queue.name.db, queue.name.key)) != 0;
      if (!there && !queue.hearsOfAbsence) {
        return;
      }
      if (!waiter.over && (there || waiter.attempt.hearsOfAbsence())) {
        serve(waiter, queue.name);
      }
    }
  }

  private void serve(Waiter waiter, Name name) {
    Call current = call;
    if (current == null) {
      current = new Call(server, waiter.session);
      call = current;
    }
    Transaction.Queued queued = Objects.requireNonNull(waiter.call);
    current.begin(waiter.session, queued.array(), queued.arguments());
    current.setCommand(waiter.command);
    Reply reply = waiter.session.push();
    ByteWriter out = reply.out();
    int mark = out.size();
    boolean served;
    long started = server.clock().nanos();
    server.dispatch().setExecuting(waiter.session);
    try {
      if (waiter.command.has(Flags.WRITE)) {
        server.dispatch().refuseWrite(current, waiter.command);
      }
      served = waiter.attempt.serve(current, new Key().at(name.db, name.key));
    } catch (CommandError e) {
      out.truncate(mark);
      server.dispatch().failOrClose(waiter.session, reply, e);
      waiter.command.counts().failed();
      served = true;
    } catch (FailureException e) {
      out.truncate(mark);
      server.dispatch().fail(reply, RedisServer.line(e.failure()));
      waiter.command.counts().failed();
      served = true;
    } catch (BufferFull e) {
      CommandError tooLarge = server.dispatch().tooLarge(e, out);
      out.truncate(mark);
      server.dispatch().failOrClose(waiter.session, reply, tooLarge);
      waiter.command.counts().failed();
      served = true;
    }
    server.dispatch().endExecuting();
    if (served) {
      server.commandClock().served(waiter.session, waiter.command, queued, started);
      server.notifications().flush();
      waiter.session.commandDone(out, mark);
      if (server.tracking().clients() > 0) {
        server.tracking().tell();
      }
      server.keyspace().commandDone();
      end(waiter);
      waiter.session.pushed();
      waiter.session.resume();
    }
  }
}
