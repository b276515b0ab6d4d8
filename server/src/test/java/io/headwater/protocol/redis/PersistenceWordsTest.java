package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedConnection;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SAVE, BGSAVE and BGREWRITEAOF: checkpoints in Redis's words. */
class PersistenceWordsTest {
  @TempDir Path folder;

  @Test
  void repliesAndErrorsAreThoseOfARealServer() throws Exception {
    try (RealRedis real = Duel.start(folder);
        Duel duel = new Duel("persistence", real, 2)) {
      for (String command :
          new String[] {
            "SAVE x",
            "BGSAVE x",
            "BGSAVE SCHEDULE x",
            "BGREWRITEAOF x",
            "LASTSAVE x",
            "SAVE",
            "MULTI",
            "SAVE",
            "BGSAVE",
            "DISCARD",
            "MULTI",
            "BGSAVE",
            "BGSAVE SCHEDULE",
            "BGREWRITEAOF",
            "EXEC"
          }) {
        duel.compare(command);
      }
    }
  }

  @Test
  void whatComesWhileOneRunsWaitsOrIsRefused() throws Exception {
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      SimulatedConnection other = rig.connect();
      rig.call(client, "SET", "k", "v");
      for (String command : new String[] {"BGREWRITEAOF", "BGREWRITEAOF", "BGSAVE", "INFO"}) {
        client.send(RedisRig.request(command));
      }
      client.send(RedisRig.request("BGSAVE", "SCHEDULE"));
      other.send(RedisRig.request("SAVE"));
      rig.loop.runUntilIdle();
      assertThat(client.receivedText())
          .startsWith(
              "+Background append only file rewriting started\r\n"
                  + "-ERR Background append only file rewriting already in progress\r\n"
                  + "-ERR Another child process is active (AOF?): can't BGSAVE right now. Use"
                  + " BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.\r\n")
          .contains("aof_rewrite_in_progress:1", "rdb_bgsave_in_progress:0")
          .endsWith("+Background saving scheduled\r\n");
      assertThat(other.receivedText()).isEqualTo("+OK\r\n");
      assertThat(rig.server.persistence().isRunning()).isFalse();
    }
  }
}
