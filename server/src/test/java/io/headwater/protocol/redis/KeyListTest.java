package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyListTest {
  private static final int KEYS = 40_000;

  private final RedisRig rig = new RedisRig(new SimulatedDisk(1), new SimulatedClock());
  private final SimulatedConnection lister = rig.connect();
  private final SimulatedConnection writer = rig.connect();

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private Set<String> fill() {
    Set<String> names = new TreeSet<>();
    for (int i = 0; i < KEYS; i++) {
      writer.send(RedisRig.request("SET", "k" + i, "v"));
      names.add("k" + i);
    }
    rig.loop.runUntilIdle();
    writer.received();
    return names;
  }

  private static Set<String> names(String reply) {
    Set<String> names = new TreeSet<>();
    String[] lines = reply.split("\r\n", -1);
    for (int i = 2; i < lines.length; i += 2) {
      names.add(lines[i]);
    }
    assertThat(lines[0]).isEqualTo("*" + names.size());
    return names;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void keysOfOneInstantAreListedWhileOthersWrite(long seed) {
    Set<String> names = fill();
    writer.send(
        RedisRig.request("CONFIG", "SET", "appendfsync", "no")); // no reply waits for a sync
    rig.loop.runUntilIdle();
    writer.received();
    SplittableRandom random = new SplittableRandom(seed);
    lister.send(RedisRig.request("KEYS", "*"));
    rig.loop.runOnce(); // the listing begins behind this turn
    int served = 0;
    StringBuilder reply = new StringBuilder();
    while (reply.isEmpty()) {
      for (int i = 0; i < 3; i++) {
        String name = "k" + random.nextInt(KEYS);
        String[] command =
            switch (random.nextInt(4)) {
              case 0 -> new String[] {"DEL", name};
              case 1 -> new String[] {"SET", "new" + random.nextInt(1 << 30), "v"};
              case 2 -> new String[] {"RENAME", name, "renamed" + random.nextInt(1 << 30)};
              default -> new String[] {"EXPIRE", name, "-1"};
            };
        writer.send(RedisRig.request(command));
      }
      if (seed == 4 && served == 2) {
        writer.send(RedisRig.request("FLUSHALL"));
      }
      rig.loop.runOnce();
      served += writer.received().length > 0 ? 1 : 0;
      reply.append(lister.receivedText());
    }
    rig.loop.runUntilIdle();
    reply.append(lister.receivedText());

    assertThat(served).isGreaterThan(3);
    assertThat(names(reply.toString())).as("seed %d", seed).isEqualTo(names);
  }

  @Test
  void inATransactionAllIsThereAtOnce() {
    Set<String> names = fill();
    lister.send(RedisRig.request("MULTI"));
    lister.send(RedisRig.request("KEYS", "*"));
    lister.send(RedisRig.request("EXEC"));
    rig.loop.runUntilIdle();

    String reply = lister.receivedText();
    assertThat(names(reply.substring(reply.indexOf("*1\r\n") + 4))).isEqualTo(names);
  }

  @Test
  void aClientThatGoesEndsItsListing() {
    fill();
    lister.send(RedisRig.request("KEYS", "*"));
    SimulatedConnection other = rig.connect();
    other.send(RedisRig.request("KEYS", "k1"));
    rig.loop.runOnce();
    lister.reset();
    rig.loop.runUntilIdle();

    assertThat(other.receivedText()).isEqualTo("*1\r\n$2\r\nk1\r\n");
  }
}
