package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random BITFIELD calls, right and wrong, against a real redis-server. */
class BitFieldDifferentialTest {
  private static final int BATCHES = 100;
  private static final int BATCH = 50;

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyReplyIsThatOfARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    try (Duel duel = new Duel("seed " + seed, REAL.server(), 2 + (int) (seed % 2))) {
      duel.compare("LPUSH list a");
      for (int batch = 0; batch < BATCHES; batch++) {
        List<String[]> commands = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          commands.add(next(random));
        }
        duel.compare(commands);
      }
      duel.restart();
      for (String key : new String[] {"a", "b", "c"}) {
        duel.compare("GET " + key);
        duel.compare("OBJECT ENCODING " + key);
      }
    }
  }

  static String[] next(Random random) {
    String key = random.nextInt(40) == 0 ? "list" : "abc".charAt(random.nextInt(3)) + "";
    switch (random.nextInt(12)) {
      case 0:
        return new String[] {"GET", key};
      case 1:
        return new String[] {"OBJECT", "ENCODING", key};
      case 2:
        return random.nextInt(4) == 0
            ? new String[] {"DEL", key}
            : new String[] {"SET", key, Integer.toString(random.nextInt(100000))};
      default:
    }
    List<String> words = new ArrayList<>();
    words.add(random.nextInt(6) == 0 ? "BITFIELD_RO" : "BITFIELD");
    words.add(key);
    boolean reads = words.getFirst().endsWith("RO") && random.nextInt(10) > 0;
    for (int left = random.nextInt(5); left > 0; left--) {
      switch (reads ? 0 : random.nextInt(4)) {
        case 0 -> {
          words.add("GET");
          words.add(type(random));
          words.add(offset(random));
        }
        case 1, 2 -> {
          words.add(random.nextBoolean() ? "SET" : "incrby");
          words.add(type(random));
          words.add(offset(random));
          words.add(number(random));
        }
        default -> {
          words.add("OVERFLOW");
          words.add(pick(random, "WRAP", "SAT", "FAIL", "sat", "fail", random.nextInt(9) + ""));
        }
      }
    }
    if (random.nextInt(60) == 0) {
      words.removeLast();
    }
    return words.toArray(String[]::new);
  }

  private static String pick(Random random, String... from) {
    return from[random.nextInt(from.length)];
  }

  private static String type(Random random) {
    if (random.nextInt(60) == 0) {
      return pick(random, "u64", "i65", "i0", "u0", "x8", "", "i", "u", "i-1", "u08", "I8");
    }
    return random.nextBoolean() ? "i" + (1 + random.nextInt(64)) : "u" + (1 + random.nextInt(63));
  }

  private static String offset(Random random) {
    if (random.nextInt(60) == 0) {
      return pick(
          random,
          "-1",
          "#-1",
          "",
          "#",
          "x",
          "##1",
          "4294967296",
          "#4294967296",
          "#1000000000000000000",
          "1.5");
    }
    return (random.nextInt(3) == 0 ? "#" : "") + random.nextInt(random.nextBoolean() ? 20 : 400);
  }

  private static String number(Random random) {
    return switch (random.nextInt(30)) {
      case 0 -> "x";
      case 1 -> "9223372036854775807";
      case 2 -> "-9223372036854775808";
      case 3 -> "9223372036854775808";
      default -> Long.toString(random.nextLong() >> random.nextInt(64));
    };
  }
}
