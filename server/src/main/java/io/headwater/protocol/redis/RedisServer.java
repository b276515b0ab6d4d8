package io.headwater.protocol.redis;

import io.headwater.failure.Failure;
import io.headwater.host.Clock;
import io.headwater.host.Connection;
import io.headwater.host.Session;
import io.headwater.log.Log;
import io.headwater.protocol.redis.observing.Statistics;
import io.headwater.protocol.redis.replication.Replicas;
import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.protocol.redis.settings.Settings;
import io.headwater.view.keyspace.Fsync;
import io.headwater.view.keyspace.Keyspace;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The Redis protocol on the keyspace: opens a session for each connection, whose commands {@link
 * Dispatch} runs, and holds what they share, all on the keyspace loop.
 */
public final class RedisServer implements Session.Factory {
  /** What a client is told this server can do. */
  public static final String REDIS_VERSION = "7.0.15";

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
  private final Dispatch dispatch;
  private final Foresight foresight;
  private final PubSub pubSub;
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
    this.pubSub = new PubSub(limits.held());
    this.replicas = new Replicas(this);
    this.dispatch = new Dispatch(this);
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

  public Dispatch dispatch() {
    return dispatch;
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
    dispatch.statisticsReset();
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
