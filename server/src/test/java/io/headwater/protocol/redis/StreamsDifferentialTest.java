package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headwater.simulation.SimulatedConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same random commands on streams go to a real redis-server and to Headwater, and every reply
 * must be the same bytes but for times, before and after a restart. {@code -Dredis.seeds=N} runs
 * more.
 */
@Timeout(300)
class StreamsDifferentialTest {
  private static final int COMMANDS = 4_000;
  private static final int BATCH = 40;

  /** Idle times, and when an entry was delivered or a consumer seen. */
  private static final List<Pattern> TIMES =
      List.of(
          Pattern.compile("(\r\nidle\r\n):\\d+"),
          Pattern.compile("(\r\nseen-time\r\n):\\d+"),
          Pattern.compile("(\\*4\r\n\\$\\d+\r\n\\d+-\\d+\r\n\\$\\d+\r\n[^\r]*\r\n):\\d+(?=\r\n:)"),
          Pattern.compile("(\\*3\r\n\\$\\d+\r\n\\d+-\\d+\r\n):\\d+(?=\r\n:)"));

  private static RealRedis real;
  @TempDir static Path folder;

  static LongStream seeds() {
    return LongStream.range(0, Long.getLong("redis.seeds", 8));
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
    StreamCommandsGenerator generator = new StreamCommandsGenerator(random, seed % 4 >= 2);
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
        if (random.nextInt(30) == 0) {
          rig.call(rig.connect(), "BGSAVE");
        }
      }
      compare(seed, StreamCommandsGenerator.inspection(), theirs, rig, ours);
      rig = rig.restart();
      ours = rig.connect();
      if (seed % 2 == 1) {
        rig.call(ours, "HELLO", "3");
      }
      compare(seed, StreamCommandsGenerator.inspection(), theirs, rig, ours);
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
      String expected = withoutTimes(theirs.reply());
      String actual = withoutTimes(replies.next());
      assertThat(actual).as("seed %d: %s", seed, String.join(" ", command)).isEqualTo(expected);
    }
  }

  private static String withoutTimes(String reply) {
    String masked = reply;
    for (Pattern time : TIMES) {
      masked = time.matcher(masked).replaceAll("$1:time");
    }
    return masked;
  }
}
