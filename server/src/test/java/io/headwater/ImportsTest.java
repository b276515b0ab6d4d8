package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headwater.protocol.redis.DumpedValues;
import io.headwater.protocol.redis.RealRedis;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code headwater import redis}, from a real server to Headwater and back to another real one. */
@Timeout(120)
class ImportsTest {
  private static final int VALUES = 300;

  @TempDir static Path folder;
  private static RealRedis source;
  private static RealRedis back;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(RealRedis.program().isPresent(), "no redis-server on the PATH to copy from");
    Path program = RealRedis.program().orElseThrow();
    source =
        RealRedis.start(
            program,
            Files.createDirectory(folder.resolve("source")),
            "--repl-diskless-sync-delay",
            "0",
            "--rdbcompression",
            "no");
    back = RealRedis.start(program, Files.createDirectory(folder.resolve("back")));
    fill();
  }

  @AfterAll
  static void stop() {
    if (source != null) {
      source.close();
    }
    if (back != null) {
      back.close();
    }
  }

  private static void fill() throws Exception {
    DumpedValues values = new DumpedValues(new Random(11));
    try (RealRedis.Client client = source.connect()) {
      call(client, "DEBUG", "SET-ACTIVE-EXPIRE", "0");
      call(client, "SELECT", "9");
      call(client, "PSETEX", "over", "1", "soon gone");
      for (int db : new int[] {0, 5}) {
        call(client, "SELECT", Integer.toString(db));
        for (int i = 0; i < VALUES; i++) {
          for (String[] command : values.next("key" + i)) {
            assertThat(call(client, command)).doesNotStartWith("-");
          }
          if (i % 7 == 0) {
            call(client, "EXPIRE", "key" + i, "100000");
          }
        }
      }
      String large =
          "for i = 1, 250000 do redis.call('rpush', 'list', string.rep('x', 60) .. i)"
              + " redis.call('hset', 'hash', i, string.rep('y', 70)) end";
      call(client, "EVAL", large, "0");
      call(client, "EXPIRE", "hash", "100000");
      call(client, "FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', redis.log)");
    }
  }

  private static String call(RealRedis.Client client, String... command) throws Exception {
    StringBuilder text = new StringBuilder("*" + command.length + "\r\n");
    for (String word : command) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    client.send(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    return client.reply();
  }

  private static String call(RealRedis server, String... command) throws Exception {
    try (RealRedis.Client client = server.connect()) {
      return call(client, command);
    }
  }

  private record Run(int status, String out) {}

  private static Run run(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(out, true, StandardCharsets.UTF_8);
    int status = Imports.run(List.of(arguments), both, both);
    return new Run(status, out.toString(StandardCharsets.UTF_8));
  }

  private static String at(RealRedis server) {
    return "127.0.0.1:" + server.port();
  }

  /** Brings what a data folder holds to a real server, which says what it is. */
  private static String digestOf(Path data) throws Exception {
    call(back, "FLUSHALL");
    List<String> options = Imports.serverOn(data.toString(), freePort());
    try (Server server = Server.start(ServeOptions.parse(options), Throwable::printStackTrace)) {
      int port = server.ports().getFirst().address().getPort();
      Run run = run("redis", "--from", "127.0.0.1:" + port, "--to", at(back));
      assertThat(run.out).contains("as a replica").doesNotContain("key by key");
      assertThat(run.status).as(run.out).isZero();
    }
    return call(back, "DEBUG", "DIGEST");
  }

  private static int freePort() throws Exception {
    try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  private static String sourceDigest() throws Exception {
    try (RealRedis.Client client = source.connect()) {
      call(client, "SELECT", "9");
      String over = call(client, "EXISTS", "over");
      assertThat(over).isEqualTo(":0\r\n"); // and it is gone for the digest now
      return call(client, "DEBUG", "DIGEST");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a stream that ends with a mark", "a stream of known length", "scan"})
  void aLiveServerIsCopied(String way) throws Exception {
    call(source, "CONFIG", "SET", "repl-diskless-sync", way.endsWith("mark") ? "yes" : "no");
    Path data = folder.resolve("data of " + way);
    String scan = way.equals("scan") ? "--scan" : "--keep-existing";

    Run run = run("redis", "--from", at(source), "--data", data.toString(), scan);

    assertThat(run.out).as(run.out).contains("602 keys", "hash", "zset", "stream", "string");
    assertThat(run.out)
        .contains(way.equals("scan") ? "key by key" : "as a replica")
        .containsAnyOf("functions' libraries", "a library of functions");
    assertThat(digestOf(data)).isEqualTo(sourceDigest());
  }

  @Test
  void aFileIsLoadedWithoutWhatHasExpired() throws Exception {
    try (RealRedis.Client client = source.connect()) {
      call(client, "SELECT", "9");
      call(client, "PSETEX", "over", "1", "soon gone");
      call(client, "SAVE");
    }
    Path file = folder.resolve("source").resolve("dump.rdb");
    Path data = folder.resolve("data of a file");

    Run run = run("redis", "--rdb", file.toString(), "--data", data.toString());
    assertThat(run.out).as(run.out).contains("602 keys", "1 keys left out: they had expired");
    assertThat(digestOf(data)).isEqualTo(sourceDigest());

    Run again =
        run("redis", "--rdb", file.toString(), "--data", data.toString(), "--keep-existing");
    assertThat(again.out).contains("602 keys left as they were");
    Run one = run("redis", "--rdb", file.toString(), "--data", data.toString(), "--db", "5");
    assertThat(one.out).contains("302 keys in", "keys of other databases left out");
  }

  @Test
  void aDamagedFileChangesNothing() throws Exception {
    call(source, "SAVE");
    byte[] bytes = Files.readAllBytes(folder.resolve("source").resolve("dump.rdb"));
    Path data = folder.resolve("data of a damaged file");
    Random random = new Random(3);
    for (int i = 0; i < 30; i++) {
      byte[] damaged = bytes.clone();
      damaged[i == 0 ? 3 : random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      byte[] cut = i % 5 == 4 ? java.util.Arrays.copyOf(bytes, random.nextInt(9000)) : damaged;
      Path file = Files.write(folder.resolve("damaged.rdb"), cut);
      Run run = run("redis", "--rdb", file.toString(), "--to", "127.0.0.1:1");
      assertThat(run.status).isEqualTo(1);
      assertThat(run.out).contains("damaged at byte").doesNotContain("keys in");
    }
    assertThat(data).doesNotExist();
  }

  @Test
  void aFollowedServersWritesArriveUntilItEnds() throws Exception {
    RealRedis followed =
        RealRedis.start(
            RealRedis.program().orElseThrow(),
            Files.createDirectory(folder.resolve("followed")),
            "--repl-diskless-sync-delay",
            "0");
    call(back, "FLUSHALL");
    call(followed, "SET", "before", "1");
    CompletableFuture<Run> copying =
        CompletableFuture.supplyAsync(
            () -> run("redis", "--from", at(followed), "--follow", "--to", at(back)));
    try (RealRedis.Client client = followed.connect()) {
      for (int i = 0; i < 2000; i++) {
        call(client, "SELECT", Integer.toString(i % 3));
        call(client, "INCR", "counter");
        call(client, "LPUSH", "list", "element " + i);
        call(client, "MULTI");
        call(client, "SADD", "set", Integer.toString(i));
        call(client, "SPOP", "set");
        call(client, "EXEC");
      }
      String digest = call(client, "DEBUG", "DIGEST");
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (!call(back, "DEBUG", "DIGEST").equals(digest)) {
        assertThat(System.nanoTime()).as("the copy became the same").isLessThan(deadline);
        Thread.onSpinWait();
      }
    } finally {
      followed.close();
    }
    assertThat(copying.get().status).as(copying.get().out).isZero();
  }

  @Test
  void wrongCommandLinesAreNamed() {
    assertThat(run("kafka").out).contains("only 'import redis' is there");
    assertThat(run("redis").out).contains("one of --rdb FILE and --from HOST:PORT is needed");
    assertThat(run("redis", "--rdb", "nowhere.rdb").out).contains("nowhere.rdb is not a file");
    assertThat(run("redis", "--from", "x").out).contains("--from needs HOST:PORT, got 'x'");
    assertThat(run("redis", "--from", "a:1", "--db", "16").out).contains("--db needs a number");
    assertThat(run("redis", "--from", "a:1", "--to", "b:1", "--data", "c").out)
        .contains("exclude each other");
    assertThat(run("redis", "--nope").status).isEqualTo(2);
    assertThat(run("redis", "--from", "127.0.0.1:1", "--to", at(back)).out)
        .contains("cannot connect to 127.0.0.1:1");
    assertThat(run("redis", "--help").out).contains("--keep-existing");
  }
}
