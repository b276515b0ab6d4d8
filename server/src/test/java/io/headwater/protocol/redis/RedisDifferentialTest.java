package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same random commands to a real redis-server and to us: every reply must be the same, byte for
 * byte. {@code -Dredis.commands=N} sets how many each seed sends.
 */
class RedisDifferentialTest {
  private static final int COMMANDS = Integer.getInteger("redis.commands", 20_000);
  @TempDir static Path folder;

  private static final String[] KEYS = {"a", "b", "c", "k:1", "k:2", "k:3", "", "key with space"};
  private static final String[] VALUES = {
    "",
    "0",
    "1",
    "-1",
    "10",
    "+1",
    "01",
    "1.5",
    "-0",
    " 1",
    "3.0e3",
    "abc",
    "hello world",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1e400",
    "inf",
    "nan",
    "0.1",
    "-2.75",
    "0x10",
    "\0\1\2\u00ff\u0080",
    "a\r\nb",
    "x".repeat(44),
    "y".repeat(45),
    "1".repeat(20),
    "z".repeat(300),
    ".5",
    "5.",
    "1e5",
    "0.00001",
    "123456789.123456789"
  };
  private static final String[] NUMBERS = {
    "0",
    "1",
    "-1",
    "2",
    "3",
    "-2",
    "-3",
    "5",
    "7",
    "8",
    "16",
    "100",
    "-100",
    "abc",
    "1.5",
    "9223372036854775807",
    "-9223372036854775808",
    "4294967296",
    "",
    "1000000"
  };
  private static final String[] PATTERNS = {
    "*", "k:*", "?", "[a-b]", "[^a]", "k:[12]", "\\a", "a*b", "**", "k?1", "[", "[a", "key\\ *"
  };

  @BeforeAll
  static void needsRedis() {
    Assumptions.assumeTrue(
        RealRedis.program().isPresent(), "no redis-server on the PATH: nothing to compare with");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyReplyIsTheOneOfARealServer(long seed) throws Exception {
    try (RealRedis redis = RealRedis.start(RealRedis.program().orElseThrow(), folder);
        RealRedis.Client real = redis.connect();
        RedisRig rig = new RedisRig(new SimulatedDisk(seed), Clock.system())) {
      SimulatedConnection ours = rig.connect();
      SplittableRandom random = new SplittableRandom(seed);
      if (seed % 2 == 0) {
        byte[] hello = RedisRig.request("HELLO", "3");
        real.send(hello);
        real.reply();
        ours.send(hello);
        rig.loop.runUntilIdle();
        ours.received();
      }
      List<String> sent = new ArrayList<>();
      boolean queued = false;
      for (int i = 0; i < COMMANDS; i++) {
        String[] command = next(random);
        while (queued && command[0].matches("KEYS|P?TTL|P?EXPIRETIME")) {
          command = next(random); // their replies may differ a little, which EXEC's must not
        }
        byte[] request = RedisRig.request(command);
        real.send(request);
        ours.send(request);
        rig.loop.runUntilIdle();
        sent.add(String.join(" | ", command));
        String ourReply = ours.receivedText();
        String realReply = real.reply();
        queued = realReply.equals("+QUEUED\r\n") || command[0].equals("MULTI");
        if (!same(command, ourReply, realReply)) {
          assertThat(ourReply)
              .as(
                  "seed %d, command %d, after %s",
                  seed,
                  i,
                  sent.subList(
                      Math.max(0, sent.size() - Integer.getInteger("redis.history", 40)),
                      sent.size()))
              .isEqualTo(realReply);
        }
      }
    }
  }

  /** Orders are each server's own, and times may differ by what passes between the two. */
  private static boolean same(String[] command, String ours, String real) {
    String name = command[0];
    boolean racing = // whether the new time is greater depends on the millisecond
        name.equals("EXPIRE")
            && String.join(" ", command).toLowerCase(Locale.ROOT).matches(".* [gl]t");
    boolean counted = name.equals("DBSIZE"); // expired keys leave the count at different times
    if (ours.equals(real) || counted || racing && ours.startsWith(":") && real.startsWith(":")) {
      return true;
    }
    boolean times =
        switch (name) {
          case "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME" -> true;
          default -> false;
        };
    if (!times && !name.equals("KEYS")) {
      return false;
    }
    String[] ourLines = ours.split("\r\n", -1);
    String[] realLines = real.split("\r\n", -1);
    Arrays.sort(ourLines);
    Arrays.sort(realLines);
    for (int i = 0; i < ourLines.length; i++) {
      if (ourLines.length != realLines.length
          || !ourLines[i].equals(realLines[i]) && !(times && near(ourLines[i], realLines[i]))) {
        return false;
      }
    }
    return true;
  }

  private static boolean near(String ours, String real) {
    return ours.matches(":\\d{2,19}")
        && real.matches(":\\d{2,19}")
        && Math.abs(Long.parseLong(ours.substring(1)) - Long.parseLong(real.substring(1)))
            <= (real.length() > 5 ? 1500 : 1);
  }

  static String pick(SplittableRandom random, String... from) {
    return from[random.nextInt(from.length)];
  }

  static String[] next(SplittableRandom random) {
    String key = pick(random, KEYS);
    String other = pick(random, KEYS);
    String value = pick(random, VALUES);
    String number = pick(random, NUMBERS);
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> strings(random, key, other, value, number);
      case 3 -> numbers(random, key, value, number);
      case 4 -> bits(random, key, other, number);
      case 5, 6 -> keys(random, key, other, number);
      case 7, 8 -> expiry(random, key);
      case 9 -> transactions(random, key, other);
      case 10 -> connection(random, number, value);
      default -> wrong(random, key, value);
    };
  }

