package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
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

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  static LongStream seeds() {
    return LongStream.range(0, Long.getLong("redis.seeds", 8));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyReplyIsThatOfARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    StreamCommandsGenerator generator = new StreamCommandsGenerator(random, seed % 4 >= 2);
    try (Duel duel = new Duel("seed " + seed, REAL.server(), 2 + (int) (seed % 2))) {
      for (int done = 0; done < COMMANDS; done += BATCH) {
        List<String[]> batch = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          batch.add(generator.next());
        }
        duel.compare(batch, StreamsDifferentialTest::sameButForTimes);
        if (random.nextInt(30) == 0) {
          duel.rig().call(duel.rig().connect(), "BGSAVE");
        }
      }
      duel.compare(StreamCommandsGenerator.inspection(), StreamsDifferentialTest::sameButForTimes);
      duel.restart();
      duel.compare(StreamCommandsGenerator.inspection(), StreamsDifferentialTest::sameButForTimes);
    }
  }

  @Test
  void theLastIdMayGoBehindDeletedOnes() throws Exception {
    try (Duel duel = new Duel("XSETID", REAL.server(), 2)) {
      List<String[]> commands =
          Stream.of(
                  "XADD s 5-1 f v",
                  "XADD s 9-1 f v",
                  "XDEL s 9-1",
                  "XSETID s 7-1",
                  "XSETID s 4-1",
                  "XADD s 8-1 f v",
                  "XTRIM s MAXLEN 0",
                  "XSETID s 3-1",
                  "XSETID s 7-1 ENTRIESADDED 5 MAXDELETEDID 8-1",
                  "XADD s 4-1 f v",
                  "XINFO STREAM s FULL")
              .map(line -> line.split(" "))
              .toList();
      duel.compare(commands, StreamsDifferentialTest::sameButForTimes);
      duel.restart();
      duel.compare(
          List.<String[]>of(new String[] {"XINFO", "STREAM", "s", "FULL"}),
          StreamsDifferentialTest::sameButForTimes);
    }
  }

  private static boolean sameButForTimes(String a, String b) {
    return withoutTimes(a).equals(withoutTimes(b));
  }

  private static String withoutTimes(String reply) {
    String masked = reply;
    for (Pattern time : TIMES) {
      masked = time.matcher(masked).replaceAll("$1:time");
    }
    return masked;
  }
}
