package io.headwater.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.random.RandomGenerator;

/** Draws Redis commands from {@code redis-commands.grammar}, which explains its own notation. */
final class RedisGrammar {
  /** How two replies to a command are compared. */
  enum Comparison {
    EXACT,
    /** In any order. */
    UNORDERED,
    /** Times, which may differ by what passes between the two servers. */
    NEAR,
    /** Lots are drawn: only type and size. */
    SHAPE,
    /** Payloads of DUMP: what a real server makes of them. */
    RESTORED
  }

  /** A drawn command. */
  record Drawn(List<String> words, Comparison comparison, boolean alone) {
    String name() {
      return words.getFirst().toLowerCase(Locale.ROOT);
    }
  }

  private record Template(
      List<String> tokens, Comparison comparison, boolean alone, boolean rare) {}

  private static final String[] TYPES = {
    "str", "num", "hash", "list", "set", "zset", "geo", "hll", "stream"
  };
  private static final String[] WEIRD = {
    "", "abc", "-1", "0", "9223372036854775808", "-9223372036854775809", "nan", "1e400", "\0\377"
  };
  private static final String[] VALUES = {
    "",
    "0",
    "1",
    "-1",
    "10",
    "3.25",
    "abc",
    "hello world",
    "a\r\nb",
    "\0\1\u00ff\u0080",
    "x1y2",
    "9223372036854775807",
    "01",
    " 1",
    "A".repeat(44),
    "B".repeat(45),
    "C".repeat(64),
    "D".repeat(65),
    "E".repeat(300),
    "F".repeat(3000)
  };
  private static final String[] SCORES = {
    "0", "1", "-1", "2.5", "-3.75", "1e10", "inf", "-inf", "3", "100", "0.1", "7.000001"
  };
  private static final String[] BOUNDS = {
    "-inf", "+inf", "0", "1", "(1", "2.5", "(2.5", "-3", "100", "(inf"
  };
  private static final String[] LEXES = {"-", "+", "[m1", "(m1", "[m2", "(m30", "[", "[z"};
  private static final String[] FLOATS = {"1.5", "-2.25", "0.1", "3.0e3", "10", "-0.5", "1e-7"};
  private static final String[] BITS = {"u1", "u8", "i8", "i16", "u13", "i64", "u63", "i5"};

  private final List<Template> templates = new ArrayList<>();
  private final RandomGenerator random;
  private final long startedS;
  private long lastId = 1;
  private List<String> words = new ArrayList<>();

