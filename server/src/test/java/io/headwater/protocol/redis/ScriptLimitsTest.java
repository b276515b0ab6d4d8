package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile script cannot do, and what may be done about one that does not end. */
@Timeout(120)
class ScriptLimitsTest {
  private static final String FOREVER = "while true do end";

  /** A clock that goes on by itself: each look at it takes a millisecond. */
  private static final class RunningClock implements Clock {
    private final SimulatedClock clock = new SimulatedClock();

    @Override
    public long nanos() {
      clock.advanceMs(1);
      return clock.nanos();
    }

    @Override
    public long wallMs() {
      return clock.wallMs();
    }
  }

  private static RedisRig rig() {
    return new RedisRig(new SimulatedDisk(1), new RunningClock());
  }

  private static String eval(RedisRig rig, SimulatedConnection client, String script) {
    return rig.call(client, "EVAL", script, "0");
  }

  @Test
  void othersGetBusyAndMayKillAScriptThatHasNotWritten() throws IOException {
    try (RedisRig rig = rig()) {
      SimulatedConnection runner = rig.connect();
      SimulatedConnection other = rig.connect();
      SimulatedConnection killer = rig.connect();
      runner.send(RedisRig.request("EVAL", FOREVER, "0"));
      other.send(RedisRig.request("PING"));
      other.send(RedisRig.request("FUNCTION", "KILL"));
      other.send(RedisRig.request("MULTI"));
      other.send(RedisRig.request("GET", "x"));
      other.send(RedisRig.request("SHUTDOWN"));
      killer.send(RedisRig.request("SCRIPT", "KILL"));
      rig.loop.runUntilIdle();
      String busy =
          "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN"
              + " NOSAVE.\r\n";
      assertThat(other.receivedText())
          .isEqualTo(
              busy + "-NOTBUSY No scripts in execution right now.\r\n" + "+OK\r\n" + busy + busy);
      assertThat(killer.receivedText()).isEqualTo("+OK\r\n");
      assertThat(runner.receivedText())
          .startsWith("-ERR Script killed by user with SCRIPT KILL... script: ");
      assertThat(rig.call(killer, "PING")).isEqualTo("+PONG\r\n");
    }
  }

