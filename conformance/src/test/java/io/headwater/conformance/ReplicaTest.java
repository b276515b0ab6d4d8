package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.conformance.RedisGrammar.Drawn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real redis-server follows the packaged Headwater while random commands of all types change it,
 * and must hold the same: from the first file on, after a broken connection, after the end of
 * either. What {@code redis-cli --rdb} saves, a real redis-server must load.
 *
 * <p>By hand, any length: {@code -Dtest=ReplicaTest -Dreplica.commands=1000000}.
 */
@Timeout(600)
class ReplicaTest {
  private static final int COMMANDS = Integer.getInteger("replica.commands", 8_000);
  private static final int BATCH = 50;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final List<String> DATABASES = List.of("0", "1");

  @TempDir Path folder;
  private RunningServer headwater;
  private final List<RedisProcess> replicas = new ArrayList<>();
  private SplittableRandom random;
  private RedisGrammar grammar;
  private int started;

  @AfterEach
  void stop() throws Exception {
    for (RedisProcess replica : replicas) {
      replica.close();
    }
    if (headwater != null) {
      headwater.close();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void aRealRedisThatFollowsHoldsTheSame(long seed) throws Exception {
    System.out.println("seed " + seed);
    random = new SplittableRandom(seed);
    grammar = new RedisGrammar(random, ".*");
    Path conf = Files.writeString(folder.resolve("redis.conf"), "enable-debug-command yes\n");
    headwater = RunningServer.start(folder.resolve("headwater"), "--redis-conf", conf.toString());
    change(COMMANDS / 4);
    makeLargeOnes();
    startReplica();
    change(COMMANDS / 4);
    assertSame("after its first file");

    long partial = counted("sync_partial_ok");
    call(headwater.redis, "CLIENT", "KILL", "TYPE", "replica");
    change(COMMANDS / 4);
    assertSame("after a broken connection");
    assertThat(counted("sync_partial_ok")).isGreaterThan(partial);

    endReplica(0);
    change(COMMANDS / 8);
    startReplica();
    change(COMMANDS / 8);
    assertSame("after the replica's end");

    headwater.kill();
    headwater.restart();
    change(COMMANDS / 4);
    assertSame("after Headwater's end");

    assertSavedFileIsTheSame();
  }

  /** Three at once: they come while all is changed, lose their links, end and come back. */
  @Test
  void severalRealOnesThatComeAndGoHoldTheSame() throws Exception {
    long seed = Long.getLong("replica.seed", 3);
    System.out.println("seed " + seed);
    random = new SplittableRandom(seed);
    grammar = new RedisGrammar(random, ".*");
    Path conf = Files.writeString(folder.resolve("redis.conf"), "enable-debug-command yes\n");
    headwater = RunningServer.start(folder.resolve("headwater"), "--redis-conf", conf.toString());
    startReplica();
    try (Load load = new Load()) {
      load.awaitMore(COMMANDS / 8);
      startReplica();
      load.awaitMore(COMMANDS / 8);
      startReplica();
      load.awaitMore(COMMANDS / 8);
      call(headwater.redis, "CLIENT", "KILL", "TYPE", "replica");
      load.awaitMore(COMMANDS / 8);
      endReplica(1);
      load.awaitMore(COMMANDS / 8);
      startReplica();
      evict();
      load.awaitMore(COMMANDS / 8);
    }
    assertSame("after all came and went");
    assertThat(counted("sync_partial_ok")).isPositive();
    assertThat(counted("evicted_keys")).isPositive();

    assertThat(headwater.terminate(LIMIT.toMillis())).isEqualTo(143);
    headwater.restart();
    change(COMMANDS / 8);
    assertSame("after Headwater's orderly end");
    assertThat(counted("sync_partial_ok")).isEqualTo(replicas.size());
    assertThat(counted("sync_full")).isZero();

    call(headwater.redis, "CONFIG", "SET", "min-replicas-to-write", "3");
    assertThat(call(headwater.redis, "SET", "key", "value")).isEqualTo("+OK\r\n");
    endReplica(0);
    String refused = "-NOREPLICAS Not enough good replicas to write.\r\n";
    Deadline.await(LIMIT, () -> call(headwater.redis, "SET", "key", "value").equals(refused));
  }

  @Test
  void aFreshOneThatComesFirstAfterAnOrderlyEndTakesNobodysPlace() throws Exception {
    random = new SplittableRandom(5);
    grammar = new RedisGrammar(random, ".*");
    Path conf = Files.writeString(folder.resolve("redis.conf"), "enable-debug-command yes\n");
    headwater = RunningServer.start(folder.resolve("headwater"), "--redis-conf", conf.toString());
    startReplica();
    change(COMMANDS / 8);
    assertSame("at first");

    assertThat(headwater.terminate(LIMIT.toMillis())).isEqualTo(143);
    replicas.getFirst().suspend();
    headwater.restart();
    change(COMMANDS / 8);
    startReplica();
    Deadline.await(LIMIT, () -> call(headwater.redis, "WAIT", "1", "1000").equals(":1\r\n"));
    change(COMMANDS / 8);
    replicas.getFirst().goOn();

    assertSame("after both came");
    assertThat(counted("sync_full")).isEqualTo(1);
    assertThat(counted("sync_partial_ok")).isEqualTo(1);
  }

  @Test
  void oneThatTakesNothingDelaysNobodyAndIsDropped() throws Exception {
    random = new SplittableRandom(4);
    Path conf = Files.writeString(folder.resolve("redis.conf"), "enable-debug-command yes\n");
    headwater = RunningServer.start(folder.resolve("headwater"), "--redis-conf", conf.toString());
    fill("before", 150);
    try (RespClient idle = new RespClient(headwater.redis)) {
      idle.send(List.of("PSYNC", "?", "-1"));
      idle.flush();
      call(headwater.redis, "CONFIG", "SET", "repl-timeout", "1");
      Deadline.await(LIMIT, () -> headwater.said().contains("timed out (full sync)"));
      Deadline.await(LIMIT, () -> connected() == 0);
    }
    call(headwater.redis, "CONFIG", "SET", "repl-timeout", "60");
    call(headwater.redis, "CONFIG", "SET", "client-output-buffer-limit", "replica 8mb 0 0");
    startReplica();
    startReplica();
    assertSame("at first");

    replicas.getFirst().suspend();
    fill("meanwhile", 30);
    assertThat(call(headwater.redis, "WAIT", "1", "20000")).isEqualTo(":1\r\n");
    fill("after", 250);
    Deadline.await(LIMIT, () -> connected() == 1);
    assertThat(headwater.said()).contains("overcoming of output buffer limits");
    assertThat(call(headwater.redis, "WAIT", "1", "20000")).isEqualTo(":1\r\n");

    replicas.getFirst().goOn();
    assertSame("after it came back");
  }

  @Test
  void whatIsNotInTheBacklogBeginsAnew() throws Exception {
    headwater = RunningServer.start(folder.resolve("headwater"));
    startReplica();
    Deadline.await(LIMIT, () -> call(headwater.redis, "WAIT", "1", "1000").equals(":1\r\n"));
    String info = call(headwater.redis, "INFO", "replication");
    int at = info.indexOf("master_replid:") + 14;
    String id = info.substring(at, at + 40);
    long offset = number(info, "master_repl_offset");

    assertThat(psync(id, offset + 1)).startsWith("+CONTINUE");
    assertThat(psync(id, offset + 1_000_000)).startsWith("+FULLRESYNC " + id);
    assertThat(psync(id, 1)).startsWith(offset > 0 ? "+FULLRESYNC" : "+CONTINUE");
    assertThat(psync("0".repeat(40), offset + 1)).startsWith("+FULLRESYNC " + id);
    assertThat(counted("sync_partial_ok")).isEqualTo(1);
  }

  private String psync(String id, long offset) throws IOException {
    try (RespClient client = new RespClient(headwater.redis)) {
      client.send(List.of("PSYNC", id, "" + offset));
      client.flush();
      return client.line();
    }
  }

  private long connected() throws IOException {
    return number(call(headwater.redis, "INFO", "replication"), "connected_slaves");
  }

  /** Strings of 100,000 bytes that nothing makes shorter. */
  private void fill(String name, int count) throws IOException {
    try (RespClient client = new RespClient(headwater.redis)) {
      for (int i = 0; i < count; i++) {
        client.call("SET", name + i, noise(100_000));
      }
    }
  }

  /** Changes all the time, on a thread of its own, until it is closed. */
  private final class Load implements AutoCloseable {
    private final AtomicLong done = new AtomicLong();
    private final AtomicBoolean ends = new AtomicBoolean();
    private final CompletableFuture<Void> end = CompletableFuture.runAsync(this::run);

    private void run() {
      try (RespClient client = new RespClient(headwater.redis)) {
        while (!ends.get()) {
          change(BATCH);
          unusual(client);
          done.addAndGet(BATCH);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** What the grammar leaves out, because two servers would not do it at one moment. */
    private void unusual(RespClient client) throws IOException {
      String key = "short:" + random.nextInt(20);
      client.call("SET", key, "gone soon", "PX", "" + (1 + random.nextInt(50)));
      client.call("HSET", "fields", "f" + random.nextInt(9), "v", "stays", "v");
      String field = "f" + random.nextInt(9);
      client.call("HPEXPIRE", "fields", "" + (1 + random.nextInt(50)), "FIELDS", "1", field);
      switch (random.nextInt(12)) {
        case 0 -> client.call("FUNCTION", "LOAD", "REPLACE", library(random.nextInt(3)));
        case 1 -> client.call("FUNCTION", "DELETE", "lib" + random.nextInt(3));
        case 2 -> client.call("FCALL", "f" + random.nextInt(3), "1", "list:1", "called");
        case 3 -> client.call("SPOP", "set:1", "3");
        case 4 -> client.call("PUBLISH", "channel", "message");
        case 5 -> {
          if (random.nextInt(8) == 0) {
            client.call(random.nextBoolean() ? "FLUSHALL" : "FLUSHDB");
          }
        }
        default -> client.call("COPY", "zset:1", "zset:2", "DB", "1", "REPLACE");
      }
    }

    void awaitMore(long commands) throws Exception {
      long wanted = done.get() + commands;
      Deadline.await(LIMIT, () -> done.get() >= wanted || end.isDone());
    }

    @Override
    public void close() {
      ends.set(true);
      end.join();
    }
  }

  private static String library(int number) {
    return "#!lua name=lib%d\nredis.register_function('f%d', function(keys, args)"
            .formatted(number, number)
        + " return redis.call('RPUSH', keys[1], args[1], math.random(100)) end)";
  }

  /** Lets memory run short for a moment. */
  private void evict() throws IOException {
    try (RespClient client = new RespClient(headwater.redis)) {
      String info = client.call("INFO", "memory");
      long used = number(info, "used_memory");
      client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
      client.call("CONFIG", "SET", "maxmemory", "" + (used + (1 << 20)));
      for (int i = 0; i < 100; i++) {
        client.call("SET", "filler:" + i, "x".repeat(30_000));
      }
      client.call("CONFIG", "SET", "maxmemory", "0");
    }
  }

  private void startReplica() throws Exception {
    Path own = folder.resolve("redis" + started++);
    replicas.add(RedisProcess.start(own, "--replicaof", "127.0.0.1", "" + headwater.redis));
  }

  private void endReplica(int index) throws Exception {
    replicas.remove(index).close();
  }

  private static String call(int port, String... words) throws IOException {
    try (RespClient client = new RespClient(port)) {
      return client.call(words);
    }
  }

  private void change(int commands) throws IOException {
    try (RespClient client = new RespClient(headwater.redis)) {
      for (int done = 0; done < commands; done += BATCH) {
        boolean transaction = random.nextInt(8) == 0;
        int sent = 0;
        if (transaction) {
          client.send(List.of("MULTI"));
          sent++;
        }
        for (int i = 0; i < BATCH; i++) {
          Drawn drawn = grammar.next();
          if (!transaction || !drawn.alone()) {
            client.send(drawn.words());
            sent++;
          }
        }
        if (transaction) {
          client.send(List.of("EXEC"));
          sent++;
        }
        client.flush();
        for (; sent > 0; sent--) {
          client.reply();
        }
      }
    }
  }

  /** Such as do not stay packed, and strings that a checkpoint cuts. */
  private void makeLargeOnes() throws IOException {
    try (RespClient client = new RespClient(headwater.redis)) {
      for (String kind : List.of("HSET", "RPUSH", "SADD", "ZADD", "XADD")) {
        for (int key = 0; key < 4; key++) {
          for (int i = 0; i < 2_000; i++) {
            String name = "large:" + kind + key;
            switch (kind) {
              case "HSET" -> client.send(List.of(kind, name, "field" + i, "value" + i));
              case "ZADD" -> client.send(List.of(kind, name, i + ".5", "member" + i));
              case "XADD" -> client.send(List.of(kind, name, (i + 1) + "-" + key, "f", "v" + i));
              default -> client.send(List.of(kind, name, "element" + i));
            }
          }
          client.flush();
          for (int i = 0; i < 2_000; i++) {
            client.reply();
          }
        }
      }
      client.call("SET", "long:text", "0123456789".repeat(10_000));
      client.call("SET", "long:noise", noise(100_000));
      for (int i = 0; i < 300; i++) {
        client.call("HSET", "medium", "field" + i, "v".repeat(60));
      }
      client.call(
          "FUNCTION",
          "LOAD",
          "#!lua name=one\nredis.register_function('f'," + "function() return 1 end)");
    }
  }

  private String noise(int bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes; i++) {
      text.append((char) random.nextInt(256));
    }
    return text.toString();
  }

  private long counted(String name) throws IOException {
    return number(call(headwater.redis, "INFO", "stats"), name);
  }

  private static long number(String info, String name) {
    int at = info.indexOf(name + ":") + name.length() + 1;
    return Long.parseLong(info.substring(at, info.indexOf('\r', at)));
  }

  private void assertSame(String when) throws Exception {
    try {
      String all = "" + replicas.size();
      Deadline.await(
          LIMIT, () -> call(headwater.redis, "WAIT", all, "1000").equals(":" + all + "\r\n"));
    } catch (AssertionError e) {
      throw new AssertionError(
          when
              + ": no replica has all\n"
              + call(headwater.redis, "INFO", "replication")
              + headwater.said()
              + replicasSaid(),
          e);
    }
    for (RedisProcess replica : replicas) {
      assertSame(replica.port(), when);
    }
  }

  private String replicasSaid() throws IOException {
    StringBuilder said = new StringBuilder();
    for (int i = 0; i < started; i++) {
      said.append(Files.readString(folder.resolve("redis" + i + "/redis.out")));
    }
    return said.toString();
  }

  private void assertSame(int port, String when) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    List<String> different = differences(port);
    while (!different.isEmpty() && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(100); // what is past its time goes on both sides
      different = differences(port);
    }
    assertThat(different).as(when).isEmpty();
    assertThat(libraries(port)).isEqualTo(libraries(headwater.redis));
  }

  /** All that is said of libraries, in no order: servers list them in their own. */
  private static List<String> libraries(int port) throws IOException {
    String listed = call(port, "FUNCTION", "LIST", "WITHCODE");
    return Stream.of(listed.split("\r\n", -1)).sorted().toList();
  }

  private List<String> differences(int port) throws IOException {
    try (RespClient ours = new RespClient(headwater.redis);
        RespClient theirs = new RespClient(port)) {
      List<String> found = new ArrayList<>();
      for (String db : DATABASES) {
        ours.call("SELECT", db);
        theirs.call("SELECT", db);
        TreeSet<String> keys = keys(ours);
        keys.addAll(keys(theirs));
        for (String key : keys) {
          String expected = shown(ours, key);
          String actual = shown(theirs, key);
          if (!actual.equals(expected)) {
            found.add("db %s %s%n  ours:   %s%n  theirs: %s".formatted(db, key, expected, actual));
          }
        }
      }
      return found;
    }
  }

  private static TreeSet<String> keys(RespClient client) throws IOException {
    TreeSet<String> keys = new TreeSet<>();
    String[] lines = client.call("KEYS", "*").split("\r\n", -1);
    for (int i = 2; i < lines.length; i += 2) {
      keys.add(lines[i]);
    }
    return keys;
  }

  private static String shown(RespClient client, String key) throws IOException {
    String type = client.call("TYPE", key).strip();
    StringBuilder shown = new StringBuilder(type);
    shown.append(' ').append(client.call("DEBUG", "DIGEST-VALUE", key).replace("\r\n", " "));
    shown.append(client.call("PEXPIRETIME", key).strip());
    if (type.equals("+stream")) {
      shown.append(withoutTimes(client.call("XINFO", "GROUPS", key)));
      String[] info = client.call("XINFO", "STREAM", key).split("\r\n", -1);
      for (int i = 0; i + 2 < info.length; i++) {
        if (info[i].equals("last-generated-id")
            || info[i].equals("max-deleted-entry-id")
            || info[i].equals("entries-added")) {
          shown.append(' ').append(info[i]).append(' ').append(info[i + 1]).append(info[i + 2]);
        }
      }
      for (String group : List.of("g1", "g2", "g3")) {
        shown.append(withoutTimes(client.call("XPENDING", key, group, "-", "+", "1000")));
      }
    }
    return shown.toString();
  }

  /** Idle times are the only integers past a minute's milliseconds that may differ. */
  private static String withoutTimes(String reply) {
    StringBuilder kept = new StringBuilder();
    String[] lines = reply.split("\r\n", -1);
    for (int i = 0; i < lines.length; i++) {
      boolean isIdle =
          lines[i].startsWith(":") && i + 1 < lines.length && lines[i + 1].startsWith(":");
      kept.append(' ').append(isIdle ? ":" : lines[i]);
    }
    return kept.toString();
  }

  private void assertSavedFileIsTheSame() throws Exception {
    Path saved = Files.createDirectories(folder.resolve("saved"));
    Process client =
        new ProcessBuilder(
                "redis-cli", "-p", "" + headwater.redis, "--rdb", saved.resolve("dump.rdb") + "")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("cli.out").toFile())
            .start();
    assertThat(client.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(client.exitValue()).as(Files.readString(folder.resolve("cli.out"))).isZero();
    try (RedisProcess loaded = RedisProcess.start(saved, "--dbfilename", "dump.rdb")) {
      Deadline.await(LIMIT, () -> call(loaded.port(), "PING").equals("+PONG\r\n"));
      assertSame(loaded.port(), "from its saved file");
    }
  }
}
