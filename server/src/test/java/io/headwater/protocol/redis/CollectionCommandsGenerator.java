package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Draws commands on hashes, lists, sets and sorted sets, right and wrong ones. */
public final class CollectionCommandsGenerator {
  private static final String[] SCORES = {
    "0", "1", "-1", "3.5", "0.1", "1e3", "inf", "-inf", "1.5e300", "-7", "12345678901234567890", "2"
  };
  private static final String[] BAD = {"", "x", "-1", "9223372036854775808", "1.5", "nan", " 1"};

  private final Random random;
  private final boolean large;

  public CollectionCommandsGenerator(Random random, boolean large) {
    this.random = random;
    this.large = large;
  }

  public String[] next() {
    String[] command =
        switch (random.nextInt(12)) {
          case 0, 1 -> hash();
          case 2, 3, 4 -> list();
          case 5, 6 -> set();
          case 7, 8, 9 -> sortedSet();
          case 10 -> algebra();
          default -> generic();
        };
    if (isDrawing(command) || "qmn".indexOf(command[1].charAt(0)) >= 0) {
      return command;
    }
    if (random.nextInt(40) == 0 && command.length > 1) {
      int i = 1 + random.nextInt(command.length - 1);
      command[i] = BAD[random.nextInt(BAD.length)];
    }
    if (random.nextInt(100) == 0) {
      command = java.util.Arrays.copyOf(command, 1 + random.nextInt(command.length));
    }
    return command;
  }

  /** Whether a change could make it draw lots, which no other server draws. */
  private static boolean isDrawing(String[] command) {
    return command[0].contains("RAND")
        || command[0].startsWith("SORT")
        || command[0].endsWith("SCAN")
        || command[0].equals("SPOP");
  }

  /** Looks at everything. */
  List<String[]> inspection() {
    List<String[]> commands = new ArrayList<>();
    commands.add(new String[] {"DBSIZE"});
    for (String type : new String[] {"h", "l", "s", "z", "q"}) {
      for (int i = 0; i < 4; i++) {
        String key = type + i;
        commands.add(new String[] {"TYPE", key});
        commands.add(new String[] {"OBJECT", "ENCODING", key});
        commands.add(new String[] {"HGETALL", key});
        commands.add(new String[] {"LRANGE", key, "0", "-1"});
        commands.add(new String[] {"SMEMBERS", key});
        commands.add(new String[] {"ZRANGE", key, "0", "-1", "WITHSCORES"});
        commands.add(new String[] {"PERSIST", key});
      }
    }
    return commands;
  }

  private String key(char type) {
    char drawn = random.nextInt(40) == 0 ? "hlszx".charAt(random.nextInt(5)) : type;
    return drawn + "" + random.nextInt(4);
  }

  private String element() {
    return switch (random.nextInt(12)) {
      case 0 -> "long".repeat(20) + random.nextInt(3);
      case 1 -> large ? "huge".repeat(random.nextInt(1500)) : "";
      case 2, 3, 4, 5 -> Integer.toString(random.nextInt(large ? 3000 : 20) - 5);
      case 6 -> Long.toString(random.nextLong() >> random.nextInt(64));
      default -> "e" + random.nextInt(large ? 3000 : 15);
    };
  }

  private String index() {
    return Integer.toString(random.nextInt(24) - 12);
  }

  private String score() {
    return random.nextInt(3) == 0
        ? SCORES[random.nextInt(SCORES.length)]
        : Integer.toString(random.nextInt(30) - 10);
  }

