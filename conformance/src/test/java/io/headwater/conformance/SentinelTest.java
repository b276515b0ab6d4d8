package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real sentinel watches Headwater and a real replica of it. */
@Timeout(300)
class SentinelTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int DOWN_AFTER_MS = 1_000;

  @TempDir Path folder;
  private RunningServer headwater;
  private RedisProcess replica;
  private RedisProcess sentinel;

  @BeforeEach
  void start() throws Exception {
    headwater = RunningServer.start(folder.resolve("headwater"));
    assertThat(call(headwater.redis, "SET", "key", "value")).isEqualTo("+OK\r\n");
    replica =
        RedisProcess.start(
            folder.resolve("replica"), "--replicaof", "127.0.0.1", "" + headwater.redis);
    Deadline.await(LIMIT, () -> call(headwater.redis, "WAIT", "1", "1000").equals(":1\r\n"));
    sentinel =
        RedisProcess.startSentinel(folder.resolve("sentinel"), headwater.redis, DOWN_AFTER_MS);
    Deadline.await(LIMIT, () -> sentinel("REPLICAS").contains(":" + replica.port()));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : new AutoCloseable[] {sentinel, replica, headwater}) {
      if (each != null) {
        each.close();
      }
    }
  }

  private String sentinel(String subcommand) throws IOException {
    return call(sentinel.port(), "SENTINEL", subcommand, "m");
  }

  private static String call(int port, String... words) throws IOException {
    try (RespClient client = new RespClient(port)) {
      return client.call(words);
    }
  }

  private void awaitReplicaIsMaster() throws Exception {
    Deadline.await(
        LIMIT, () -> sentinel("GET-MASTER-ADDR-BY-NAME").contains("\r\n" + replica.port()));
    assertThat(call(replica.port(), "ROLE")).contains("master");
    assertThat(call(replica.port(), "GET", "key")).isEqualTo("$5\r\nvalue\r\n");
  }

  @Test
  void makesTheReplicaMasterWhenHeadwaterIsGone() throws Exception {
    assertThat(sentinel("MASTER")).contains("\r\nflags\r\n$6\r\nmaster\r\n");
    headwater.kill();
    awaitReplicaIsMaster();
  }

  /** Headwater is told to follow then, and says that it does not. */
  @Test
  void handsOverWhenAsked() throws Exception {
    Deadline.await(LIMIT, () -> sentinel("FAILOVER").equals("+OK\r\n"));
    awaitReplicaIsMaster();

    assertThat(call(headwater.redis, "REPLICAOF", "127.0.0.1", "" + replica.port()))
        .startsWith("-ERR Headwater follows no other server");
    assertThat(call(headwater.redis, "ROLE")).contains("master");
    Deadline.await(LIMIT, () -> sentinel("REPLICAS").contains(":" + headwater.redis));
  }
}
