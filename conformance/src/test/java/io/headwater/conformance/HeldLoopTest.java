package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.conformance.Waits.Wait;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What holds the loop longer than 100 ms is counted in SLOWLOG. Every command that is not O(1) runs
 * over collections of many elements while another connection sends PING; where a PING waited too
 * long, SLOWLOG must have an entry that says so.
 *
 * <p>No time is asserted: a slow command is right if it is counted. And a machine or process that
 * stands still is nobody's fault: a control asks another thread of the same process, by its admin
 * port, and what it had to wait at the same time does not count.
 *
 * <p>By hand with more: {@code -Dtest=HeldLoopTest -Dheld.elements=1000000 -Dheld.heap=2g}.
 */
@Timeout(900)
class HeldLoopTest {
  private static final int ELEMENTS = Integer.getInteger("held.elements", 200_000);

  /** Of one command: it may have 1,048,576. */
  private static final int WORDS_MAX = 1_000_000;

  private static final int PAIRS = Math.min(ELEMENTS, WORDS_MAX / 2);
  private static final String HEAP = System.getProperty("held.heap", "1g");
  private static final long UNCOUNTED_MS_MAX = 100;

  /** The control's waits below this are what any process has to wait. */
  private static final long STANDSTILL_MS = 10;

  private static final Set<String> DATA =
      Set.of(("bitmap,generic,geo,hash,hyperloglog,list,set,sorted-set,stream,string").split(","));

  @TempDir Path folder;
  @AutoClose private RunningServer server;
  @AutoClose private RespClient client;
  @AutoClose private RespClient pinger;
  @AutoClose private HttpConnection elastic;
  @AutoClose private Waits pings;
  @AutoClose private Waits control;
  private long lastEntry = -1;

  @BeforeEach
  void start() throws Exception {
    Path settings = folder.resolve("redis.conf");
    Files.writeString(settings, "appendfsync everysec\nenable-debug-command yes\n");
    server =
        RunningServer.startWithHeap(
            HEAP, folder.resolve("data"), "--redis-conf", settings.toString());
    client = new RespClient(server.redis);
    client.call("CONFIG", "SET", "slowlog-max-len", "1000");
    pinger = new RespClient(server.redis);
    elastic = new HttpConnection(server.elastic);
    pings = new Waits("pings", UNCOUNTED_MS_MAX, () -> pinger.call("PING"));
    control = new Waits("control", STANDSTILL_MS, () -> elastic.get("/"));
  }

  @Test
  void whatHoldsTheLoopIsCountedInTheSlowLog() throws Exception {
    List<String> lines = lines();
    assertThat(missing(lines)).as("commands that are not O(1) and not in the list").isEmpty();
    assertThatHoldsAreSeen();
    List<String> uncounted = new ArrayList<>();
    for (String line : lines) {
      if (!line.startsWith("not ")) {
        String reply = client.call(words(line));
        assertThat(reply).as(line).doesNotStartWith("-");
        uncounted.addAll(uncounted(line));
      }
    }
    assertThat(uncounted).isEmpty();
  }

  /** The test can fail: PING waits for DEBUG SLEEP, and the control does not. */
  private void assertThatHoldsAreSeen() throws Exception {
    long seenMs = 0;
    for (int i = 0; i < 20 && seenMs < UNCOUNTED_MS_MAX; i++) {
      assertThat(client.call("DEBUG", "SLEEP", "0.3")).isEqualTo("+OK\r\n");
      List<Wait> standstills = control.taken();
      for (Wait wait : pings.taken()) {
        seenMs = Math.max(seenMs, heldMs(wait, standstills));
      }
      countedMs();
    }
    assertThat(seenMs).as("hold that PING saw and the control did not").isGreaterThan(100);
  }

  private List<String> uncounted(String line) throws Exception {
    List<Wait> waits = pings.taken();
    List<Wait> standstills = control.taken();
    long countedMs = countedMs();
    List<String> uncounted = new ArrayList<>();
    for (Wait wait : waits) {
      long heldMs = heldMs(wait, standstills);
      if (heldMs - countedMs > UNCOUNTED_MS_MAX) {
        uncounted.add(
            "%s: PING waited %d ms, %d of them for the loop; SLOWLOG has %d ms"
                .formatted(line, wait.ms(), heldMs, countedMs));
      }
    }
    return uncounted;
  }

