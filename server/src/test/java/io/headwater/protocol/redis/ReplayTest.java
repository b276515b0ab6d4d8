package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands of all types from several clients, over turns of any size, with expiry,
 * transactions, flushes, evictions and checkpoints: after each restart the keyspace is what it was.
 */
class ReplayTest {
  private static final int TURNS = 400;
  private static final int RESTARTS = 4;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aRestartFindsWhatWasThere(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    SimulatedClock clock = new SimulatedClock();
    RedisRig rig = new RedisRig(new SimulatedDisk(seed), clock);
    for (int restart = 0; restart < RESTARTS; restart++) {
      run(rig, clock, random);
      Map<String, String> live = KeyspaceContents.of(rig.keyspace);
      assertThat(live).hasSizeGreaterThan(5);
      rig = rig.restart();
      assertThat(KeyspaceContents.of(rig.keyspace))
          .as("seed %d, restart %d", seed, restart)
          .isEqualTo(live);
    }
    rig.close();
  }

  private static void run(RedisRig rig, SimulatedClock clock, SplittableRandom random) {
    CollectionCommandsGenerator collections =
        new CollectionCommandsGenerator(new Random(random.nextLong()), random.nextBoolean());
    Random others = new Random(random.nextLong());
    StreamCommandsGenerator streams =
        new StreamCommandsGenerator(new Random(random.nextLong()), random.nextBoolean());
    List<SimulatedConnection> clients = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      clients.add(rig.connect());
    }
    for (int turn = 0; turn < TURNS; turn++) {
      if (turn == TURNS * 3 / 4) {
        clients.getLast().send(RedisRig.request("DISCARD"));
        clients.getLast().send(RedisRig.request("CONFIG", "SET", "maxmemory", "0"));
      }
      for (int left = random.nextInt(30); left > 0; left--) {
        String[] command =
            switch (random.nextInt(11)) {
              case 0, 1, 2 -> collections.next();
              case 9, 10 -> streams.next();
              case 3 -> HyperLogLogDifferentialTest.next(others, random.nextBoolean());
              case 4 ->
                  others.nextBoolean() ? BitFieldDifferentialTest.next(others) : expiry(others);
              default -> RedisDifferentialTest.next(random);
            };
        boolean rare = command[0].startsWith("FLUSH") || command[0].startsWith("B");
        if (!rare || random.nextInt(10) == 0) {
          clients.get(random.nextInt(clients.size())).send(RedisRig.request(command));
        }
      }
      if (random.nextInt(60) == 0) {
        clients.getFirst().send(RedisRig.request("BGSAVE"));
      }
      if (turn % 40 == 20) {
        long room =
            turn > TURNS * 3 / 4 || random.nextInt(3) == 0
                ? 0
                : rig.keyspace.eviction().usedBytes() - 500;
        clients.getLast().send(RedisRig.request("DISCARD"));
        clients
            .getLast()
            .send(
                RedisRig.request(
                    "CONFIG", "SET", "maxmemory", "" + room, "maxmemory-policy", "allkeys-lfu"));
      }
      if (random.nextInt(8) == 0) {
        clients.getLast().send(RedisRig.request("DISCARD"));
        clients.getLast().send(limit(others));
      }
      clock.advanceMs(random.nextInt(50));
      rig.loop.runOnce();
      clients.forEach(SimulatedConnection::received);
    }
    assertThat(rig.keyspace.eviction().evictedKeys()).isPositive();
    rig.loop.runUntilIdle();
  }

  private static byte[] limit(Random random) {
    String limit =
        switch (random.nextInt(3)) {
          case 0 -> "hash-max-listpack-";
          case 1 -> "zset-max-listpack-";
          default -> "set-max-intset-";
        };
    boolean value = random.nextBoolean() && limit.endsWith("listpack-");
    String number = Integer.toString(random.nextInt(random.nextBoolean() ? 8 : 300));
    return RedisRig.request("CONFIG", "SET", limit + (value ? "value" : "entries"), number);
  }

  private static String[] expiry(Random random) {
    String field = "e" + random.nextInt(15);
    String key = "h" + random.nextInt(4);
    return random.nextInt(5) == 0
        ? new String[] {"HPERSIST", key, "FIELDS", "1", field}
        : new String[] {
          "HPEXPIRE", key, "" + random.nextInt(500), "FIELDS", "2", field, "" + random.nextInt(20)
        };
  }
}
