package io.headwater.benchmarks;

import io.headwater.host.Clock;
import io.headwater.host.RealDisk;
import io.headwater.log.Journal;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.access.Users;
import io.headwater.protocol.redis.table.Commands;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.Inbox;
import io.headwater.view.keyspace.Keyspace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a Redis command costs without a socket: a pipeline of 16 through a session, the keyspace and
 * (SET) the journal, into the reply. The simulated connection copies what goes in and out, which
 * the real one does not.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RespBenchmark {
  private static final int PIPELINE = 16;
  private static final int PIPELINES = 256;
  private static final int KEYS = 100_000;
  private static final String VALUE = "x".repeat(100);

  private final byte[][] gets = new byte[PIPELINES][];
  private final byte[][] sets = new byte[PIPELINES][];
  private int next;
  private Path folder = Path.of("");

  @SuppressWarnings("NullAway.Init") // JMH calls open() first
  private Journal journal;

  @SuppressWarnings("NullAway.Init") // JMH calls open() first
  private Keyspace keyspace;

  @SuppressWarnings("NullAway.Init") // JMH calls open() first
  private SimulatedLoop loop;

  @SuppressWarnings("NullAway.Init") // JMH calls open() first
  private SimulatedConnection connection;

  @Setup
  public void open() throws IOException {
    folder = Files.createTempDirectory("resp-benchmark");
    Clock clock = Clock.system();
    RealDisk disk = RealDisk.at(folder);
    journal =
        Journal.open(
            disk, clock, Journal.Settings.defaults(), (_, _, _) -> {}, Throwable::printStackTrace);
    loop = new SimulatedLoop(clock);
    journal.addDurableListener(loop::release);
    keyspace = new Keyspace(loop, clock, disk, Runnable::run, new Inbox(1 << 20), () -> journal);
    keyspace.recovered(journal.appended());
    keyspace.start();
    connection = loop.connect(server(clock));
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < PIPELINES; i++) {
      gets[i] = pipeline(random, "*2\r\n$3\r\nGET\r\n$16\r\nkey:%012d\r\n");
      sets[i] =
          pipeline(random, "*3\r\n$3\r\nSET\r\n$16\r\nkey:%012d\r\n$100\r\n" + VALUE + "\r\n");
      exchange(sets[i]);
    }
  }

  private RedisServer server(Clock clock) {
    Users users = Users.unshared();
    return new RedisServer(
        keyspace,
        () -> journal,
        clock,
        new SplittableRandom(1),
        new RedisServer.Options(
            "127.0.0.1", 0, "no", 1, 512L << 20, folder.toString(), "benchmark"),
        new RedisServer.Operations() {
          @Override
          public CompletableFuture<Long> checkpoint() {
            return keyspace.checkpoint();
          }

          @Override
          public void shutdown() {}
        },
        Commands.all(users),
        users);
  }

  private static byte[] pipeline(SplittableRandom random, String command) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < PIPELINE; i++) {
      text.append(command.formatted(random.nextInt(KEYS)));
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  @TearDown(Level.Iteration)
  public void cut() throws IOException {
    journal.sync(journal.appended());
    journal.cut(journal.appended());
  }

  @TearDown
  public void close() throws IOException {
    keyspace.close();
    journal.close();
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public byte[] get() {
    return exchange(gets[next++ % PIPELINES]);
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public byte[] set() {
    return exchange(sets[next++ % PIPELINES]);
  }

  private byte[] exchange(byte[] request) {
    connection.send(request);
    loop.runOnce();
    byte[] replies = connection.received();
    if (replies.length < PIPELINE * 4) {
      throw new IllegalStateException("replies: " + new String(replies, StandardCharsets.UTF_8));
    }
    return replies;
  }
}
