package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random PF commands against a real redis-server: every reply, and after each command every byte of
 * the key, must be the same; also for keys that were written by hand and are damaged.
 */
class HyperLogLogDifferentialTest {
  private static final int BATCHES = 100;
  private static final int BATCH = 40;

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everyByteIsThatOfARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    try (Duel duel = new Duel("seed " + seed, REAL.server(), 2 + (int) (seed % 2))) {
      duel.compare("LPUSH list a");
      duel.compare("CONFIG SET hll-sparse-max-bytes 3000");
      for (int batch = 0; batch < BATCHES; batch++) {
        List<String[]> commands = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          String[] command = next(random, seed % 3 == 0);
          commands.add(command);
          commands.add(new String[] {"GET", command[command[0].equals("PFDEBUG") ? 2 : 1]});
        }
        duel.compare(commands);
      }
      duel.restart();
      for (String key : new String[] {"a", "b", "c", "d"}) {
        duel.compare("GET " + key);
        duel.compare("OBJECT ENCODING " + key);
        duel.compare("PFCOUNT " + key);
      }
    }
  }

  static String[] next(Random random, boolean damaged) {
    String key = random.nextInt(60) == 0 ? "list" : "abcd".charAt(random.nextInt(4)) + "";
    String other = random.nextInt(60) == 0 ? "list" : "abcd".charAt(random.nextInt(4)) + "";
    return switch (random.nextInt(24)) {
      case 0 -> new String[] {"PFCOUNT", key, other, "missing"};
      case 1, 2 -> new String[] {"PFCOUNT", key};
      case 3 -> new String[] {"PFMERGE", key, other};
      case 4 ->
          new String[] {"PFMERGE", key, other, "missing", "abcd".charAt(random.nextInt(4)) + ""};
      case 5 ->
          new String[] {
            "PFDEBUG",
            new String[] {"GETREG", "DECODE", "ENCODING", "todense", "nope"}[random.nextInt(5)],
            key
          };
      case 6 -> new String[] {"PFDEBUG", "DECODE", key};
      case 7 -> random.nextInt(3) == 0 ? new String[] {"DEL", key} : new String[] {"STRLEN", key};
      case 8 ->
          random.nextInt(10) == 0
              ? new String[] {"SET", key, damaged(random)}
              : new String[] {"PFADD", key};
      case 9 ->
          damaged
              ? new String[] {
                "SETRANGE",
                key,
                Integer.toString(random.nextInt(random.nextBoolean() ? 20 : 200)),
                (char) random.nextInt(256) + "\0"
              }
              : new String[] {"COPY", key, other, "REPLACE"};
      case 10 ->
          new String[] {
            "CONFIG",
            "SET",
            "hll-sparse-max-bytes",
            new String[] {"0", "100", "1000", "3000", "20000"}[random.nextInt(5)]
          };
      default -> add(random, key);
    };
  }

  private static String[] add(Random random, String key) {
    int count = random.nextInt(random.nextInt(10) == 0 ? 300 : 12);
    String[] words = new String[2 + count];
    words[0] = "PFADD";
    words[1] = key;
    for (int i = 2; i < words.length; i++) {
      words[i] =
          random.nextInt(20) == 0
              ? "long".repeat(random.nextInt(10)) + random.nextInt()
              : "e" + random.nextInt(20000);
    }
    return words;
  }

  private static String damaged(Random random) {
    StringBuilder text = new StringBuilder("HYLL");
    text.append((char) random.nextInt(3)).append("\0\0\0").append("\0".repeat(7)).append('\u0080');
    for (int left = random.nextInt(40); left > 0; left--) {
      text.append((char) random.nextInt(256));
    }
    if (random.nextBoolean()) {
      text.append("\u007f\u00ff");
    }
    text.append('\0'); // behind half a run Redis reads and writes what is not its own
    return text.substring(0, random.nextInt(8) == 0 ? random.nextInt(16) : text.length());
  }
}
