package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random GEO commands, right and wrong, all over the earth, against a real redis-server. */
class GeoDifferentialTest {
  private static final int BATCHES = 100;
  private static final int BATCH = 40;
  private static final String[] KEYS = {"a", "b", "c"};

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everyReplyIsThatOfARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    try (Duel duel = new Duel("seed " + seed, REAL.server(), 2 + (int) (seed % 2))) {
      duel.compare("SET text a");
      for (int batch = 0; batch < BATCHES; batch++) {
        List<String[]> commands = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          commands.add(next(random));
        }
        duel.compare(commands);
        duel.compare("ZRANGE d 0 -1 WITHSCORES");
      }
      duel.restart();
      for (String key : KEYS) {
        duel.compare("ZRANGE " + key + " 0 -1 WITHSCORES");
      }
    }
  }

  /** To the last of 17 digits, where other replies show four behind the point. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void storedDistancesAreThoseOfARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    try (Duel duel = new Duel("seed " + seed, REAL.server(), 2)) {
      for (int round = 0; round < 100; round++) {
        List<String> add = new ArrayList<>(List.of("GEOADD", "a"));
        for (int i = 0; i < 100; i++) {
          add.addAll(List.of(coordinate(random, 180), coordinate(random, 85), "m" + i));
        }
        duel.compare(List.<String[]>of(add.toArray(String[]::new)));
        duel.compare("GEOSEARCHSTORE d a FROMLONLAT 1.5 2.5 BYRADIUS 20000 km STOREDIST");
        duel.compare("ZRANGE d 0 -1 WITHSCORES");
      }
    }
  }

  static String[] next(Random random) {
    List<String> words = new ArrayList<>();
    String key = random.nextInt(50) == 0 ? pick(random, "text", "none") : pick(random, KEYS);
    switch (random.nextInt(12)) {
      case 0, 1 -> add(random, words, key);
      case 2 -> {
        words.addAll(List.of("GEODIST", key, member(random), member(random)));
        if (random.nextBoolean()) {
          words.add(unit(random));
        }
      }
      case 3 -> words.addAll(List.of("GEOHASH", key, member(random), member(random)));
      case 4 -> words.addAll(List.of("GEOPOS", key, member(random), member(random)));
      case 5 -> {
        words.addAll(
            random.nextInt(4) > 0
                ? List.of("ZREM", key, member(random))
                : List.of("ZADD", key, random.nextInt(100000) - 1000 + ".5", member(random)));
      }
      case 6 -> {
        words.add(pick(random, "GEORADIUS", "GEORADIUS_RO"));
        words.addAll(List.of(key, coordinate(random, 180), coordinate(random, 85)));
        words.addAll(List.of(length(random), unit(random)));
        options(random, words);
      }
      case 7 -> {
        words.add(pick(random, "GEORADIUSBYMEMBER", "georadiusbymember_ro"));
        words.addAll(List.of(key, member(random), length(random), unit(random)));
        options(random, words);
      }
      default -> search(random, words, key);
    }
    if (random.nextInt(80) == 0) {
      words.set(
          1 + random.nextInt(words.size() - 1), pick(random, "", "x", "-1", "nan", "inf", "1e400"));
    }
    if (random.nextInt(80) == 0) {
      words.removeLast();
    }
    return words.toArray(String[]::new);
  }

  private static void add(Random random, List<String> words, String key) {
    words.addAll(List.of("GEOADD", key));
    for (int left = random.nextInt(3); left > 0 && random.nextBoolean(); left--) {
      words.add(pick(random, "NX", "XX", "CH", "ch"));
    }
    for (int left = 1 + random.nextInt(6); left > 0; left--) {
      words.addAll(List.of(coordinate(random, 180), coordinate(random, 85), member(random)));
    }
  }

  private static void search(Random random, List<String> words, String key) {
    boolean store = random.nextInt(4) == 0;
    words.add(store ? "GEOSEARCHSTORE" : "GEOSEARCH");
    if (store) {
      words.add("d");
    }
    words.add(key);
    if (random.nextInt(3) == 0) {
      words.addAll(List.of("FROMMEMBER", member(random)));
    } else if (random.nextInt(50) > 0) {
      words.addAll(List.of("FROMLONLAT", coordinate(random, 180), coordinate(random, 85)));
    }
    if (random.nextBoolean()) {
      words.addAll(List.of("BYRADIUS", length(random), unit(random)));
    } else if (random.nextInt(50) > 0) {
      words.addAll(List.of("BYBOX", length(random), length(random), unit(random)));
    }
    options(random, words);
  }

  private static void options(Random random, List<String> words) {
    for (int left = random.nextInt(5); left > 0; left--) {
      switch (random.nextInt(8)) {
        case 0, 1 -> words.add(pick(random, "ASC", "DESC"));
        case 2 -> words.add("WITHDIST");
        case 3 -> words.add("WITHCOORD");
        case 4 -> words.add("WITHHASH");
        case 5 -> {
          words.addAll(List.of("COUNT", pick(random, "1", "2", "5", "100", "0", "x")));
          if (random.nextBoolean()) {
            words.add("ANY");
          }
        }
        case 6 -> words.addAll(List.of("STORE", "d"));
        default -> {
          if (random.nextInt(4) == 0) {
            words.add(pick(random, "ANY", "bogus", "FROMMEMBER", "BYRADIUS"));
          }
        }
      }
    }
  }

  private static String member(Random random) {
    return "m" + random.nextInt(60);
  }

  private static String unit(Random random) {
    return random.nextInt(60) == 0 ? "yd" : pick(random, "m", "km", "ft", "mi", "KM");
  }

  private static String length(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> "0";
      case 1 -> Integer.toString(random.nextInt(20000));
      case 2 -> random.nextInt(50) == 0 ? "-1" : "50000000";
      default -> Double.toString(Math.exp(random.nextDouble() * 18));
    };
  }

  private static String coordinate(Random random, int max) {
    return switch (random.nextInt(30)) {
      case 0 -> pick(random, "0", "180", "-180", "85.05112878", "-85.05112878", "86", "200");
      case 1, 2, 3 -> Integer.toString(random.nextInt(2 * max + 1) - max);
      case 4, 5, 6, 7, 8, 9 -> Double.toString(max * 0.9 + random.nextDouble() * max * 0.1);
      default -> Double.toString((random.nextDouble() * 2 - 1) * max);
    };
  }

  private static String pick(Random random, String... from) {
    return from[random.nextInt(from.length)];
  }
}
