package io.headwater.protocol.redis;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Eight hundred scripts, one a line of {@code scripts.txt}, and what surrounds them: each reply is
 * that of a real server, positions in errors and the order of {@code pairs} included.
 */
@Timeout(120)
class ScriptDifferentialTest {
  private static final String LIBRARY =
      """
      #!lua name=l1
      local n = 0
      redis.register_function("one", function(keys, args) return {#keys, args[1]} end)
      redis.register_function("boo", function(keys, args) error("boo") end)
      redis.register_function("count", function(keys, args) n = n + 1 return n end)
      redis.register_function("unknown", function(keys, args) return nothing end)
      redis.register_function("global", function(keys, args) nothing = 1 end)
      redis.register_function("put", function(keys, args)
        return redis.call("set", keys[1], args[1]) end)
      redis.register_function{function_name = "get", description = "reads",
        callback = function(keys, args) return redis.call("get", keys[1]) end,
        flags = {"no-writes"}}
      """;

  private static final int PROGRAMS = 25;
  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  static List<String> scripts() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(ScriptDifferentialTest.class.getResourceAsStream("scripts.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank())
          .toList();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void everyScriptAnswersAsInARealServer(int protocol) throws Exception {
    try (Duel duel = new Duel("scripts", REAL.server(), protocol)) {
      for (String script : scripts()) {
        duel.compare(List.<String[]>of(eval(latin1(script))));
      }
    }
  }

  static LongStream programSeeds() {
    long first = Long.getLong("lua.seed", 1);
    return LongStream.range(first, first + Integer.getInteger("lua.seeds", 20));
  }

  /** One seed by hand: {@code -Dlua.seed=7 -Dlua.seeds=1}. */
  @ParameterizedTest
  @MethodSource("programSeeds")
  void randomProgramsDoWhatTheyDoInARealServer(long seed) throws Exception {
    try (Duel duel = new Duel("lua.seed=" + seed, REAL.server(), 2)) {
      for (int i = 0; i < PROGRAMS; i++) {
        duel.compare(List.<String[]>of(eval(LuaPrograms.of(seed * PROGRAMS + i))));
      }
    }
  }

  /** As the bytes that a client sends. */
  private static String latin1(String script) {
    return new String(script.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static String[] eval(String script) {
    return new String[] {"EVAL", script, "2", "k1", "k2", "a1", "a2"};
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void functionsAreLoadedCalledDumpedAndRestoredAsInARealServer(int protocol) throws Exception {
    try (Duel duel = new Duel("functions", REAL.server(), protocol)) {
      duel.compare("FUNCTION FLUSH");
      duel.compare(List.<String[]>of(new String[] {"FUNCTION", "LOAD", LIBRARY}));
      duel.compare(List.<String[]>of(new String[] {"FUNCTION", "LOAD", LIBRARY}));
      duel.compare(List.<String[]>of(new String[] {"FUNCTION", "LOAD", "REPLACE", LIBRARY}));
      for (String call :
          List.of(
              "one 1 a b",
              "boo 0",
              "count 0",
              "unknown 0",
              "global 0",
              "put 1 k v",
              "get 1 k",
              "nosuch 0",
              "one -1",
              "one 9 a",
              "one x")) {
        duel.compare("FCALL " + call);
        duel.compare("FCALL_RO " + call);
      }
      duel.compare("FUNCTION STATS");
      duel.compare("FUNCTION KILL");
      duel.compare("FUNCTION DELETE nosuch");
      duel.compare("FUNCTION RESTORE xyz");
      duel.compare(
          List.<String[]>of(new String[] {"FUNCTION", "LIST", "WITHCODE"}), Duel::sameLines);
      String dumped = duel.askReal("FUNCTION", "DUMP");
      String payload = dumped.substring(dumped.indexOf('\n') + 1, dumped.length() - 2);
      duel.compare("FUNCTION DUMP");
      duel.compare(List.<String[]>of(new String[] {"FUNCTION", "RESTORE", payload}));
      duel.compare(List.<String[]>of(new String[] {"FUNCTION", "RESTORE", payload, "REPLACE"}));
      duel.compare("FLUSHALL");
      duel.restart();
      duel.compare("FCALL one 0 after-a-restart");
      duel.compare("FUNCTION DELETE l1");
      duel.restart();
      duel.compare("FCALL one 0 gone");
    }
  }

  @Test
  void whatFlagsAndReadOnlyCallsRefuseIsRefusedAsInARealServer() throws Exception {
    try (Duel duel = new Duel("flags", REAL.server(), 2)) {
      List<String[]> commands = new ArrayList<>();
      for (String script :
          List.of(
              "#!lua flags=no-writes\nreturn redis.call('set','a',1)",
              "#!lua flags=foo\nreturn 1",
              "#!luax\nreturn 1",
              "#!lua name=x\nreturn 1",
              "#!lua\nreturn redis.call('set','a','b')",
              "#!lua",
              "#!lua flags=no-writes,allow-stale\nreturn redis.call('get','a')",
              "return redis.call('set','a',1)",
              "return redis.pcall('set','a',1)")) {
        commands.add(new String[] {"EVAL", script, "0"});
        commands.add(new String[] {"EVAL_RO", script, "0"});
        commands.add(new String[] {"SCRIPT", "LOAD", script});
      }
      duel.compare(commands);
    }
  }

  @Test
  void scriptsStandInTransactions() throws Exception {
    try (Duel duel = new Duel("transactions", REAL.server(), 2)) {
      duel.compare("MULTI");
      duel.compare(
          List.<String[]>of(eval("redis.call('set','t',1) return redis.call('incr','t')")));
      duel.compare(List.<String[]>of(eval("return redis.call('nosuch')")));
      duel.compare(List.<String[]>of(eval("return redis.call('xread','streams','s','0')")));
      duel.compare("EXEC");
      duel.compare("WATCH t");
      duel.compare(List.<String[]>of(eval("return redis.call('incr','t')")));
      duel.compare("MULTI");
      duel.compare("PING");
      duel.compare("EXEC");
      duel.compare("SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
      duel.compare("SCRIPT KILL");
      duel.compare("SCRIPT FLUSH");
      duel.compare("EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0");
    }
  }
}
