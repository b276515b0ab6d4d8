package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headwater.simulation.SimulatedConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same random commands on hashes, lists, sets and sorted sets go to a real redis-server and to
 * Headwater, and every reply must be the same bytes, before and after a restart. {@code
 * -Dredis.seeds=N} runs more.
 */
@Timeout(300)
class CollectionsDifferentialTest {
  private static final int COMMANDS = 4_000;
  private static final int BATCH = 40;

  /** Whose replies have no order that anyone promises. */
  private static final Set<String> UNORDERED =
      Set.of(
          "smembers",
          "sinter",
          "sunion",
          "sdiff",
          "hkeys",
          "hvals",
          "hgetall",
          "hscan",
          "sscan",
          "zscan",
          "hrandfield",
          "srandmember",
          "zrandmember",
          "spop",
          "keys");

  private static RealRedis real;
  @TempDir static Path folder;

  static LongStream seeds() {
    return LongStream.range(0, Long.getLong("redis.seeds", 12));
  }

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> program = RealRedis.program();
    assumeTrue(program.isPresent(), "no redis-server on the PATH to compare with");
    real = RealRedis.start(program.orElseThrow(), folder);
  }

  @AfterAll
  static void stop() {
    if (real != null) {
      real.close();
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyReplyIsThatOfARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    CollectionCommandsGenerator generator = new CollectionCommandsGenerator(random, seed % 3 == 2);
    RedisRig rig = new RedisRig();
    try (RealRedis.Client theirs = real.connect()) {
      theirs.send(RedisRig.request("FLUSHALL"));
      theirs.reply();
      SimulatedConnection ours = rig.connect();
      if (seed % 2 == 1) {
        theirs.send(RedisRig.request("HELLO", "3"));
        theirs.reply();
        rig.call(ours, "HELLO", "3");
      }
      for (int done = 0; done < COMMANDS; done += BATCH) {
        List<String[]> batch = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          batch.add(generator.next());
        }
        compare(seed, batch, theirs, rig, ours);
      }
      compare(seed, generator.inspection(), theirs, rig, ours);
      rig = rig.restart();
      ours = rig.connect();
      if (seed % 2 == 1) {
        rig.call(ours, "HELLO", "3");
      }
      compare(seed, generator.inspection(), theirs, rig, ours);
    } finally {
      rig.close();
    }
  }

  private static void compare(
      long seed,
      List<String[]> batch,
      RealRedis.Client theirs,
      RedisRig rig,
      SimulatedConnection ours)
      throws IOException {
    for (String[] command : batch) {
      theirs.send(RedisRig.request(command));
      ours.send(RedisRig.request(command));
    }
    rig.loop.runUntilIdle();
    CutReplies replies = new CutReplies(ours.receivedText());
    for (String[] command : batch) {
      String expected = theirs.reply();
      String actual = replies.next();
      String name = command[0].toLowerCase(Locale.ROOT);
      if (UNORDERED.contains(name)) {
        expected = sorted(expected);
        actual = sorted(actual);
      }
      assertThat(actual).as("seed %d: %s", seed, String.join(" ", command)).isEqualTo(expected);
    }
  }

  private static String sorted(String reply) {
    String[] lines = reply.split("\r\n", -1);
    Arrays.sort(lines, 1, lines.length);
    return String.join("\n", lines);
  }
}
