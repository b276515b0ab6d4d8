package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.view.keyspace.Fsync;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What others see of the commands that scripts run: exactly what a real server shows. */
@Timeout(120)
class ScriptsObservedTest {
  private static final String LIBRARY =
      """
      #!lua name=l
      local put = function() return redis.call('set', 'k', 'v') end
      redis.register_function('put', put)
      redis.register_function{function_name = 'force', callback = put, flags = {'allow-oom'}}
      redis.register_function{function_name = 'read', callback = put, flags = {'no-writes'}}
      """;

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  private RedisRig rig;
  private final List<ClientPair> pairs = new ArrayList<>();
  private ClientPair runner;
  private ClientPair watcher;

  @BeforeEach
  void connect() throws Exception {
    rig = new RedisRig();
    rig.keyspace.setFsync(Fsync.NO); // so that no output waits for the journal's own thread
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
    ClientPair pair = new ClientPair(rig, REAL.server(), resp3);
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

  /** The counters without the times. */
  private static String counters(String info) {
    return info.lines()
        .map(line -> line.replaceAll("usec[a-z_]*=[0-9.]+,", ""))
        .filter(line -> line.startsWith("cmdstat_") || line.startsWith("errorstat_"))
        .filter(line -> !line.startsWith("cmdstat_ping"))
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  @Test
  void whatScriptsRunIsCounted() throws Exception {
    ask(runner, "CONFIG", "RESETSTAT");
    for (String script :
        List.of(
            "for i = 1, 5 do redis.call('get', 'k') end",
            "redis.call('set', 'k', 'v') return redis.pcall('incr', 'k')",
            "redis.pcall('lpush', 'k', 'x') redis.pcall('get') redis.pcall('nosuch')",
            "return redis.call('incr', 'k')",
            "redis.pcall('config', 'get', 'x') redis.pcall('object', 'encoding', 'k')",
            "return nothing",
            "return {err = 'MINE own'}",
            "return redis.error_reply('OWN two')",
            "redis.pcall('subscribe', 'x')",
            "return redis.pcall('lpush', 'k', 'x')",
            "redis.call('xadd', 's', '1-1', 'a', 'b') redis.pcall('xadd', 's', '1-1', 'a', 'b')",
            "syntax error here")) {
      ask(runner, eval(script, "0"));
      compare(
          runner.ask(List.<String[]>of(new String[] {"INFO", "commandstats", "errorstats"})),
          script,
          ScriptsObservedTest::counters);
    }
    ask(runner, "EVAL_RO", "return redis.pcall('set', 'k', 'v')", "0");
    ask(runner, "EVALSHA", "0".repeat(40), "0");
    ask(runner, "FCALL", "nosuch", "0");
    compare(
        runner.ask(List.<String[]>of(new String[] {"INFO", "commandstats", "errorstats"})),
        "the family",
        ScriptsObservedTest::counters);
  }

  /** Of LATENCY HISTOGRAM: how often each command ran. */
  private static String calls(String histogram) {
    StringBuilder text = new StringBuilder();
    String[] lines = histogram.split("\r\n", -1);
    for (int i = 1; i < lines.length; i++) {
      if (lines[i].equals("calls")) {
        text.append(lines[i - 2]).append(lines[i + 1]).append('\n');
      }
    }
    return text.toString();
  }

  @Test
  void whatScriptsRunIsInTheHistograms() throws Exception {
    ask(runner, eval("for i = 1, 7 do redis.call('get', 'k') end redis.pcall('incr')", "0"));
    compare(
        runner.ask(List.<String[]>of(new String[] {"LATENCY", "HISTOGRAM", "get", "eval"})),
        "LATENCY HISTOGRAM",
        ScriptsObservedTest::calls);
  }

  private void compareAll(String... command) throws Exception {
    ask(runner, command);
    for (ClientPair pair : pairs) {
      compare(pair.received(), String.join(" ", command), text -> text);
    }
  }

  @Test
  void notificationsOfWhatScriptsWriteComeInOrder() throws Exception {
    ask(runner, "CONFIG", "SET", "notify-keyspace-events", "KEAnm");
    ask(watcher, "PSUBSCRIBE", "__key*");
    compareAll(
        eval("redis.call('set', 'a', 1) redis.call('incr', 'a') redis.call('del', 'a')", "0"));
    compareAll(eval("redis.call('lpush', 'l', 1, 2) redis.call('rpoplpush', 'l', 'm')", "0"));
    compareAll(
        eval("redis.call('get', 'no') redis.call('select', 2) redis.call('set', 'x', 1)", "0"));
    compareAll(eval("redis.call('zadd', 'z', 1, 'a') redis.call('publish', 'c', 'm')", "0"));
    compareAll(eval("redis.call('hset', 'h', 'f', 1) redis.call('incr', 'h')", "0"));
    compareAll(eval("redis.call('rename', 'h', 'i') redis.call('expire', 'i', -1)", "0"));
    ask(runner, "CONFIG", "SET", "notify-keyspace-events", "");
  }

  @Test
  void whatAScriptReadsItsClientTracks() throws Exception {
    ClientPair caching = pair(true);
    for (String mode : List.of("", "NOLOOP", "OPTOUT", "OPTIN", "BCAST")) {
      List<String> on = new ArrayList<>(List.of("CLIENT", "TRACKING", "ON"));
      if (!mode.isEmpty()) {
        on.add(mode);
      }
      ask(caching, on.toArray(String[]::new));
      for (String[] script :
          List.of(
              eval("return redis.call('get', KEYS[1])", "2", "a", "b"),
              eval("return redis.call('get', 'undeclared')", "0"),
              eval("return 1", "1", "c"),
              eval("redis.call('set', 'd', 1) return redis.call('get', 'd')", "1", "d"),
              eval("redis.call('get', 'e') redis.call('set', 'e', 1)", "1", "e"),
              new String[] {"EVAL_RO", "return 1", "1", "c"},
              new String[] {"EVAL_RO", "return redis.call('get', 'f')", "1", "f"})) {
        if (mode.equals("OPTIN")) {
          ask(caching, "CLIENT", "CACHING", "YES");
        }
        ask(caching, script);
        for (String key : List.of("a", "b", "c", "d", "e", "f", "undeclared")) {
          ask(runner, "SET", key, "1");
          compare(caching.received(), mode + " " + String.join(" ", script) + " " + key, t -> t);
        }
      }
      ask(caching, "CLIENT", "TRACKING", "OFF");
    }
  }

  @Test
  void whatAScriptWritesIsInvalidated() throws Exception {
    ClientPair caching = pair(true);
    ask(watcher, "CLIENT", "TRACKING", "ON");
    ask(caching, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "k");
    for (String script :
        List.of(
            "redis.call('set', 'k1', 1)",
            "redis.call('set', 'k2', 1) redis.call('incr', 'k1') redis.call('set', 'k2', 2)",
            "redis.call('del', 'k1') error('boom')",
            "redis.call('mset', 'k1', 1, 'k2', 2) redis.call('flushall')")) {
      ask(watcher, "MGET", "k1", "k2", "other");
      compareAll(eval(script, "0"));
    }
  }

  @Test
  void aClientHearsOfItsOwnScripts() throws Exception {
    ClientPair caching = pair(true);
    for (String mode : List.of("OPTOUT", "NOLOOP")) {
      ask(caching, "CLIENT", "TRACKING", "ON", mode);
      ask(caching, "GET", "k1");
      ask(caching, eval("redis.call('set', 'k1', 1) return redis.call('get', 'k1')", "1", "k1"));
      ask(caching, "SET", "k1", "2");
      ask(caching, eval("return redis.call('incr', 'k1')", "1", "k1"));
      ask(caching, "CLIENT", "TRACKING", "OFF");
    }
  }

  /** Reason, context, object and user of each entry of ACL LOG; the rest are times and numbers. */
  private static String entries(String log) {
    StringBuilder text = new StringBuilder();
    String[] lines = log.split("\r\n", -1);
    for (int i = 0; i < lines.length - 2; i++) {
      if (List.of("count", "reason", "context", "object", "username").contains(lines[i])) {
        text.append(lines[i]).append('=');
        text.append(lines[i + (lines[i + 1].startsWith(":") ? 1 : 2)]).append('\n');
      }
    }
    return text.toString();
  }

  @Test
  void whatAUserMayNotDoItsScriptsMayNotEither() throws Exception {
    ClientPair limited = pair(false);
    ask(runner, "ACL", "LOG", "RESET");
    ask(
        runner,
        "ACL",
        "SETUSER",
        "bob",
        "on",
        "nopass",
        "~b*",
        "&news",
        "+@all",
        "-incr",
        "-config|set");
    ask(limited, "AUTH", "bob", "x");
    for (String script :
        List.of(
            "return redis.call('set', 'b1', 'v')",
            "return redis.call('set', 'a1', 'v')",
            "return redis.pcall('get', 'a1')",
            "return redis.call('incr', 'b2')",
            "return redis.pcall('incr', 'a1')",
            "return redis.call('publish', 'other', 'm')",
            "return redis.call('publish', 'news', 'm')",
            "return redis.call('mget', 'b1', 'a1')",
            "local ok, e = pcall(redis.call, 'set', 'a1', 'v') return ok",
            "return redis.acl_check_cmd('set', 'a1', 'v')",
            "return redis.acl_check_cmd('set', 'b1', 'v')",
            "redis.call('set', 'b1', 'w') return redis.call('set', 'a1', 'v')")) {
      ask(limited, eval(script, "0"));
      compare(
          runner.ask(List.<String[]>of(new String[] {"ACL", "LOG"})),
          script,
          ScriptsObservedTest::entries);
    }
    ask(limited, eval("return 1", "1", "a1"));
    ask(limited, "GET", "b1");
    ask(
        limited,
        "FUNCTION",
        "LOAD",
        "#!lua name=l\n"
            + "redis.register_function('f', function() return redis.call('incr', 'b1') end)");
    ask(limited, "FCALL", "f", "0");
    compare(
        runner.ask(List.<String[]>of(new String[] {"ACL", "LOG"})),
        "FCALL",
        ScriptsObservedTest::entries);
    ask(runner, "FUNCTION", "DELETE", "l");
    ask(runner, "ACL", "DELUSER", "bob");
  }

  @Test
  void withoutRoomScriptsMayNotTakeMore() throws Exception {
    ask(runner, "SET", "there", "v");
    ask(runner, "FUNCTION", "LOAD", LIBRARY);
    ask(runner, "CONFIG", "SET", "maxmemory", "1");
    for (String script :
        List.of(
            "return redis.call('set', 'k', 'v')",
            "return redis.pcall('lpush', 'k', 'v')",
            "return redis.call('get', 'there')",
            "local r = redis.pcall('set', 'k', 'v') return r.err",
            "redis.call('del', 'there') return redis.call('set', 'k', 'v')",
            "redis.call('get', 'there') redis.call('set', 'k', 'v')",
            "#!lua\nreturn 1",
            "#!lua flags=no-writes\nreturn redis.call('exists', 'there')",
            "#!lua flags=allow-oom\nreturn redis.call('set', 'k', 'v')",
            "#!lua flags=no-writes\nreturn redis.pcall('set', 'k', 'v')")) {
      ask(runner, eval(script, "0"));
      ask(runner, "EVAL_RO", script, "0");
      ask(runner, "EXISTS", "there", "k");
    }
    ask(runner, "FCALL", "put", "0");
    ask(runner, "FCALL", "read", "0");
    ask(runner, "FCALL", "force", "0");
    ask(runner, "CONFIG", "SET", "maxmemory", "0");
    ask(runner, "FUNCTION", "DELETE", "l");
  }

  /** INFO's numbers of scripts and libraries, which are the same everywhere. */
  private static String numbers(String info) {
    return info.lines()
        .filter(line -> line.startsWith("number_of_"))
        .collect(Collectors.joining("\n"));
  }

  private void compareNumbers() throws Exception {
    compare(
        runner.ask(List.<String[]>of(new String[] {"INFO", "memory"})),
        "INFO memory",
        ScriptsObservedTest::numbers);
  }

  @Test
  void infoKnowsHowManyScriptsAndFunctionsThereAre() throws Exception {
    compareNumbers();
    ask(runner, eval("return 1", "0"));
    ask(runner, eval("return 1", "0"));
    ask(runner, eval("no Lua", "0"));
    ask(runner, "SCRIPT", "LOAD", "return 2");
    compareNumbers();
    ask(runner, "FUNCTION", "LOAD", LIBRARY);
    compareNumbers();
    ask(runner, "SCRIPT", "FLUSH");
    compareNumbers();
    ask(runner, "FUNCTION", "FLUSH");
    compareNumbers();
  }

  private static long field(RedisRig rig, String name) {
    String info = rig.call(rig.connect(), "INFO", "memory");
    int at = info.indexOf("\n" + name + ":") + name.length() + 2;
    return Long.parseLong(info.substring(at, info.indexOf('\r', at)));
  }

  @Test
  void infoKnowsWhatScriptsHold() throws Exception {
    assertThat(field(rig, "used_memory_lua")).isZero(); // no script ever ran
    rig.call(rig.connect(), "EVAL", "return #string.rep('x', 1e6)", "0");
    assertThat(field(rig, "used_memory_lua")).isBetween(1_000L, 200_000L); // garbage is not held
    assertThat(field(rig, "used_memory_scripts_eval")).isBetween(28L, 5_000L);
    assertThat(field(rig, "used_memory_vm_functions")).isZero();
    String holding =
        "#!lua name=h\nlocal t = {string.rep('x', 1e6)}"
            + "\nredis.register_function('h', function() return #t[1] end)";
    rig.call(rig.connect(), "FUNCTION", "LOAD", holding);
    assertThat(field(rig, "used_memory_vm_functions")).isBetween(1_000_000L, 1_300_000L);
    assertThat(field(rig, "used_memory_functions")).isEqualTo(holding.length());
    assertThat(field(rig, "used_memory_vm_total"))
        .isEqualTo(field(rig, "used_memory_lua") + field(rig, "used_memory_vm_functions"));
    rig = rig.restart();
    assertThat(field(rig, "number_of_libraries")).isOne();
    assertThat(field(rig, "number_of_functions")).isOne();
  }
}
