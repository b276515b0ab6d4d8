package io.headwater.protocol.redis;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.failure.FailureException;
import io.headwater.host.Connection;
import io.headwater.host.Session;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.resp.RequestParser;
import io.headwater.view.keyspace.Keyspace;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One Redis client: its protocol version, database, transaction and subscriptions. */
public final class RedisSession implements Session, Keyspace.Watcher {
  /** What CLIENT REPLY chose. */
  public enum Replies {
    ON,
    OFF,
    /** The command after this one is not answered. */
    SKIP_NEXT,
    SKIP
  }

  /** What a suspended client may send before it is read no more. */
  private static final int SUSPENDED_BYTES_MAX = 64 << 10;

  private final RedisServer server;
  private final Dispatch dispatch;
  private final Connection connection;
  private final RequestParser parser = new RequestParser();
  private final Reply reply;
  private final Transaction transaction;
  private final Set<Bytes> channels = new LinkedHashSet<>();
  private final Set<Bytes> patterns = new LinkedHashSet<>();
  private final Set<Bytes> shardChannels = new LinkedHashSet<>();
  private final long bornNanos;
  private int db;
  private String name = "";
  private String libraryName = "";
  private String libraryVersion = "";

  /** Held for the places of an unfinished request's arguments. */
  private long argumentBytes;

  private @Nullable Command lastCommand;
  private long lastNanos;
  private Replies replies = Replies.ON;
  private boolean noEvict;
  private boolean wantsDebugger;
  private @Nullable TrackingMode tracking;
  private long softSinceNanos;
  private boolean suspended;
  private boolean closing;
  private @Nullable Runnable onClosed;
  private Access.@Nullable User user;
  private boolean authenticated;
  private boolean free;
  private boolean forScripts;
  private boolean replica;

  /** What the last command's reply waits for; see {@link #answerAfter}. */
  private @Nullable CompletableFuture<?> awaited;

  private boolean closeOnceAnswered;

  /** What the command that runs pushes to its own client. */
  private @Nullable Reply aside;

  public RedisSession(RedisServer server, Connection connection) {
    this.server = server;
    this.dispatch = server.dispatch();
    this.connection = connection;
    this.transaction = new Transaction(server.limits());
    this.reply = new Reply(connection.out());
    this.reply.countErrors(server.statistics().errors);
    this.bornNanos = server.clock().nanos();
    this.lastNanos = bornNanos;
  }

  @Override
  public boolean mayInterrupt() {
    return true;
  }

  @Override
  public void foresee(byte[] buffer, int from, int to) {
    server.foresight().note(db, buffer, from, to);
  }

  @Override
  public int receive(byte[] buffer, int from, int to) {
    server.foresight().load();
    reply.into(connection.out());
    int at = from;
    try {
      while (at < to && mayRun()) {
        int done = runBatch(buffer, at, to);
        if (done == at) {
          break;
        }
        at = done;
      }
    } catch (RequestParser.ProtocolError e) {
      server.statistics().protocolErrors++;
      reply.error("ERR Protocol error: " + e.getMessage());
      closeAfterReply();
      at = to;
    }
    if (suspended && to - at > SUSPENDED_BYTES_MAX) {
      connection.pauseReading();
    }
    if (connection.out().size() > 0) {
      server.keyspace().replied(connection);
      server.limits().checkOutput(this);
    }
    if (server.limits().isTooLong(to - at + transaction.bytes()) && mayRun()) {
      closeNow();
    }
    if (replica) {
      server.replicas().heard(this);
    }
    server.statistics().reads++;
    server.traffic().received(at - from);
    return at - from;
  }

  private boolean mayRun() {
    return !suspended && !closing && !connection.congested();
  }

