package io.headwater.protocol.redis;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.ByteWriter;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Connection;
import io.headwater.host.Session;
import io.headwater.log.Log;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.observing.Statistics;
import io.headwater.protocol.redis.replication.Replicas;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.protocol.redis.settings.Settings;
import io.headwater.view.keyspace.Fsync;
import io.headwater.view.keyspace.Keyspace;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The Redis protocol on the keyspace: opens a session for each connection and runs their commands,
 * all on the keyspace loop.
 */
public final class RedisServer implements Session.Factory {
  /** What a client is told this server can do. */
  public static final String REDIS_VERSION = "7.0.15";

  private static final CommandError QUEUES_FULL =
      new CommandError("OOM the queues of transactions need more memory than the server has");

  private static final CommandError NO_MEMORY =
      new CommandError("OOM the command needs more memory than the server has");

  /** The command is done; only its reply is given up. */
  public static final CommandError REPLY_TOO_LARGE =
      new CommandError("OOM the reply needs more memory than the server has");

  private static final int EVENT_OVERHEAD_BYTES = 1024;

  /**
   * Settings from the configuration.
   *
   * @param appendfsync always, everysec or no
   * @param folder the data folder, as CONFIG GET dir shows it
   * @param bulkBytesMax the longest argument
   * @param conf the redis.conf that the server was started with, if any
   */
  public record Options(
      String bind,
      int port,
      String appendfsync,
      int clientsMax,
      long bulkBytesMax,
      String folder,
      String version,
      @Nullable RedisConf conf) {}

  /** What commands ask of the whole server. */
  public interface Operations {
    /** Checkpoints the keyspace; completes when that is durable. Called on the keyspace loop. */
    CompletableFuture<Long> checkpoint();

    /**
     * Listens on these addresses of redis.conf and this port, and nowhere else. Called on the
     * keyspace loop.
     *
     * @throws IOException naming an address that cannot be bound; then nothing has changed
     */
    default void listen(String bind, int port) throws IOException {}

    /** Ends the process in an orderly way, soon. */
    void shutdown();
  }

  private final Keyspace keyspace;
  private final Supplier<Log> log;
  private final Clock clock;
  private final RandomGenerator random;
  private final Options options;
  private final Operations operations;
  private final Settings settings;
  private final CommandTable table;
  private final Access access;
  private final Batch batch;
  private final Foresight foresight;
  private final PubSub pubSub = new PubSub();
  private final Notifications notifications = new Notifications(this);
  private final Monitors monitors = new Monitors(this);
  private final CommandClock commandClock;
  private final Traffic traffic;
  private final Tracking tracking;
  private final Pause pause;
  private final ClientLimits limits;
  private final Waiting waiting = new Waiting(this);
  private final Statistics statistics = new Statistics();
  private final Persistence persistence;
  private final Map<Long, RedisSession> sessions = new LinkedHashMap<>();
  private final MemoryLimit memory;
  private final Replicas replicas;
  private final long startedNanos;
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

  public RedisServer(
      Keyspace keyspace,
      Supplier<Log> log,
      Clock clock,
      RandomGenerator random,
      Options options,
      Operations operations,
      CommandTable table,
      Access access) {
    this.keyspace = keyspace;
    this.log = log;
    this.clock = clock;
    this.random = random;
    this.options = options;
    this.operations = operations;
    this.table = table;
    this.access = access;
    this.commandClock = new CommandClock(this);
    this.traffic = new Traffic(this);
    this.settings = new Settings(startValues(options));
    RedisConf conf = options.conf();
    if (conf != null) {
      settings.startedWith(conf.file());
      conf.renamed().forEach(table::rename);
    }
    this.persistence = new Persistence(this);
    this.batch = new Batch(table, keyspace);
    this.foresight = new Foresight(keyspace);
    this.startedNanos = clock.nanos();
    this.memory = new MemoryLimit(this);
    Encodings.follow(settings, keyspace.limits());
    settings.follow(
        "appendfsync", word -> keyspace.setFsync(Fsync.valueOf(word.toUpperCase(Locale.ROOT))));
    settings.follow(
        "notify-keyspace-events", letters -> notifications.choose(Notifications.parse(letters)));
    settings.followNumber("stream-node-max-bytes", keyspace.streams()::setNodeBytes);
    settings.followNumber("stream-node-max-entries", keyspace.streams()::setNodeEntries);
    commandClock.follow(settings);
    this.tracking = new Tracking(this);
    this.pause = new Pause(this);
    this.limits = new ClientLimits(this);
    this.replicas = new Replicas(this);
    new Listening(this);
    access.attach(this);
  }

  /** Who follows this server. */
  public Replicas replicas() {
    return replicas;
  }

  /** {@code maxmemory} and what clients take of it. */
  public MemoryLimit memory() {
    return memory;
  }

  private static Map<String, String> startValues(Options options) {
    RedisConf conf = options.conf();
    Map<String, String> values = new LinkedHashMap<>();
    if (conf != null) {
      values.putAll(conf.values());
    }
    values.put("appendfsync", options.appendfsync());
    values.put("bind", options.bind());
    values.put("dir", options.folder());
    values.put("maxclients", Integer.toString(options.clientsMax()));
    values.put("port", Integer.toString(options.port()));
    values.put("proto-max-bulk-len", Long.toString(options.bulkBytesMax()));
    return values;
  }

