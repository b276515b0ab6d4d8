package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaxMemoryTest {
  private static final String OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
  private static final String VALUE = "x".repeat(100);

  private final SimulatedClock clock = new SimulatedClock();
  private RedisRig rig = new RedisRig(new SimulatedDisk(1), clock);
  private SimulatedConnection client = rig.connect();

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private String call(String... words) {
    return rig.call(client, words);
  }

  private void limit(String policy, long bytes) {
    assertThat(call("CONFIG", "SET", "maxmemory", "" + bytes, "maxmemory-policy", policy))
        .isEqualTo("+OK\r\n");
  }

  private long used() {
    return rig.keyspace.eviction().usedBytes();
  }

  private void fill(String prefix, int keys, String... more) {
    for (int i = 0; i < keys; i++) {
      List<String> words = new ArrayList<>(List.of("SET", prefix + i, VALUE));
      words.addAll(List.of(more));
      client.send(RedisRig.request(words.toArray(String[]::new)));
    }
    rig.loop.runUntilIdle();
    client.received();
  }

  private int there(String prefix, int from, int to) {
    int there = 0;
    for (int i = from; i < to; i++) {
      there += call("EXISTS", prefix + i).equals(":1\r\n") ? 1 : 0;
    }
    return there;
  }

  @Test
  void withoutEvictionCommandsThatNeedMemoryAreRefusedAndOthersGoOn() {
    fill("k", 100);
    limit("noeviction", used() - 1);

    assertThat(call("SET", "new", "v")).isEqualTo(OOM);
    assertThat(call("LPUSH", "new", "v")).isEqualTo(OOM);
    assertThat(call("GET", "k1")).endsWith(VALUE + "\r\n");
    assertThat(call("DEL", "k1")).isEqualTo(":1\r\n");
    assertThat(call("SET", "new", "v")).isEqualTo("+OK\r\n");
  }

  @Test
  void whatClientsHoldCountsToo() {
    limit("noeviction", used() + 100_000);
    SimulatedConnection greedy = rig.connect();
    rig.call(greedy, "MULTI");
    rig.call(greedy, "SET", "k", "v".repeat(200_000));
    letClientsBeCounted();

    assertThat(call("SET", "new", "v")).isEqualTo(OOM);

    rig.call(greedy, "DISCARD");
    letClientsBeCounted();
    assertThat(call("SET", "new", "v")).isEqualTo("+OK\r\n");
  }

  private void letClientsBeCounted() {
    ((SimulatedClock) rig.clock).advanceMs(200);
    rig.loop.runUntilIdle();
  }

  @Test
  void aTransactionIsRefusedWhileItIsQueuedAndWhenItBegins() {
    fill("k", 100);
    assertThat(call("MULTI")).isEqualTo("+OK\r\n");
    assertThat(call("SET", "new", "v")).isEqualTo("+QUEUED\r\n");
    rig.call(rig.connect(), "CONFIG", "SET", "maxmemory", "1");

    assertThat(call("GET", "k1")).isEqualTo(OOM);
    assertThat(call("EXEC"))
        .isEqualTo(
            "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory"
                + " > 'maxmemory'.\r\n");
    assertThat(call("MULTI")).isEqualTo("+OK\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl"
      })
  void underEveryPolicyMemoryStaysUnderTheLimitAndWhatIsEvictedStaysSo(String policy)
      throws Exception {
    fill("stays", 100);
    long limit = used() + 100_000;
    limit(policy, limit);
    for (int i = 0; i < 3000; i++) {
      assertThat(call("SET", "k" + i, VALUE, "EX", "" + (1000 + i))).isEqualTo("+OK\r\n");
      assertThat(used()).isLessThan(limit + 100_000);
    }
    call("PING");

    assertThat(used()).isLessThanOrEqualTo(limit);
    assertThat(call("INFO", "stats")).doesNotContain("evicted_keys:0\r\n");
    if (policy.startsWith("volatile")) {
      assertThat(there("stays", 0, 100)).isEqualTo(100);
    }
    String size = call("DBSIZE");
    rig = rig.restart();
    client = rig.connect();
    assertThat(call("DBSIZE")).isEqualTo(size);
  }

  @Test
  void volatileTtlEvictsWhatExpiresNext() {
    for (int i = 0; i < 200; i++) {
      call("SET", "k" + i, VALUE, "EX", "" + (1000 + i));
    }
    call("CONFIG", "SET", "maxmemory-samples", "64");
    limit("volatile-ttl", used() - 100 * 120);
    call("PING");

    assertThat(there("k", 0, 90)).isLessThan(15);
    assertThat(there("k", 110, 200)).isGreaterThan(75);
  }

  @Test
  void whenNothingMayGoCommandsThatNeedMemoryAreRefused() {
    fill("k", 100);
    limit("volatile-lru", used() - 1);

    assertThat(call("SET", "new", "v")).isEqualTo(OOM);
    call("EXPIRE", "k1", "1000");
    assertThat(call("SET", "new", "v")).isEqualTo("+OK\r\n");
    assertThat(there("k", 1, 2)).isZero();
  }

  /** Accesses of a hot tenth, while a stream of new keys pushes others out. */
  private double hotKept(String policy) {
    fill("hot", 200);
    limit(policy, used() + 1800 * 150);
    SplittableRandom random = new SplittableRandom(5);
    for (int second = 0; second < 120; second++) {
      clock.advanceMs(1000);
      for (int i = 0; i < 200; i++) {
        client.send(RedisRig.request("GET", "hot" + random.nextInt(200)));
        if (i % 2 == 0) {
          client.send(RedisRig.request("SET", "cold" + second + "." + i, VALUE));
        }
      }
      rig.loop.runUntilIdle();
      client.received();
    }
    return there("hot", 0, 200) / 200.0;
  }

  @ParameterizedTest
  @ValueSource(strings = {"allkeys-lru", "allkeys-lfu"})
  void whatIsUsedStaysFarBetterThanByChance(String policy) throws Exception {
    double kept = hotKept(policy);
    rig.close();
    rig = new RedisRig(new SimulatedDisk(2), new SimulatedClock());
    client = rig.connect();
    double byChance = hotKept("allkeys-random");

    assertThat(kept).isGreaterThan(0.97);
    assertThat(byChance).isLessThan(0.6);
  }

  @Test
  void usesAreCountedOnALogarithmicScaleAndForgottenByTheMinute() {
    limit("allkeys-lfu", 1 << 30);
    call("SET", "k", "v");
    assertThat(call("OBJECT", "FREQ", "k")).isEqualTo(":5\r\n");
    for (int i = 0; i < 1000; i++) {
      call("GET", "k");
    }
    int frequency = number(call("OBJECT", "FREQ", "k"));
    assertThat(frequency).isBetween(12, 28); // Redis's table: 18 after 1,000 uses with factor 10

    clock.advanceMs(3 * 60_000);
    assertThat(number(call("OBJECT", "FREQ", "k"))).isEqualTo(frequency - 3);
    clock.advanceMs(60 * 60_000);
    assertThat(call("OBJECT", "FREQ", "k")).isEqualTo(":0\r\n");
    assertThat(call("OBJECT", "IDLETIME", "k")).startsWith("-ERR An LFU maxmemory policy is");
  }

  @Test
  void idleTimeIsSinceTheLastUseAndLookingIsNone() {
    call("SET", "k", "v");
    clock.advanceMs(100_000);
    for (String[] look :
        new String[][] {
          {"TTL", "k"}, {"TYPE", "k"}, {"EXISTS", "k"}, {"OBJECT", "ENCODING", "k"}, {"SCAN", "0"}
        }) {
      call(look);
    }
    assertThat(call("OBJECT", "IDLETIME", "k")).isEqualTo(":100\r\n");
    call("RENAME", "k", "k2");
    assertThat(call("TOUCH", "k2", "none")).isEqualTo(":1\r\n");
    assertThat(call("OBJECT", "IDLETIME", "k2")).isEqualTo(":0\r\n");
    assertThat(call("OBJECT", "FREQ", "k2")).startsWith("-ERR An LFU maxmemory policy is not");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void underRandomCommandsOfAllTypesTheCountIsExactAndTheLimitHolds(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    CollectionCommandsGenerator collections =
        new CollectionCommandsGenerator(new Random(random.nextLong()), true);
    long limit = used() + 60_000;
    limit(random.nextBoolean() ? "allkeys-lru" : "allkeys-lfu", limit);
    for (int i = 0; i < 3000; i++) {
      String[] command =
          random.nextInt(3) == 0 ? RedisDifferentialTest.next(random) : collections.next();
      if (!command[0].equals("CONFIG") && !command[0].startsWith("B")) {
        client.send(RedisRig.request(command));
      }
      if (i % 20 == 0) {
        rig.loop.runUntilIdle();
        client.received();
        clock.advanceMs(random.nextInt(2000));
        assertThat(rig.keyspace.memory().recountedBytes())
            .as("seed %d after %d", seed, i)
            .isEqualTo(rig.keyspace.memory().usedBytes());
      }
    }
    rig.call(rig.connect(), "PING");
    assertThat(used()).isLessThanOrEqualTo(limit);
    assertThat(rig.keyspace.eviction().evictedKeys()).as("seed %d", seed).isPositive();
  }

  private static int number(String reply) {
    return Integer.parseInt(reply.substring(1, reply.length() - 2));
  }
}
