package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** KEYS goes through a large database in slices: others write meanwhile, each write synced. */
class KeysWhileWritingTest {
  private static final int KEYS = 300_000;
  private static final int KEYS_A_COMMAND = 10_000;

  /** A listing may end before the first sync does, on a slow disk; not so often in a row. */
  private static final int LISTINGS_MAX = 50;

  private static final int SERVED_MIN = 3;

  @Test
  void writersWhoseRepliesWaitForTheDiskAreServedWhileKeysRuns(@TempDir Path data)
      throws Exception {
    try (RunningServer server = RunningServer.start(data);
        RespClient lister = new RespClient(server.redis);
        RespClient writer = new RespClient(server.redis)) {
      fill(writer);
      assertThat(writer.call("CONFIG", "GET", "appendfsync")).contains("always");
      int mostServed = 0;
      int written = 0;
      for (int i = 0; i < LISTINGS_MAX && mostServed < SERVED_MIN; i++) {
        lister.send(List.of("KEYS", "key:*"));
        lister.flush();
        writer.call("PING"); // behind it the listing has begun
        int served = 0;
        while (!lister.hasInput()) {
          assertThat(writer.call("SET", "written:" + written++, "v")).isEqualTo("+OK\r\n");
          served += lister.hasInput() ? 0 : 1;
        }
        assertThat(lister.reply()).startsWith("*" + KEYS + "\r\n"); // so it began at the end
        mostServed = Math.max(mostServed, served);
      }

      assertThat(mostServed).as("writes during one KEYS").isGreaterThanOrEqualTo(SERVED_MIN);
      assertThat(writer.call("EXISTS", "written:0", "written:" + (written - 1)))
          .isEqualTo(":2\r\n");
    }
  }

  private static void fill(RespClient client) throws Exception {
    for (int from = 0; from < KEYS; from += KEYS_A_COMMAND) {
      List<String> command = new ArrayList<>(List.of("MSET"));
      for (int i = from; i < from + KEYS_A_COMMAND; i++) {
        command.add("key:" + i);
        command.add("v");
      }
      assertThat(client.call(command)).isEqualTo("+OK\r\n");
    }
  }
}
