package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aReloadTakesEverythingFromTheDiskAgain(long seed) throws Exception {
    SimulatedClock clock = new SimulatedClock();
    RedisConf conf = RedisConf.none().with("enable-debug-command yes");
    try (RedisRig rig = new RedisRig(new SimulatedDisk(seed), clock, conf)) {
      SimulatedConnection client = rig.connect();
      SimulatedConnection other = rig.connect();
      Random random = new Random(seed);
      CollectionCommandsGenerator generator = new CollectionCommandsGenerator(random, false);
      for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 200; i++) {
          client.send(RedisRig.request(generator.next()));
        }
        rig.call(client, "SET", "expiring" + round, "x", "PX", "" + (1 + random.nextInt(500)));
        if (random.nextInt(3) == 0) {
          other.send(RedisRig.request("BGSAVE"));
        }
        clock.advanceMs(random.nextInt(100));
        String digest = rig.call(client, "DEBUG", "DIGEST");
        String[] reload =
            switch (random.nextInt(3)) {
              case 0 -> new String[] {"DEBUG", "RELOAD"};
              case 1 -> new String[] {"DEBUG", "RELOAD", "NOSAVE"};
              default -> new String[] {"DEBUG", "LOADAOF"};
            };
        assertThat(rig.call(client, reload)).as("seed %d", seed).isEqualTo("+OK\r\n");
        assertThat(rig.call(client, "DEBUG", "DIGEST")).as("seed %d", seed).isEqualTo(digest);
        assertThat(rig.keyspace.memory().usedBytes())
            .isEqualTo(rig.keyspace.memory().recountedBytes());
      }
      assertThat(rig.call(client, "INFO", "persistence")).contains("rdb_bgsave_in_progress:0");
    }
  }

  @Test
  void whatAReloadDoesNotDoIsSaid() throws Exception {
    RedisConf conf = RedisConf.none().with("enable-debug-command yes");
    try (RedisRig rig = new RedisRig(new SimulatedDisk(1), new SimulatedClock(), conf)) {
      SimulatedConnection client = rig.connect();
      rig.call(client, "SET", "a", "b");
      assertThat(rig.call(client, "DEBUG", "RELOAD", "MERGE"))
          .isEqualTo("-ERR DEBUG RELOAD MERGE is not supported by Headwater\r\n");
      assertThat(rig.call(client, "DEBUG", "RELOAD", "x"))
          .isEqualTo("-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.\r\n");
      rig.call(client, "MULTI");
      rig.call(client, "DEBUG", "RELOAD");
      assertThat(rig.call(client, "EXEC"))
          .contains("-ERR Command not allowed inside a transaction");
      assertThat(rig.call(client, "GET", "a")).isEqualTo("$1\r\nb\r\n");
    }
  }

  @Test
  void aCheckpointComesWhenSaveSaysSo() throws Exception {
    SimulatedClock clock = new SimulatedClock();
    try (RedisRig rig = new RedisRig(new SimulatedDisk(1), clock)) {
      SimulatedConnection client = rig.connect();
      rig.call(client, "CONFIG", "SET", "save", "100 1 20 3");
      assertThat(rig.call(client, "CONFIG", "GET", "save")).endsWith("$10\r\n100 1 20 3\r\n");
      long start = lastSave(rig, client);
      rig.call(client, "MSET", "a", "1", "b", "2");

      pass(rig, clock, 25);
      assertThat(lastSave(rig, client)).isEqualTo(start);
      assertThat(rig.call(client, "INFO", "persistence"))
          .contains("rdb_changes_since_last_save:2\r\n", "rdb_saves:0\r\n");
      rig.call(client, "SET", "c", "3");
      pass(rig, clock, 1);
      assertThat(rig.call(client, "INFO", "persistence"))
          .contains("rdb_changes_since_last_save:0\r\n", "rdb_saves:1\r\n");
      long second = lastSave(rig, client);
      assertThat(second).isBetween(start + 25, start + 27);

      rig.call(client, "SET", "c", "4");
      pass(rig, clock, 99);
      assertThat(lastSave(rig, client)).isEqualTo(second);
      pass(rig, clock, 3);
      assertThat(lastSave(rig, client)).isGreaterThan(second + 99);

      rig.call(client, "CONFIG", "SET", "save", "");
      rig.call(client, "SET", "c", "5");
      pass(rig, clock, 200);
      assertThat(rig.call(client, "INFO", "persistence"))
          .contains("rdb_changes_since_last_save:1\r\n", "rdb_saves:2\r\n");
      rig.keyspace.checkpoint();
      rig.loop.runUntilIdle();
      assertThat(rig.call(client, "INFO", "persistence"))
          .as("a checkpoint that nobody asked for counts too")
          .contains("rdb_changes_since_last_save:0\r\n", "rdb_saves:2\r\n");
    }
  }

  private static long lastSave(RedisRig rig, SimulatedConnection client) {
    String reply = rig.call(client, "LASTSAVE");
    return Long.parseLong(reply.substring(1, reply.length() - 2));
  }

  private static void pass(RedisRig rig, SimulatedClock clock, int seconds) {
    for (int i = 0; i < seconds * 10; i++) {
      clock.advanceMs(100);
      rig.loop.runUntilIdle();
    }
  }
}
