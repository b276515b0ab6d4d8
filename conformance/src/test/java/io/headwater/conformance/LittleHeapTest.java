package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What asks for more memory than the Java heap has is refused; the process goes on. */
class LittleHeapTest {
  private static final String BIG_BYTES = "300000000";

  @TempDir Path data;
  @AutoClose private RunningServer server;
  @AutoClose private RespClient client;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    server = RunningServer.startWithHeap("128m", data);
    client = new RespClient(server.redis);
  }

  @Test
  void aReplyThatDoesNotFitIsAnError() throws IOException {
    client.call("SETRANGE", "big", BIG_BYTES, "x");

    assertThat(client.call("GET", "big")).startsWith("-OOM the reply needs more memory");

    assertThat(client.call("STRLEN", "big")).isEqualTo(":300000001\r\n");
  }

  @Test
  void aTransactionIsWholeThoughOneOfItsRepliesDoesNotFit() throws IOException {
    client.call("SETRANGE", "big", BIG_BYTES, "x");
    client.call("MULTI");
    client.call("SET", "before", "1");
    client.call("GET", "big");
    client.call("SET", "behind", "1");

    assertThat(client.call("EXEC"))
        .isEqualTo("*3\r\n+OK\r\n-OOM the reply needs more memory than the server has\r\n+OK\r\n");

    assertThat(client.call("EXISTS", "before", "behind")).isEqualTo(":2\r\n");
  }

  @Test
  void transactionsQueueNoMoreThanAShareOfTheHeap() throws IOException {
    String value = "x".repeat(1 << 20);
    client.call("MULTI");
    String reply = "";
    for (int i = 0; i < 128 && !reply.startsWith("-"); i++) {
      reply = client.call("SET", "key", value);
    }

    assertThat(reply).startsWith("-OOM the queues of transactions");
    assertThat(client.call("EXEC")).startsWith("-EXECABORT");
    assertThat(client.call("MULTI")).isEqualTo("+OK\r\n");
    assertThat(client.call("SET", "key", value)).isEqualTo("+QUEUED\r\n");
  }

  @Test
  void collectionsLeaveTheHeapRoomAndAreAllThereAfterAKill()
      throws IOException, InterruptedException {
    String reply = "";
    int added = 0;
    while (!reply.startsWith("-") && added < 4_000_000) {
      List<String> command = new ArrayList<>(List.of("SADD", "set:" + added / 100_000));
      for (int i = 0; i < 1000; i++) {
        command.add("member:" + added++);
      }
      reply = client.call(command);
    }
    assertThat(reply).startsWith("-OOM");
    String last = "set:" + (added - 1) / 100_000;
    String size = client.call("SCARD", last);

    server.kill();
    server.restart();

    try (RespClient again = new RespClient(server.redis)) {
      assertThat(again.call("SCARD", last)).isEqualTo(size);
      assertThat(again.call("DEL", "set:0")).isEqualTo(":1\r\n");
      assertThat(again.call("SADD", last, "one more")).isEqualTo(":1\r\n");
    }
  }
}