  private static String[] strings(
      SplittableRandom random, String key, String other, String value, String number) {
    return switch (random.nextInt(20)) {
      case 0, 1 -> words("SET", key, value);
      case 2 -> set(random, key, value);
      case 3, 4 -> words("GET", key);
      case 5 -> words("GETSET", key, value);
      case 6 -> words("GETDEL", key);
      case 7 -> words("GETEX", key, pick(random, "PERSIST", "persist", "EX"), "100");
      case 8 -> words("GETEX", key);
      case 9 -> words("MGET", key, other, "missing");
      case 10 -> words("MSET", key, value, other, "v2");
      case 11 -> words("MSETNX", key, value, other, "v3");
      case 12 -> words("SETNX", key, value);
      case 13 ->
          words(
              pick(random, "SETEX", "PSETEX"),
              key,
              pick(random, "100000", "0", "-1", "x", "9223372036854775807"),
              value);
      case 14 -> words("APPEND", key, value);
      case 15 -> words("STRLEN", key);
      case 16 -> words(pick(random, "GETRANGE", "SUBSTR"), key, number, pick(random, NUMBERS));
      case 17 ->
          words(
              "SETRANGE",
              key,
              pick(random, "0", "1", "5", "-1", "50", "x", "536870912"),
              pick(random, "", "x", "yz"));
      case 18 -> lcs(random, key, other);
      default -> words("OBJECT", pick(random, "ENCODING", "encoding"), key);
    };
  }

  private static String[] set(SplittableRandom random, String key, String value) {
    List<String> words = new ArrayList<>(List.of("SET", key, value));
    for (int left = random.nextInt(4); left > 0; left--) {
      words.add(
          pick(
              random,
              "NX",
              "XX",
              "GET",
              "KEEPTTL",
              "EX",
              "PX",
              "EXAT",
              "PXAT",
              "100",
              "nx",
              "bogus",
              "0",
              "-5",
              "4102444800000",
              "x"));
    }
    return words.toArray(String[]::new);
  }

  private static String[] lcs(SplittableRandom random, String key, String other) {
    List<String> words = new ArrayList<>(List.of("LCS", key, other));
    for (int left = random.nextInt(3); left > 0; left--) {
      words.add(pick(random, "LEN", "IDX", "WITHMATCHLEN", "MINMATCHLEN", "2", "bogus"));
    }
    return words.toArray(String[]::new);
  }

  private static String[] numbers(
      SplittableRandom random, String key, String value, String number) {
    return switch (random.nextInt(6)) {
      case 0 -> words("INCR", key);
      case 1 -> words("DECR", key);
      case 2 -> words("INCRBY", key, number);
      case 3 -> words("DECRBY", key, number);
      case 4 -> words("SET", key, number);
      default -> words("INCRBYFLOAT", key, value);
    };
  }

  private static String[] bits(SplittableRandom random, String key, String other, String number) {
    String unit = pick(random, "BYTE", "BIT", "bit", "bogus");
    return switch (random.nextInt(10)) {
      case 0 ->
          words(
              "SETBIT",
              key,
              pick(random, "0", "7", "8", "100", "-1", "4294967296", "x"),
              pick(random, "0", "1", "2"));
      case 1 -> words("GETBIT", key, number);
      case 2 -> words("BITCOUNT", key);
      case 3 -> words("BITCOUNT", key, number, pick(random, NUMBERS));
      case 4 -> words("BITCOUNT", key, number, pick(random, NUMBERS), unit);
      case 5 -> words("BITPOS", key, pick(random, "0", "1", "2"));
      case 6 -> words("BITPOS", key, pick(random, "0", "1"), number);
      case 7 -> words("BITPOS", key, pick(random, "0", "1"), number, pick(random, NUMBERS));
      case 8 -> words("BITPOS", key, pick(random, "0", "1"), number, pick(random, NUMBERS), unit);
      default ->
          words(
              "BITOP",
              pick(random, "AND", "OR", "XOR", "NOT", "not", "bogus"),
              key,
              other,
              pick(random, KEYS));
    };
  }

