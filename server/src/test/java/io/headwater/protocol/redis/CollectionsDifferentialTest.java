package io.headwater.protocol.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
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

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  static LongStream seeds() {
    return LongStream.range(0, Long.getLong("redis.seeds", 12));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyReplyIsThatOfARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    CollectionCommandsGenerator generator = new CollectionCommandsGenerator(random, seed % 3 == 2);
    try (Duel duel = new Duel("seed " + seed, REAL.server(), 2 + (int) (seed % 2))) {
      for (int done = 0; done < COMMANDS; done += BATCH) {
        List<String[]> batch = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          batch.add(generator.next());
        }
        compare(duel, batch);
      }
      compare(duel, generator.inspection());
      duel.restart();
      compare(duel, generator.inspection());
    }
  }

  private static void compare(Duel duel, List<String[]> batch) throws IOException {
    duel.compareEach(
        batch,
        command ->
            UNORDERED.contains(command[0].toLowerCase(Locale.ROOT))
                ? Duel::sameLines
                : String::equals);
  }
}
