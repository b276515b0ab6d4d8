package io.headwater.protocol.memcached;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headwater.simulation.SimulatedConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same seeded commands to a real memcached and to our session; the replies must be equal. */
@Timeout(120)
class MemcachedDifferentialTest {
  private static final int COMMANDS = 3000;
  private static final int KEYS = 8;
  private static Process real;
  private static int port;

  @BeforeAll
  static void start() throws Exception {
    boolean installed =
        Arrays.stream(System.getenv("PATH").split(":"))
            .anyMatch(folder -> new java.io.File(folder, "memcached").canExecute());
    assumeTrue(installed, "memcached is not installed on PATH");
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    real =
        new ProcessBuilder(
                "memcached",
                "-u",
                "nobody",
                "-U",
                "0",
                "-l",
                "127.0.0.1",
                "-p",
                "" + port,
                "-o",
                "no_modern")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(probe.isConnected()).isTrue();
        return;
      } catch (IOException e) {
        assertThat(System.nanoTime()).as("memcached starts").isLessThan(deadlineNs);
        Thread.yield();
      }
    }
  }

  @AfterAll
  static void stop() {
    if (real != null) {
      real.destroyForcibly();
    }
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 12);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void answersAreThoseOfMemcached(long seed) throws Exception {
    Random random = new Random(seed);
    Sessions ours = new Sessions();
    SimulatedConnection our = ours.connect();
    try (Socket their = new Socket(InetAddress.getLoopbackAddress(), port)) {
      their.setTcpNoDelay(true);
      their.setSoTimeout(60_000);
      exchange(their, "flush_all\r\n");
      List<String> history = new ArrayList<>();
      for (int i = 0; i < COMMANDS; i++) {
        String request = request(random);
        history.add(request);
        String key = key(random);
        String theirCas = cas(exchange(their, "me " + key + "\r\n"));
        String ourCas = cas(our.exchange("me " + key + "\r\n"));
        String theirs = exchange(their, request.replace("CAS", theirCas));
        String mine = our.exchange(request.replace("CAS", ourCas) + "mn\r\n");
        assertThat(comparable(mine))
            .as(
                "seed %d, after %s",
                seed, history.subList(Math.max(0, history.size() - 12), history.size()))
            .isEqualTo(comparable(theirs));
      }
    }
  }

  /** Sends a request and a no-op, and reads up to the no-op's answer. */
  private static String exchange(Socket socket, String request) throws IOException {
    socket.getOutputStream().write((request + "mn\r\n").getBytes(ISO_8859_1));
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[65536];
    while (!answer.toString(ISO_8859_1).endsWith("MN\r\n")) {
      int n = in.read(buffer);
      if (n < 0) {
        return answer.toString(ISO_8859_1) + "<closed>";
      }
      answer.write(buffer, 0, n);
    }
    return answer.toString(ISO_8859_1);
  }

  private static String cas(String debug) {
    Matcher matcher = Pattern.compile(" cas=(\\d+)").matcher(debug);
    return matcher.find() ? matcher.group(1) : "99999999";
  }

  /** Without cas values and the numbers that depend on the second. */
  private static String comparable(String answer) {
    String plainKeys = answer;
    for (int i = 0; i < KEYS; i++) { // 1.6.18 forgets that a key is binary when it makes a new item
      plainKeys =
          plainKeys.replace(base64("key" + i), "key" + i).replace("kkey" + i + " b", "kkey" + i);
    }
    return plainKeys
        .replaceAll("(VALUE \\S+ \\d+ \\d+) \\d+", "$1 CAS")
        .replaceAll("(?m)^((?:HD|VA|NS|EX|NF)\\b.*) c[1-9]\\d*", "$1 cCAS")
        .replaceAll("(?m)^((?:HD|VA)\\b.*) t\\d+", "$1 tTTL")
        .replaceAll("(?m)^((?:HD|VA)\\b.*) l\\d+", "$1 lAGE")
        .replaceAll("ME (\\S+) exp=(\\S+).*fetch=(\\w+).*", "ME $1 $3");
  }

  private static String request(Random random) {
    StringBuilder batch = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      String one = one(random);
      if (one.matches("(?s)(incr|decr|ma) .*")) {
        return one; // 1.6.18 pads with spaces only if no reply of the pipeline holds the item
      }
      batch.append(one);
    }
    return batch.toString();
  }

  private static String one(Random random) {
    String key = key(random);
    return switch (random.nextInt(24)) {
      case 0, 1, 2 -> storage(random, "set", key);
      case 3 -> storage(random, pick(random, "add", "replace"), key);
      case 4 -> storage(random, pick(random, "append", "prepend"), key);
      case 5 -> storage(random, "cas", key);
      case 6, 7, 8 -> pick(random, "get ", "gets ", "get  ") + keys(random) + "\r\n";
      case 9 -> pick(random, "gat ", "gats ") + exptime(random) + " " + keys(random) + "\r\n";
      case 10 ->
          "delete " + key + pick(random, "", "", " 0", " noreply", " 5", " 0 noreply") + "\r\n";
      case 11, 12 ->
          pick(random, "incr ", "decr ")
              + key
              + " "
              + number(random)
              + pick(random, "", "", " noreply")
              + "\r\n";
      case 13 -> "touch " + key + " " + exptime(random) + pick(random, "", "", " noreply") + "\r\n";
      case 14, 15, 16 ->
          "mg "
              + flags(random, key, "cfhklqstuv", "R30", "R500", "T0", "T100", "Oab", "P1", "Lx")
              + "\r\n";
      case 17, 18 -> metaSet(random, key);
      case 19 ->
          "md " + flags(random, key, "kq", "I", "I", "CCAS", "C99999999", "Oab", "T100") + "\r\n";
      case 20 ->
          "ma "
              + flags(
                  random,
                  key,
                  "ckqtv",
                  "D5",
                  "D100",
                  "MI",
                  "MD",
                  "M+",
                  "M-",
                  "CCAS",
                  "C99999999",
                  "T100",
                  "Oab")
              + "\r\n";
      case 21 -> "me " + pick(random, key, key, base64(key) + " b") + "\r\n";
      case 22 ->
          "mg " + key + pick(random, " N30", " N30 v", " N100 k t", " N0 O1 v", " N30 q") + "\r\n";
      default -> garbage(random, key);
    };
  }

  private static String garbage(Random random, String key) {
    return pick(
        random,
        "bogus\r\n",
        "\r\n",
        "get\r\n",
        "delete " + "k".repeat(251) + "\r\n",
        "set " + key + " 0 0\r\n",
        "set " + key + " x 0 1\r\n",
        "set " + key + " 0 0 -1\r\n",
        "set " + key + " 0 0 2\r\nabc\r\n",
        "set " + "k".repeat(251) + " 0 0 1\r\n",
        "incr " + key + " x\r\n",
        "incr " + key + "\r\n",
        "touch " + key + " x\r\n",
        "gat x " + key + "\r\n",
        "mg " + key + " v v\r\n",
        "mg " + key + " !\r\n",
        "mg " + key + " Tx\r\n",
        "mg " + key + " O" + "o".repeat(32) + "\r\n",
        "mg %% b v\r\n",
        "ms " + key + "\r\n",
        "ms " + key + " x\r\n",
        "ms " + key + " 2 z\r\nhi\r\n",
        "ms " + key + " 2 MX\r\nhi\r\n",
        "ms " + key + " 2 MXX\r\nhi\r\n",
        "ms " + key + " 2 Fx\r\nhi\r\n",
        "ms " + key + " 2\r\nhiho\r\n",
        "md " + key + " Cx\r\n",
        "ma " + key + " Mx\r\n",
        "ma " + key + " Dx\r\n",
        "me\r\n",
        "md\r\n",
        "verbosity\r\n",
        "verbosity 1\r\n",
        "flush_all x\r\n",
        "flush_all noreply\r\n",
        "flush_all\r\n",
        "delete " + key + " a b\r\n",
        "shutdown\r\n",
        "set " + key + " 0 0 1100000\r\n" + "v".repeat(1_100_000) + "\r\n",
        "get " + (key + " ").repeat(100) + "\r\n");
  }

  private static String metaSet(Random random, String key) {
    String value = value(random);
    String flags =
        some(random, "c", "k", "q", "Oab", "F5", "T100", "T0", "b", "I", "CCAS", "C99999999", "P9");
    String mode = pick(random, "", "", "", " ME", " MR", " MA", " MP", " MS");
    String name = flags.contains(" b") ? base64(key) : key;
    return "ms " + name + " " + value.length() + flags + mode + "\r\n" + value + "\r\n";
  }

  private static String flags(Random random, String key, String letters, String... tokens) {
    String[] all =
        Stream.concat(letters.chars().mapToObj(c -> "" + (char) c), Stream.of(tokens))
            .toArray(String[]::new);
    String flags = some(random, all);
    boolean binary = random.nextInt(6) == 0;
    return (binary ? base64(key) : key) + flags + (binary ? " b" : "");
  }

  /** A random selection in random order, without two of the same letter. */
  private static String some(Random random, String... flags) {
    StringBuilder chosen = new StringBuilder();
    String letters = "";
    for (int i = random.nextInt(6); i > 0; i--) {
      String flag = flags[random.nextInt(flags.length)];
      if (letters.indexOf(flag.charAt(0)) < 0) {
        letters += flag.charAt(0);
        chosen.append(' ').append(flag);
      }
    }
    return chosen.toString();
  }

  private static String storage(Random random, String command, String key) {
    String value = value(random);
    return command
        + " "
        + key
        + " "
        + random.nextInt(3) * 1000
        + " "
        + exptime(random)
        + " "
        + value.length()
        + (command.equals("cas") ? " " + pick(random, "CAS", "99999999", "0") : "")
        + pick(random, "", "", "", " noreply")
        + "\r\n"
        + value
        + "\r\n";
  }

  private static String value(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> "";
      case 1, 2 -> number(random);
      case 3 -> "v".repeat(random.nextInt(3000));
      case 4 -> "line\r\nbreak\0";
      default -> "abc";
    };
  }

  private static String number(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> "18446744073709551615";
      case 1 -> "0";
      case 2 -> "" + random.nextInt(2000);
      default -> "" + random.nextInt(12);
    };
  }

  /** None that depend on the second in which they arrive. */
  private static String exptime(Random random) {
    return pick(random, "0", "0", "0", "100", "-1", "2592001", "2592000");
  }

  private static String keys(Random random) {
    return Stream.generate(() -> key(random))
        .limit(1 + random.nextInt(4))
        .reduce((a, b) -> a + " " + b)
        .orElseThrow();
  }

  private static String key(Random random) {
    return "key" + random.nextInt(KEYS);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(ISO_8859_1));
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
