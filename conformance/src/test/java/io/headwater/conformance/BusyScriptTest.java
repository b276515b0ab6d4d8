package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A script that does not end, in the packaged server with other clients on real sockets. */
@Timeout(180)
class BusyScriptTest {
  private static final String FOREVER = "while true do end";
  private static final String BUSY =
      "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";
  private static final Duration BUSY_WITHIN = Duration.ofSeconds(60);
  private static final long END_MS_MAX = 20_000;

  @TempDir Path folder;

  private static void begin(RespClient runner, String... command) throws IOException {
    runner.send(List.of(command));
    runner.flush();
  }

  /** Asks until the server says that it is busy. */
  private static void awaitBusy(RespClient other) throws Exception {
    Deadline.await(BUSY_WITHIN, () -> other.call("PING").equals(BUSY));
  }

  @Test
  void othersAreToldAndMayKillIt() throws Exception {
    try (RunningServer server = RunningServer.start(folder.resolve("data"));
        RespClient runner = new RespClient(server.redis);
        RespClient other = new RespClient(server.redis)) {
      other.call("CONFIG", "SET", "busy-reply-threshold", "100");
      other.call("SET", "k", "v");
      begin(runner, "EVAL", FOREVER, "0");
      awaitBusy(other);

      assertThat(other.call("GET", "k")).isEqualTo(BUSY);
      assertThat(other.call("FUNCTION", "KILL")).startsWith("-NOTBUSY");
      try (RespClient late = new RespClient(server.redis)) {
        assertThat(late.call("PING")).isEqualTo(BUSY);
        assertThat(late.call("SCRIPT", "KILL")).isEqualTo("+OK\r\n");
      }

      assertThat(runner.reply()).startsWith("-ERR").contains("Script killed by user");
      assertThat(other.call("GET", "k")).isEqualTo("$1\r\nv\r\n");
      assertThat(runner.call("PING")).isEqualTo("+PONG\r\n");
    }
  }

  @Test
  void itsClientMayGoAndItIsKilledAllTheSame() throws Exception {
    try (RunningServer server = RunningServer.start(folder.resolve("data"));
        RespClient other = new RespClient(server.redis)) {
      other.call("CONFIG", "SET", "busy-reply-threshold", "100");
      try (RespClient runner = new RespClient(server.redis)) {
        begin(runner, "EVAL", FOREVER, "0");
        awaitBusy(other);
      }
      assertThat(other.call("SCRIPT", "KILL")).isEqualTo("+OK\r\n");
      assertThat(other.call("PING")).isEqualTo("+PONG\r\n");
    }
  }

  @Test
  void shutdownNosaveEndsTheServerAndLosesNothing() throws Exception {
    try (RunningServer server = RunningServer.start(folder.resolve("data"))) {
      try (RespClient runner = new RespClient(server.redis);
          RespClient other = new RespClient(server.redis)) {
        other.call("CONFIG", "SET", "busy-reply-threshold", "100");
        other.call("SET", "k", "v");
        begin(runner, "EVAL", FOREVER, "0");
        awaitBusy(other);
        assertThat(other.call("SHUTDOWN")).isEqualTo(BUSY);
        begin(other, "SHUTDOWN", "NOSAVE");
        assertThat(server.awaitEnd(END_MS_MAX)).as(server.said()).isZero();
      }
      server.restart();
      try (RespClient after = new RespClient(server.redis)) {
        assertThat(after.call("GET", "k")).isEqualTo("$1\r\nv\r\n");
      }
    }
  }

  @Test
  void aScriptThatHasWrittenEndsWithTheServerOnlyAndLeavesNothing() throws Exception {
    try (RunningServer server = RunningServer.start(folder.resolve("data"))) {
      try (RespClient runner = new RespClient(server.redis);
          RespClient other = new RespClient(server.redis)) {
        other.call("CONFIG", "SET", "busy-reply-threshold", "100");
        other.call("SET", "k", "v");
        begin(runner, "EVAL", "redis.call('set', 'k', 'half') " + FOREVER, "0");
        awaitBusy(other);
        assertThat(other.call("SCRIPT", "KILL")).startsWith("-UNKILLABLE");
        begin(other, "SHUTDOWN", "NOSAVE");
        server.awaitEnd(END_MS_MAX);
      }
      server.restart();
      try (RespClient after = new RespClient(server.redis)) {
        assertThat(after.call("GET", "k")).isEqualTo("$1\r\nv\r\n");
      }
    }
  }
}
