package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Draws commands on streams, right and wrong ones, whose replies depend on no clock. */
public final class StreamCommandsGenerator {
  private static final String[] BAD = {
    "", "x", "-1", "18446744073709551616", "1-x", "(1", " 1", "$"
  };

  private final Random random;
  private final boolean large;
  private int counter;

  public StreamCommandsGenerator(Random random, boolean large) {
    this.random = random;
    this.large = large;
  }

  public String[] next() {
    String[] command =
        switch (random.nextInt(20)) {
          case 0, 1, 2, 3, 4, 5 -> add();
          case 6, 7 -> range();
          case 8 -> trimOrDelete();
          case 9, 10 -> read();
          case 11, 12 -> readGroup();
          case 13, 14 -> group();
          case 15 -> of("XACK", key(), aGroup(), id(), id());
          case 16 -> pending();
          case 17 -> claim();
          case 18 -> information();
          default -> generic();
        };
    if (random.nextInt(40) == 0 && command.length > 1) {
      int i = 1 + random.nextInt(command.length - 1);
      command[i] = BAD[random.nextInt(BAD.length)];
    }
    if (random.nextInt(100) == 0) {
      command = java.util.Arrays.copyOf(command, 1 + random.nextInt(command.length));
    }
    for (int i = 1; i < command.length; i++) {
      if (command[i].equals("*") || command[0].equals("XADD") && command[i].isEmpty()) {
        return add(); // an ID of the clock's
      }
    }
    return command;
  }

