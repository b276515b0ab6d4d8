package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headwater.simulation.SimulatedConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** MIGRATE to a real redis-server, whose replies it passes on. */
@Timeout(300)
class MigrateTest {
  private static final String BUSY =
      "-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n";

  private static RealRedis target;
  @TempDir static Path folder;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(RealRedis.program().isPresent(), "no redis-server on the PATH to migrate to");
    target = RealRedis.start(RealRedis.program().orElseThrow(), folder);
  }

  @AfterAll
  static void stop() {
    if (target != null) {
      target.close();
    }
  }

  /** Turns the loop until the client has its answer, which a thread of its own brings. */
  private static String answer(RedisRig rig, SimulatedConnection client) {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    StringBuilder text = new StringBuilder();
    while (text.isEmpty()) {
      assertThat(System.nanoTime()).as("an answer of MIGRATE").isLessThan(deadline);
      rig.loop.runUntilIdle();
      text.append(client.receivedText());
      Thread.onSpinWait();
    }
    return text.toString();
  }

  private static String migrate(RedisRig rig, SimulatedConnection client, String... rest) {
    String[] command = new String[rest.length + 3];
    command[0] = "MIGRATE";
    command[1] = "127.0.0.1";
    command[2] = Integer.toString(target.port());
    System.arraycopy(rest, 0, command, 3, rest.length);
    client.send(RedisRig.request(command));
    return answer(rig, client);
  }

  private static String there(String... command) throws IOException {
    try (RealRedis.Client client = target.connect()) {
      client.send(RedisRig.request(command));
      return client.reply();
    }
  }

  @Test
  void keysGoThereAndAreGoneHere() throws Exception {
    there("FLUSHALL");
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      rig.call(client, "SET", "a", "1", "PX", "5000000");
      rig.call(client, "RPUSH", "b", "x", "y");
      rig.call(client, "HSET", "c", "f", "v");
      assertThat(migrate(rig, client, "none", "0", "5000")).isEqualTo("+NOKEY\r\n");
      assertThat(migrate(rig, client, "a", "0", "5000", "COPY")).isEqualTo("+OK\r\n");
      assertThat(rig.call(client, "EXISTS", "a")).isEqualTo(":1\r\n");
      assertThat(migrate(rig, client, "a", "0", "5000")).isEqualTo(BUSY);
      String all = migrate(rig, client, "", "0", "5000", "REPLACE", "KEYS", "a", "b", "c", "none");
      assertThat(all).isEqualTo("+OK\r\n");
      assertThat(rig.call(client, "DBSIZE")).isEqualTo(":0\r\n");
      assertThat(there("LRANGE", "b", "0", "-1")).isEqualTo("*2\r\n$1\r\nx\r\n$1\r\ny\r\n");
      assertThat(Long.parseLong(there("PTTL", "a").substring(1).strip())).isBetween(1L, 5_000_000L);
    }
  }

  @Test
  void whatIsRefusedStays() throws Exception {
    there("FLUSHALL");
    there("SET", "b", "already");
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      for (String key : new String[] {"a", "b", "c"}) {
        rig.call(client, "SET", key, "ours");
      }
      assertThat(migrate(rig, client, "", "0", "5000", "KEYS", "a", "b", "c")).isEqualTo(BUSY);
      assertThat(rig.call(client, "KEYS", "*")).isEqualTo("*1\r\n$1\r\nb\r\n");
      assertThat(migrate(rig, client, "b", "0", "5000", "AUTH2", "nobody", "wrong"))
          .startsWith("-ERR Target instance replied with error: WRONGPASS");
      assertThat(rig.call(client, "EXISTS", "b")).isEqualTo(":1\r\n");
      rig.call(client, "MULTI");
      client.send(RedisRig.request("MIGRATE", "127.0.0.1", "1", "b", "0", "100"));
      assertThat(rig.call(client, "EXEC")).contains("MIGRATE inside MULTI or a script");
    }
  }

  @Test
  void othersAreServedMeanwhileAndWhatTheyWriteIsNotLost() throws Exception {
    there("FLUSHALL");
    try (RedisRig rig = new RedisRig();
        ServerSocket slow = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      SimulatedConnection client = rig.connect();
      SimulatedConnection other = rig.connect();
      rig.call(client, "SET", "k", "old");
      CompletableFuture<Void> arrived = new CompletableFuture<>();
      CompletableFuture<Void> goOn = new CompletableFuture<>();
      CompletableFuture<Void> relay = CompletableFuture.runAsync(() -> relay(slow, arrived, goOn));
      client.send(
          RedisRig.request(
              "MIGRATE", "127.0.0.1", Integer.toString(slow.getLocalPort()), "k", "0", "20000"));
      rig.loop.runUntilIdle();
      arrived.get();
      assertThat(rig.call(other, "APPEND", "k", " and new")).isEqualTo(":11\r\n");
      goOn.complete(null);
      assertThat(answer(rig, client)).isEqualTo("+OK\r\n");
      relay.get();
      assertThat(rig.call(other, "EXISTS", "k")).isEqualTo(":0\r\n");
      assertThat(there("GET", "k")).isEqualTo("$11\r\nold and new\r\n");
    }
  }

  @Test
  void aTargetThatAnswersWhatNoTargetAnswersIsNotReadToTheEnd() throws Exception {
    for (String answer : List.of("*16777216\r\n", "$1000000000\r\n", "\r\n", "%1\r\n")) {
      try (RedisRig rig = new RedisRig();
          ServerSocket hostile = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        SimulatedConnection client = rig.connect();
        rig.call(client, "SET", "k", "v");
        String port = Integer.toString(hostile.getLocalPort());
        client.send(RedisRig.request("MIGRATE", "127.0.0.1", port, "k", "0", "20000"));
        rig.loop.runUntilIdle();
        try (Socket here = hostile.accept()) {
          here.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));

          assertThat(answer(rig, client)).startsWith("-IOERR error or timeout reading");
          assertThat(rig.call(client, "EXISTS", "k")).isEqualTo(":1\r\n");
          assertThat(rig.server.limits().held().bytes()).isZero();
        }
      }
    }
  }

  /** Passes two connections on to the target, the first one only when it is told to. */
  private static void relay(
      ServerSocket slow, CompletableFuture<Void> arrived, CompletableFuture<Void> goOn) {
    for (int i = 0; i < 2; i++) {
      try (Socket here = slow.accept();
          Socket there = new Socket(InetAddress.getLoopbackAddress(), target.port())) {
        byte[] buffer = new byte[4096];
        int read = here.getInputStream().read(buffer);
        arrived.complete(null);
        goOn.get();
        there.getOutputStream().write(buffer, 0, read);
        String replies = "";
        while (!replies.equals("+OK\r\n+OK\r\n")) {
          int more = there.getInputStream().read(buffer);
          replies += new String(buffer, 0, more, StandardCharsets.ISO_8859_1);
          here.getOutputStream().write(buffer, 0, more);
        }
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
