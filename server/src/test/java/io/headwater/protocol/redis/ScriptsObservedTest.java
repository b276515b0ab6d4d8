package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.simulation.SimulatedDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What others see of the commands that scripts run: exactly what a real server shows. */
@Timeout(120)
class ScriptsObservedTest {
  private static RealRedis real;
  @TempDir static Path folder;

  private RedisRig rig;
  private final List<ClientPair> pairs = new ArrayList<>();
  private ClientPair runner;
  private ClientPair watcher;

  @BeforeAll
  static void start() throws Exception {
    real = Duel.start(folder);
  }

  @AfterAll
  static void stop() {
    if (real != null) {
      real.close();
    }
  }

  @BeforeEach
  void connect() throws Exception {
    rig = new RedisRig(new SimulatedDisk(1), Clock.system());
    runner = pair(false);
    watcher = pair(true);
    ask(runner, "FLUSHALL");
    ask(runner, "SCRIPT", "FLUSH");
    ask(runner, "CONFIG", "RESETSTAT");
  }

  @AfterEach
  void close() throws Exception {
    for (ClientPair pair : pairs) {
      pair.close();
    }
    rig.close();
  }

  private ClientPair pair(boolean resp3) throws Exception {
    ClientPair pair = new ClientPair(rig, real, resp3);
    pairs.add(pair);
    return pair;
  }

  private static void ask(ClientPair pair, String... command) throws Exception {
    compare(pair.ask(List.<String[]>of(command)), String.join(" ", command), text -> text);
  }

  private static void compare(String[] received, String what, UnaryOperator<String> shown) {
    assertThat(shown.apply(received[1])).as(what).isEqualTo(shown.apply(received[0]));
  }

  private static String[] eval(String script, String... keysAndArguments) {
    List<String> words = new ArrayList<>(List.of("EVAL", script));
    words.addAll(List.of(keysAndArguments));
    return words.toArray(String[]::new);
  }

  private void compareMonitors(String... command) throws Exception {
    compareMonitors(List.<String[]>of(command));
  }

  private void compareMonitors(List<String[]> commands) throws Exception {
    String what = String.join(" ", commands.getLast());
    compare(runner.ask(commands), what, text -> text);
    compare(watcher.received(), what, ScriptsObservedTest::lines);
  }

  /** Without what differs from run to run, and without the marks of the comparison. */
  private static String lines(String shown) {
    return shown
        .lines()
        .filter(line -> !line.contains("\"PING\" \"mark"))
        .map(line -> line.replaceFirst("^\\+[0-9.]+ \\[(\\d+) [0-9.:]+\\]", "+[$1 client]"))
        .map(line -> line.replaceFirst("^\\+[0-9.]+ \\[(\\d+) lua\\]", "+[$1 lua]"))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void monitorsAreShownTheScriptAndThenItsCommands() throws Exception {
    compare(
        watcher.ask(List.<String[]>of(new String[] {"MONITOR"})),
        "MONITOR",
        ScriptsObservedTest::lines);
    compareMonitors(eval("return redis.call('get', KEYS[1])", "1", "k"));
    compareMonitors(eval("redis.call('SeT', 'a', 1.5) return redis.call('incr', 'n')", "0"));
    compareMonitors(eval("redis.call('select', 3) redis.call('set', 'x', 'y\\n')", "0"));
    compareMonitors("GET", "a");
    compareMonitors(eval("return redis.pcall('incr', 'a')", "0"));
    compareMonitors(eval("return redis.pcall('nosuch', 'a')", "0"));
    compareMonitors(eval("return redis.pcall('get')", "0"));
    compareMonitors(eval("return redis.pcall('config', 'get', 'maxmemory')", "0"));
    compareMonitors(eval("not Lua", "0"));
    compareMonitors("EVAL_RO", "return redis.pcall('set', 'a', '1')", "0");
    compareMonitors("EVALSHA", "0".repeat(40), "0");
    compareMonitors("EVAL", "return 1", "x");
    compareMonitors("EVAL", "return 1", "2");
    compareMonitors("EVALSHA_RO", "0".repeat(40), "0");
    compareMonitors(
        "FUNCTION",
        "LOAD",
        "#!lua name=l\nredis.register_function('f', function() return redis.call('get', 'a') end)");
    compareMonitors("FCALL", "f", "0");
    compareMonitors("FCALL_RO", "f", "0");
    compareMonitors("FCALL", "nosuch", "0");
    compareMonitors("FUNCTION", "DELETE", "l");
    compareMonitors(
        List.of(
            new String[] {"MULTI"},
            new String[] {"SET", "t", "1"},
            eval("return redis.call('get', 't')", "0"),
            new String[] {"EXEC"}));
  }
}