  @Override
  public Session open(Connection connection) {
    RedisSession session = new RedisSession(this, connection);
    boolean admitted = limits.admits();
    sessions.put(connection.id(), session);
    statistics.connections++;
    traffic.start(connection.loop());
    limits.start(connection.loop());
    persistence.start(connection.loop());
    if (!admitted) {
      statistics.rejectedConnections++;
      session.push().error("ERR max number of clients reached");
      session.closeAfterReply();
      return session;
    }
    String refusal = access.welcome(session);
    if (refusal != null) {
      session.push().error(refusal);
      session.closeAfterReply();
    }
    return session;
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
    if (failure instanceof CommandError e) {
      fail(reply, e);
    } else if (failure instanceof FailureException e) {
      fail(reply, line(e.failure()));
    }
  }

  private Call call(RedisSession session) {
    Call current = call;
    if (current == null) {
      current = new Call(this, session);
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
    } catch (CommandError e) {
      out.truncate(mark);
      fail(reply, e);
    } catch (FailureException e) {
      out.truncate(mark);
      fail(reply, line(e.failure()));
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

  private Batch batchWhileBusy() {
    Batch own = busyBatch;
    if (own == null) {
      own = new Batch(table, keyspace);
      busyBatch = own;
    }
    return own;
  }

  /** While a script runs for long: only what may end it, or ends the client. */
  private void executeBeside(RedisSession session, Batch requests, int at, BusyScript script) {
    Call beside = new Call(this, session);
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
      reply.error(e.line());
    } catch (FailureException e) {
      reply.out().truncate(mark);
      reply.error(line(e.failure()));
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
    keyspace.unwatch(session);
    String line =
        refusal instanceof FailureException e
            ? line(e.failure())
            : java.util.Objects.requireNonNullElse(refusal.getMessage(), "refused");
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

  /** A script runs for long, or no more. */
  public void setBusy(@Nullable BusyScript script) {
    busy = script;
  }

  public @Nullable BusyScript busy() {
    return busy;
  }

  /** Refuses what the log does not take, or what writes a key that is derived. */
  public void refuseWrite(Call current, Command command) {
    Failure failure = keyspace.refusal(current.bytes() + EVENT_OVERHEAD_BYTES);
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
  static CommandError tooLarge(BufferFull e, ByteWriter reply) {
    if (e.writer() != reply) {
      throw e;
    }
    return REPLY_TOO_LARGE;
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

  /** The one place where failures become Redis's words. */
  public static String line(Failure failure) {
    return switch (failure) {
      case Failure.ReadOnly f ->
          "MISCONF Headwater cannot grow its log, so commands that write are refused: "
              + f.reason();
      case Failure.LogDead f ->
          "MISCONF Headwater's log failed, so commands that write are refused: " + f.reason();
      case Failure.Overloaded f -> "BUSY overloaded, retry in " + f.retryAfterMs() + " ms";
      case Failure.TooLarge f ->
          "ERR " + f.what() + " of " + f.bytes() + " bytes is past the limit of " + f.limitBytes();
      case Failure.Derived f ->
          "ERR key is derived by projection " + f.projection() + " from " + f.source();
      case Failure.NotFound f -> "ERR no such " + f.kind() + " '" + f.name() + "'";
      case Failure.AlreadyExists f -> "ERR " + f.kind() + " '" + f.name() + "' exists already";
      case Failure.Invalid f -> "ERR " + f.reason();
      case Failure.NotSupported f -> "ERR " + f.what() + " is not supported by Headwater";
      case Failure.Conflict f -> "ERR " + f.reason();
      case Failure.TimedOut f -> "TIMEOUT " + f.what() + " took longer than " + f.afterMs() + " ms";
      case Failure.ShuttingDown _ -> "LOADING Headwater is shutting down";
    };
  }

  public void forget(RedisSession session) {
    if (sessions.remove(session.id()) != null) {
      traffic.gone(session);
    }
  }

  public Keyspace keyspace() {
    return keyspace;
  }

  public Log log() {
    return log.get();
  }

  public Clock clock() {
    return clock;
  }

  public RandomGenerator random() {
    return random;
  }

  public Options options() {
    return options;
  }

  public Operations operations() {
    return operations;
  }

  public Settings settings() {
    return settings;
  }

  public CommandTable table() {
    return table;
  }

  public Access access() {
    return access;
  }

  public Waiting waiting() {
    return waiting;
  }

  Foresight foresight() {
    return foresight;
  }

  public Batch batch() {
    return busy == null ? batch : batchWhileBusy();
  }

  public PubSub pubSub() {
    return pubSub;
  }

  public Notifications notifications() {
    return notifications;
  }

  public Monitors monitors() {
    return monitors;
  }

  public Traffic traffic() {
    return traffic;
  }

  /** As CONFIG RESETSTAT says: every counter of INFO begins anew. */
  public void resetStatistics() {
    statistics.reset();
    errorsSeen = 0;
    table.numbered().forEach(command -> command.counts().reset());
    traffic.reset();
    keyspace.eviction().resetStatistics();
  }

  public Tracking tracking() {
    return tracking;
  }

  public Pause pause() {
    return pause;
  }

  public ClientLimits limits() {
    return limits;
  }

  public CommandClock commandClock() {
    return commandClock;
  }

  /** Whose command runs now, if one does. */
  public @Nullable RedisSession executing() {
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

  public Statistics statistics() {
    return statistics;
  }

  public Persistence persistence() {
    return persistence;
  }

  public Collection<RedisSession> sessions() {
    return sessions.values();
  }

  public @Nullable RedisSession session(long id) {
    return sessions.get(id);
  }

  public long upSeconds() {
    return (clock.nanos() - startedNanos) / 1_000_000_000;
  }
}
