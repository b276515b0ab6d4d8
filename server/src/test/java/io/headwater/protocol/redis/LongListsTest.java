package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lists so long that their inner nodes lie outside the heap: whatever replaces, copies, saves,
 * reloads or drops them, nothing is freed twice (the store asserts that), and nothing stays.
 */
class LongListsTest {
  private static final int KEYS = 5;
  private static final int STEPS_UNTIL_FREED = 10_000;

  private final SimulatedClock clock = new SimulatedClock();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void randomChangesLeaveNothingBehindAndReplayToTheSame(long seed) throws Exception {
    Random random = new Random(seed);
    RedisConf conf = RedisConf.none().with("enable-debug-command yes");
    RedisRig rig = new RedisRig(new SimulatedDisk(seed), clock, conf);
    long mostBlocks = 0;
    try {
      for (int round = 0; round < 4; round++) {
        SimulatedConnection client = rig.connect();
        for (int step = 0; step < 250; step++) {
          client.send(RedisRig.request(next(random)));
          if (random.nextInt(4) == 0) {
            rig.loop.runUntilIdle();
            client.received();
            clock.advanceMs(random.nextInt(3));
            mostBlocks = Math.max(mostBlocks, blocks(rig));
            long counted = rig.keyspace.memory().recountedBytes();
            assertThat(counted)
                .as("seed %d, step %d", seed, step)
                .isIn(-1L, rig.keyspace.memory().usedBytes());
          }
        }
        rig.loop.runUntilIdle();
        String digest = rig.call(rig.connect(), "DEBUG", "DIGEST");
        if (random.nextBoolean()) {
          client.send(RedisRig.request("BGSAVE")); // and the close comes in its middle
        }
        rig = rig.restart();
        assertThat(rig.call(rig.connect(), "DEBUG", "DIGEST"))
            .as("seed %d", seed)
            .isEqualTo(digest);
      }
      assertThat(mostBlocks).isGreaterThan(30);
      rig.call(rig.connect(), "FLUSHALL");
      for (int i = 0; i < STEPS_UNTIL_FREED && blocks(rig) > 0; i++) {
        clock.advanceMs(1);
      }
      assertThat(blocks(rig)).as("seed %d", seed).isZero();
      assertThat(rig.keyspace.memory().usedBytes())
          .isEqualTo(rig.keyspace.memory().recountedBytes());
    } finally {
      rig.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCheckpointHoldsADeletedListUntilItIsWrittenOrGivenUp(boolean givenUp) throws Exception {
    try (RedisRig rig = new RedisRig(new SimulatedDisk(1), clock)) {
      SimulatedConnection client = rig.connect();
      for (int i = 0; i < 50; i++) {
        rig.call(client, "RPUSH", "long", "x".repeat(30_000), "y".repeat(30_000));
      }
      client.send(RedisRig.request("BGSAVE"));
      for (int turns = 0; turns < 10; turns++) {
        rig.loop.runOnce();
      }
      client.send(RedisRig.request("DEL", "long"));
      rig.loop.runOnce();
      assertThat(rig.keyspace.checkpoints().isRunning()).isTrue();
      assertThat(rig.keyspace.memory().describe()).doesNotContain(": 0 blocks");
      if (!givenUp) {
        for (int i = 0; i < STEPS_UNTIL_FREED && rig.keyspace.checkpoints().isRunning(); i++) {
          rig.loop.runUntilIdle();
          clock.advanceMs(1);
        }
        assertThat(rig.keyspace.checkpoints().isRunning()).isFalse();
        assertThat(rig.keyspace.memory().describe()).contains("nodes of long lists: 0 blocks");
      }
    } // which asserts that nothing is left
  }

  /** How many nodes lie outside the heap. */
  private static long blocks(RedisRig rig) {
    String stats = rig.call(rig.connect(), "MEMORY", "MALLOC-STATS");
    String after = stats.substring(stats.indexOf("nodes of long lists: ") + 21);
    return Long.parseLong(after.substring(0, after.indexOf(' ')));
  }

  private static String[] next(Random random) {
    String key = "list" + random.nextInt(KEYS);
    String other = "list" + random.nextInt(KEYS);
    return switch (random.nextInt(45)) {
      case 8 -> new String[] {"LPOP", key, "" + random.nextInt(200)};
      case 9 -> new String[] {"RPOP", key, "" + random.nextInt(200)};
      case 10 -> new String[] {"DEL", key};
      case 11 -> new String[] {"COPY", key, other, "REPLACE"};
      case 12 -> new String[] {"RENAME", key, other};
      case 13 -> new String[] {"LTRIM", key, "" + random.nextInt(300), "-" + random.nextInt(300)};
      case 14 -> new String[] {"LREM", key, "" + (random.nextInt(9) - 4), element(random)};
      case 15 -> new String[] {"LINSERT", key, "BEFORE", element(random), element(random)};
      case 16 -> new String[] {"LSET", key, "" + random.nextInt(400), element(random)};
      case 17 -> new String[] {"SORT", key, "ALPHA", "STORE", other};
      case 18 -> new String[] {"LMOVE", key, other, "LEFT", "RIGHT"};
      case 19 -> new String[] {"LMOVE", key, other, "RIGHT", "LEFT"};
      case 20 -> new String[] {"SET", key, "no list"};
      case 21 -> new String[] {"BGSAVE"};
      case 22 -> new String[] {"LRANGE", key, "" + random.nextInt(200), "-1"};
      case 23 -> new String[] {"LINDEX", key, "" + random.nextInt(500)};
      case 24 -> random.nextInt(8) == 0 ? new String[] {"FLUSHALL"} : new String[] {"LLEN", key};
      case 25 ->
          random.nextInt(8) == 0
              ? new String[] {"DEBUG", "RELOAD"}
              : new String[] {"PEXPIRE", key, "" + (1 + random.nextInt(60))};
      default -> push(random, random.nextBoolean() ? "RPUSH" : "LPUSH", key);
    };
  }

  private static String[] push(Random random, String command, String key) {
    List<String> words = new ArrayList<>(List.of(command, key));
    for (int i = random.nextInt(120) + 1; i > 0; i--) {
      words.add(element(random));
    }
    return words.toArray(String[]::new);
  }

  private static String element(Random random) {
    if (random.nextInt(3) == 0) {
      return "common" + random.nextInt(5);
    }
    int length = random.nextInt(300) == 0 ? 100_000 : random.nextInt(600);
    return random.nextInt(100) + "x".repeat(length);
  }
}