  private static long heldMs(Wait wait, List<Wait> standstills) {
    return wait.ms() - standstills.stream().mapToLong(wait::sharedMs).sum();
  }

  /** The longest of SLOWLOG's new entries. */
  private long countedMs() throws IOException {
    long longest = 0;
    long newest = lastEntry;
    for (Object item : list(new RespText(client.call("SLOWLOG", "GET", "100")).value())) {
      List<?> entry = list(item);
      long id = number(entry.get(0));
      newest = Math.max(newest, id);
      if (id > lastEntry) {
        longest = Math.max(longest, number(entry.get(2)) / 1000);
      }
    }
    lastEntry = newest;

    return longest;
  }

  private static List<?> list(Object value) {
    return (List<?>) value;
  }

  private static long number(Object value) {
    return Long.parseLong((String) value);
  }

  /** Commands on data that are not O(1) and stand in no line. */
  private Set<String> missing(List<String> lines) throws IOException {
    Set<String> there = new HashSet<>();
    for (String line : lines) {
      String[] words = line.toLowerCase(Locale.ROOT).split(" ");
      int name = words[0].equals("not") ? 1 : 0;
      there.add(words[name]);
      there.add(words[name] + "|" + (words.length > name + 1 ? words[name + 1] : ""));
    }
    Set<String> missing = new TreeSet<>();
    List<?> docs = list(new RespText(client.call("COMMAND", "DOCS")).value());
    for (int i = 0; i < docs.size(); i += 2) {
      addMissing((String) docs.get(i), list(docs.get(i + 1)), there, missing);
    }
    return missing;
  }

  private static void addMissing(
      String name, List<?> facts, Set<String> there, Set<String> missing) {
    List<?> subcommands = list(fact(facts, "subcommands", List.of()));
    for (int i = 0; i < subcommands.size(); i += 2) {
      addMissing((String) subcommands.get(i), list(subcommands.get(i + 1)), there, missing);
    }
    boolean constant =
        ((String) fact(facts, "complexity", "O(1)")).matches("O\\((1|log\\(N\\))\\)[^,]*");
    boolean data = DATA.contains(fact(facts, "group", ""));
    if (subcommands.isEmpty() && data && !constant && !there.contains(name)) {
      missing.add(name);
    }
  }

  private static Object fact(List<?> facts, String name, Object none) {
    int at = facts.indexOf(name);
    return at < 0 ? none : facts.get(at + 1);
  }

  private static List<String> lines() throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    HeldLoopTest.class.getResourceAsStream("large-commands.txt")),
                StandardCharsets.UTF_8))) {
      return lines.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    }
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    for (String part : line.split("(?<=') | (?=')")) {
      if (part.startsWith("'")) {
        words.add(part.substring(1, part.length() - 1));
        continue;
      }
      for (String word : part.split(" ")) {
        addWord(word, words);
      }
    }
    return words;
  }

  private static void addWord(String word, List<String> words) {
    switch (word) {
      case "<members>" -> add(words, Math.min(ELEMENTS, WORDS_MAX), i -> List.of("m" + i));
      case "<scored>" -> add(words, PAIRS, i -> List.of("" + i, "m" + i));
      case "<equal>" -> add(words, PAIRS, i -> List.of("0", "m" + i));
      case "<fields>" -> add(words, PAIRS, i -> List.of("m" + i, "v"));
      case "<keys>" -> add(words, PAIRS, i -> List.of("k" + i));
      case "<keyvalues>" -> add(words, PAIRS, i -> List.of("k" + i, "v"));
      case "<ids>" -> add(words, Math.min(ELEMENTS, WORDS_MAX), i -> List.of((i + 1) + "-0"));
      case "<gets>" -> add(words, ELEMENTS / 10, i -> List.of("GET", "u8", "" + i));
      case "<places>" ->
          add(
              words,
              Math.min(ELEMENTS, WORDS_MAX / 3),
              i -> List.of("" + i % 360 * 0.5, "" + i % 170 * 0.5, "m" + i));
      default ->
          words.add(
              word.replace("<n>", "" + ELEMENTS)
                  .replace("<half>", "" + ELEMENTS / 2)
                  .replace("<bytes>", "" + 64 * ELEMENTS));
    }
  }

  private static void add(List<String> words, int count, IntFunction<List<String>> item) {
    for (int i = 0; i < count; i++) {
      words.addAll(item.apply(i));
    }
  }
}