  /**
   * Parses as many requests as a batch takes, then runs them.
   *
   * @return behind the last one that was run
   */
  private int runBatch(byte[] buffer, int from, int to) {
    Batch batch = dispatch.batch();
    RequestParser.@Nullable ProtocolError error = null;
    int at = from;
    boolean unknown = !free && server.access().mustSignIn(this);
    parser.guard(unknown);
    long bulkBytesMax = server.settings().bulkBytesMax();
    try {
      while (at < to && !batch.isFull()) {
        if (buffer[at] == 0x16 && to - at > 1 && buffer[at + 1] == 3 && !parser.isInside()) {
          throw new RequestParser.ProtocolError("this port speaks no TLS");
        }
        int end = batch.add(parser, buffer, at, to, bulkBytesMax);
        if (end < 0) {
          holdArguments(parser.heldBytes());
          break;
        }
        at = end;
        if (unknown) {
          break; // after this one it may be known
        }
      }
    } catch (RequestParser.ProtocolError e) {
      error = e; // after the replies of those before it
      parser.drop(); // the connection may stay for a while
    }
    try {
      return run(batch, from, error);
    } finally {
      batch.clear();
      if (!parser.isInside() && argumentBytes > 0) {
        holdArguments(0);
      }
    }
  }

  /** Of a request that is not whole yet. */
  private void holdArguments(long bytes) {
    long more = bytes - argumentBytes;
    if (more > 0 && !server.limits().held().take(more)) {
      throw new RequestParser.ProtocolError("no memory for so many arguments");
    }
    if (more <= 0) {
      server.limits().held().add(more);
    }
    argumentBytes = bytes;
  }

  private int run(Batch batch, int from, RequestParser.@Nullable ProtocolError error) {
    batch.prefetch(db);
    boolean beside = dispatch.busy() != null; // in the middle of another client's script
    lastNanos =
        beside ? server.clock().nanos() : server.commandClock().beginBatch(this, batch.count());
    dispatch.beginBatch(this);
    int done = from;
    int next = 0;
    for (; next < batch.count() && mayRun(); next++) {
      if (batch.arguments(next).count() > 0) {
        int mark = connection.out().size();
        if (!execute(batch, next)) {
          break;
        }
        if (awaited != null) {
          holdBack(mark);
        }
      }
      done = batch.end(next);
    }
    if (!beside) {
      server.commandClock().endBatch();
    }
    if (next < batch.count()) {
      parser.reset(); // what follows comes again
    } else if (error != null && mayRun()) {
      throw error;
    }
    return done;
  }

  private boolean execute(Batch batch, int index) {
    if (dispatch.busy() != null) {
      return dispatch.execute(this, batch, index);
    }
    server.keyspace().failStop().begin();
    try {
      return dispatch.execute(this, batch, index);
    } catch (OutOfMemoryError e) {
      server.keyspace().failStop().failed(e);
      throw new IllegalStateException("no memory for a request", e); // only this client goes
    } catch (RuntimeException | Error bug) {
      server.keyspace().failStop().failed(bug);
      throw bug;
    }
  }

  /**
   * The reply to the command that runs leaves only when this is done, or becomes an error if it
   * fails; until then nothing more of this client runs. For what the keyspace's own log position
   * does not cover.
   */
  public void answerAfter(CompletableFuture<?> future) {
    CompletableFuture<?> before = awaited;
    if (before != null) {
      awaited = CompletableFuture.allOf(before, future);
    } else if (!future.isDone() || future.isCompletedExceptionally()) {
      awaited = future;
    }
  }

  private void holdBack(int mark) {
    CompletableFuture<?> future = java.util.Objects.requireNonNull(awaited);
    ByteWriter out = connection.out();
    Bytes held = Bytes.copyOf(out.array(), mark, out.size() - mark);
    out.truncate(mark);
    suspend(null);
    future.whenComplete((_, failure) ->
        connection
            .loop()
            .execute(() -> {
              awaited = null;
              if (connection.isClosed()) {
                return;
              }
              if (failure == null) {
                tell(reply -> reply.out().put(held));
              } else if (held.length() > 0) {
                tell(reply -> reply.error(line(failure)));
              }
              if (closeOnceAnswered) {
                closeAfterReply();
              }
              resume();
            }));
  }

  private static String line(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return switch (cause) {
      case CommandError e -> e.line();
      case FailureException e -> RedisServer.line(e.failure());
      case null, default -> "ERR " + failure;
    };
  }

