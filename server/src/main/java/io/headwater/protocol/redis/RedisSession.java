package io.headwater.protocol.redis;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.host.Connection;
import io.headwater.host.Session;
import io.headwater.view.keyspace.Keyspace;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One Redis client: its protocol version, database, transaction and subscriptions. */
final class RedisSession implements Session, Keyspace.Watcher {
  /** What CLIENT REPLY chose. */
  enum Replies {
    ON,
    OFF,
    /** The command after this one is not answered. */
    SKIP_NEXT,
    SKIP
  }

  private final RedisServer server;
  private final Connection connection;
  private final RequestParser parser = new RequestParser();
  private final Reply reply;
  private final Transaction transaction = new Transaction();
  private final Set<Bytes> channels = new LinkedHashSet<>();
  private final Set<Bytes> patterns = new LinkedHashSet<>();
  private final Set<Bytes> shardChannels = new LinkedHashSet<>();
  private final long bornNanos;
  private int db;
  private String name = "";
  private String libraryName = "";
  private String libraryVersion = "";
  private @Nullable Command lastCommand;
  private long lastNanos;
  private Replies replies = Replies.ON;
  private boolean noEvict;
  private boolean suspended;
  private boolean closing;
  private @Nullable Runnable onClosed;

  RedisSession(RedisServer server, Connection connection) {
    this.server = server;
    this.connection = connection;
    this.reply = new Reply(connection.out());
    this.bornNanos = server.clock().nanos();
    this.lastNanos = bornNanos;
  }

  @Override
  public int receive(byte[] buffer, int from, int to) {
    reply.into(connection.out());
    lastNanos = server.clock().nanos();
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
    if (connection.out().size() > 0) {
      server.keyspace().replied(connection);
    }
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
    Batch batch = server.batch();
    RequestParser.@Nullable ProtocolError error = null;
    int at = from;
    try {
      while (at < to && !batch.isFull()) {
        if (buffer[at] == 0x16 && to - at > 1 && buffer[at + 1] == 3 && !parser.isInside()) {
          throw new RequestParser.ProtocolError("this port speaks no TLS");
        }
        int end = parser.parse(buffer, at, to, server.settings().bulkBytesMax());
        if (end < 0) {
          break;
        }
        batch.add(parser, end);
        at = end;
      }
    } catch (RequestParser.ProtocolError e) {
      error = e; // after the replies of those before it
    }
    try {
      return run(batch, from, error);
    } finally {
      batch.clear();
    }
  }

  private int run(Batch batch, int from, RequestParser.@Nullable ProtocolError error) {
    batch.prefetch(db);
    int done = from;
    int next = 0;
    for (; next < batch.count() && mayRun(); next++) {
      if (batch.arguments(next).count() > 0) {
        server.execute(this, batch, next);
      }
      done = batch.end(next);
    }
    if (next < batch.count()) {
      parser.reset(); // what follows comes again
    } else if (error != null && mayRun()) {
      throw error;
    }
    return done;
  }

  /**
   * Executes nothing more of this client until {@link #resume}.
   *
   * @param ifClosed called if the connection goes first
   */
  void suspend(@Nullable Runnable ifClosed) {
    suspended = true;
    onClosed = ifClosed;
    connection.pauseReading();
  }

  void resume() {
    suspended = false;
    onClosed = null;
    connection.resumeReading();
  }

  boolean isSuspended() {
    return suspended;
  }

  /** Writes to this client outside of its own commands: pub/sub messages, late replies. */
  Reply push() {
    reply.into(connection.out());
    return reply;
  }

  /** After {@link #push}: what was written shows the present state. */
  void pushed() {
    server.keyspace().replied(connection);
  }

  @Override
  public void closed() {
    closing = true;
    if (onClosed != null) {
      onClosed.run();
      onClosed = null;
    }
    server.keyspace().unwatch(this);
    server.pubSub().leave(this);
    server.forget(this);
  }

  void closeAfterReply() {
    closing = true;
    connection.closeAfterFlush();
  }

  void closeNow() {
    closing = true;
    connection.close();
  }

  boolean isClosing() {
    return closing;
  }

  /** A watched key changed. */
  @Override
  public void touched() {
    transaction.touched();
  }

  /** As after RESET. */
  void reset() {
    transaction.end();
    server.keyspace().unwatch(this);
    server.pubSub().leave(this);
    db = 0;
    name = "";
    replies = Replies.ON;
    noEvict = false;
    reply.setProtocol(2);
  }

  Connection connection() {
    return connection;
  }

  Reply reply() {
    return reply;
  }

  ByteWriter out() {
    return connection.out();
  }

  Transaction transaction() {
    return transaction;
  }

  Set<Bytes> channels() {
    return channels;
  }

  Set<Bytes> patterns() {
    return patterns;
  }

  Set<Bytes> shardChannels() {
    return shardChannels;
  }

  boolean isSubscribed() {
    return !channels.isEmpty() || !patterns.isEmpty() || !shardChannels.isEmpty();
  }

  long id() {
    return connection.id();
  }

  int db() {
    return db;
  }

  void setDb(int newDb) {
    db = newDb;
  }

  String name() {
    return name;
  }

  void setName(String newName) {
    name = newName;
  }

  String libraryName() {
    return libraryName;
  }

  void setLibraryName(String newName) {
    libraryName = newName;
  }

  String libraryVersion() {
    return libraryVersion;
  }

  void setLibraryVersion(String newVersion) {
    libraryVersion = newVersion;
  }

  Replies replies() {
    return replies;
  }

  void setReplies(Replies newReplies) {
    replies = newReplies;
  }

  boolean isNoEvict() {
    return noEvict;
  }

  void setNoEvict(boolean on) {
    noEvict = on;
  }

  /** The last command's name, NULL before the first. */
  String lastCommand() {
    return lastCommand == null ? "NULL" : lastCommand.name();
  }

  void setLastCommand(Command command) {
    lastCommand = command;
  }

  long ageSeconds() {
    return (server.clock().nanos() - bornNanos) / 1_000_000_000;
  }

  long idleSeconds() {
    return (server.clock().nanos() - lastNanos) / 1_000_000_000;
  }
}
