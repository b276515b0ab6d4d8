package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SORT of few and of many elements, by all that it can sort by, against a real redis-server. */
@Timeout(120)
class SortDifferentialTest {
  private static final int COMMANDS = 120;
  private static final String[] KINDS = {"RPUSH", "SADD", "ZADD"};
  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  static LongStream seeds() {
    return LongStream.range(0, Long.getLong("redis.seeds", 12));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void sortsAsARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    int elements = new int[] {0, 1, 5, 40, 300, 2000}[random.nextInt(6)];
    String kind = KINDS[random.nextInt(KINDS.length)];
    List<String[]> commands = new ArrayList<>();
    for (int i = 0; i < elements; i++) {
      String element = element(random, seed % 3);
      commands.add(
          kind.equals("ZADD")
              ? new String[] {kind, "k", "" + random.nextInt(50), element}
              : new String[] {kind, "k", element});
      if (random.nextInt(4) > 0) {
        commands.add(new String[] {"SET", "w_" + element + "_x", element(random, 0)});
        commands.add(new String[] {"HSET", "h_" + element, "f", element(random, 0), "->", "1"});
      }
    }
    commands.add(new String[] {"SET", "star", "a string"});
    commands.add(new String[] {"SADD", "h_7_other", "no hash"});
    try (Duel duel = new Duel("seed " + seed, REAL.server(), 2 + (int) (seed % 2))) {
      duel.compare(commands);
      for (int i = 0; i < COMMANDS; i++) {
        compareOne(duel, sort(random), kind.equals("SADD"));
      }
    }
  }

  private static void compareOne(Duel duel, String[] command, boolean isSet) throws Exception {
    List<String> words = List.of(command);
    boolean nothingSorts =
        words.contains("BY") && !words.get(words.indexOf("BY") + 1).contains("*");
    if (isSet && nothingSorts && !words.contains("STORE")) {
      return; // a hash table's order
    }
    List<String[]> both = new ArrayList<>();
    both.add(command);
    both.add(new String[] {"LRANGE", "target", "0", "-1"});
    both.add(new String[] {"DEL", "target"});
    duel.compare(both);
  }

  /** Numbers with the first two flavours, texts of a long common beginning with the last. */
  private static String element(Random random, long flavour) {
    if (flavour == 0) {
      return "" + (random.nextInt(400) - 200);
    }
    if (flavour == 1) {
      return switch (random.nextInt(6)) {
        case 0 -> "" + random.nextGaussian();
        case 1 -> random.nextInt(9) + "e" + random.nextInt(200);
        case 2 -> random.nextBoolean() ? "inf" : "-inf";
        case 3 -> "" + random.nextLong();
        case 4 -> random.nextBoolean() ? "0" : "-0";
        default -> random.nextInt(100) + ".50";
      };
    }
    return "the same beginning ".substring(random.nextInt(3)) + random.nextInt(500);
  }

  private static String[] sort(Random random) {
    List<String> words = new ArrayList<>(List.of(random.nextInt(5) == 0 ? "SORT_RO" : "SORT", "k"));
    if (random.nextBoolean()) {
      String[] patterns = {"w_*_x", "h_*->f", "h_*->->", "nosort", "*", "none_*", "star", "#"};
      words.add("BY");
      words.add(patterns[random.nextInt(patterns.length)]);
    }
    if (random.nextBoolean()) {
      int count = random.nextInt(12) - 1;
      words.addAll(List.of("LIMIT", "" + (random.nextInt(12) - 2), "" + count));
    }
    for (int gets = random.nextInt(5) - 2; gets > 0; gets--) {
      String[] patterns = {"#", "w_*_x", "h_*->f", "h_*->none", "star", "h_*", "*->f", "h_*->"};
      words.addAll(List.of("GET", patterns[random.nextInt(patterns.length)]));
    }
    if (random.nextInt(3) == 0) {
      words.add(random.nextBoolean() ? "DESC" : "ASC");
    }
    boolean byTexts = words.contains("BY");
    if (random.nextInt(3) == 0 && !byTexts) {
      words.add("ALPHA"); // with BY equal texts may stand in any order
    }
    if (random.nextInt(3) == 0 && words.getFirst().equals("SORT")) {
      words.addAll(List.of("STORE", "target"));
    }
    return words.toArray(String[]::new);
  }
}
