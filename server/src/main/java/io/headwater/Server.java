package io.headwater;

import io.headwater.bytes.HeapBudget;
import io.headwater.host.Clock;
import io.headwater.host.DiskFullException;
import io.headwater.host.Listeners;
import io.headwater.host.Loop;
import io.headwater.host.NetworkLoop;
import io.headwater.host.RealDisk;
import io.headwater.host.Session;
import io.headwater.host.TaskLoop;
import io.headwater.log.Journal;
import io.headwater.metrics.JvmMetrics;
import io.headwater.metrics.Metrics;
import io.headwater.protocol.admin.Admin;
import io.headwater.protocol.elastic.ElasticOptions;
import io.headwater.protocol.elastic.Elasticsearch;
import io.headwater.protocol.http.HttpLimits;
import io.headwater.protocol.http.HttpServer;
import io.headwater.protocol.http.HttpService;
import io.headwater.protocol.kafka.KafkaProtocol;
import io.headwater.protocol.kafka.KafkaSettings;
import io.headwater.protocol.memcached.MemcachedSessions;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.access.Users;
import io.headwater.protocol.redis.table.Commands;
import io.headwater.view.cache.Cache;
import io.headwater.view.groups.Groups;
import io.headwater.view.groups.GroupsConfig;
import io.headwater.view.keyspace.Fsync;
import io.headwater.view.search.SearchLimits;
import io.headwater.view.topics.TopicsConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The composition root: a node on the real machine, its owners' threads and the protocols' ports.
 * Everything is constructed here, in one order, and closed in the reverse.
 */
final class Server implements AutoCloseable {
  private static final long DRAIN_MS = 1_500;

  /** For replicas to acknowledge the rest. */
  private static final long STREAM_END_MS = 1_000;

  private static final long OVERLOAD_WAIT_NS = 1_000_000;
  private static final long OVERLOAD_WAITS = 50;

  /** A client that reads so much slower than it asks is cut off. */
  private static final long OUTPUT_BYTES_MAX = 1L << 30;

  /** The largest frame is the heap divided by this, or what the log takes if that is less. */
  private static final int FRAME_OF_HEAP = 8;

  /** What memcached's clients are told to be compatible with. */
  private static final String MEMCACHED_VERSION = "1.6.18";

  /** A start that cannot be: one line for the operator. */
  static final class CannotStart extends Exception {
    private static final long serialVersionUID = 1L;

    CannotStart(String message) {
      super(message);
    }
  }

  /** Where a protocol listens; null if it is turned off. */
  record Port(String protocol, @Nullable InetSocketAddress address) {}

  private final Config config;
  private final RealDisk.Lock lock;
  private final NetworkLoop keyspaceLoop;
  private final NetworkLoop topicsLoop;
  private final TaskLoop searchLoop;
  private final TaskLoop catalogLoop;
  private final ExecutorService background;
  private final Node node;
  private final Groups groups;
  private final Metrics metrics = new Metrics();
  private final List<Port> ports = new ArrayList<>();
  private @Nullable RedisPorts redisPorts;
  private final List<HttpServer> https = new ArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean ready;
  private @Nullable RedisServer redisServer;
  private boolean closed;

  /**
   * @param fatal hears of an I/O error or a bug in an owner: the process must end
   */
  private Server(Config config, RealDisk disk, RealDisk.Lock lock, Consumer<Throwable> fatal)
      throws IOException {
    this.config = config;
    this.lock = lock;
    Clock clock = Clock.system();
    HeapBudget heap = HeapBudget.ofProcess();
    keyspaceLoop = new NetworkLoop("keyspace", clock, fatal, config.sockets(), heap);
    keyspaceLoop.setLocalCongestion(config.congestionOfLocals());
    if (config.sockets() == NetworkLoop.Sockets.AUTO) {
      tellSockets(keyspaceLoop.sockets());
    }
    topicsLoop = new NetworkLoop("topics", clock, fatal, NetworkLoop.Sockets.NIO, heap);
    searchLoop = new TaskLoop("search", clock, fatal);
    catalogLoop = new TaskLoop("catalog", clock, fatal);
    background =
        Executors.newFixedThreadPool(
            2, Thread.ofPlatform().daemon().name("background-", 0).factory());
    SecureRandom random = new SecureRandom();
    Node.Host host =
        new Node.Host(
            clock, disk, keyspaceLoop, topicsLoop, searchLoop, catalogLoop, background, random);
    node =
        Node.open(
            host,
            journal(config),
            TopicsConfig.DEFAULTS,
            searchLimits(config),
            config.checkpoint(),
            config.log().restoreWindowMs(),
            fatal);
    groups =
        new Groups(GroupsConfig.DEFAULT, clock, topicsLoop, node.log, node.catalog, node.topics);
  }

  private static void tellSockets(NetworkLoop.Sockets sockets) {
    if (sockets != NetworkLoop.Sockets.URING) {
      System.getLogger(Server.class.getName())
          .log(
              System.Logger.Level.INFO,
              "no io_uring here, or not allowed: {0} serves Redis and memcached",
              sockets);
    }
  }