  /** Looks at everything. */
  static List<String[]> inspection() {
    List<String[]> commands = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String key = "s" + i;
      commands.add(new String[] {"TYPE", key});
      commands.add(new String[] {"OBJECT", "ENCODING", key});
      commands.add(new String[] {"XRANGE", key, "-", "+"});
      commands.add(new String[] {"XINFO", "STREAM", key, "FULL", "COUNT", "0"});
      commands.add(new String[] {"XINFO", "GROUPS", key});
      for (int g = 0; g < 3; g++) {
        commands.add(new String[] {"XPENDING", key, "g" + g});
        commands.add(new String[] {"XPENDING", key, "g" + g, "-", "+", "100000"});
        commands.add(new String[] {"XINFO", "CONSUMERS", key, "g" + g});
      }
    }
    return commands;
  }

  private String[] of(String... words) {
    return words;
  }

  private String oneOf(String... words) {
    return words[random.nextInt(words.length)];
  }

  private String[] with(List<String> tail, String... head) {
    List<String> all = new ArrayList<>(List.of(head));
    all.addAll(tail);
    return all.toArray(new String[0]);
  }

  private String key() {
    return random.nextInt(50) == 0 ? oneOf("x0", "missing") : "s" + random.nextInt(4);
  }

  private String aGroup() {
    return "g" + random.nextInt(3);
  }

  private String aConsumer() {
    return "c" + random.nextInt(4);
  }

  private String id() {
    return switch (random.nextInt(8)) {
      case 0 -> Integer.toString(random.nextInt(counter / 3 + 3));
      case 1 -> "0";
      case 2 -> "0-" + random.nextInt(4);
      default -> random.nextInt(counter / 3 + 3) + "-" + random.nextInt(4);
    };
  }

  private String bound() {
    return oneOf("", "", "(")
        + switch (random.nextInt(6)) {
          case 0 -> oneOf("-", "+");
          case 1 ->
              oneOf(
                  "0", "0-0", "18446744073709551615-18446744073709551615", "18446744073709551615");
          default -> id();
        };
  }

  private String value() {
    return switch (random.nextInt(8)) {
      case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
      case 1 -> "";
      case 2 -> "long".repeat(random.nextInt(large ? 80 : 10));
      default -> "v" + random.nextInt(20);
    };
  }

  private List<String> trimming() {
    List<String> words = new ArrayList<>();
    if (random.nextBoolean()) {
      words.add(oneOf("MAXLEN", "maxlen"));
      Collections.addAll(
          words, oneOf("", "", "~", "="), Integer.toString(random.nextInt(large ? 400 : 30)));
    } else {
      Collections.addAll(words, "MINID", oneOf("", "=", ""), id());
    }
    if (random.nextInt(8) == 0) {
      Collections.addAll(words, "LIMIT", oneOf("0", "1", "100", "250"));
    }
    if (random.nextInt(60) == 0) {
      Collections.addAll(words, oneOf("MAXLEN", "MINID", "LIMIT"), "3");
    }
    words.removeIf(String::isEmpty);
    return words;
  }

  private String[] add() {
    List<String> words = new ArrayList<>();
    if (random.nextInt(12) == 0) {
      words.add("NOMKSTREAM");
    }
    if (random.nextInt(large ? 40 : 8) == 0) {
      words.addAll(trimming());
    }
    counter++;
    words.add(
        switch (random.nextInt(20)) {
          case 0 -> id();
          case 1 -> oneOf("0-*", "5-*", "0-0", "0-1");
          case 2, 3, 4 -> counter / 3 + "-" + counter % 3;
          case 5 -> Integer.toString(counter / 3 + 1);
          default -> counter / 3 + "-*";
        });
    boolean usual = random.nextInt(3) > 0;
    for (int i = usual ? 2 : 1 + random.nextInt(4); i > 0; i--) {
      Collections.addAll(words, usual ? "f" + i : "f" + random.nextInt(4), value());
    }
    return with(words, "XADD", large ? oneOf("s0", "s1") : key());
  }

  private String[] range() {
    List<String> words = new ArrayList<>(List.of(bound(), bound()));
    if (random.nextBoolean()) {
      Collections.addAll(words, "COUNT", oneOf("0", "1", "3", "100", "-1"));
    }
    return random.nextInt(5) == 0
        ? of("XLEN", key())
        : with(words, oneOf("XRANGE", "XREVRANGE"), key());
  }

  private String[] trimOrDelete() {
    return switch (random.nextInt(5)) {
      case 0, 1 -> with(trimming(), "XTRIM", key());
      case 2 ->
          random.nextInt(4) == 0
              ? of(
                  "XSETID", key(), id(), oneOf("ENTRIESADDED", "MAXDELETEDID"), oneOf("1000", id()))
              : of("XSETID", key(), (counter / 3 + random.nextInt(3)) + "-5");
      default -> of("XDEL", key(), id(), id(), id());
    };
  }

  private String[] read() {
    List<String> words = new ArrayList<>();
    if (random.nextBoolean()) {
      Collections.addAll(words, "COUNT", oneOf("0", "1", "3", "-2"));
    }
    words.add("STREAMS");
    if (random.nextBoolean()) {
      Collections.addAll(words, key(), oneOf(id(), "$"));
    } else {
      Collections.addAll(words, key(), key(), id(), oneOf(id(), "$", ">"));
    }
    return with(words, "XREAD");
  }

  private String[] readGroup() {
    List<String> words = new ArrayList<>(List.of("GROUP", aGroup(), aConsumer()));
    if (random.nextInt(3) > 0) {
      Collections.addAll(words, "COUNT", oneOf("1", "2", "5", "0"));
    }
    if (random.nextInt(6) == 0) {
      words.add("NOACK");
    }
    words.add("STREAMS");
    if (random.nextInt(3) > 0) {
      Collections.addAll(words, key(), oneOf(">", ">", ">", "0", id(), "$"));
    } else {
      Collections.addAll(words, key(), key(), oneOf(">", ">", id()), oneOf(">", ">", id()));
    }
    return with(words, "XREADGROUP");
  }

  private String[] group() {
    List<String> options = new ArrayList<>();
    if (random.nextInt(3) == 0) {
      Collections.addAll(options, "ENTRIESREAD", oneOf("0", "3", "-1", "-2"));
    }
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> {
        if (random.nextBoolean()) {
          options.add("MKSTREAM");
        }
        yield with(options, "XGROUP", "CREATE", key(), aGroup(), oneOf("0", "$", id()));
      }
      case 3, 4 -> with(options, "XGROUP", "SETID", key(), aGroup(), oneOf("0", "$", id()));
      case 5 -> random.nextInt(3) == 0 ? of("XGROUP", "DESTROY", key(), aGroup()) : read();
      case 6, 7 -> of("XGROUP", "CREATECONSUMER", key(), aGroup(), aConsumer());
      case 8 -> of("XGROUP", "DELCONSUMER", key(), aGroup(), aConsumer());
      default -> readGroup();
    };
  }

  private String[] pending() {
    List<String> words = new ArrayList<>();
    if (random.nextInt(3) > 0) {
      if (random.nextInt(3) == 0) {
        Collections.addAll(words, "IDLE", oneOf("0", "10000000", "-5"));
      }
      Collections.addAll(words, bound(), bound(), oneOf("0", "1", "10", "100", "-3"));
      if (random.nextBoolean()) {
        words.add(aConsumer());
      }
    }
    return with(words, "XPENDING", key(), aGroup());
  }

  private String[] claim() {
    String idle = oneOf("0", "0", "10000000", "-1");
    List<String> words = new ArrayList<>();
    if (random.nextBoolean()) {
      if (random.nextBoolean()) {
        Collections.addAll(words, "COUNT", oneOf("1", "2", "5", "0"));
      }
      if (random.nextInt(3) == 0) {
        words.add("JUSTID");
      }
      return with(words, "XAUTOCLAIM", key(), aGroup(), aConsumer(), idle, oneOf("0", bound()));
    }
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      words.add(id());
    }
    if (random.nextInt(3) == 0) {
      words.add("FORCE");
    }
    if (random.nextInt(3) == 0) {
      Collections.addAll(words, oneOf("IDLE", "TIME"), oneOf("50000000", "0", "-1", "60000000"));
    }
    if (random.nextInt(4) == 0) {
      Collections.addAll(words, "RETRYCOUNT", oneOf("0", "7", "-1"));
    }
    if (random.nextInt(4) == 0) {
      words.add("JUSTID");
    }
    if (random.nextInt(8) == 0) {
      Collections.addAll(words, "LASTID", id());
    }
    return with(words, "XCLAIM", key(), aGroup(), aConsumer(), idle);
  }

  private String[] information() {
    return switch (random.nextInt(5)) {
      case 0 -> of("XINFO", "STREAM", key());
      case 1 -> of("XINFO", "STREAM", key(), "FULL", "COUNT", oneOf("0", "1", "5", "-1"));
      case 2 -> of("XINFO", "STREAM", key(), "FULL");
      case 3 -> of("XINFO", "GROUPS", key());
      default -> of("XINFO", "CONSUMERS", key(), aGroup());
    };
  }

  private String[] generic() {
    String key = "s" + random.nextInt(4);
    return switch (random.nextInt(24)) {
      case 0 -> of("OBJECT", "ENCODING", key);
      case 1 -> of("TYPE", key);
      case 2 -> of("EXPIRE", key, "100000");
      case 3 -> of("PERSIST", key);
      case 4 -> random.nextInt(4) == 0 ? of("DEL", key) : of("EXISTS", key);
      case 5 -> of("RENAME", key, "s" + random.nextInt(4));
      case 6, 7 -> of("COPY", key, "s" + random.nextInt(4), "REPLACE");
      case 8 -> of("SET", "x0", value());
      case 9 -> of(oneOf("GET", "LLEN", "SCARD", "HLEN", "ZCARD", "STRLEN"), key);
      case 10 -> of("XINFO", "STREAM", "x0");
      default -> add();
    };
  }
}
