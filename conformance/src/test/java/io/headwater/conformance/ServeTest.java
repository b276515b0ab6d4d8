package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** The process itself: start, stop, what it refuses, and what bad clients do to it. */
class ServeTest {
  @TempDir Path folder;

  private static void assertOneLineAndStatusTwo(HeadwaterProcess.Finished finished, String part) {
    assertThat(finished.status()).as(finished.output()).isEqualTo(2);
    assertThat(finished.output().strip()).contains(part).doesNotContain("\n");
  }

  @Test
  void mistakesOnTheCommandLineAreOneLineAndStatusTwo() throws Exception {
    assertOneLineAndStatusTwo(HeadwaterProcess.run("serve", "--bogus", "1"), "--bogus");
    assertOneLineAndStatusTwo(HeadwaterProcess.run("serve", "--set", "no.such=1"), "no.such");
    assertOneLineAndStatusTwo(HeadwaterProcess.run("serve", "--redis-port", "99999"), "redis.port");
    Path config = folder.resolve("bad.conf");
    Files.writeString(config, "# comment\nredis.port = many\n");
    assertOneLineAndStatusTwo(
        HeadwaterProcess.run("serve", "--config", config.toString()), "redis.port");
  }

  @Test
  void aTakenPortIsOneLineAndStatusTwo() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      assertOneLineAndStatusTwo(
          HeadwaterProcess.run(
              "serve",
              "--data",
              folder.resolve("data").toString(),
              "--bind",
              "0.0.0.0",
              "--memcached-port",
              "0",
              "--kafka-port",
              "0",
              "--elastic-port",
              "0",
              "--admin-port",
              "0",
              "--redis-port",
              "" + taken.getLocalPort()),
          "" + taken.getLocalPort());
    }
  }

  @Test
  void aForeignOrUsedFolderIsRefused() throws Exception {
    Path foreign = Files.createDirectory(folder.resolve("foreign"));
    Files.writeString(foreign.resolve("somebody-elses.txt"), "keep me");
    assertOneLineAndStatusTwo(
        HeadwaterProcess.run("serve", "--data", foreign.toString()), "foreign");
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    assertOneLineAndStatusTwo(HeadwaterProcess.run("serve", "--data", file.toString()), "file");

    Path used = folder.resolve("used");
    try (RunningServer _ = RunningServer.start(used)) {
      assertOneLineAndStatusTwo(
          HeadwaterProcess.run("serve", "--data", used.toString(), "--redis-port", "0"), "used");
    }
  }

  @Test
  void sigtermDrainsAndNothingIsLost() throws Exception {
    try (RunningServer server = RunningServer.start(folder.resolve("data"))) {
      assertThat(server.admin("GET", "/health/ready", "").statusCode()).isEqualTo(200);
      assertThat(server.admin("GET", "/health/live", "").statusCode()).isEqualTo(200);
      try (Jedis redis = new Jedis("127.0.0.1", server.redis)) {
        redis.set("k", "v");
      }
      server.terminate(5_000);
      server.restart();
      try (Jedis redis = new Jedis("127.0.0.1", server.redis)) {
        assertThat(redis.get("k")).isEqualTo("v");
      }
    }
  }

  @Test
  void aFlushallIsUndoneByARestore() throws Exception {
    Path data = folder.resolve("data");
    String before;
    try (RunningServer server = RunningServer.start(data)) {
      try (Jedis redis = new Jedis("127.0.0.1", server.redis)) {
        for (int i = 0; i < 1_000; i++) {
          redis.hset("h:" + i, Map.of("n", "" + i));
        }
        server.elastic("PUT", "/docs/_doc/1", "{\"a\":\"before\"}");
        before =
            new String(
                (byte[])
                    redis.sendCommand(
                        () -> "HEADWATER".getBytes(StandardCharsets.US_ASCII), "POSITION"),
                StandardCharsets.US_ASCII);
        redis.flushAll();
        server.elastic("PUT", "/docs/_doc/1", "{\"a\":\"after\"}");
        assertThat(redis.dbSize()).isZero();
      }
      server.terminate(5_000);
    }
    Path restored = folder.resolve("restored");
    HeadwaterProcess.Finished finished =
        HeadwaterProcess.run(
            "restore",
            "--data",
            data.toString(),
            "--to",
            before.substring(before.indexOf(':') + 1),
            "--into",
            restored.toString());
    assertThat(finished.status()).as(finished.output()).isZero();
    try (RunningServer server = RunningServer.start(restored);
        Jedis redis = new Jedis("127.0.0.1", server.redis)) {
      assertThat(redis.dbSize()).isEqualTo(1_000);
      assertThat(redis.hget("h:7", "n")).isEqualTo("7");
      assertThat(server.elastic("GET", "/docs/_source/1", "").body()).contains("before");
    }
  }

  @Test
  void badClientsCostNobodyElseAnything() throws Exception {
    try (RunningServer server = RunningServer.start(folder.resolve("data"));
        Jedis redis = new Jedis("127.0.0.1", server.redis)) {
      redis.set("k", "v");
      Random random = new Random(20261122);
      List<byte[]> bad = new ArrayList<>();
      bad.add("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      bad.add(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
      bad.add("*1000000000\r\n$1000000000\r\n".getBytes(StandardCharsets.US_ASCII));
      bad.add("set a 0 0 1000000000\r\n".getBytes(StandardCharsets.US_ASCII));
      bad.add(new byte[] {0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0, 3, 0, 9});
      bad.add("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1073741824\r\n".getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 20; i++) {
        byte[] garbage = new byte[random.nextInt(5_000)];
        random.nextBytes(garbage);
        bad.add(garbage);
      }
      for (byte[] bytes : bad) {
        for (int port : new int[] {server.redis, server.memcached, server.kafka, server.elastic}) {
          throwAt(port, bytes);
        }
      }

      assertThat(redis.get("k")).isEqualTo("v");
      assertThat(server.elastic("GET", "/", "").statusCode()).isEqualTo(200);
      assertThat(server.admin("GET", "/health/live", "").statusCode()).isEqualTo(200);
    }
  }

  private static void throwAt(int port, byte[] bytes) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(200);
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      socket.getInputStream().read(new byte[1_024]);
    } catch (IOException e) {
      return; // closed by the server, or silence: both are fine
    }
  }

  @Test
  void fiveThousandConnectionsAreServed() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (RunningServer server = RunningServer.start(folder.resolve("data"))) {
      try {
        for (int i = 0; i < 5_000; i++) {
          Socket socket = new Socket("127.0.0.1", server.redis);
          socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(30));
          sockets.add(socket);
        }
        byte[] ping = "PING\r\n".getBytes(StandardCharsets.US_ASCII);
        for (Socket socket : sockets) {
          socket.getOutputStream().write(ping);
        }
        for (Socket socket : sockets) {
          assertThat(socket.getInputStream().readNBytes(7))
              .isEqualTo("+PONG\r\n".getBytes(StandardCharsets.US_ASCII));
        }
      } finally {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
    }
  }
}
