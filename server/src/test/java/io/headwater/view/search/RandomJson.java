package io.headwater.view.search;

import java.util.SplittableRandom;

/** Small random objects whose fields often disagree about their types. */
final class RandomJson {
  private static final String[] NAMES = {"a", "b", "c", "d.e", "when", "text"};
  private static final String[] WORDS = {"alpha", "beta", "gamma", "delta", "the", "quick"};

  private RandomJson() {}

  static String object(SplittableRandom random, int depth) {
    StringBuilder out = new StringBuilder();
    object(out, random, depth);
    return out.toString();
  }

  private static void object(StringBuilder out, SplittableRandom random, int depth) {
    out.append('{');
    int members = random.nextInt(4);
    int first = random.nextInt(NAMES.length);
    for (int i = 0; i < members; i++) {
      out.append(i == 0 ? "\"" : ",\"").append(NAMES[(first + i) % NAMES.length]).append("\":");
      value(out, random, depth - 1);
    }
    out.append('}');
  }

  private static void value(StringBuilder out, SplittableRandom random, int depth) {
    switch (random.nextInt(depth > 0 ? 9 : 7)) {
      case 0 -> out.append(random.nextInt(-5, 100));
      case 1 -> out.append(random.nextInt(100) / 4.0);
      case 2 -> out.append(random.nextBoolean());
      case 3 -> out.append("null");
      case 4 -> out.append("\"2024-0").append(random.nextInt(1, 10)).append("-11T10:00:00Z\"");
      case 5, 6 -> {
        out.append('"');
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          out.append(WORDS[random.nextInt(WORDS.length)]).append(i > 1 ? " " : "");
        }
        out.append('"');
      }
      case 7 -> object(out, random, depth);
      default -> {
        out.append('[');
        for (int i = random.nextInt(3); i >= 0; i--) {
          value(out, random, depth - 1);
          out.append(i > 0 ? "," : "");
        }
        out.append(']');
      }
    }
  }
}
