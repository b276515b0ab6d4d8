package io.headwater.protocol.redis;

import io.headwater.bytes.HeapBudget;
import io.headwater.host.Clock;
import io.headwater.log.Journal;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.protocol.redis.access.Users;
import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.protocol.redis.table.Commands;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.View;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.keyspace.Keyspace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A Redis server on a simulated host: journal, keyspace, protocol and clients in one thread. */
public final class RedisRig implements AutoCloseable {
  private static final int FRAME_BYTES = 1 << 20;

  final SimulatedDisk disk;
  final Clock clock;
  public final SimulatedLoop loop;
  public final Journal log;
  final Inbox inbox = new Inbox(1 << 20);
  public final Keyspace keyspace;
  final Catalog catalog;
  final RedisServer server;
  boolean shutdown;
  private final @Nullable RedisConf conf;
  private final int frameBytes;

  public RedisRig() {
    this(new SimulatedDisk(1), new SimulatedClock());
  }

  RedisRig(SimulatedDisk disk, Clock clock) {
    this(disk, clock, null);
  }

  public RedisRig(SimulatedDisk disk, Clock clock, @Nullable RedisConf conf) {
    this(disk, clock, conf, FRAME_BYTES, HeapBudget.ofProcess());
  }

  /** With a log that takes frames of so many bytes. */
  RedisRig(SimulatedDisk disk, Clock clock, @Nullable RedisConf conf, int frameBytes) {
    this(disk, clock, conf, frameBytes, HeapBudget.ofProcess());
  }

  /** As if the process had so much heap. */
  static RedisRig withHeap(long heapBytes) {
    return new RedisRig(
        new SimulatedDisk(1), new SimulatedClock(), null, FRAME_BYTES, new HeapBudget(heapBytes));
  }

  private RedisRig(
      SimulatedDisk disk, Clock clock, @Nullable RedisConf conf, int frameBytes, HeapBudget heap) {
    this.conf = conf;
    this.frameBytes = frameBytes;
    this.disk = disk;
    this.clock = clock;
    loop = new SimulatedLoop(clock, heap);
    try {
      log =
          Journal.open(
              disk,
              clock,
              Journal.Settings.simulated(new SplittableRandom(1))
                  .withSegmentBytes(16 << 20)
                  .withMaxFrameBytes(frameBytes),
              (_, _, _) -> {},
              failure -> {
                throw new IllegalStateException(failure);
              });
      log.addDurableListener(loop::release);
      keyspace =
          new Keyspace(loop, clock, disk, Runnable::run, inbox, () -> new LazyLog(log, false));
      DurableWaiters durable = new DurableWaiters(new LazyLog(log, true));
      catalog = new Catalog(loop, disk, () -> log, () -> durable);
      recover();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    keyspace.start();
    Users users = new Users(catalog, loop, Runnable::run);
    server = serverWith(Commands.all(users), users);
  }

  /** Another server on the same keyspace. */
  RedisServer serverWith(CommandTable table, Users users) {
    return new RedisServer(
        keyspace,
        () -> log,
        clock,
        new SplittableRandom(7),
        new RedisServer.Options(
            "127.0.0.1", 6379, "always", 10_000, 512 << 20, "/data", "test", conf),
        new RedisServer.Operations() {
          @Override
          public CompletableFuture<Long> checkpoint() {
            return keyspace.checkpoint();
          }

          @Override
          public void shutdown() {
            shutdown = true;
          }
        },
        table,
        users);
  }

  private void recover() throws IOException {
    for (View view : List.of(catalog, keyspace)) {
      long loaded = view.load(log.appended());
      try (LogCursor cursor = log.read(loaded)) {
        while (cursor.next()) {
          for (LoggedPart part : cursor.parts()) {
            if (view.follows(part.stream())) {
              view.replay(part);
            }
          }
        }
      }
      view.recovered(log.appended());
    }
  }

  public SimulatedConnection connect() {
    return loop.connect(server);
  }

  /** Closes this one and starts another on the same disk. */
  RedisRig restart() throws IOException {
    close();
    return new RedisRig(disk, clock, conf, frameBytes);
  }

  /** How many keyspace events each frame has, from this offset on. */
  List<Integer> frameSizes(long fromOffset) {
    List<Integer> sizes = new ArrayList<>();
    try {
      log.write();
      try (LogCursor cursor = log.read(log.start())) {
        while (cursor.next()) {
          for (LoggedPart part : cursor.parts()) {
            if (part.stream() == 1 && part.baseOffset() >= fromOffset) {
              sizes.add(part.count());
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sizes;
  }

  /** One command, each argument a bulk. */
  public static byte[] request(String... arguments) {
    StringBuilder text = new StringBuilder("*" + arguments.length + "\r\n");
    for (String argument : arguments) {
      text.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
    }
    return text.toString().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** Runs a command on a connection and returns what came back, Latin-1. */
  public String call(SimulatedConnection connection, String... arguments) {
    connection.send(request(arguments));
    loop.runUntilIdle();
    return connection.receivedText();
  }

  @Override
  public void close() throws IOException {
    keyspace.close();
    log.close();
  }
}
