package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.conformance.RedisGrammar.Drawn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which keys a command touches must be the same as in a real redis-server: those that clients with
 * a cache are told of (CLIENT TRACKING BCAST), and those that let an EXEC behind WATCH fail.
 *
 * <p>By hand, any length: {@code -Dtest=TouchedKeysTest -Dtouched.commands=100000 -Dtouched.seed=7
 * -Dtouched.only='X.*'}.
 */
@Timeout(600)
class TouchedKeysTest {
  private static final int COMMANDS = Integer.getInteger("touched.commands", 4_000);
  private static final long SEED = Long.getLong("touched.seed", 1);
  private static final String ONLY = System.getProperty("touched.only", ".*");
  private static final int SHOWN = Integer.getInteger("touched.shown", 15);
  private static final int FAILURES_SHOWN = Integer.getInteger("touched.failures", 20);

  /**
   * Here LTRIM and PFMERGE touch nothing if they change nothing, and BITFIELD touches a string that
   * a SET made longer though its value did not fit; in Redis it is the other way round.
   */
  private static final Set<String> UNLIKE = Set.of("LTRIM", "PFMERGE", "BITFIELD");

  private static final String INVALIDATE = "invalidate\r\n";

  @TempDir static Path folder;
  @AutoClose private static RunningServer headwater;
  @AutoClose private static RedisProcess redis;

  /** One server: who sends commands, who hears of all keys, who watches. */
  private record Side(RespClient client, RespClient listener, RespClient watcher)
      implements AutoCloseable {
    static Side of(int port) throws IOException {
      Side side = new Side(new RespClient(port), new RespClient(port), new RespClient(port));
      side.client.call("FLUSHALL");
      side.listener.call("HELLO", "3");
      side.listener.call("CLIENT", "TRACKING", "ON", "BCAST");
      return side;
    }

    /** All keys that were invalidated since the last time; that of a whole database is "$-1". */
    TreeSet<String> heard() throws IOException {
      TreeSet<String> keys = new TreeSet<>();
      listener.send(List.of("PING"));
      listener.flush();
      for (String reply = listener.reply(); reply.startsWith(">"); reply = listener.reply()) {
        String named = reply.substring(reply.indexOf(INVALIDATE) + INVALIDATE.length());
        keys.addAll(List.of(named.substring(named.indexOf("\r\n") + 2).split("\r\n")));
      }
      return keys;
    }

    @Override
    public void close() throws IOException {
      client.close();
      listener.close();
      watcher.close();
    }
  }

  @BeforeAll
  static void start() throws Exception {
    redis = RedisProcess.start(folder.resolve("redis"));
    headwater = RunningServer.start(folder.resolve("headwater"), "--set", "redis.appendfsync=no");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyCommandTouchesTheKeysThatARealServerTouches(boolean inScripts) throws Exception {
    SplittableRandom random = new SplittableRandom(SEED * 2 + (inScripts ? 1 : 0));
    RedisGrammar grammar = new RedisGrammar(random, ONLY);
    List<String> history = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    try (Side theirs = Side.of(redis.port());
        Side ours = Side.of(headwater.redis)) {
      for (int i = 0; i < COMMANDS; i++) {
        List<String> words = words(grammar, inScripts);
        List<String> named =
            words.stream().skip(inScripts ? 3 : 0).filter(RedisGrammar.keys()::contains).toList();
        String watched = named.isEmpty() ? "none" : named.get(random.nextInt(named.size()));
        history.add(String.join(" ", words) + " [" + watched + " is watched]");

        String expected = touched(theirs, words, watched);
        String actual = touched(ours, words, watched);

        boolean alike = actual.equals(expected) || words.stream().anyMatch(UNLIKE::contains);
        if (!alike && failures.size() < FAILURES_SHOWN) {
          failures.add(
              "%s%n  ours:   %s%n  theirs: %s"
                  .formatted(
                      String.join("\n         ", history.subList(Math.max(0, i - SHOWN), i + 1)),
                      actual,
                      expected));
        }
      }
    }
    assertThat(failures).as("seed %d", SEED).isEmpty();
  }

  private static List<String> words(RedisGrammar grammar, boolean inScripts) {
    Drawn drawn = grammar.next();
    while (drawn.words().getFirst().matches("SELECT|(UN)?WATCH|MULTI|EXEC")
        || inScripts && drawn.words().getFirst().matches("EVAL.*|SORT|B.*|.*POP")) {
      drawn = grammar.next();
    }
    if (!inScripts) {
      return drawn.words();
    }
    List<String> words = new ArrayList<>(List.of("EVAL", "return redis.pcall(unpack(ARGV))", "0"));
    words.addAll(drawn.words());
    return words;
  }

  private static String touched(Side side, List<String> words, String watched) throws IOException {
    side.watcher.call("WATCH", watched);
    side.client.call(words);
    side.watcher.call("MULTI");
    String executed = side.watcher.call("EXEC");
    return "invalidated " + side.heard() + ", EXEC " + executed.strip();
  }
}
