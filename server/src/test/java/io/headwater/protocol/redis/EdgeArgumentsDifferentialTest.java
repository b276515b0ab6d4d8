package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Arguments at the edge of what a command takes, where a random sequence rarely comes: each reply
 * must be that of a real redis-server.
 */
@Timeout(60)
class EdgeArgumentsDifferentialTest {
  private static RealRedis real;
  @TempDir static Path folder;

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

  /** Words at spaces; {@code ~} stands for a NUL, {@code _} for an argument of no bytes. */
  private static void compare(String... lines) throws IOException {
    List<String[]> commands =
        Arrays.stream(lines)
            .map(line ->
                Arrays.stream(line.split(" "))
                    .map(word -> word.equals("_") ? "" : word.replace('~', '\0'))
                    .toArray(String[]::new))
            .toList();
    for (int protocol = 2; protocol <= 3; protocol++) {
      try (Duel duel = new Duel("edges in RESP" + protocol, real, protocol)) {
        duel.compare(commands);
      }
    }
  }

  @Test
  void aTimeMayBeGivenTwiceInTheSameUnit() throws IOException {
    compare(
        "SET k v EX 10 EX 20",
        "SET k v EX 10 PX 20",
        "SET k v KEEPTTL EX 10",
        "SET k v PX 10 EX 20 PX 30",
        "GETEX k PXAT 9999999999999 PXAT 9999999999998",
        "PEXPIRETIME k",
        "GETEX nokey EXAT abc EXAT abc",
        "GETEX k EX 1 PERSIST",
        "GETEX k PERSIST PERSIST");
  }

  @Test
  void theLatestTimeThereIsHasSeconds() throws IOException {
    compare("SET k v", "PEXPIREAT k 9223372036854775807", "EXPIRETIME k", "PEXPIRETIME k");
  }

  @Test
  void theTimeToWaitIsLookedAtLast() throws IOException {
    compare(
        "BLMPOP abc 0 l LEFT",
        "BLMPOP -1 1 l LEFT COUNT 0",
        "BLMPOP nan 2 l LEFT",
        "BLMPOP abc 1 l LEFT",
        "BZMPOP -1 0 z MIN",
        "BZMPOP abc 1 z MIN COUNT -1",
        "BZMPOP -1 1 z MIN");
  }

  @Test
  void aBoundOfScoresEndsAtItsNul() throws IOException {
    compare(
        "ZADD z 1 a 2 b 3 c",
        "ZCOUNT z 1~ 2~x",
        "ZCOUNT z (1~ ~",
        "ZRANGEBYSCORE z ( 3",
        "ZCOUNT z x~ 3");
  }

  @Test
  void aScriptThatCannotBeKnownIsNot() throws IOException {
    compare(
        "EVALSHA abc nonumber",
        "EVALSHA abc 5 k",
        "EVALSHA_RO abc -1",
        "EVALSHA 0123456789012345678901234567890123456789 -1");
  }

  @Test
  void aGroupMayBeSetToTheLowestAndTheHighest() throws IOException {
    compare(
        "XADD s 5-0 a b",
        "XGROUP CREATE s g -",
        "XGROUP CREATE s g 0",
        "XGROUP SETID s g +",
        "XINFO GROUPS s",
        "XGROUP SETID s g - ENTRIESREAD 1",
        "XINFO GROUPS s");
  }

  @Test
  void otherEdges() throws IOException {
    compare(
        "SET k v",
        "SELECT 9223372036854776",
        "COPY k j DB 2147483648",
        "MOVE k 2147483648",
        "MOVE k abc",
        "SWAPDB 2147483648 1",
        "SRANDMEMBER s abc abc",
        "FUNCTION FLUSH SYNC SYNC",
        "FUNCTION FLUSH x",
        "GEOADD g -0 100 x",
        "GEOADD g 200 -0.0 x");
  }

  @Test
  void aScriptMayNotWaitAndIsToldSoInItsOwnWords() throws IOException {
    compare("EVAL return{redis.pcall('XRead','BLOCK','0','STREAMS','s','$')} 0");
  }

  @Test
  void skippingTwiceSkipsOneMore() throws IOException {
    String[][] commands = {
      {"CLIENT", "REPLY", "SKIP"},
      {"CLIENT", "REPLY", "SKIP"},
      {"ECHO", "unheard"},
      {"ECHO", "heard"}
    };
    RedisRig rig = new RedisRig();
    SimulatedConnection ours = rig.connect();
    try (RealRedis.Client theirs = real.connect()) {
      for (String[] command : commands) {
        theirs.send(RedisRig.request(command));
        ours.send(RedisRig.request(command));
      }
      rig.loop.runUntilIdle();

      assertThat(ours.receivedText()).isEqualTo(theirs.reply()).isEqualTo("$5\r\nheard\r\n");
    } finally {
      rig.close();
    }
  }
}
