package io.headwater.protocol.redis;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.ByteWriter;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.observing.Statistics;
import io.headwater.protocol.redis.replication.GoodReplicas;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Keyspace;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The way of one request: the checks that it has to pass, its handler, and what follows from it for
 * others. Most requests find nothing unusual on and go a short way, {@link #executePlain}, which
 * does what the long one does then.
 */
public final class Dispatch {
  private static final CommandError QUEUES_FULL =
      new CommandError("OOM the queues of transactions need more memory than the server has");

  private static final CommandError NO_MEMORY =
      new CommandError("OOM the command needs more memory than the server has");

  /** The command is done; only its reply is given up. */
  public static final CommandError REPLY_TOO_LARGE =
      new CommandError("OOM the reply needs more memory than the server has");

  private final RedisServer server;
  private final Keyspace keyspace;
  private final CommandTable table;
  private final Access access;
  private final MemoryLimit memory;
  private final Notifications notifications;
  private final Monitors monitors;
  private final CommandClock commandClock;
  private final Tracking tracking;
  private final Pause pause;
  private final Waiting waiting;
  private final GoodReplicas goodReplicas;
  private final Statistics statistics;
  private final Batch batch;
  private @Nullable Call call;

  /** Whose command ran last, or runs now if one does: storing a reference costs a fence. */
  private @Nullable RedisSession executor;

  private boolean isExecuting;

  /** Whether {@link #isUsual} holds for the client whose batch runs. */
  private boolean usual;

  private int index;

  /** A script that runs for long and lets others in. */
  private @Nullable BusyScript busy;

  private @Nullable Batch busyBatch;

  /** Of {@link Statistics#errors}: those that some command's failure accounts for. */
  private long errorsSeen;

  /** Once all other parts of the server stand. */
  Dispatch(RedisServer server) {
    this.server = server;
    this.keyspace = server.keyspace();
    this.table = server.table();
    this.access = server.access();
    this.memory = server.memory();
    this.notifications = server.notifications();
    this.monitors = server.monitors();
    this.commandClock = server.commandClock();
    this.tracking = server.tracking();
    this.pause = server.pause();
    this.waiting = server.waiting();
    this.goodReplicas = server.replicas().good();
    this.statistics = server.statistics();
    this.batch = new Batch(table, keyspace);
  }

  /** Where the requests of a client are put together. */
  Batch batch() {
    return busy == null ? batch : batchWhileBusy();
  }

  private Batch batchWhileBusy() {
    Batch own = busyBatch;
    if (own == null) {
      own = new Batch(table, keyspace);
      busyBatch = own;
    }
    return own;
  }

  /** A batch of a client begins. */
  void beginBatch(RedisSession session) {
    usual = isUsual(session);
  }

  /**
   * Whether nothing is on that a plain command would have to respect or to tell. Only commands that
   * are not plain, and what comes between batches, change that.
   */
  private boolean isUsual(RedisSession session) {
    return busy == null
        && session.isUsual()
        && memory.isUnlimited()
        && !goodReplicas.areTooFew()
        && notifications.areOff()
        && monitors.isEmpty()
        && tracking.clients() == 0
        && waiting.clients() == 0
        && !pause.isOn()
        && !commandClock.isExact();
  }

  /**
   * Runs one request of a batch; what it wrote is in the session's output.
   *
   * @return false if it has to come again, because the client was made to wait with it
   */
  boolean execute(RedisSession session, Batch batch, int index) {
    if (usual && batch.isPlain(index)) {
      executePlain(session, batch, index);
      return true;
    }
    boolean done = executeAny(session, batch, index);
    usual = isUsual(session);
    return done;
  }

  /** The short way: does what {@link #executeAny} does when nothing unusual is on. */
  private void executePlain(RedisSession session, Batch batch, int index) {
    Command command = Objects.requireNonNull(batch.command(index));
    Call current = call(session);
    Reply reply = session.reply();
    ByteWriter out = reply.out();
    int mark = out.size();
    current.begin(session, batch.array(index), batch.arguments(index));
    batch.tellHash(index, current);
    current.setCommand(command);
    boolean writes = command.has(Flags.WRITE);
    boolean admitted = false;
    try {
      if (writes) {
        refuseWrite(current, command);
      }
      admitted = true;
      session.setLastCommand(command);
      statistics.commands++;
      commandClock.startingPlain(command, index);
      Objects.requireNonNull(command.handler()).run(current);
      if (statistics.errors.total() != errorsSeen) {
        errorsSeen = statistics.errors.total();
        command.counts().failed();
      }
      commandClock.endedPlain(current, out.size() - mark);
      if (writes) {
        keyspace.commandDone();
      }
    } catch (CommandError | FailureException e) {
      failPlain(reply, mark, current, admitted, e);
    } catch (BufferFull e) {
      failPlain(reply, mark, current, admitted, tooLarge(e, out));
    } catch (OutOfMemoryError e) {
      failPlain(reply, mark, current, admitted, noMemory(e));
    }
  }

  private void failPlain(
      Reply reply, int mark, Call current, boolean admitted, RuntimeException failure) {
    if (admitted) {
      current.command().counts().failed();
      commandClock.endedPlain(current, reply.out().size() - mark);
    } else {
      current.command().counts().rejected();
    }
    reply.out().truncate(mark);
    failOrClose(current.session(), reply, failure);
  }

  /** Answers an error; a client that memory has not even room for that of is closed. */
  void failOrClose(RedisSession session, Reply reply, RuntimeException failure) {
    try {
      if (failure instanceof FailureException e) {
        fail(reply, RedisServer.line(e.failure()));
      } else {
        fail(reply, (CommandError) failure);
      }
    } catch (BufferFull e) {
      session.closeNow();
    }
  }

  private Call call(RedisSession session) {
    Call current = call;
    if (current == null) {
      current = new Call(server, session);
      call = current;
    }
    return current;
  }

  private boolean executeAny(RedisSession session, Batch batch, int index) {
    BusyScript script = busy;
    if (script != null) {
      executeBeside(session, batch, index, script);
      return true;
    }
    Call current = call(session);
    Reply reply = session.reply();
    ByteWriter out = reply.out();
    int mark = out.size();
    current.begin(session, batch.array(index), batch.arguments(index));
    batch.tellHash(index, current);
    this.index = index;
    setExecuting(session);
    boolean done = true;
    try {
      done = dispatch(session, current, batch.command(index));
    } catch (CommandError | FailureException e) {
      out.truncate(mark);
      failOrClose(session, reply, e);
    }
    notifications.flush();
    if (session.isReplica()) {
      refuseReply(session, out, mark);
    } else if (session.replies() != RedisSession.Replies.ON && done) {
      mute(session, out, mark);
    }
    isExecuting = false;
    session.commandDone(out, mark);
    if (tracking.clients() > 0) {
      Tracking.commandDone(session, current.hasCommand() ? current.command() : null);
      tracking.tell();
    }
    waiting.serve();
    return done;
  }

  /** While a script runs for long: only what may end it, or ends the client. */
  private void executeBeside(RedisSession session, Batch requests, int at, BusyScript script) {
    Call beside = new Call(server, session);
    Reply reply = session.reply();
    int mark = reply.out().size();
    beside.begin(session, requests.array(at), requests.arguments(at));
    try {
      Command found = requests.command(at);
      if (found == null) {
        throw CommandTable.unknown(beside);
      }
      Command command = CommandTable.subcommand(found, beside);
      beside.setCommand(command);
      if (!command.takes(beside.count())) {
        throw new CommandError(
            "ERR wrong number of arguments for '" + command.name() + "' command");
      }
      if (!command.has(Flags.ALLOW_BUSY)
          || session.transaction().isOpen() && !command.has(Flags.ENDS_QUEUE)) {
        throw script.refusal(command);
      }
      Objects.requireNonNull(command.handler()).run(beside);
    } catch (CommandError e) {
      reply.out().truncate(mark);
      session.transaction().broke();
      failOrClose(session, reply, e);
    } catch (FailureException e) {
      reply.out().truncate(mark);
      failOrClose(session, reply, e);
    } catch (BufferFull e) {
      session.closeNow();
    }
  }

  /** Answers the error of a command that has been counted as failed or rejected. */
  public void fail(Reply reply, CommandError error) {
    if (error.isCounted()) {
      reply.errorAgain(error.line());
    } else {
      fail(reply, error.line());
    }
  }

  /** As {@link #fail(Reply, CommandError)} for other failures' words. */
  public void fail(Reply reply, String line) {
    reply.error(line);
    errorsSeen = statistics.errors.total();
  }

  /** A replica takes nothing but the stream: as in Redis, whoever asks for more is closed. */
  private static void refuseReply(RedisSession session, ByteWriter out, int mark) {
    if (out.size() > mark) {
      out.truncate(mark);
      session.closeNow();
    }
  }

  private static void mute(RedisSession session, ByteWriter out, int mark) {
    switch (session.replies()) {
      case OFF -> out.truncate(mark);
      case SKIP_NEXT -> session.setReplies(RedisSession.Replies.SKIP);
      case SKIP -> {
        out.truncate(mark);
        session.setReplies(RedisSession.Replies.ON);
      }
      case ON -> {}
    }
  }

  private boolean dispatch(RedisSession session, Call current, @Nullable Command named) {
    Command command;
    Transaction transaction = session.transaction();
    try {
      command = admit(session, current, named);
    } catch (CommandError | FailureException e) {
      transaction.broke();
      if (current.hasCommand()) {
        current.command().counts().rejected();
        if (current.command().name().equals("exec")) {
          throw abort(session, e);
        }
      }
      throw e;
    }
    if (pause.isOn() && pause.holds(session, command)) {
      return false;
    }
    session.setLastCommand(command);
    if (transaction.isOpen() && !command.has(Flags.ENDS_QUEUE)) {
      if (!transaction.add(command, current.array(), current.arguments())) {
        transaction.broke();
        command.counts().rejected();
        throw QUEUES_FULL;
      }
      session.reply().simple("QUEUED");
      return true;
    }
    run(session, current, command);
    if (command.has(Flags.WRITE)) {
      keyspace.commandDone();
    }
    return true;
  }

  /** An EXEC that is refused ends its transaction. */
  private CommandError abort(RedisSession session, RuntimeException refusal) {
    session.transaction().end();
    session.unwatch();
    String line =
        refusal instanceof FailureException e
            ? RedisServer.line(e.failure())
            : Objects.requireNonNullElse(refusal.getMessage(), "refused");
    return new CommandError(
        "EXECABORT Transaction discarded because of: "
            + (line.startsWith("ERR ") ? line.substring(4) : line));
  }

  /** All checks that come before a command is queued or run. */
  private Command admit(RedisSession session, Call current, @Nullable Command found) {
    if (found == null) {
      throw CommandTable.unknown(current);
    }
    Command command = CommandTable.subcommand(found, current);
    current.setCommand(command);
    if (!command.takes(current.count())) {
      throw new CommandError("ERR wrong number of arguments for '" + command.name() + "' command");
    }
    if (!session.isFree()) {
      access.check(current, command);
    }
    if (session.isSubscribed()
        && session.reply().protocol() == 2
        && !command.has(Flags.WHILE_SUBSCRIBED)) {
      throw new CommandError(
          "ERR Can't execute '"
              + command.name()
              + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in"
              + " this context");
    }
    if (!monitors.isEmpty() && monitors.contains(session)) {
      refuseMonitor(command);
    }
    if (command.has(Flags.NO_MULTI) && session.transaction().isOpen()) {
      throw new CommandError("ERR Command not allowed inside a transaction");
    }
    memory.admit(session, command);
    goodReplicas.refuse(session, command);
    if (command.has(Flags.WRITE)) {
      refuseWrite(current, command);
    }
    return command;
  }

  private static void refuseMonitor(Command command) {
    if (command.has(Flags.WRITE | Flags.READONLY | Flags.MAY_REPLICATE)) {
      throw new CommandError("ERR Replica can't interact with the keyspace");
    }
  }

  /** Refuses what the log does not take, or what writes a key that is derived. */
  public void refuseWrite(Call current, Command command) {
    Failure failure = keyspace.refusal(current.eventBytes(command));
    if (failure != null) {
      throw new FailureException(failure);
    }
    if (keyspace.isFollowed()) {
      for (int i : command.writtenKeys(current)) {
        failure =
            keyspace.refuseWrite(
                current.db(), current.array(), current.start(i), current.length(i));
        if (failure != null) {
          throw new FailureException(failure);
        }
      }
    }
  }

  /** Runs an admitted command. */
  public void run(RedisSession session, Call current, Command command) {
    statistics.commands++;
    current.setCommand(command);
    notifications.expireKeys(current, command);
    if (!monitors.isEmpty() && command.isScript()) {
      show(session, current, command); // before what it runs
    }
    ByteWriter out = session.reply().out();
    int before = out.size();
    long started = commandClock.starting(command, index);
    try {
      Objects.requireNonNull(command.handler()).run(current);
      rememberRead(session, current, command);
      if (statistics.errors.total() != errorsSeen) {
        errorsSeen = statistics.errors.total();
        command.counts().failed();
      }
    } catch (CommandError | FailureException e) {
      command.counts().failed();
      rememberRead(session, current, command);
      throw e;
    } catch (BufferFull e) {
      command.counts().failed();
      throw tooLarge(e, out);
    } catch (OutOfMemoryError e) {
      command.counts().failed();
      throw noMemory(e);
    } finally {
      boolean waits = command.has(Flags.BLOCKING) && session.isSuspended();
      commandClock.ended(started, current, command, out.size() - before, waits);
      if (!monitors.isEmpty() && !command.isScript()) {
        show(session, current, command);
      }
    }
  }

  /** A tracking client has looked at keys, whether that was an error or not. */
  private void rememberRead(RedisSession session, Call current, Command command) {
    TrackingMode mode = session.tracking();
    if (mode != null && command.has(Flags.READONLY) && !command.isScript()) {
      tracking.remember(session, mode, current, command);
    }
  }

  /**
   * What a reply is given up with that memory has no room for. The command itself is done: replies
   * are written between mutators, never inside one.
   */
  @SuppressWarnings("ReferenceEquality")
  CommandError tooLarge(BufferFull e, ByteWriter reply) {
    if (e.writer() == reply) {
      return REPLY_TOO_LARGE;
    }
    if (keyspace.failStop().hasChanged()) {
      throw e;
    }
    return NO_MEMORY; // a buffer of its own, such as a dump's
  }

  /** What a command that changed nothing allocated for its own use is free again. */
  private CommandError noMemory(OutOfMemoryError e) {
    if (keyspace.failStop().hasChanged()) {
      throw e;
    }
    return NO_MEMORY;
  }

  private void show(RedisSession session, Call current, Command command) {
    boolean exec = command.name().equals("exec"); // whose arguments are no longer the call's
    monitors.show(
        command,
        exec ? batch.array(index) : current.array(),
        exec ? batch.arguments(index) : current.arguments(),
        session.db(),
        session.shownAs());
  }

  /** A script runs for long, or no more. */
  public void setBusy(@Nullable BusyScript script) {
    busy = script;
  }

  public @Nullable BusyScript busy() {
    return busy;
  }

  /** Whose command runs now, if one does. */
  @Nullable RedisSession executing() {
    return isExecuting ? executor : null;
  }

  @SuppressWarnings("ReferenceEquality")
  void setExecuting(RedisSession session) {
    isExecuting = true;
    if (executor != session) {
      executor = session;
    }
  }

  void endExecuting() {
    isExecuting = false;
  }

  /** The errors that were counted begin anew. */
  void statisticsReset() {
    errorsSeen = 0;
  }
}