  RedisGrammar(RandomGenerator random, String only) {
    this.random = random;
    this.startedS = System.currentTimeMillis() / 1000;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    RedisGrammar.class.getResourceAsStream("redis-commands.grammar")),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          Template template = template(tokens(line));
          if (template.tokens.getFirst().matches(only)) {
            templates.add(template);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Template template(List<String> tokens) {
    Comparison comparison = Comparison.EXACT;
    boolean rare = tokens.getFirst().equals("rare");
    if (rare) {
      tokens.removeFirst();
    }
    boolean alone = false;
    if (tokens.getFirst().equals("alone")) {
      alone = true;
      tokens.removeFirst();
    }
    for (Comparison other : Comparison.values()) {
      if (tokens.getFirst().equals(other.name().toLowerCase(Locale.ROOT))) {
        comparison = other;
        tokens.removeFirst();
      }
    }
    return new Template(tokens, comparison, alone || comparison != Comparison.EXACT, rare);
  }

  private static List<String> tokens(String line) {
    List<String> tokens = new ArrayList<>();
    int at = 0;
    while (at < line.length()) {
      if (line.charAt(at) == ' ') {
        at++;
        continue;
      }
      int end;
      if (line.charAt(at) == '\'') {
        end = line.indexOf('\'', at + 1);
        tokens.add(line.substring(at, end).replace("\\\"", "\""));
        end++;
      } else {
        end = line.indexOf(' ', at);
        end = end < 0 ? line.length() : end;
        tokens.add(line.substring(at, end));
      }
      at = end;
    }
    return tokens;
  }

  /** The next command; now and then with a mistake in it. */
  Drawn next() {
    Template template;
    do {
      template = templates.get(random.nextInt(templates.size()));
    } while (template.rare && random.nextInt(10) != 0);
    words = new ArrayList<>();
    expand(template.tokens, 0, template.tokens.size());
    boolean exact = template.comparison == Comparison.EXACT;
    boolean blocks = words.getFirst().startsWith("B"); // a spoilt time-out could be for ever
    if (random.nextInt(30) == 0 && words.size() > 1 && exact && !blocks) {
      spoil();
    }
    return new Drawn(words, template.comparison, template.alone);
  }

  private void spoil() {
    int i = 1 + random.nextInt(words.size() - 1);
    switch (random.nextInt(3)) {
      case 0 -> words.removeLast();
      case 1 -> words.add(WEIRD[random.nextInt(WEIRD.length)]);
      default -> words.set(i, WEIRD[random.nextInt(WEIRD.length)]);
    }
  }

  private void expand(List<String> tokens, int from, int to) {
    for (int i = from; i < to; i++) {
      String token = tokens.get(i);
      switch (token) {
        case "[" -> {
          int end = closing(tokens, i, "[", "]");
          if (random.nextInt(3) == 0) {
            expand(tokens, i + 1, end);
          }
          i = end;
        }
        case "(" -> {
          int end = closing(tokens, i, "(", ")+");
          for (int n = 1 + random.nextInt(4); n > 0; n--) {
            expand(tokens, i + 1, end);
          }
          i = end;
        }
        case "{" -> {
          int end = closing(tokens, i, "{", "}");
          expandOne(tokens, i + 1, end);
          i = end;
        }
        default -> words.add(word(token));
      }
    }
  }

  private void expandOne(List<String> tokens, int from, int to) {
    List<Integer> starts = new ArrayList<>(List.of(from));
    int depth = 0;
    for (int i = from; i < to; i++) {
      switch (tokens.get(i)) {
        case "{", "[", "(" -> depth++;
        case "}", "]", ")+" -> depth--;
        case "|" -> {
          if (depth == 0) {
            starts.add(i + 1);
          }
        }
        default -> {}
      }
    }
    int chosen = random.nextInt(starts.size());
    int end = chosen + 1 < starts.size() ? starts.get(chosen + 1) - 1 : to;
    expand(tokens, starts.get(chosen), end);
  }

  private static int closing(List<String> tokens, int from, String open, String close) {
    int depth = 0;
    for (int i = from; i < tokens.size(); i++) {
      if (tokens.get(i).equals(open)) {
        depth++;
      } else if (tokens.get(i).equals(close) && --depth == 0) {
        return i;
      }
    }
    throw new IllegalArgumentException("no " + close + " in " + tokens);
  }

  private String word(String token) {
    if (token.startsWith("'")) {
      return token.substring(1);
    }
    int open = token.indexOf('<');
    if (open < 0 || !token.endsWith(">")) {
      return token;
    }
    return token.substring(0, open) + value(token.substring(open + 1, token.length() - 1));
  }

  private String value(String kind) {
    return switch (kind) {
      case "any" -> key(TYPES[random.nextInt(TYPES.length)]);
      case "val" -> random.nextInt(4) == 0 ? "v" + random.nextInt(100) : one(VALUES);
      case "int" ->
          "" + (random.nextInt(4) == 0 ? random.nextLong() >> 20 : random.nextInt(-9, 99));
      case "float" -> one(FLOATS);
      case "small" -> "" + random.nextInt(40);
      case "one" -> "" + (1 + random.nextInt(4));
      case "idx" -> "" + random.nextInt(-8, 12);
      case "field", "member" -> random.nextInt(12) == 0 ? one(VALUES) : "m" + random.nextInt(60);
      case "score" -> one(SCORES);
      case "bound" -> one(BOUNDS);
      case "lex" -> one(LEXES);
      case "bits" -> one(BITS);
      case "pat" -> one("*", "str:*", "?et:[1-3]", "h*", "[^s]*", "\\*", "nothing");
      case "secs" -> "" + (1000 + random.nextInt(9000));
      case "millis" -> "" + (1_000_000 + random.nextInt(9_000_000));
      case "at" -> "" + (startedS + 5000 + random.nextInt(5000));
      case "atms" -> "" + (startedS * 1000 + 5_000_000 + random.nextInt(5_000_000));
      case "lon" -> "" + random.nextInt(-1800, 1800) / 10.0;
      case "lat" -> "" + random.nextInt(-850, 850) / 10.0;
      case "radius" -> "" + (1 + random.nextInt(5000));
      case "id" -> random.nextInt(1, 1 + (int) Math.min(lastId, 1 << 30)) + "-" + random.nextInt(3);
      case "nextid" -> ++lastId + "-" + random.nextInt(3);
      case "from" -> one("-", "1", "(2-1", "" + lastId / 2, Math.max(1, lastId - 5) + "-1");
      case "to" -> one("+", "" + lastId, "" + (lastId / 2 + 3), "(" + lastId + "-2");
      case "group" -> "g" + random.nextInt(3);
      case "consumer" -> "c" + random.nextInt(3);
      case "zlex" -> "zlex:" + random.nextInt(3);
      default -> key(kind);
    };
  }

  private String key(String type) {
    String chosen = random.nextInt(25) == 0 ? TYPES[random.nextInt(TYPES.length)] : type;
    return chosen + ":" + random.nextInt(5);
  }

  private String one(String... from) {
    return from[random.nextInt(from.length)];
  }

  /** All keys that commands may have made, in one database. */
  static List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (String type : TYPES) {
      for (int i = 0; i < 5; i++) {
        keys.add(type + ":" + i);
      }
    }
    keys.addAll(List.of(WEIRD));
    return keys;
  }
}
