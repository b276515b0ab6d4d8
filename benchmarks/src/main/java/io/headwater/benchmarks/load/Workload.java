package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One kind of request, ready as bytes but for a number of ten digits between the pieces, which
 * chooses the key, the field or the score. Add one by adding a line to {@link #REDIS}: {@code #}
 * stands for the number, {@code %} for another, {@code @} for a value of {@link #VALUE_BYTES}.
 *
 * @param others where in front of a piece the other number stands
 */
record Workload(String name, Wire wire, byte[][] pieces, boolean[] others) {
  static final int VALUE_BYTES = 100;

  /** More than any request takes. */
  static final int REQUEST_BYTES_MAX = 256 + VALUE_BYTES;

  private static final String DIGITS = "#".repeat(10);
  private static final String VALUE = "x".repeat(VALUE_BYTES);

  /** A fixed window's rate limiter; tabs, since spaces end a word. */
  private static final String LIMITER =
      "local n=redis.call('INCR',KEYS[1]) if n==1 then redis.call('PEXPIRE',KEYS[1],ARGV[1]) end"
          .concat(" return n")
          .replace(' ', '\t');

  /**
   * The collections' requests are those of redis-benchmark, with 10-digit numbers; but ZADD moves a
   * member to another score each time.
   */
  private static final Map<String, String> REDIS = redis();

  private static Map<String, String> redis() {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("get", "GET key:00#");
    lines.put("set", "SET key:00# @");
    lines.put("incr", "INCR count:#");
    lines.put("lpush", "LPUSH mylist @");
    lines.put("lpop", "LPOP mylist");
    lines.put("rpush", "RPUSH mylist @");
    lines.put("rpop", "RPOP mylist");
    lines.put("sadd", "SADD myset element:#");
    lines.put("hset", "HSET myhash element:# @");
    lines.put("hash5", "HSET hash:# field:01 # field:02 # field:03 # field:04 # field:05 #");
    lines.put("hget", "HGET myhash element:#");
    lines.put("zadd", "ZADD myzset % element:#");
    lines.put("zscore", "ZSCORE myzset element:#");
    lines.put("sismember", "SISMEMBER myset element:#");
    lines.put("xadd", "XADD mystream * myfield @");
    lines.put("eval", "EVAL " + LIMITER + " 1 limit:# 60000");
    lines.put("ping", "PING");
    return lines;
  }

  /** The request of this name, in any case. */
  static Workload of(Wire wire, String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String text =
        switch (wire) {
          case REDIS -> REDIS.containsKey(lower) ? resp(REDIS.get(lower)) : null;
          case MEMCACHED ->
              switch (lower) {
                case "get" -> "get key:00#\r\n";
                case "set" -> "set key:00# 0 0 " + VALUE_BYTES + "\r\n@\r\n";
                case "incr" -> "incr count:# 1\r\n";
                default -> null;
              };
        };
    if (text == null) {
      throw new IllegalArgumentException(
          "unknown workload " + name + "; known for Redis: " + REDIS.keySet());
    }
    String filled = text.replace("@", VALUE);
    return new Workload(name.toUpperCase(Locale.ROOT), wire, cut(filled), others(filled));
  }

  /** Requests by names with commas between them. */
  static List<Workload> all(Wire wire, String names) throws WrongOption {
    List<Workload> workloads = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      try {
        workloads.add(of(wire, name));
      } catch (IllegalArgumentException e) {
        throw new WrongOption(String.valueOf(e.getMessage()));
      }
    }
    return workloads;
  }

  /** Requests to a Redis server by names, all of which are known. */
  static List<Workload> all(String... names) {
    return Stream.of(names).map(name -> of(Wire.REDIS, name)).toList();
  }

  private static String resp(String line) {
    String[] words = line.split(" ", -1);
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      int length = word.replace("#", DIGITS).replace("%", DIGITS).replace("@", VALUE).length();
      text.append("$" + length + "\r\n" + word + "\r\n");
    }
    return text.toString();
  }

  private static byte[][] cut(String text) {
    String[] parts = text.split("[#%]", -1);
    byte[][] pieces = new byte[parts.length][];
    for (int i = 0; i < parts.length; i++) {
      pieces[i] = parts[i].getBytes(StandardCharsets.US_ASCII);
    }
    return pieces;
  }

  private static boolean[] others(String text) {
    String marks = text.replaceAll("[^#%]", "");
    boolean[] others = new boolean[marks.length() + 1];
    for (int i = 0; i < marks.length(); i++) {
      others[i + 1] = marks.charAt(i) == '%';
    }
    return others;
  }

  /** Whether it puts something under every number, so that a fill makes all there is to meet. */
  boolean fills() {
    return name.equals("SADD") || name.equals("HSET") || name.equals("ZADD");
  }

  /** Appends a request; the buffer must have room for {@link #REQUEST_BYTES_MAX}. */
  void put(ByteBuffer out, int number, int other) {
    for (int i = 0; i < pieces.length; i++) {
      if (i > 0) {
        digits(out, others[i] ? other : number);
      }
      out.put(pieces[i]);
    }
  }

  private static void digits(ByteBuffer out, int number) {
    int rest = number;
    int at = out.position();
    for (int i = at + 9; i >= at; i--) {
      out.put(i, (byte) ('0' + rest % 10));
      rest /= 10;
    }
    out.position(at + 10);
  }
}