  /** redis-cli --ldb does not look at the reply of SCRIPT DEBUG, whose YES promises a rollback. */
  @ParameterizedTest
  @ValueSource(strings = {"yes", "sync"})
  void whoAskedForTheDebuggerRunsNoScriptWithoutIt(String mode) throws IOException {
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      String refused = "-ERR SCRIPT DEBUG is not supported by Headwater\r\n";
      assertThat(rig.call(client, "SCRIPT", "DEBUG", mode)).isEqualTo(refused);

      assertThat(eval(rig, client, "return redis.call('set', 'k', 'v')"))
          .isEqualTo("*1\r\n+<endsession>\r\n" + refused);

      assertThat(client.isClosed()).isTrue();
      assertThat(rig.call(rig.connect(), "EXISTS", "k")).isEqualTo(":0\r\n");
    }
  }

  @Test
  void whoTookTheWishForTheDebuggerBackRunsScripts() throws IOException {
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      rig.call(client, "SCRIPT", "DEBUG", "YES");
      assertThat(rig.call(client, "SCRIPT", "DEBUG", "NO")).isEqualTo("+OK\r\n");
      assertThat(eval(rig, client, "return 1")).isEqualTo(":1\r\n");
    }
  }

  @Test
  void noPcallCatchesAKill() throws IOException {
    try (RedisRig rig = rig()) {
      SimulatedConnection runner = rig.connect();
      SimulatedConnection killer = rig.connect();
      runner.send(
          RedisRig.request(
              "EVAL", "while true do pcall(function() while true do end end) end", "0"));
      killer.send(RedisRig.request("SCRIPT", "KILL"));
      rig.loop.runUntilIdle();
      assertThat(runner.receivedText()).contains("Script killed by user");
    }
  }

  @Test
  void aScriptThatHasWrittenCannotBeKilled() throws IOException {
    try (RedisRig rig = rig()) {
      SimulatedConnection runner = rig.connect();
      SimulatedConnection killer = rig.connect();
      runner.send(
          RedisRig.request(
              "EVAL", "redis.call('set','k','v') for i = 1, 1e8 do end return 'done'", "0"));
      killer.send(RedisRig.request("SCRIPT", "KILL"));
      rig.loop.runUntilIdle();
      assertThat(killer.receivedText()).startsWith("-UNKILLABLE Sorry the script already executed");
      assertThat(runner.receivedText()).isEqualTo("$4\r\ndone\r\n");
      assertThat(rig.call(killer, "GET", "k")).isEqualTo("$1\r\nv\r\n");
    }
  }

  @Test
  void aFunctionIsKilledByItsOwnWord() throws IOException {
    try (RedisRig rig = rig()) {
      SimulatedConnection runner = rig.connect();
      SimulatedConnection killer = rig.connect();
      String library =
          "#!lua name=l\nredis.register_function('f', function() while true do end end)";
      assertThat(rig.call(runner, "FUNCTION", "LOAD", library)).isEqualTo("$1\r\nl\r\n");
      runner.send(RedisRig.request("FCALL", "f", "0"));
      killer.send(RedisRig.request("SCRIPT", "KILL"));
      killer.send(RedisRig.request("FUNCTION", "STATS"));
      killer.send(RedisRig.request("FUNCTION", "KILL"));
      rig.loop.runUntilIdle();
      assertThat(killer.receivedText())
          .startsWith("-NOTBUSY")
          .contains("running_script", "$1\r\nf\r\n", "FCALL")
          .endsWith("+OK\r\n");
      assertThat(runner.receivedText()).contains("Script killed by user with FUNCTION KILL...");
    }
  }

  @Test
  void aLibraryThatDoesNotEndIsNotLoaded() throws IOException {
    try (RedisRig rig = rig()) {
      SimulatedConnection client = rig.connect();
      assertThat(rig.call(client, "FUNCTION", "LOAD", "#!lua name=l\nwhile true do end"))
          .isEqualTo("-ERR FUNCTION LOAD timeout\r\n");
      assertThat(rig.call(client, "FUNCTION", "LIST")).isEqualTo("*0\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local t = {} for i = 1, 1e9 do t['k' .. i] = {} end",
        "local s = 'x' for i = 1, 60 do s = s .. s end",
        "return #string.rep('x', 2^31 - 1)",
        "return #string.rep(string.rep('x', 1e6), 1e6)",
        "local t = {} for i = 1, 1e6 do t[i] = string.rep('y', 1e6) .. i end",
        "return #string.rep('x', 1e6):gsub('x', string.rep('y', 1e6))",
        "local t = {} for i = 1, 1e4 do t[i] = string.rep('z', 1e6) end return #table.concat(t)",
        "local fs = {} for i = 1, 1e9 do fs[i] = function() return i end end",
        "local cs = {} for i = 1, 1e9 do cs[i] = coroutine.create(function() end) end",
        "local t = {} for i = 1, 1e4 do t[i] = string.rep('z', 1e6) end return cjson.encode(t)",
        "redis.call('set', 'big', string.rep('x', 5e5)) local t = {} while true do"
            + " t[#t + 1] = redis.call('get', 'big') end"
      })
  void memoryEndsInAnErrorOfTheScript(String script) throws IOException {
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      assertThat(eval(rig, client, script)).startsWith("-ERR").contains("not enough memory");
      assertThat(eval(rig, client, "return 1")).isEqualTo(":1\r\n");
    }
  }

  @Test
  void garbageIsNotHeldAgainstAScript() throws IOException {
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      String script = "local s for i = 1, 800 do s = string.rep('x', 1e6) .. i end return #s";
      assertThat(eval(rig, client, script)).isEqualTo(":1000003\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local function f() return f() + 1 end return f()",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end"
            + " return t.x",
        "return pcall(pcall, pcall, pcall)",
        "local function f() return pcall(f) end return {tostring(f())}",
        "return string.rep('x', 1e5):find(string.rep('(x', 3e4))",
        "return string.rep('x', 1e5):find(string.rep('x?', 3e4) .. 'y')",
        "return cjson.decode(string.rep('[', 1e6))",
        "return cmsgpack.unpack(string.rep('\\145', 1e6))",
        "cjson.decode_max_depth(1e9) cjson.encode_max_depth(1e9)"
            + " return cjson.decode(string.rep('[', 1e6))",
        "local t = {} t[1] = t return t",
        "local t = {} for i = 1, 1e5 do t = {t} end return t",
        "return loadstring('return ' .. string.rep('(', 1e5) .. string.rep(')', 1e5)) or 'no'",
        "return loadstring('return ' .. string.rep('1+', 1e5) .. 'x')() or 'no'",
        "return loadstring('x = ' .. string.rep('{', 1e4)) or 'no'",
        "return loadstring(string.rep('do ', 1e5)) or 'no'",
        "return loadstring('return a' .. string.rep('.b', 1e5)) or 'no'",
        "return loadstring('return ' .. string.rep('-', 1e5) .. '1') or 'no'",
        "local t = {} for i = 1, 1e5 do t[i] = i end return select('#', unpack(t))",
        "return tonumber(string.rep('9', 1e6)) and 1",
        "local t = setmetatable({}, {__tostring = function(t) return tostring(t) end})"
            + " return tostring(t)",
        "table.sort({3, 2, 1, 5, 4, 9, 8, 7}, function(a, b) return true end)",
        "return loadstring('return ' .. string.rep('{', 1e8)) or 'no'",
        "error({})",
        "error(setmetatable({}, {__index = function() error('again') end}))",
        "return string.format('%99.99f', 1e308)",
      })
  void depthAndNonsenseEndInAReply(String script) throws IOException {
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      assertThat(eval(rig, client, script)).isNotEmpty();
      assertThat(eval(rig, client, "return 1")).isEqualTo(":1\r\n");
    }
  }

  @Test
  void workInsideOneLibraryCallIsCountedToo() throws IOException {
    for (String script :
        List.of(
            "return string.rep('a', 1e4):find(string.rep('a-', 30) .. 'b')",
            "local t = {} for i = 1, 3e5 do t[i] = -i end table.sort(t)"
                + " while true do table.sort(t, function(a, b) return a > b end)"
                + " table.sort(t) end",
            "while true do cjson.decode(cjson.encode({1, 2, 3})) end",
            "while true do local s = string.rep('x', 1e5) s = s:upper():reverse() end")) {
      try (RedisRig rig = rig()) {
        SimulatedConnection runner = rig.connect();
        SimulatedConnection killer = rig.connect();
        rig.call(killer, "CONFIG", "SET", "busy-reply-threshold", "100");
        runner.send(RedisRig.request("EVAL", script, "0"));
        killer.send(RedisRig.request("SCRIPT", "KILL"));
        rig.loop.runUntilIdle();
        assertThat(runner.receivedText()).contains("Script killed by user");
      }
    }
  }

  @Test
  void whatAScriptWritesIsOneFrameAndARestartFindsIt() throws IOException {
    RedisRig rig = new RedisRig();
    SimulatedConnection client = rig.connect();
    client.send(RedisRig.request("SET", "before", "1"));
    client.send(
        RedisRig.request(
            "EVAL",
            "for i = 1, 5 do redis.call('set', 'k' .. i, i) end redis.call('expire', 'k1', 100)"
                + " return redis.call('incr', 'k5')",
            "0"));
    client.send(RedisRig.request("SET", "after", "1"));
    rig.loop.runUntilIdle();
    assertThat(client.receivedText()).contains(":6\r\n");
    assertThat(rig.frameSizes(0)).containsExactly(1, 7, 1);
    rig = rig.restart();
    client = rig.connect();
    assertThat(rig.call(client, "MGET", "k1", "k5", "after"))
        .isEqualTo("*3\r\n$1\r\n1\r\n$1\r\n6\r\n$1\r\n1\r\n");
    rig.close();
  }

  @Test
  void aScriptThatFailsKeepsWhatItWroteBeforeInOneFrame() throws IOException {
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      eval(rig, client, "redis.call('set','a',1) redis.call('set','b',1) error('no')");
      assertThat(rig.frameSizes(0)).containsExactly(2);
    }
  }
}
