package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * OBJECT ENCODING after each of random commands on collections, while CONFIG SET changes the limits
 * all the time, by their new names and their old ones: always what a real redis-server says.
 */
class EncodingsDifferentialTest {
  private static final int BATCHES = 120;
  private static final int BATCH = 40;
  private static final String[] LIMITS = {
    "hash-max-listpack-entries",
    "hash-max-listpack-value",
    "zset-max-listpack-entries",
    "zset-max-listpack-value",
    "set-max-intset-entries",
    "hash-max-ziplist-entries",
    "hash-max-ziplist-value",
    "zset-max-ziplist-entries",
    "zset-max-ziplist-value"
  };

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyEncodingIsThatOfARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    CollectionCommandsGenerator generator = new CollectionCommandsGenerator(random, seed % 4 == 0);
    try (Duel duel = new Duel("seed " + seed, REAL.server(), 2)) {
      for (String limit : LIMITS) {
        duel.compare("CONFIG SET " + limit + " " + (limit.endsWith("value") ? 64 : 128));
      }
      for (int batch = 0; batch < BATCHES; batch++) {
        List<String[]> commands = new ArrayList<>();
        while (commands.size() < BATCH) {
          String[] command = generator.next();
          if (random.nextInt(12) == 0) {
            String limit = LIMITS[random.nextInt(LIMITS.length)];
            command = new String[] {"CONFIG", "SET", limit, Integer.toString(limit(random))};
            commands.add(new String[] {"CONFIG", "GET", limit});
          } else if (random.nextInt(80) == 0) {
            command =
                new String[] {
                  "CONFIG", "SET", "list-max-listpack-size", "" + (random.nextInt(20) - 5)
                };
          }
          commands.add(command);
          if (command.length > 1 && command[1].length() == 2) {
            commands.add(new String[] {"OBJECT", "ENCODING", command[1]});
          }
        }
        duel.compare(commands, (ours, theirs) -> normal(ours).equals(normal(theirs)));
        if (batch == BATCHES / 2) {
          duel.askOurs("BGSAVE");
        }
      }
      Map<String, String> before = encodings(duel);
      duel.restart();
      assertThat(encodings(duel)).as("seed %d, after a restart", seed).isEqualTo(before);
    }
  }

  private static Map<String, String> encodings(Duel duel) {
    Map<String, String> encodings = new TreeMap<>();
    for (String type : List.of("h", "s", "z", "l")) {
      for (int i = 0; i < 10; i++) {
        encodings.put(type + i, duel.askOurs("OBJECT", "ENCODING", type + i));
      }
    }
    return encodings;
  }

  @ParameterizedTest
  @ValueSource(strings = {"SORT z BY nosort", "SORT_RO z ALPHA", "SORT z ALPHA STORE l", "SORT z"})
  void aSortedSetThatWasSortedIsASkiplist(String sort) throws Exception {
    try (Duel duel = new Duel(sort, REAL.server(), 2)) {
      duel.compare("ZADD z 1 a 2 b");
      duel.compare("WATCH z");
      duel.compare(sort);
      duel.compare("OBJECT ENCODING z");
      duel.compare("MULTI");
      duel.compare("PING");
      duel.compare("EXEC");
      duel.restart();
      duel.compare("OBJECT ENCODING z");
      duel.compare("ZRANGE z 0 -1");
    }
  }

  @Test
  void whatSpopLeavesOfALargeSetMayBeAnIntsetAgain() throws Exception {
    try (Duel duel = new Duel("spop", REAL.server(), 2)) {
      for (int left : new int[] {1, 5, 6, 20}) {
        duel.compare("DEL s");
        duel.compare("CONFIG SET set-max-intset-entries 2");
        StringBuilder add = new StringBuilder("SADD s");
        for (int i = 0; i < 30; i++) {
          add.append(' ').append(i);
        }
        duel.compare(add.toString());
        duel.compare("PEXPIREAT s 4102444800000");
        duel.compare("CONFIG SET set-max-intset-entries 512");
        duel.compare(
            List.<String[]>of(new String[] {"SPOP", "s", Integer.toString(30 - left)}),
            (_, _) -> true);
        duel.compare("OBJECT ENCODING s");
        duel.compare("SCARD s");
        duel.compare("PEXPIRETIME s");
      }
    }
  }

  private static int limit(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> 1 + random.nextInt(3);
      case 2 -> random.nextInt(100);
      default -> 512;
    };
  }

  /** Orders that nobody promises, and the sign of zero, which a listpack forgets. */
  private static String normal(String reply) {
    String[] lines = reply.replace("$2\r\n-0\r", "$1\r\n0\r").split("\r\n", -1);
    java.util.Arrays.sort(lines);
    return String.join("\n", lines);
  }
}
