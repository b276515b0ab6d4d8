package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.conformance.EdgeCommands.Drawn;
import io.headwater.conformance.EdgeCommands.Likeness;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every command with random arguments at its edges, plain, in transactions, in scripts and inline:
 * each reply, and what the keys hold afterwards, must be that of a real redis-server.
 *
 * <p>By hand, any length: {@code -Dtest=EdgeCommandsTest -Dedges.commands=100000 -Dedges.seed=7
 * -Dedges.only='x.*'}.
 */
@Timeout(600)
class EdgeCommandsTest {
  /** How a command is sent. */
  enum Way {
    RESP2,
    RESP3,
    MULTI,
    EVAL,
    INLINE
  }

  private static final int COMMANDS = Integer.getInteger("edges.commands", 2_000);
  private static final long SEED = Long.getLong("edges.seed", 1);
  private static final String ONLY = System.getProperty("edges.only", ".*");
  private static final int ROUND = 25;
  private static final int FAILURES_SHOWN = 20;

  /** What stands before the only reply of an EXEC. */
  private static final String ALONE = "*1\r\n";

  @TempDir static Path folder;
  @AutoClose private static RunningServer headwater;
  @AutoClose private static RedisProcess redis;
  @AutoClose private static RestoredDumps dumps;

  private RespClient theirs;
  private RespClient ours;
  private SplittableRandom random;
  private final List<String> history = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    redis = RedisProcess.start(folder.resolve("redis"));
    dumps = RestoredDumps.start(folder.resolve("dumps"));
    headwater = RunningServer.start(folder.resolve("headwater"));
    try (RespClient client = new RespClient(headwater.redis)) {
      client.call("CONFIG", "SET", "appendfsync", "everysec");
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyReplyIsThatOfARealServer(Way way) throws Exception {
    random = new SplittableRandom(SEED * 31 + way.ordinal());
    try (RespClient one = new RespClient(redis.port());
        RespClient other = new RespClient(headwater.redis)) {
      theirs = one;
      ours = other;
      EdgeCommands commands = EdgeCommands.of(random, theirs.call("COMMAND", "DOCS"), ONLY);
      if (way == Way.RESP3 || way != Way.RESP2 && random.nextBoolean()) {
        theirs.call("HELLO", "3");
        ours.call("HELLO", "3");
      }
      begin();
      for (int i = 1; i <= COMMANDS && failures.size() < FAILURES_SHOWN; i++) {
        Drawn drawn = commands.next();
        int failed = failures.size();
        run(way, drawn);
        boolean unlike = drawn.name().equals("spop") || EdgeCommands.mayExpire(drawn);
        if (i % ROUND == 0 && !unlike) {
          compareContents();
        }
        if (i % ROUND == 0 || unlike || failures.size() > failed) {
          begin();
        }
      }
    }
    assertThat(failures).as("seed %d, %s", SEED, way).isEmpty();
  }

  private void begin() throws IOException {
    history.clear();
    for (RespClient client : List.of(theirs, ours)) {
      EdgeCommands.fixture().forEach(client::send);
      client.flush();
    }
    for (List<String> ignored : EdgeCommands.fixture()) {
      theirs.reply();
      ours.reply();
    }
  }

  private void run(Way way, Drawn drawn) throws IOException {
    history.add(shown(String.join(" ", drawn.words())));
    List<List<String>> lines =
        switch (way) {
          case RESP2, RESP3, INLINE -> List.of(drawn.words());
          case MULTI -> List.of(List.of("MULTI"), drawn.words(), List.of("EXEC"));
          case EVAL -> List.of(List.of("EVAL", script(drawn.words()), "0"));
        };
    for (RespClient client : List.of(theirs, ours)) {
      for (List<String> line : lines) {
        if (way == Way.INLINE) {
          client.sendInline(inline(line));
        } else {
          client.send(line);
        }
      }
      client.flush();
    }
    for (List<String> line : lines) {
      String expected = reply(theirs, "redis-server");
      String actual = reply(ours, "Headwater");
      compare(drawn.likeness(), line.getFirst(), expected, actual);
    }
  }

  private String reply(RespClient client, String whose) throws IOException {
    try {
      return client.reply();
    } catch (IOException e) {
      String after = String.join("\n", history);
      throw new IOException("no reply of " + whose + ", seed " + SEED + ", after " + after, e);
    }
  }

  private void compare(Likeness likeness, String what, String expected, String actual)
      throws IOException {
    boolean error = expected.startsWith("-") || actual.startsWith("-");
    Likeness asked = error ? Likeness.BYTES : likeness;
    if (!actual.equals(expected) && !likened(asked, actual).equals(likened(asked, expected))) {
      failures.add(
          "%s (%s)%n  ours:   %s%n  theirs: %s%n  after: %s"
              .formatted(
                  history.getLast(),
                  what,
                  shown(actual),
                  shown(expected),
                  String.join("\n         ", history)));
    }
  }

  private static String likened(Likeness likeness, String reply) throws IOException {
    return switch (likeness) {
      case BYTES -> reply;
      case LINES -> {
        String[] lines = reply.split("\r\n", -1);
        Arrays.sort(lines);
        yield String.join("\n", lines);
      }
      case NO_NUMBERS -> reply.replaceAll(":[0-9]+\r", ":n\r");
      case RESTORED ->
          dumps.contents(reply.startsWith(ALONE) ? reply.substring(ALONE.length()) : reply);
      case FIRST_LINE -> reply.startsWith("$") ? "$" : reply.substring(0, reply.indexOf('\r'));
    };
  }

  private static String shown(String text) {
    String line = text.replace("\r\n", " ").replace('\0', '~');
    return line.length() > 300 ? line.substring(0, 300) + "..." : line;
  }

  private String script(List<String> words) {
    StringBuilder text = new StringBuilder("return redis.");
    text.append(random.nextBoolean() ? "call" : "pcall").append('(');
    for (int i = 0; i < words.size(); i++) {
      text.append(i > 0 ? ",'" : "'");
      words.get(i).chars().forEach(c -> text.append("\\%03d".formatted(c)));
      text.append('\'');
    }
    return text.append(')').toString();
  }

  /** In one line, in quotes where it must be and elsewhere by chance. */
  private String inline(List<String> words) {
    StringBuilder line = new StringBuilder();
    for (String word : words) {
      boolean plain = word.matches("[!#-&(-\\[\\]-~]+");
      if (plain && random.nextBoolean()) {
        line.append(word);
      } else {
        line.append('"');
        word.chars().forEach(c -> line.append("\\x%02x".formatted(c)));
        line.append('"');
      }
      line.append(' ');
    }
    return line + (random.nextBoolean() ? "\r\n" : "\n");
  }

  private void compareContents() throws IOException {
    history.add("contents");
    ask(Likeness.LINES, "KEYS", "*");
    for (String key : EdgeCommands.keys()) {
      String type = theirs.call("TYPE", key).strip();
      ask(Likeness.BYTES, "TYPE", key);
      ask(Likeness.BYTES, "OBJECT", "ENCODING", key);
      ask(Likeness.BYTES, "PEXPIRETIME", key);
      switch (type) {
        case "+string" -> ask(Likeness.BYTES, "GET", key);
        case "+list" -> ask(Likeness.BYTES, "LRANGE", key, "0", "-1");
        case "+hash" -> ask(Likeness.LINES, "HGETALL", key);
        case "+set" -> ask(Likeness.LINES, "SMEMBERS", key);
        case "+zset" -> ask(Likeness.BYTES, "ZRANGE", key, "0", "-1", "WITHSCORES");
        case "+stream" -> {
          ask(Likeness.BYTES, "XRANGE", key, "-", "+");
          ask(Likeness.NO_NUMBERS, "XINFO", "STREAM", key, "FULL");
        }
        default -> {}
      }
    }
  }

  private void ask(Likeness likeness, String... words) throws IOException {
    compare(likeness, String.join(" ", words), theirs.call(words), ours.call(words));
  }
}
