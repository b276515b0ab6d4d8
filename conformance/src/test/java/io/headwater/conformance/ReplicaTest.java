package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.conformance.RedisGrammar.Drawn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
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
  private RedisProcess replica;
  private SplittableRandom random;
  private RedisGrammar grammar;

  @AfterEach
  void stop() throws Exception {
    if (replica != null) {
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

    replica.close();
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

  private void startReplica() throws Exception {
    replica =
        RedisProcess.start(
            folder.resolve("redis"), "--replicaof", "127.0.0.1", "" + headwater.redis);
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
    String info = call(headwater.redis, "INFO", "stats");
    int at = info.indexOf(name + ":") + name.length() + 1;
    return Long.parseLong(info.substring(at, info.indexOf('\r', at)));
  }

  private void assertSame(String when) throws Exception {
    try {
      Deadline.await(LIMIT, () -> call(headwater.redis, "WAIT", "1", "1000").equals(":1\r\n"));
    } catch (AssertionError e) {
      throw new AssertionError(
          when
              + ": no replica has all\n"
              + call(headwater.redis, "INFO", "replication")
              + headwater.said()
              + Files.readString(folder.resolve("redis/redis.out")),
          e);
    }
    assertSame(replica.port(), when);
  }

  private void assertSame(int port, String when) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    List<String> different = differences(port);
    while (!different.isEmpty() && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(100); // what is past its time goes on both sides
      different = differences(port);
    }
    assertThat(different).as(when).isEmpty();
    assertThat(call(port, "FUNCTION", "DUMP")).isEqualTo(call(headwater.redis, "FUNCTION", "DUMP"));
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