  /**
   * Executes nothing more of this client until {@link #resume}. It is still read from, so that its
   * end is noticed: nobody may take an element for a client that is gone.
   *
   * @param ifClosed called if the connection goes first
   */
  public void suspend(@Nullable Runnable ifClosed) {
    suspended = true;
    onClosed = ifClosed;
  }

  public void resume() {
    suspended = false;
    onClosed = null;
    connection.resumeReading();
  }

  public boolean isSuspended() {
    return suspended;
  }

  /**
   * Writes to this client outside of its own replies: pub/sub messages, late replies. What its own
   * command pushes to it waits until that command's reply is whole.
   */
  public Reply push() {
    if (dispatch.executing() == this) {
      Reply own = aside;
      if (own == null) {
        own = new Reply(new ByteWriter());
        aside = own;
      }
      own.setProtocol(reply.protocol());
      return own;
    }
    reply.into(connection.out());
    return reply;
  }

  /** A command replied to what lies from {@code mark} on: what it pushed comes behind it. */
  void commandDone(ByteWriter out, int mark) {
    Reply own = aside;
    if (own != null) {
      aside = null;
      try {
        putPushed(own.out(), out, mark);
      } catch (BufferFull e) {
        closeNow();
      }
    }
  }

  private void putPushed(ByteWriter pushed, ByteWriter out, int mark) {
    // Redis 7.0 puts a message that a queued command sends to its own client into EXEC's reply,
    // where RESP3 allows none, and later versions put it behind; the rest is as in Redis 7.0.
    boolean before = !lastCommand().equals("exec") && !isMonitor();
    byte[] replied =
        out.size() > mark && before ? Arrays.copyOfRange(out.array(), mark, out.size()) : null;
    if (replied != null) {
      out.truncate(mark);
    }
    out.put(pushed.array(), 0, pushed.size());
    if (replied != null) {
      out.put(replied);
    }
  }

  /**
   * Writes to this client outside of its own replies, and closes it if memory has no room for that.
   */
  public void tell(Consumer<Reply> message) {
    try {
      message.accept(push());
      pushed();
    } catch (BufferFull e) {
      closeNow();
    }
  }

  /** After {@link #push}: what was written shows the present state. */
  public void pushed() {
    server.keyspace().replied(connection);
    server.limits().checkOutput(this);
  }

  /** Whether more than the soft limit has waited for longer than so many seconds by now. */
  boolean isSoftFor(boolean softNow, long seconds) {
    if (!softNow) {
      softSinceNanos = 0;
      return false;
    }
    long now = server.clock().nanos();
    if (softSinceNanos == 0) {
      softSinceNanos = now;
    }
    return now - softSinceNanos > TimeUnit.SECONDS.toNanos(seconds);
  }

  @Override
  public void closed() {
    closing = true;
    if (onClosed != null) {
      onClosed.run();
      onClosed = null;
    }
    transaction.end();
    unwatch();
    holdArguments(0);
    server.pubSub().leave(this);
    server.monitors().remove(this);
    server.tracking().turnOff(this);
    server.replicas().leave(this);
    server.forget(this);
  }

  public void closeAfterReply() {
    if (awaited != null) {
      closeOnceAnswered = true;
      return;
    }
    closing = true;
    connection.closeAfterFlush();
  }

  public void closeNow() {
    closing = true;
    connection.close();
  }

  public boolean isClosing() {
    return closing;
  }

  /** Forgets the watched keys, and whether one of them has changed. */
  public void unwatch() {
    server.keyspace().unwatch(this);
    transaction.unwatched();
  }

  /** A watched key changed. */
  @Override
  public void touched() {
    transaction.touched();
  }

  /** As in Redis, what consumers did lets no EXEC fail. */
  @Override
  public void groupsTouched() {}

  /** As after RESET. */
  public void reset() {
    transaction.end();
    unwatch();
    server.pubSub().leave(this);
    server.monitors().remove(this);
    server.tracking().turnOff(this);
    db = 0;
    name = "";
    replies = Replies.ON;
    noEvict = false;
    reply.setProtocol(2);
    server.access().welcome(this);
  }

