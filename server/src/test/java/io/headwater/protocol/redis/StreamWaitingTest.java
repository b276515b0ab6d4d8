package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that wait for entries of streams get what a real redis-server gives them. In a scenario
 * {@code a:} and {@code b:} wait, {@code :} does not.
 */
@Timeout(120)
class StreamWaitingTest {
  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a:XREAD BLOCK 0 STREAMS s $; :XADD s 1-1 f v; :XADD s 1-2 f v",
        "a:XREAD BLOCK 0 STREAMS s t $ 0; b:XREAD BLOCK 0 COUNT 1 STREAMS s 0; :XADD t 5-1 x y;"
            + " :XADD s 1-1 f v",
        ":XADD s 1-1 f v; a:XREAD BLOCK 0 STREAMS s s $ 0-5; :PING",
        ":XADD s 1-1 f v; a:XREAD BLOCK 0 STREAMS s s $ 7-0; :XADD s 2-1 f v; :XADD s 8-1 f v",
        "a:XREAD BLOCK 0 STREAMS s 5-0; :XADD s 1-1 f v; :XADD s 5-0 f v; :XADD s 5-1 f v",
        "a:XREAD BLOCK 0 STREAMS s $; :SET s x; :DEL s; :XADD s 1-1 f v",
        ":XADD s 1-1 f v; a:XREAD BLOCK 0 STREAMS s $; :DEL s; :XADD s 0-1 f v; :XADD s 2-1 f v",
        ":XADD s 1-1 f v; a:XREAD BLOCK 0 STREAMS s $; :RENAME s t; :XADD t 4-1 f v; :RENAME t s",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :XADD s 1-1 f"
            + " v; :XPENDING s g",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; b:XREADGROUP"
            + " GROUP g d BLOCK 0 STREAMS s >; :XADD s 1-1 f v; :XADD s 1-2 f v; :XPENDING s g",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS s >;"
            + " b:XREADGROUP GROUP g d BLOCK 0 STREAMS s >; :MULTI; :XADD s 1-1 f v; :XADD s 1-2 f"
            + " v; :EXEC; :XPENDING s g",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; b:XREAD BLOCK 0"
            + " STREAMS s $; :XADD s 1-1 f v",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :XGROUP DESTROY"
            + " s g",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :DEL s",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :SET s x",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :FLUSHALL",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :FLUSHDB; :XADD"
            + " s 1-1 f v",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :MULTI; :DEL s;"
            + " :XADD s 1-1 f v; :EXEC",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :MULTI; :DEL s;"
            + " :SADD s x; :EXEC",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :RENAME s t",
        ":XGROUP CREATE s g $ MKSTREAM; :SET t x; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >;"
            + " :RENAME t s",
        ":XGROUP CREATE s g $ MKSTREAM; :XGROUP CREATE t g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK"
            + " 0 STREAMS s t > >; :DEL t",
        ":XGROUP CREATE s g $ MKSTREAM; :XADD s 1-1 f v; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s"
            + " 0; :PING",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :XADD s 1-1 f"
            + " v; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :XADD s 1-2 f v; :XACK s g 1-1;"
            + " :XPENDING s g",
        ":MULTI; :XREAD BLOCK 0 STREAMS s $; :XGROUP CREATE s g $ MKSTREAM; :XREADGROUP GROUP g c"
            + " BLOCK 0 STREAMS s >; :EXEC; :XINFO CONSUMERS s g",
        "a:XREAD BLOCK 20 STREAMS s $; :PING",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 20 STREAMS s >; :XINFO"
            + " CONSUMERS s g",
        "a:XREAD BLOCK -1 STREAMS s $; :XREAD BLOCK x STREAMS s $",
        "b:XREAD BLOCK 9223372036854775807 STREAMS s $; :XADD s 1-1 f v",
        "a:XREAD BLOCK 0 STREAMS s $; :MULTI; :XADD s 1-1 f v; :DEL s; :EXEC; :XADD s 2-1 f v",
        "a:XREAD BLOCK 0 STREAMS s $; :XGROUP CREATE s g $ MKSTREAM; :XSETID s 5-0; :XADD s 6-0 f"
            + " v",
        ":XGROUP CREATE s g $ MKSTREAM; a:XREADGROUP GROUP g c BLOCK 0 STREAMS s >; :SWAPDB 0 1;"
            + " :SELECT 0; :XADD s 6-0 f v",
        "a:BLPOP s 0; b:XREAD BLOCK 0 STREAMS s $; :XADD s 1-1 f v; :DEL s; :RPUSH s x"
      })
  void whoWaitsGetsWhatARealServerGives(String scenario) throws Exception {
    List<String> expected = onARealServer(scenario);
    List<String> actual = onOurs(scenario);
    assertThat(actual).isEqualTo(expected);
  }

  private static String[] words(String step) {
    return step.substring(step.indexOf(':') + 1).split(" ");
  }

  private static List<String> onARealServer(String scenario) throws Exception {
    List<String> seen = new ArrayList<>();
    try (RealRedis.Client a = REAL.server().connect();
        RealRedis.Client b = REAL.server().connect();
        RealRedis.Client other = REAL.server().connect()) {
      String idOfA = call(a, "CLIENT", "ID");
      String idOfB = call(b, "CLIENT", "ID");
      call(other, "FLUSHALL");
      for (String step : scenario.split("; ")) {
        char who = step.charAt(0);
        if (who == ':') {
          seen.add(": " + withoutTimes(call(other, words(step))));
        } else {
          (who == 'a' ? a : b).send(RedisRig.request(words(step)));
          call(other, "PING"); // the loop has been round once or twice
          call(other, "PING");
        }
      }
      while (scenario.contains("BLOCK 20 ")
          && !call(other, "INFO", "clients").contains("blocked_clients:0")) {
        Thread.onSpinWait(); // the time limit of the test bounds it
      }
      call(other, "CLIENT", "UNBLOCK", number(idOfA), "ERROR");
      call(other, "CLIENT", "UNBLOCK", number(idOfB), "ERROR");
      collect(seen, "a ", a);
      collect(seen, "b ", b);
    }
    return seen;
  }

  private static String number(String integerReply) {
    return integerReply.substring(1).trim();
  }

  private static String call(RealRedis.Client client, String... words) throws Exception {
    client.send(RedisRig.request(words));
    return client.reply();
  }

  private static void collect(List<String> seen, String who, RealRedis.Client client)
      throws Exception {
    client.send(RedisRig.request("ECHO", "end"));
    for (String reply = client.reply(); !reply.contains("end\r\n"); reply = client.reply()) {
      seen.add(who + withoutTimes(reply));
    }
  }

  private static List<String> onOurs(String scenario) throws Exception {
    List<String> seen = new ArrayList<>();
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection a = rig.connect();
      SimulatedConnection b = rig.connect();
      SimulatedConnection other = rig.connect();
      String idOfA = number(rig.call(a, "CLIENT", "ID"));
      String idOfB = number(rig.call(b, "CLIENT", "ID"));
      StringBuilder fromA = new StringBuilder();
      StringBuilder fromB = new StringBuilder();
      for (String step : scenario.split("; ")) {
        char who = step.charAt(0);
        SimulatedConnection client = who == 'a' ? a : who == 'b' ? b : other;
        String reply = rig.call(client, words(step));
        switch (who) {
          case 'a' -> fromA.append(reply);
          case 'b' -> fromB.append(reply);
          default -> seen.add(": " + withoutTimes(reply));
        }
      }
      ((SimulatedClock) rig.clock).advanceMs(60);
      rig.loop.runUntilIdle();
      rig.call(other, "CLIENT", "UNBLOCK", idOfA, "ERROR");
      rig.call(other, "CLIENT", "UNBLOCK", idOfB, "ERROR");
      add(seen, "a ", fromA.append(a.receivedText()).toString());
      add(seen, "b ", fromB.append(b.receivedText()).toString());
    }
    return seen;
  }

  private static void add(List<String> seen, String who, String received) {
    CutReplies replies = new CutReplies(received);
    while (replies.hasNext()) {
      seen.add(who + withoutTimes(replies.next()));
    }
  }

  private static String withoutTimes(String reply) {
    return reply.replaceAll("(\r\nidle\r\n):\\d+", "$1:time");
  }
}