  private static Journal.Settings journal(Config config) {
    Journal.Settings d = Journal.Settings.defaults();
    return new Journal.Settings(
        config.log().segmentBytes(),
        d.stagingBytes(),
        // While a frame is made it takes up to three times its bytes of the heap.
        Math.min(d.maxFrameBytes(), Runtime.getRuntime().maxMemory() / FRAME_OF_HEAP),
        d.frameMarginBytes(),
        d.writeDelayMs(),
        d.syncDelayMs(),
        d.sealDelayMs(),
        d.spareSegmentsMax(),
        config.log().reserveBytes(),
        config.log().archive() ? Journal.CutSegments.ARCHIVED : Journal.CutSegments.REUSED,
        d.background(),
        d.random());
  }

  private static SearchLimits searchLimits(Config config) {
    SearchLimits d = SearchLimits.DEFAULTS;
    return new SearchLimits(
        Math.min(config.elastic().indexBufferBytes(), d.bufferBytes()),
        d.documentBytes(),
        d.frameBytes(),
        d.pendingSourceBytes(),
        d.pendingIds(),
        d.resultWindow(),
        d.buckets(),
        d.searchMs(),
        d.queuedBytes());
  }

  /**
   * Recovers the data folder and opens all ports.
   *
   * @throws CannotStart when the folder or a port cannot be used
   */
  static Server start(Config config, Consumer<Throwable> fatal) throws CannotStart {
    RealDisk disk = DataFolder.open(config.data());
    RealDisk.Lock lock = DataFolder.lock(disk, config.data());
    Server server;
    try {
      server = new Server(config, disk, lock, fatal);
    } catch (DiskFullException e) {
      DataFolder.unlock(lock);
      throw new CannotStart(
          "the disk of the data folder "
              + config.data()
              + " is full: a start needs a little room, too. Nothing is lost; make some and start"
              + " again ("
              + e.getMessage()
              + ")");
    } catch (IOException | IllegalArgumentException e) {
      DataFolder.unlock(lock);
      throw new CannotStart("cannot open the data folder " + config.data() + ": " + e.getMessage());
    }
    try {
      server.open();
    } catch (IOException | IllegalArgumentException e) {
      server.close();
      throw new CannotStart(String.valueOf(e.getMessage()));
    }
    return server;
  }

  private void open() throws IOException {
    JvmMetrics.register(metrics);
    node.start();
    node.log.addDurableListener(keyspaceLoop::release);
    node.log.addDurableListener(topicsLoop::release);
    keyspaceLoop.addTurnHook(new WaitForTargets());
    redis();
    Config.MemcachedPart cache = config.memcached();
    listen("memcached", cache.port(), cache.maxConnections(), keyspaceLoop, memcached());
    boolean kafkaOn = config.kafka().port() != 0;
    if (kafkaOn) {
      KafkaProtocol kafka = kafka();
      kafka.start();
      listen("kafka", config.kafka().port(), config.kafka().maxConnections(), topicsLoop, kafka);
    } else {
      ports.add(new Port("kafka", null));
    }
    catalogLoop.start();
    searchLoop.start();
    topicsLoop.start();
    keyspaceLoop.start();
    if (kafkaOn) {
      groups.start();
    }
    http("elasticsearch", config.elastic().port(), this::elastic);
    http("admin", config.admin().port(), this::admin);
    IdleMemory.watch(
        catalogLoop,
        background,
        () -> keyspaceLoop.stats().bytesIn() + topicsLoop.stats().bytesIn(),
        node.log::discardStaging);
    ready = true;
  }

  private void redis() throws IOException {
    Users users = new Users(node.catalog, keyspaceLoop, background);
    RedisServer redis =
        new RedisServer(
            node.keyspace,
            () -> node.log,
            Clock.system(),
            node.host.random(),
            new RedisServer.Options(
                config.redis().bind().isEmpty() ? config.bind() : config.redis().bind(),
                config.redis().port(),
                config.redis().appendfsync(),
                config.redis().maxClients(),
                config.redis().maxBulkBytes(),
                config.data().toString(),
                Main.version(),
                config.redis().conf()),
            new RedisServer.Operations() {
              @Override
              public CompletableFuture<Long> checkpoint() {
                return node.checkpoints.run();
              }

              @Override
              public void listen(String bind, int port) throws IOException {
                Objects.requireNonNull(redisPorts).move(bind, port);
              }

              @Override
              public void shutdown() {
                ended.countDown();
              }
            },
            Commands.all(users),
            users);
    redis.replicas().resume(node.host.disk());
    redisServer = redis;
    RedisPorts opened = new RedisPorts(keyspaceLoop, limits(Integer.MAX_VALUE), redis);
    redisPorts = opened;
    opened.move(redis.settings().text("bind"), config.redis().port());
    List<InetSocketAddress> bound = opened.bound();
    bound.forEach(address -> ports.add(new Port("redis", address)));
    if (bound.isEmpty()) {
      ports.add(new Port("redis", null));
    }
  }

