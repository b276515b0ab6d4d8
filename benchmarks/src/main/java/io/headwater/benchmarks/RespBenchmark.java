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
import java.util.ArrayList;
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
import org.openjdk.jmh.annotations.Param;
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
  private static final int KEYS = 1_000_000;
  private static final String VALUE = "x".repeat(100);
  private static final String DIGITS = "%010d";

  /** What runs, with a random number for each {@code #}; all numbers are filled in before. */
  @Param({
    "GET key:#",
    "SET key:# @",
    "HGET hash field:#",
    "HSET hash field:# @",
    "SADD set member:#",
    "ZADD zset # member:#"
  })
  public String command = "";

  private final SplittableRandom random = new SplittableRandom(1);
  private byte[] pipeline = new byte[0];
  private int[] digitsAt = new int[0];
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
    fill();
    pipeline = request(command).repeat(PIPELINE).getBytes(StandardCharsets.US_ASCII);
    String text = new String(pipeline, StandardCharsets.US_ASCII);
    List<Integer> places = new ArrayList<>();
    for (int at = text.indexOf('#'); at >= 0; at = text.indexOf('#', at + 10)) {
      places.add(at);
    }
    digitsAt = places.stream().mapToInt(Integer::intValue).toArray();
  }

  private static String request(String line) {
    StringBuilder text = new StringBuilder();
    String[] words = line.split(" ", -1);
    text.append('*').append(words.length).append("\r\n");
    for (String word : words) {
      String filled = word.replace("#", "#".repeat(10)).replace("@", VALUE);
      text.append('$').append(filled.length()).append("\r\n").append(filled).append("\r\n");
    }
    return text.toString();
  }

  /** Every number once, by the command that writes what the other reads. */
  private void fill() {
    String writes =
        switch (command) {
          case "GET key:#" -> "SET key:# @";
          case "HGET hash field:#" -> "HSET hash field:# @";
          default -> command;
        };
    String request = request(writes);
    for (int first = 0; first < KEYS; first += PIPELINE) {
      StringBuilder text = new StringBuilder();
      for (int i = first; i < first + PIPELINE; i++) {
        text.append(request.replace("##########", DIGITS.formatted(i)));
      }
      exchange(text.toString().getBytes(StandardCharsets.US_ASCII));
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
            "127.0.0.1", 0, "no", 1, 512L << 20, folder.toString(), "benchmark", null),
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
  public byte[] run() {
    for (int at : digitsAt) {
      int rest = random.nextInt(KEYS);
      for (int i = at + 9; i >= at; i--) {
        pipeline[i] = (byte) ('0' + rest % 10);
        rest /= 10;
      }
    }
    return exchange(pipeline);
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