  private static String[] keys(SplittableRandom random, String key, String other, String number) {
    String db = pick(random, "0", "1", "2", "15", "16", "-1", "x");
    return switch (random.nextInt(18)) {
      case 0 -> words("DEL", key, other);
      case 1 -> words("UNLINK", key);
      case 2 -> words("EXISTS", key, other, key);
      case 3 -> words("TOUCH", key, other);
      case 4 -> words("TYPE", key);
      case 5 -> words("RENAME", key, other);
      case 6 -> words("RENAMENX", key, other);
      case 7 -> words("COPY", key, other);
      case 8 -> words("COPY", key, other, pick(random, "REPLACE", "DB", "bogus"));
      case 9 -> words("COPY", key, other, "DB", db, "REPLACE");
      case 10 -> words("MOVE", key, db);
      case 11, 12 -> words("KEYS", pick(random, PATTERNS));
      case 13 -> words("DBSIZE");
      case 14 ->
          random.nextInt(5) == 0
              ? words(pick(random, "FLUSHDB", "FLUSHALL"), pick(random, "SYNC", "ASYNC", "bogus"))
              : words("EXISTS", key);
      case 15 -> words("SELECT", random.nextInt(3) > 0 ? "0" : db);
      case 16 ->
          words(
              "SWAPDB", pick(random, "0", "1", "x", "16"), pick(random, "0", "1", "2", "x", "-1"));
      default ->
          words(
              "SCAN",
              pick(random, "0", "x", "-1"),
              pick(random, "COUNT", "MATCH", "bogus"),
              pick(random, "0", "x", "-1"),
              pick(random, "TYPE", "COUNT", "MATCH"));
    };
  }

  private static String[] expiry(SplittableRandom random, String key) {
    String seconds =
        pick(
            random,
            "1000",
            "100",
            "50",
            "-1",
            "0",
            "x",
            "9223372036854775807",
            "-9223372036854775808",
            "10000000");
    String[] command =
        switch (random.nextInt(11)) {
          case 0 -> words("EXPIRE", key, seconds);
          case 1 -> words("PEXPIRE", key, pick(random, "100000", "-5", "50000000", "x"));
          case 2 ->
              words("EXPIREAT", key, pick(random, "4102444800", "100", "x", "9223372036854775"));
          case 3 -> words("PEXPIREAT", key, pick(random, "4102444800000", "100"));
          case 4 -> words("TTL", key);
          case 5 -> words("PTTL", key);
          case 6 -> words("EXPIRETIME", key);
          case 7 -> words("PEXPIRETIME", key);
          case 8 -> words("PERSIST", key);
          default ->
              words("EXPIRE", key, seconds, pick(random, "NX", "XX", "GT", "LT", "gt", "bogus"));
        };
    if (random.nextInt(8) == 0 && command.length > 3) {
      String[] longer = Arrays.copyOf(command, command.length + 1);
      longer[command.length] = pick(random, "NX", "XX", "GT", "LT");
      return longer;
    }
    return command;
  }

  private static String[] transactions(SplittableRandom random, String key, String other) {
    return switch (random.nextInt(8)) {
      case 0, 1 -> words("MULTI");
      case 2, 3, 4 -> words("EXEC");
      case 5 -> words("DISCARD");
      case 6 -> words("WATCH", key, other);
      default -> words("UNWATCH");
    };
  }

  private static String[] connection(SplittableRandom random, String number, String value) {
    return switch (random.nextInt(14)) {
      case 0 -> words("PING");
      case 1 -> words("PING", value);
      case 2 -> words("ECHO", value);
      case 3 -> words("AUTH", "default", "x");
      case 4 -> words("AUTH", pick(random, "x", "nobody"), "y");
      case 5 -> words("AUTH", "pw");
      case 6 -> words("CLIENT", "SETNAME", pick(random, "me", "a b", "", "x\n"));
      case 7 -> words("CLIENT", "GETNAME");
      case 8 -> words("CLIENT", pick(random, "NOPE", "ID"), "x");
      case 9 -> words("HELLO", pick(random, "x", "4", "1"));
      case 10 -> words("OBJECT", "FREQ", "missing");
      case 11 -> words("WAIT", pick(random, "0", "x"), pick(random, "0", "-1", "x"));
      case 12 -> words("PUBLISH", "nobody", value);
      default ->
          words(
              "COMMAND",
              pick(random, "GETKEYS", "getkeys"),
              pick(random, "GET", "MSET", "PING", "nope", "BITOP", "SET"),
              "a",
              "b",
              "c");
    };
  }

  private static String[] wrong(SplittableRandom random, String key, String value) {
    return switch (random.nextInt(9)) {
      case 0 -> words("GET");
      case 1 -> words("NOSUCH", key, value);
      case 2 -> words("SET", key);
      case 3 -> words("MSET", key);
      case 4 -> words("nosuch" + "x".repeat(200), "y".repeat(100), "z".repeat(100));
      case 5 -> words("CONFIG", "NOSUCH");
      case 6 -> words("OBJECT");
      case 7 -> words("CONFIG", "SET", "nosuch", "1");
      default -> words("MSET", key, value, key);
    };
  }

  private static String[] words(String... words) {
    return words;
  }

  static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