  private MemcachedSessions memcached() {
    Config.MemcachedPart part = config.memcached();
    Cache cache =
        new Cache(
            new Cache.Limits(part.memoryBytes(), part.itemBytes()),
            Clock.system(),
            node.host.random().nextLong());
    cache.sweepOn(keyspaceLoop);
    return new MemcachedSessions(
        keyspaceLoop,
        Clock.system(),
        cache,
        node.projections.readThrough(),
        this::undurable,
        limits(part.maxConnections()),
        MEMCACHED_VERSION + "-headwater-" + Main.version());
  }

  /** What a reply that shows the keyspace has to wait for; 0 for nothing. */
  private long undurable() {
    long appended = node.log.appended();
    if (node.keyspace.fsync() != Fsync.ALWAYS || node.log.durable() >= appended) {
      return 0;
    }
    node.log.syncSoon();
    return appended;
  }

  private Elasticsearch elastic() {
    return new Elasticsearch(
        node.search,
        node.catalog,
        node.log,
        Clock.system(),
        metrics,
        new ElasticOptions(
            config.elastic().productHeader(),
            config.bind() + ":" + config.elastic().port(),
            config.elastic().maxContentBytes()));
  }

  private Admin admin() {
    return new Admin(
        node.projections,
        node.catalog,
        node.log,
        node.views(),
        metrics,
        () -> ready,
        node.checkpoints::run);
  }

  private KafkaProtocol kafka() {
    KafkaSettings d = KafkaSettings.DEFAULT;
    String host = config.kafka().advertisedHost();
    KafkaSettings settings =
        new KafkaSettings(
            host.isEmpty() ? null : host,
            d.advertisedPort(),
            config.kafka().autoCreate(),
            config.kafka().partitions(),
            d.requestBytesMax(),
            d.otherRequestBytesMax(),
            d.requestsInFlightMax());
    return new KafkaProtocol(
        settings, topicsLoop, Clock.system(), node.log, node.catalog, node.topics, groups);
  }

  private void listen(
      String protocol, int port, int connections, NetworkLoop loop, Session.Factory sessions)
      throws IOException {
    String bind = config.bind();
    if (port == 0) {
      ports.add(new Port(protocol, null));
      return;
    }
    InetSocketAddress address = new InetSocketAddress(bind, port);
    Listeners.Limits limits = new Listeners.Limits(connections, Integer.MAX_VALUE - 64, 1L << 30);
    try {
      ports.add(new Port(protocol, loop.listen(address, limits, sessions)));
    } catch (IOException | java.nio.channels.UnresolvedAddressException e) {
      throw new IOException(
          "cannot listen for " + protocol + " on " + bind + ":" + port + ": " + e.getMessage(), e);
    }
  }

  private void http(String protocol, int port, Supplier<HttpService> service) throws IOException {
    if (port == 0) {
      ports.add(new Port(protocol, null));
      return;
    }
    HttpLimits limits =
        HttpLimits.of(config.elastic().maxContentBytes(), Runtime.getRuntime().maxMemory());
    HttpServer server =
        new HttpServer(
            protocol, new InetSocketAddress(config.bind(), port), limits, service.get(), metrics);
    https.add(server);
    ports.add(new Port(protocol, server.start()));
  }

  /** Sessions limit single requests more tightly, each in its protocol's words. */
  private static Listeners.Limits limits(int connections) {
    return new Listeners.Limits(connections, Integer.MAX_VALUE - 64, OUTPUT_BYTES_MAX);
  }

  List<Port> ports() {
    return ports;
  }

  /** Waits until somebody asks the server to end. */
  void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /** While a derived view cannot keep up, its producers' clients wait: memory stays bounded. */
  private final class WaitForTargets implements Loop.TurnHook {
    @Override
    public void beforeTurn() {}

    @Override
    public void afterTurn() {
      for (int i = 0; i < OVERLOAD_WAITS; i++) {
        if (!node.searchInbox.overloaded() && !node.topicsInbox.overloaded()) {
          return;
        }
        LockSupport.parkNanos(OVERLOAD_WAIT_NS);
      }
    }
  }

  /**
   * Not ready, stop accepting, finish what has begun, sync, close. Idempotent; within about five
   * seconds.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    ready = false;
    for (HttpServer http : https) {
      http.drain(DRAIN_MS / 3);
    }
    endStream();
    drain(keyspaceLoop);
    drain(topicsLoop);
    for (HttpServer http : https) {
      http.close();
    }
    groups.close();
    keyspaceLoop.close();
    topicsLoop.close();
    searchLoop.close();
    catalogLoop.close();
    background.shutdown();
    try {
      background.awaitTermination(500, TimeUnit.MILLISECONDS);
      node.close();
    } catch (IOException e) {
      System.getLogger(Server.class.getName())
          .log(System.Logger.Level.ERROR, "the log did not close cleanly", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    DataFolder.unlock(lock);
  }

  /** While the loop still serves: replicas have to take the rest. */
  private void endStream() {
    RedisServer server = redisServer;
    if (server != null) {
      try {
        server.replicas().end(node.host.disk(), STREAM_END_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void drain(NetworkLoop loop) {
    try {
      loop.drain(DRAIN_MS / 3);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
