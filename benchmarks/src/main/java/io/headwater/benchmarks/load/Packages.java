package io.headwater.benchmarks.load;

import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Documents like a package index's, about 1 KB of JSON with 17 fields: always the same ones. Words
 * are drawn by Zipf's law from a made-up vocabulary, so that posting lists look as in real text.
 */
final class Packages {
  static final String MAPPING =
      """
      {"settings":{"number_of_shards":1,"number_of_replicas":0},
       "mappings":{"properties":{
        "name":{"type":"keyword"},"version":{"type":"keyword"},"section":{"type":"keyword"},
        "architecture":{"type":"keyword"},"priority":{"type":"keyword"},
        "maintainer":{"type":"keyword"},"homepage":{"type":"keyword"},
        "license":{"type":"keyword"},"tags":{"type":"keyword"},"depends":{"type":"keyword"},
        "summary":{"type":"text"},"description":{"type":"text"},
        "size":{"type":"long"},"installed_size":{"type":"long"},"popularity":{"type":"double"},
        "essential":{"type":"boolean"},"released":{"type":"date"},"seq":{"type":"long"}}}}
      """;

  private static final int WORDS = 40_000;
  private static final String[] SYLLABLES = {
    "ka", "lo", "mi", "ter", "pro", "ser", "ver", "lib", "da", "ta", "net", "con", "ex", "in", "re",
    "sy", "ma", "ge", "fi", "le", "gra", "ph", "co", "de", "bu", "il", "er", "ing", "tion", "al"
  };
  private static final String[] SECTIONS = {
    "admin",
    "database",
    "devel",
    "doc",
    "editors",
    "games",
    "graphics",
    "libs",
    "net",
    "python",
    "science",
    "sound",
    "text",
    "utils",
    "web",
    "x11"
  };
  private static final String[] LICENSES = {"MIT", "Apache-2.0", "GPL-3.0", "BSD-3-Clause", "MPL"};
  private static final String[] ARCHITECTURES = {"all", "amd64", "arm64", "any"};

  private static final String[] VOCABULARY = vocabulary();

  private Packages() {}

  /** A word that many documents hold. */
  static String commonWord(int number) {
    return VOCABULARY[20 + number % 200];
  }

  /**
   * Appends one document, without a line's end.
   *
   * @param seq goes into a field of its own
   */
  static void append(StringBuilder out, int number, long seq) {
    SplittableRandom random = new SplittableRandom(number);
    String name = name(number);
    out.append("{\"name\":\"").append(name);
    out.append("\",\"version\":\"").append(random.nextInt(20)).append('.');
    out.append(random.nextInt(40)).append("\",\"section\":\"").append(draw(random, SECTIONS));
    out.append("\",\"architecture\":\"").append(draw(random, ARCHITECTURES));
    out.append("\",\"priority\":\"").append(random.nextInt(10) == 0 ? "important" : "optional");
    out.append("\",\"maintainer\":\"").append(word(random)).append(' ').append(word(random));
    out.append(" <").append(word(random)).append("@example.org>\",\"homepage\":\"https://");
    out.append(word(random)).append(".example.org/").append(name);
    out.append("\",\"license\":\"").append(draw(random, LICENSES)).append("\",\"tags\":[");
    words(out, random, 3, "\"", "\",");
    out.setLength(out.length() - 1);
    out.append("],\"depends\":[");
    words(out, random, 2 + random.nextInt(6), "\"lib", "\",");
    out.setLength(out.length() - 1);
    out.append("],\"summary\":\"");
    words(out, random, 6, "", " ");
    out.append("\",\"description\":\"");
    words(out, random, 40 + random.nextInt(40), "", " ");
    out.append("\",\"size\":").append(random.nextInt(50_000_000));
    out.append(",\"installed_size\":").append(random.nextInt(200_000_000));
    out.append(",\"popularity\":").append(random.nextInt(1_000_000) / 1e4);
    out.append(",\"essential\":").append(random.nextInt(50) == 0);
    out.append(
        String.format(
            Locale.ROOT,
            ",\"released\":\"20%02d-%02d-%02dT%02d:00:00Z\"",
            random.nextInt(10, 26),
            random.nextInt(1, 13),
            random.nextInt(1, 29),
            random.nextInt(24)));
    out.append(",\"seq\":").append(seq).append('}');
  }

  static String name(int number) {
    return VOCABULARY[number % WORDS] + "-" + number;
  }

  private static void words(
      StringBuilder out, SplittableRandom random, int count, String before, String after) {
    for (int i = 0; i < count; i++) {
      out.append(before).append(word(random)).append(after);
    }
  }

  /** The k-th word with a probability of about 1/k. */
  private static String word(SplittableRandom random) {
    return VOCABULARY[(int) Math.pow(WORDS, random.nextDouble()) - 1];
  }

  private static String draw(SplittableRandom random, String[] values) {
    return values[random.nextInt(values.length)];
  }

  private static String[] vocabulary() {
    SplittableRandom random = new SplittableRandom(1);
    String[] words = new String[WORDS];
    for (int i = 0; i < WORDS; i++) {
      StringBuilder word = new StringBuilder();
      for (int left = 1 + random.nextInt(i < 200 ? 2 : 4); left >= 0; left--) {
        word.append(draw(random, SYLLABLES));
      }
      words[i] = word.toString();
    }
    return words;
  }
}
