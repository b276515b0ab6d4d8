package io.headwater;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.protocol.redis.GrownCommands;
import io.headwater.protocol.redis.KeyspaceContents;
import io.headwater.protocol.redis.RedisRig;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Like {@code NearlyFullFrameTest}, with projections that follow every type of key: what they
 * derive stands in the same frame, of 512 KiB here.
 *
 * <p>{@code -Dframes.followed=N -Dframes.seed=N} runs more, and others.
 */
class NearlyFullFollowedFrameTest {
  private static final int CASES = Integer.getInteger("frames.followed", 30);
  private static final int FRAME_BYTES = 512 << 10;
  private static final String SCRIPT =
      "local n = tonumber(ARGV[1])"
          + " while n > 0 do redis.pcall('SET', 'filler' .. n,"
          + " string.rep('x', math.min(n, 700000))) n = n - 700000 end"
          + " local a, at = {}, 2"
          + " while at <= #ARGV do local n = tonumber(ARGV[at])"
          + " a[#a + 1] = redis.pcall(unpack(ARGV, at + 1, at + n)) at = at + n + 1 end"
          + " local e = '' for i = 1, #a do if type(a[i]) == 'table' and a[i].err"
          + " then e = e .. a[i].err end end return e";

  private final SimulatedClock clock = new SimulatedClock();
  private final SimulatedDisk disk = new SimulatedDisk(1);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void takesOrRefusesWhateverComesLast(long number) throws Exception {
    long seed = number + Long.getLong("frames.seed", 0);
    SplittableRandom random = new SplittableRandom(seed);
    SimulatedNode node = SimulatedNode.open(disk, clock, random, FRAME_BYTES);
    project(node, "hashes", "hash*", "{\"index\":\"docs\"},{\"topic\":\"t\"}");
    project(node, "strings", "str*", "{\"topic\":\"t2\"},{\"memcached\":true}");
    project(node, "streams", "stream*", "{\"topic\":\"t3\"}");
    project(node, "steps", "s*", "{\"topic\":\"steps\",\"value\":\"change\"}");
    project(node, "rest", "l*", "{\"topic\":\"t4\"},{\"index\":\"others\"}");
    GrownCommands commands = GrownCommands.of(random);
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      if (i % 30 == 0) {
        fill(node);
      }
      List<String> words = new ArrayList<>(List.of("EVAL", SCRIPT, "0"));
      int left = 2_500 + random.nextInt(random.nextBoolean() ? 10_000 : 300_000);
      words.add("" + (FRAME_BYTES - left));
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        String[] command = commands.next();
        words.add("" + command.length);
        words.addAll(Arrays.asList(command));
      }
      String reply = redis(node, words.toArray(new String[0]));
      assertThat(node.failed()).as("seed %d, case %d: %s", seed, i, words).isEmpty();
      refused += reply.contains("frame of ") ? 1 : 0;
      assertThat(redis(node, "PING")).as("seed %d, case %d", seed, i).isEqualTo("+PONG\r\n");
    }
    Map<String, String> live = KeyspaceContents.of(node.node.keyspace);
    node.close();
    try (SimulatedNode again = SimulatedNode.open(disk, clock, random, FRAME_BYTES)) {
      assertThat(KeyspaceContents.of(again.node.keyspace).equals(live)).as("seed " + seed).isTrue();
    }
    assertThat(refused).as("scripts whose commands found no room").isBetween(1, CASES - 1);
  }

  private static void project(SimulatedNode node, String name, String keys, String targets) {
    String json = "{\"from\":{\"keys\":\"" + keys + "\"},\"to\":[" + targets + "]}";
    node.await(node.node.projections.create(name, json.getBytes(UTF_8)));
    node.settle();
  }

  private void fill(SimulatedNode node) {
    for (String[] command : GrownCommands.fixture()) {
      redis(node, command);
    }
    clock.advanceMs(5);
  }

  private static String redis(SimulatedNode node, String... command) {
    return node.redis(new String(RedisRig.request(command), ISO_8859_1));
  }
}
