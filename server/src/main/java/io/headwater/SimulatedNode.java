package io.headwater;

import io.headwater.log.Journal;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.access.Users;
import io.headwater.protocol.redis.table.Commands;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.search.SearchLimits;
import io.headwater.view.topics.TopicsConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A node whose loops are stepped by one thread, on a simulated disk and clock. */
final class SimulatedNode implements AutoCloseable {
  private static final int STEPS_MAX = 100_000;

  /** The log leaves this to the views. */
  static final long RESERVE_BYTES = 1 << 20;

  private static final Config.CheckpointPart CHECKPOINTS =
      new Config.CheckpointPart(Long.MAX_VALUE, Long.MAX_VALUE / 2_000_000);

  final Node node;
  private final SimulatedClock clock;
  private final SimulatedLoop keyspaceLoop;
  private final SimulatedLoop topicsLoop;
  private final SimulatedLoop searchLoop;
  private final SimulatedLoop catalogLoop;
  private final SimulatedLoop background;
  private final SimulatedConnection redis;
  private @Nullable Throwable failed;

  private SimulatedNode(
      SimulatedDisk disk, SimulatedClock clock, RandomGenerator random, int frameBytes)
      throws IOException {
    this.clock = clock;
    keyspaceLoop = new SimulatedLoop(clock);
    topicsLoop = new SimulatedLoop(clock);
    searchLoop = new SimulatedLoop(clock);
    catalogLoop = new SimulatedLoop(clock);
    background = new SimulatedLoop(clock);
    Journal.Settings d = Journal.Settings.defaults();
    Journal.Settings journal =
        new Journal.Settings(
            random.nextBoolean() ? 64 << 10 : 16 << 10,
            32 << 10,
            frameBytes,
            64 << 10,
            d.writeDelayMs(),
            d.syncDelayMs(),
            d.sealDelayMs(),
            d.spareSegmentsMax(),
            RESERVE_BYTES,
            d.cutSegments(),
            Journal.Background.NONE,
            random);
    node =
        Node.open(
            new Node.Host(
                clock,
                disk,
                keyspaceLoop,
                topicsLoop,
                searchLoop,
                catalogLoop,
                background::execute,
                random),
            journal,
            TopicsConfig.DEFAULTS,
            SearchLimits.DEFAULTS,
            CHECKPOINTS,
            0,
            failure -> failed = failure);
    node.start();
    node.log.addDurableListener(keyspaceLoop::release);
    node.log.addDurableListener(topicsLoop::release);
    Users users = new Users(node.catalog, keyspaceLoop, background::execute);
    RedisServer server =
        new RedisServer(
            node.keyspace,
            () -> node.log,
            clock,
            random,
            new RedisServer.Options(
                "127.0.0.1", 6379, "always", 100, 1 << 20, "data", "simulated", null),
            new RedisServer.Operations() {
              @Override
              public CompletableFuture<Long> checkpoint() {
                return node.checkpoints.run();
              }

              @Override
              public void shutdown() {
                throw new IllegalStateException("SHUTDOWN in a simulation");
              }
            },
            Commands.all(users),
            users);
    redis = keyspaceLoop.connect(server);
    settle();
  }

  static SimulatedNode open(SimulatedDisk disk, SimulatedClock clock, RandomGenerator random)
      throws IOException {
    return open(disk, clock, random, 8 << 20);
  }

  /** One whose log promises frames of so many bytes. */
  static SimulatedNode open(
      SimulatedDisk disk, SimulatedClock clock, RandomGenerator random, int frameBytes)
      throws IOException {
    return new SimulatedNode(disk, clock, random, frameBytes);
  }

  long wallMs() {
    return clock.wallMs();
  }

  /** Steps all loops, and the journal's background duty, until nobody has anything to do. */
  void settle() {
    List<SimulatedLoop> loops =
        List.of(catalogLoop, keyspaceLoop, topicsLoop, searchLoop, background);
    for (int i = 0; i < STEPS_MAX; i++) {
      boolean busy = false;
      for (SimulatedLoop loop : loops) {
        busy |= loop.runOnce();
      }
      long durable = node.log.durable();
      node.log.tick();
      if (!busy && node.log.durable() == durable) {
        return;
      }
    }
    throw new IllegalStateException("the node does not come to rest");
  }

  /** Lets time pass. */
  void advanceMs(long ms) {
    clock.advanceMs(ms);
    settle();
  }

  /** Sends bytes, one a character, and returns what came back when all is at rest. */
  String redis(String request) {
    redis.send(request.getBytes(StandardCharsets.ISO_8859_1));
    settle();
    return redis.receivedText();
  }

  /** Steps until the future is done. */
  <T> T await(CompletableFuture<T> future) {
    for (int i = 0; i < 100 && !future.isDone(); i++) {
      settle();
      clock.advanceMs(10);
    }
    return future.join();
  }

  /** What told the node that it must end. */
  Optional<Throwable> failed() {
    return Optional.ofNullable(failed);
  }

  @Override
  public void close() throws IOException {
    node.close();
  }
}