  /**
   * Who the client is from now on.
   *
   * @param byPassword whether it need not authenticate any more, whatever the default user needs
   * @param unrestricted whether no command needs a check
   */
  public void setUser(Access.User newUser, boolean byPassword, boolean unrestricted) {
    user = newUser;
    authenticated = byPassword;
    free = unrestricted;
  }

  public Access.User user() {
    return java.util.Objects.requireNonNull(user);
  }

  public boolean isAuthenticated() {
    return authenticated;
  }

  /** Whether its user may do all, so that no command of it needs a check. */
  public boolean isFree() {
    return free;
  }

  public Connection connection() {
    return connection;
  }

  public Reply reply() {
    return reply;
  }

  public ByteWriter out() {
    return connection.out();
  }

  public Transaction transaction() {
    return transaction;
  }

  public Set<Bytes> channels() {
    return channels;
  }

  public Set<Bytes> patterns() {
    return patterns;
  }

  public Set<Bytes> shardChannels() {
    return shardChannels;
  }

  /** Whether its commands may all run, at once, and answer as usual. */
  boolean isUsual() {
    return free
        && replies == Replies.ON
        && aside == null
        && !replica
        && !transaction.isOpen()
        && !isSubscribed();
  }

  /** It gets what {@code Replicas} send from now on, and no replies: one would end it. */
  public void becomeReplica() {
    replica = true;
  }

  public boolean isReplica() {
    return replica;
  }

  public boolean isSubscribed() {
    return !channels.isEmpty() || !patterns.isEmpty() || !shardChannels.isEmpty();
  }

  public long id() {
    return connection.id();
  }

  /** Its commands are those that scripts run; nobody sends them. */
  public void setForScripts() {
    forScripts = true;
  }

  public boolean isForScripts() {
    return forScripts;
  }

  /** As MONITOR names who ran a command. */
  String shownAs() {
    return forScripts ? "lua" : address();
  }

  /** The client's address and port. */
  public String address() {
    return text(connection.remote());
  }

  /** Ours, to which it connected. */
  public String localAddress() {
    return text(connection.local());
  }

  private static String text(InetSocketAddress address) {
    String host =
        address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  public boolean isMonitor() {
    return server.monitors().contains(this);
  }

  public int db() {
    return db;
  }

  public void setDb(int newDb) {
    db = newDb;
  }

  public String name() {
    return name;
  }

  public void setName(String newName) {
    name = newName;
  }

  public String libraryName() {
    return libraryName;
  }

  public void setLibraryName(String newName) {
    libraryName = newName;
  }

  public String libraryVersion() {
    return libraryVersion;
  }

  public void setLibraryVersion(String newVersion) {
    libraryVersion = newVersion;
  }

  public Replies replies() {
    return replies;
  }

  public void setReplies(Replies newReplies) {
    replies = newReplies;
  }

  public boolean isNoEvict() {
    return noEvict;
  }

  /** How it tracks keys; null if it does not. */
  public @Nullable TrackingMode tracking() {
    return tracking;
  }

  void setTracking(@Nullable TrackingMode mode) {
    tracking = mode;
  }

  /** Whether its next script was to run in a debugger that is not here, and so must not run. */
  public boolean wantsDebugger() {
    return wantsDebugger;
  }

  public void setWantsDebugger(boolean wants) {
    wantsDebugger = wants;
  }

  public void setNoEvict(boolean on) {
    noEvict = on;
  }

  /** The last command's name, NULL before the first. */
  public String lastCommand() {
    return lastCommand == null ? "NULL" : lastCommand.name();
  }

  @SuppressWarnings("ReferenceEquality")
  public void setLastCommand(Command command) {
    if (lastCommand != command) {
      lastCommand = command;
    }
  }

  public long ageSeconds() {
    return (server.clock().nanos() - bornNanos) / 1_000_000_000;
  }

  public long idleSeconds() {
    return (server.clock().nanos() - lastNanos) / 1_000_000_000;
  }
}