  private int several() {
    return large ? 1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 8) : 1 + random.nextInt(3);
  }

  private List<String> elements() {
    List<String> list = new ArrayList<>();
    for (int i = several(); i > 0; i--) {
      list.add(element());
    }
    return list;
  }

  private String[] of(String... words) {
    return words;
  }

  private String[] with(List<String> tail, String... head) {
    List<String> all = new ArrayList<>(List.of(head));
    all.addAll(tail);
    return all.toArray(new String[0]);
  }

  private String oneOf(String... words) {
    return words[random.nextInt(words.length)];
  }

  private String[] hash() {
    String key = key('h');
    return switch (random.nextInt(18)) {
      case 0, 1, 2, 3 -> {
        List<String> pairs = new ArrayList<>();
        for (int i = several(); i > 0; i--) {
          pairs.add(element());
          pairs.add(element());
        }
        yield with(pairs, oneOf("HSET", "HSET", "HSET", "HMSET"), key);
      }
      case 4 -> of("HSETNX", key, element(), element());
      case 5, 6 -> with(elements(), "HDEL", key);
      case 7 -> of("HINCRBY", key, element(), oneOf("1", "-3", "9223372036854775807"));
      case 8 -> of("HINCRBYFLOAT", key, element(), oneOf("1", "0.1", "-2.5e3", "1e20", "inf"));
      case 9 -> of("HGET", key, element());
      case 10 -> with(elements(), "HMGET", key);
      case 11 -> of(oneOf("HGETALL", "HKEYS", "HVALS", "HLEN"), key);
      case 12 -> of(oneOf("HEXISTS", "HSTRLEN"), key, element());
      case 13 ->
          of("HSCAN", key, "0", "COUNT", "100000", "MATCH", oneOf("*", "e*", "*1", "[0-9]*"));
      case 14 -> of("HRANDFIELD", key, "100000", "WITHVALUES");
      case 15 -> of("HRANDFIELD", key, oneOf("0", "100000"));
      default -> of("HGETALL", key);
    };
  }

  private String[] list() {
    String key = key('l');
    return switch (random.nextInt(26)) {
      case 0, 1, 2, 3, 4 -> with(elements(), oneOf("LPUSH", "RPUSH"), key);
      case 5 -> with(elements(), oneOf("LPUSHX", "RPUSHX"), key);
      case 6, 7 -> of(oneOf("LPOP", "RPOP"), key);
      case 8 -> of(oneOf("LPOP", "RPOP"), key, Integer.toString(random.nextInt(5)));
      case 9, 10 -> of("LRANGE", key, index(), index());
      case 11 -> of("LINDEX", key, index());
      case 12 -> of("LSET", key, index(), element());
      case 13 -> of("LINSERT", key, oneOf("BEFORE", "AFTER", "after"), element(), element());
      case 14 -> of("LREM", key, Integer.toString(random.nextInt(7) - 3), element());
      case 15 -> random.nextInt(4) == 0 ? of("LTRIM", key, index(), index()) : of("LLEN", key);
      case 16 -> of("LPOS", key, element());
      case 17 ->
          of(
              "LPOS",
              key,
              element(),
              "RANK",
              index(),
              "COUNT",
              oneOf("0", "1", "2"),
              "MAXLEN",
              oneOf("0", "5", "100"));
      case 18, 19 ->
          of("LMOVE", key, key('l'), oneOf("LEFT", "RIGHT", "left"), oneOf("LEFT", "RIGHT"));
      case 20 -> of("RPOPLPUSH", key, key('l'));
      case 21 ->
          of("LMPOP", "2", key, key('l'), oneOf("LEFT", "RIGHT"), "COUNT", oneOf("1", "3", "0"));
      case 22 -> of("LMPOP", "1", key, oneOf("LEFT", "RIGHT", "UP"));
      case 23 -> of(oneOf("LLEN", "HLEN", "ZCARD"), key);
      default -> of("LRANGE", key, "0", "-1");
    };
  }

  private String[] set() {
    String key = key('s');
    return switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> with(elements(), "SADD", key);
      case 4, 5 -> with(elements(), "SREM", key);
      case 6 -> of("SISMEMBER", key, element());
      case 7 -> with(elements(), "SMISMEMBER", key);
      case 8 -> of(oneOf("SMEMBERS", "SCARD"), key);
      case 9, 10 -> of("SMOVE", key, key('s'), element());
      case 11 -> of("SSCAN", key, "0", "COUNT", "100000", "MATCH", oneOf("*", "e*", "-?", "\\e1*"));
      case 12 -> of("SRANDMEMBER", key, oneOf("0", "100000"));
      case 13 -> random.nextInt(3) == 0 ? of("SPOP", key, "100000") : of("SPOP", key, "0");
      default -> of("SMEMBERS", key);
    };
  }

  private String[] sortedSet() {
    String key = key('z');
    return switch (random.nextInt(22)) {
      case 0, 1, 2, 3, 4 -> zadd(key);
      case 5 -> of("ZINCRBY", key, score(), element());
      case 6, 7 -> with(elements(), "ZREM", key);
      case 8 -> of("ZSCORE", key, element());
      case 9 -> with(elements(), "ZMSCORE", key);
      case 10 -> of(oneOf("ZRANK", "ZREVRANK"), key, element());
      case 11, 12 -> range(key);
      case 13 -> oldRange(key);
      case 14 -> of("ZCOUNT", key, bound(), bound());
      case 15 -> byBytes();
      case 16 -> removal(key);
      case 17 -> of(oneOf("ZPOPMIN", "ZPOPMAX"), key);
      case 18 -> of(oneOf("ZPOPMIN", "ZPOPMAX"), key, oneOf("0", "1", "3"));
      case 19 -> of("ZMPOP", "2", key, key('z'), oneOf("MIN", "MAX"), "COUNT", oneOf("1", "3"));
      case 20 -> of("ZSCAN", key, "0", "COUNT", "100000", "MATCH", oneOf("*", "e*"));
      default -> of("ZRANDMEMBER", key, oneOf("0", "100000"), "WITHSCORES");
    };
  }

  /** Members of equal scores, because ranges by bytes promise nothing else. */
  private String[] byBytes() {
    String key = "q" + random.nextInt(4);
    return switch (random.nextInt(8)) {
      case 0, 1 -> {
        List<String> words = new ArrayList<>();
        for (int i = several(); i > 0; i--) {
          words.add("0");
          words.add(element());
        }
        yield with(words, "ZADD", key);
      }
      case 2 -> of("ZLEXCOUNT", key, lex(), lex());
      case 3 -> random.nextInt(3) == 0 ? of("ZREMRANGEBYLEX", key, lex(), lex()) : of("ZCARD", key);
      case 4, 5 -> {
        List<String> words = new ArrayList<>(List.of(lex(), lex(), "BYLEX"));
        if (random.nextBoolean()) {
          words.add("REV");
        }
        if (random.nextInt(3) == 0) {
          Collections.addAll(words, "LIMIT", oneOf("0", "1", "5", "-1"), oneOf("-1", "0", "3"));
        }
        yield random.nextInt(4) == 0
            ? with(words, "ZRANGESTORE", key('z'), key)
            : with(words, "ZRANGE", key);
      }
      case 6 -> of(oneOf("ZRANGEBYLEX", "ZREVRANGEBYLEX"), key, lex(), lex());
      default -> of(oneOf("ZRANK", "ZREVRANK"), key, element());
    };
  }

  private String[] zadd(String key) {
    List<String> words = new ArrayList<>();
    if (random.nextInt(3) == 0) {
      words.add(oneOf("NX", "XX", "GT", "LT", "CH", "INCR"));
    }
    if (random.nextInt(4) == 0) {
      words.add(oneOf("XX", "GT", "LT", "CH", "ch"));
    }
    boolean single = words.contains("INCR") && random.nextInt(10) > 0;
    for (int i = single ? 1 : several(); i > 0; i--) {
      words.add(score());
      words.add(element());
    }
    return with(words, "ZADD", key);
  }

  private String bound() {
    return oneOf("", "", "", "(") + oneOf("-inf", "+inf", "0", "-5", "3.5", "10", score(), score());
  }

  private String lex() {
    return switch (random.nextInt(6)) {
      case 0 -> "-";
      case 1 -> "+";
      default -> oneOf("[", "(") + element();
    };
  }

  private String[] range(String key) {
    List<String> words = new ArrayList<>();
    String by = oneOf("", "BYSCORE");
    for (int i = 0; i < 2; i++) {
      words.add(by.isEmpty() ? index() : bound());
    }
    if (!by.isEmpty()) {
      words.add(by);
    }
    if (random.nextBoolean()) {
      words.add("REV");
    }
    if (random.nextInt(3) == 0) {
      Collections.addAll(words, "LIMIT", oneOf("0", "1", "5", "-1"), oneOf("-1", "0", "3"));
    }
    if (random.nextInt(5) == 0) {
      return with(words, "ZRANGESTORE", key('z'), key);
    }
    if (random.nextInt(3) == 0) {
      words.add("WITHSCORES");
    }
    return with(words, "ZRANGE", key);
  }

  private String[] oldRange(String key) {
    List<String> words = new ArrayList<>();
    String name = oneOf("ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE");
    for (int i = 0; i < 2; i++) {
      words.add(name.endsWith("SCORE") ? bound() : index());
    }
    if (random.nextInt(3) == 0) {
      words.add("WITHSCORES");
    }
    if (random.nextInt(4) == 0) {
      Collections.addAll(words, "LIMIT", "1", "3");
    }
    return with(words, name, key);
  }

  private String[] removal(String key) {
    return random.nextBoolean()
        ? of("ZREMRANGEBYRANK", key, index(), Integer.toString(random.nextInt(3)))
        : of("ZREMRANGEBYSCORE", key, bound(), bound());
  }

  private String[] algebra() {
    String a = random.nextBoolean() ? key('z') : key('s');
    String b = random.nextBoolean() ? key('z') : key('s');
    List<String> options = new ArrayList<>();
    if (random.nextInt(3) == 0) {
      Collections.addAll(options, "WEIGHTS", oneOf("2", "-1.5", "inf"), oneOf("0.1", "3"));
    }
    if (random.nextInt(3) == 0) {
      Collections.addAll(options, "AGGREGATE", oneOf("SUM", "MIN", "MAX"));
    }
    return switch (random.nextInt(9)) {
      case 0 -> of(oneOf("SINTER", "SUNION", "SDIFF"), key('s'), key('s'));
      case 1 -> of(oneOf("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), key('s'), key('s'), key('s'));
      case 2 -> of("SINTERCARD", "2", key('s'), key('s'), "LIMIT", oneOf("0", "1", "2"));
      case 3 -> with(options, oneOf("ZUNIONSTORE", "ZINTERSTORE"), key('z'), "2", a, b);
      case 4 -> of("ZDIFFSTORE", key('z'), "2", a, b);
      case 5 -> of("ZDIFF", "2", a, b, "WITHSCORES");
      case 6 -> of("ZINTERCARD", "2", a, b, "LIMIT", oneOf("0", "1"));
      default -> {
        options.add("WITHSCORES");
        yield with(options, oneOf("ZUNION", "ZINTER"), "2", a, b);
      }
    };
  }

  private String[] sort() {
    List<String> words = new ArrayList<>();
    if (random.nextInt(3) == 0) {
      Collections.addAll(words, "BY", oneOf("nosort", "x*", "h*->e1", "*"));
    }
    if (random.nextInt(3) == 0) {
      Collections.addAll(words, "LIMIT", oneOf("0", "1", "-1", "5"), oneOf("-1", "2", "0"));
    }
    for (int i = random.nextInt(3); i > 0 && random.nextInt(3) == 0; i--) {
      Collections.addAll(words, "GET", oneOf("#", "x*", "h*->e1", "nothing", "*->"));
    }
    if (random.nextInt(2) == 0) {
      words.add(oneOf("ASC", "DESC"));
    }
    if (random.nextInt(3) > 0 && !words.contains("BY")) {
      words.add("ALPHA"); // equal texts have no order
    }
    boolean store = random.nextInt(4) == 0;
    if (store) {
      Collections.addAll(words, "STORE", key('l'));
    }
    // Sorting a sorted set makes Redis forget that it is a listpack; that is not imitated.
    String key = (words.contains("nosort") || random.nextBoolean() ? "n" : "m") + random.nextInt(2);
    if (random.nextInt(3) == 0) {
      return with(elements(), key.startsWith("n") ? "RPUSH" : "SADD", key);
    }
    return with(words, store ? "SORT" : oneOf("SORT", "SORT_RO"), key);
  }

  private String[] generic() {
    String key = key("hlsz".charAt(random.nextInt(4)));
    return switch (random.nextInt(15)) {
      case 0, 1 -> of("OBJECT", "ENCODING", key);
      case 2, 3 -> of("TYPE", key);
      case 4 -> of("EXPIRE", key, "100000");
      case 5, 6 -> of("PERSIST", key);
      case 7 -> random.nextInt(4) == 0 ? of("DEL", key) : of("EXISTS", key);
      case 8 -> of("RENAME", key, key.charAt(0) + "" + random.nextInt(4));
      case 9 -> of("COPY", key, key.charAt(0) + "" + random.nextInt(4), "REPLACE");
      case 10 -> of("SET", "x" + random.nextInt(10), element());
      case 11, 12, 13 -> sort();
      default -> of("GET", key);
    };
  }
}
