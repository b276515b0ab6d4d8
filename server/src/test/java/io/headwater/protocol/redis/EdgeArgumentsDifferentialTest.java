package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedConnection;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Arguments at the edge of what a command takes, where a random sequence rarely comes: each reply
 * must be that of a real redis-server.
 */
@Timeout(300)
class EdgeArgumentsDifferentialTest {
  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

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
      try (Duel duel = new Duel("edges in RESP" + protocol, REAL.server(), protocol)) {
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
        "BZMPOP -1 1 z MIN",
        "RPUSH l a b c d e f g h",
        "BLPOP l 9223372036854775",
        "BLPOP l 9223372036854775.807",
        "BLPOP l 9223372036854775.8071",
        "BLPOP l 9223372036854775.808",
        "BLPOP l 1e30",
        "BLPOP l -1e30",
        "BLPOP l -0.0000001",
        "BLPOP l 0x10");
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
    compare(
        "EVAL return{redis.pcall('XRead','BLOCK','0','STREAMS','s','$')} 0",
        "EVAL return{redis.pcall('XREAD','COUNT','x','BLOCK','0','STREAMS','s','$')} 0",
        "EVAL return{redis.pcall('XREAD','BLOCK','x','COUNT','x','STREAMS','s','$')} 0",
        "EVAL return{redis.pcall('XREAD','x','BLOCK','0','STREAMS','s','$')} 0",
        "EVAL return{redis.pcall('XREAD','STREAMS','block','$')} 0");
  }

  @Test
  void aSortedSetIsConvertedThoughSortingItFails() throws IOException {
    compare("ZADD z 1 a 2 b", "SORT_RO z", "OBJECT ENCODING z");
  }

  @Test
  void theLowestRankIsTheLastMatch() throws IOException {
    compare(
        "RPUSH l a b a",
        "LPOS l a RANK -9223372036854775808",
        "LPOS l a RANK -9223372036854775807",
        "LPOS l a RANK -9223372036854775808 COUNT 0",
        "LPOS l a RANK -9223372036854775808 COUNT 0 MAXLEN 1");
  }

  @Test
  void onlyLargeSortedSetsKeepTheSignOfZero() throws IOException {
    String[] writes = {
      "ZADD z -0 a 0 b -0 c",
      "ZUNIONSTORE u 1 z WEIGHTS -1",
      "ZINTERSTORE i 2 z u WEIGHTS 1 -0 AGGREGATE MIN",
      "ZDIFFSTORE d 2 z missing",
      "ZRANGESTORE r z 0 -1",
      "ZADD z 0 a",
      "ZADD z INCR -0 a",
      "ZINCRBY z -0 new",
      "COPY z copy",
    };
    String[] reads = {
      "ZRANGE z 0 -1 WITHSCORES",
      "ZRANGE u 0 -1 WITHSCORES",
      "ZRANGE i 0 -1 WITHSCORES",
      "ZRANGE d 0 -1 WITHSCORES",
      "ZRANGE r 0 -1 WITHSCORES",
      "ZRANGE copy 0 -1 WITHSCORES",
      "ZUNION 2 z u WEIGHTS -1 -0 WITHSCORES",
      "ZINTER 2 z u WEIGHTS -0 1 AGGREGATE MAX WITHSCORES",
      "ZDIFF 2 z missing WITHSCORES",
      "ZMSCORE z a b c",
      "DUMP z",
    };
    for (String limit : new String[] {"0", "2", "128"}) {
      try (Duel duel = new Duel("zeros with limit " + limit, REAL.server(), 2)) {
        duel.compare("CONFIG SET zset-max-listpack-entries " + limit);
        for (String line : writes) {
          duel.compare(line);
        }
        for (int times = 0; times < 2; times++) {
          for (String line : reads) {
            duel.compare(line);
          }
          duel.restart(); // what the log says is the same
        }
        duel.askReal("CONFIG", "SET", "zset-max-listpack-entries", "128");
      }
    }
  }

  @Test
  void joiningAndLeavingChannelsIsHeardThoughRepliesAreOff() throws IOException {
    String[][] commands = {
      {"CLIENT", "REPLY", "OFF"},
      {"SUBSCRIBE", "a", "b"},
      {"PING"},
      {"SUBSCRIBE"},
      {"UNSUBSCRIBE", "b"},
      {"UNSUBSCRIBE"},
      {"CLIENT", "REPLY", "ON"},
      {"CLIENT", "REPLY", "SKIP"},
      {"PSUBSCRIBE", "c*"},
      {"PUNSUBSCRIBE", "c*"},
      {"ECHO", "end"}
    };
    RedisRig rig = new RedisRig();
    SimulatedConnection ours = rig.connect();
    StringBuilder heard = new StringBuilder();
    try (RealRedis.Client theirs = REAL.server().connect()) {
      for (String[] command : commands) {
        theirs.send(RedisRig.request(command));
        ours.send(RedisRig.request(command));
      }
      rig.loop.runUntilIdle();
      while (!heard.toString().endsWith("end\r\n")) {
        heard.append(theirs.reply());
      }

      assertThat(ours.receivedText()).isEqualTo(heard.toString());
    } finally {
      rig.close();
    }
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
    try (RealRedis.Client theirs = REAL.server().connect()) {
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
