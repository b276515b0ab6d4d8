package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Loop;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What operators and caching clients see, and what bounds it. */
class ObservingTest {
  private final RedisRig rig = new RedisRig();
  private final SimulatedConnection client = rig.connect();
  private final SimulatedConnection other = rig.connect();

  @AfterEach
  void close() throws IOException {
    rig.close();
  }

  private String call(String... command) {
    return rig.call(client, command);
  }

  /** Lets time go by, with the loop awake every 100 ms. */
  private void pass(long ms) {
    for (long left = ms; left > 0; left -= 100) {
      ((SimulatedClock) rig.clock).advanceMs(100);
      rig.loop.runUntilIdle();
    }
  }

  @Test
  void theSlowLogKeepsTheBeginningOfLongCommandsAndNoPasswords() {
    call("CONFIG", "SET", "slowlog-log-slower-than", "0");
    call("SLOWLOG", "RESET");
    String[] many = new String[40];
    java.util.Arrays.fill(many, "x");
    many[0] = "DEL";
    many[1] = "y".repeat(200);
    call(many);
    call("AUTH", "secret");

    String log = call("SLOWLOG", "GET");

    assertThat(log).contains("y".repeat(128) + "... (72 more bytes)");
    assertThat(log).contains("... (9 more arguments)");
    assertThat(log).contains("(redacted)").doesNotContain("secret");
  }

  @Test
  void theSlowLogShowsNoAddressForWhatAScriptRuns() {
    call("CONFIG", "SET", "slowlog-log-slower-than", "0");
    call("SLOWLOG", "RESET");
    call("EVAL", "return redis.call('set', 'a', 'b')", "0");

    assertThat(call("SLOWLOG", "GET", "2"))
        .contains("$1\r\nb\r\n$3\r\n?:0\r\n$0\r\n")
        .contains("$15\r\n127.0.0.1:50001\r\n");
  }

  @Test
  void theSlowLogHasALongTurnThoughACommandOfItWasSlowToo() {
    long[] holdMs = {0};
    rig.loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {}

          @Override
          public void afterTurn() {
            ((SimulatedClock) rig.clock).advanceMs(holdMs[0]);
            holdMs[0] = 0;
          }
        });
    call("CONFIG", "SET", "slowlog-log-slower-than", "0");
    call("SLOWLOG", "RESET");
    holdMs[0] = 300;
    call("PING"); // in the slow log, with none of what its turn took

    assertThat(call("SLOWLOG", "GET")).contains(":300000\r\n*1\r\n$6\r\n(turn)");
  }

  @Test
  void theSlowLogForgetsTheOldest() {
    call("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "3");
    for (int i = 0; i < 10; i++) {
      call("GET", "key" + i);
    }
    assertThat(call("SLOWLOG", "LEN")).isEqualTo(":3\r\n");
    assertThat(call("SLOWLOG", "GET", "-1")).contains("key9").doesNotContain("key5");
  }

  @Test
  void aRunOfEqualCommandsIsCountedWhole() {
    call("CONFIG", "RESETSTAT");
    StringBuilder pipeline = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      pipeline.append("SET k v\r\nGET k\r\nGET k\r\n");
    }
    client.send(RedisDifferentialTest.latin1(pipeline.toString()));
    rig.loop.runUntilIdle();
    client.received();

    assertThat(call("INFO", "commandstats"))
        .contains("cmdstat_set:calls=100,")
        .contains("cmdstat_get:calls=200,");
    assertThat(call("INFO", "stats")).contains("keyspace_hits:200\r\n");
  }

  @Test
  void failedAndRejectedCallsAreToldApart() {
    call("CONFIG", "RESETSTAT");
    call("SET", "k", "v");
    call("INCR", "k");
    call("INCR");
    call("LPUSH", "k", "x");

    assertThat(call("INFO", "commandstats"))
        .containsPattern("cmdstat_incr:calls=1,.*rejected_calls=1,failed_calls=1")
        .containsPattern("cmdstat_lpush:calls=1,.*rejected_calls=0,failed_calls=1");
    assertThat(call("INFO", "errorstats"))
        .contains("errorstat_ERR:count=2")
        .contains("errorstat_WRONGTYPE:count=1");
  }

  @Test
  void theTableOfCachedKeysIsBoundedAndWhatFallsOutIsInvalidated() {
    call("HELLO", "3");
    call("CLIENT", "TRACKING", "ON");
    call("CONFIG", "SET", "tracking-table-max-keys", "2");

    String replies = call("MGET", "a", "b", "c", "d");

    assertThat(replies).contains("invalidate\r\n*1\r\n$1\r\na\r\n");
    assertThat(replies).contains("invalidate\r\n*1\r\n$1\r\nb\r\n");
    assertThat(call("INFO", "stats")).contains("tracking_total_keys:2\r\n");
  }

  @Test
  void everyPrefixOfAKeyThatChangesIsToldOfIt() {
    List<SimulatedConnection> listeners = new ArrayList<>();
    for (String prefix : List.of("", "user:", "user:1", "user:1:name", "user:0", "v")) {
      SimulatedConnection listener = rig.connect();
      rig.call(listener, "HELLO", "3");
      rig.call(listener, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", prefix);
      listeners.add(listener);
    }

    call("SET", "user:1:", "v");

    assertThat(listeners)
        .extracting(listener -> listener.receivedText().contains("user:1:"))
        .containsExactly(true, true, true, false, false, false);
  }

  @Test
  void whatExpiresByItselfIsInvalidated() {
    call("HELLO", "3");
    call("CLIENT", "TRACKING", "ON");
    rig.call(other, "SET", "k", "v", "PX", "50");
    call("GET", "k");

    pass(1_000);

    assertThat(client.receivedText()).isEqualTo(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n");
  }

  @Test
  void expiryOfAKeyIsToldEvenIfNobodyLooks() {
    call("CONFIG", "SET", "notify-keyspace-events", "Ex");
    call("SET", "k", "v", "PX", "50");
    rig.call(other, "SUBSCRIBE", "__keyevent@0__:expired");

    pass(1_000);

    assertThat(other.receivedText()).endsWith("$22\r\n__keyevent@0__:expired\r\n$1\r\nk\r\n");
  }

  @Test
  void aPauseMakesWritersWaitAndEndsByItself() {
    call("CLIENT", "PAUSE", "500", "WRITE");

    assertThat(rig.call(other, "SET", "k", "v")).isEmpty();
    assertThat(call("GET", "k")).isEqualTo("$-1\r\n");
    pass(1_000);
    assertThat(other.receivedText()).isEqualTo("+OK\r\n");
    assertThat(call("GET", "k")).isEqualTo("$1\r\nv\r\n");
  }

  @Test
  void aPauseOfWritesHoldsWhatMayWrite() {
    call("CLIENT", "PAUSE", "500", "WRITE");

    assertThat(rig.call(other, "EVAL", "return redis.call('set', 'k', 'v')", "0")).isEmpty();
    assertThat(call("EVAL_RO", "return redis.call('get', 'k')", "0")).isEqualTo("$-1\r\n");
    pass(1_000);
    assertThat(other.receivedText()).isEqualTo("+OK\r\n");
  }

  @Test
  void aClientThatWaitsInAPauseMayGo() {
    call("CLIENT", "PAUSE", "500", "WRITE");
    rig.call(other, "SET", "k", "v");
    call("CLIENT", "KILL", "ID", Long.toString(other.id()));
    call("CLIENT", "UNPAUSE");

    assertThat(call("GET", "k")).isEqualTo("$-1\r\n");
    assertThat(call("INFO", "clients")).contains("blocked_clients:0");
  }

  @Test
  void tooManyClientsAreToldSo() {
    call("CONFIG", "SET", "maxclients", "2");

    SimulatedConnection third = rig.connect();
    rig.loop.runUntilIdle();

    assertThat(third.receivedText()).isEqualTo("-ERR max number of clients reached\r\n");
    assertThat(third.isClosed()).isTrue();
    assertThat(call("INFO", "stats")).contains("rejected_connections:1");
  }

  @Test
  void aSubscriberThatReadsNothingIsClosedAtItsLimit() {
    call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 100000 0 0");
    rig.call(other, "SUBSCRIBE", "ch");
    other.stopReading();
    for (int i = 0; i < 20; i++) {
      call("PUBLISH", "ch", "x".repeat(10_000));
    }
    assertThat(other.isClosed()).isTrue();
    assertThat(call("PUBLISH", "ch", "x")).isEqualTo(":0\r\n");
  }

  @Test
  void aMonitorThatReadsNothingIsClosedToo() {
    call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 100000 0 0");
    rig.call(other, "MONITOR");
    other.stopReading();
    for (int i = 0; i < 20; i++) {
      call("GET", "x".repeat(10_000));
    }
    assertThat(other.isClosed()).isTrue();
  }

  @Test
  void aSilentClientIsClosed() {
    call("CONFIG", "SET", "timeout", "5");
    for (int i = 0; i < 10; i++) {
      pass(1_000);
      call("PING");
    }
    assertThat(other.isClosed()).isTrue();
    assertThat(call("PING")).isEqualTo("+PONG\r\n");
  }

  @Test
  void aRequestThatDoesNotEndIsCutOff() {
    call("CONFIG", "SET", "client-query-buffer-limit", "1048576");
    other.send(
        RedisDifferentialTest.latin1("*2\r\n$3\r\nGET\r\n$2000000\r\n" + "x".repeat(1_500_000)));
    rig.loop.runUntilIdle();
    assertThat(other.isClosed()).isTrue();
  }

  @Test
  void theClientListTellsWhatEachClientHolds() {
    call("SET", "large", "x".repeat(100_000));
    other.send("*2\r\n$3\r\nGET\r\n$5\r\nlar");
    rig.loop.runUntilIdle();
    assertThat(listed(other)).contains(" qbuf=20 ", " obl=0 oll=0 omem=0 ");
    long idle = 1024;

    other.stopReading();
    other.send("ge\r\n");
    rig.loop.runUntilIdle();

    assertThat(listed(other)).contains(" qbuf=0 qbuf-free=0 ", " obl=16384 oll=1 omem=83627 ");
    assertThat(bytes(other)).isEqualTo(idle + 100_011);
    assertThat(call("INFO", "clients")).contains("client_recent_max_output_buffer:100011\r\n");

    other.startReading();
    other.send(RedisRig.request("SUBSCRIBE", "a", "b"));
    rig.loop.runUntilIdle();
    assertThat(listed(other)).contains(" obl=0 oll=0 omem=0 ");
    assertThat(bytes(other)).isEqualTo(idle + 600);
  }

  private String listed(SimulatedConnection of) {
    return call("CLIENT", "LIST", "ID", Long.toString(of.id()));
  }

  private long bytes(SimulatedConnection of) {
    return Long.parseLong(listed(of).replaceFirst("(?s).* tot-mem=([0-9]+) .*", "$1"));
  }

  @Test
  void theAverageTimeToLiveIsSampled() {
    assertThat(call("SET", "lasting", "x")).isEqualTo("+OK\r\n");
    assertThat(call("INFO", "keyspace")).contains("db0:keys=1,expires=0,avg_ttl=0\r\n");
    for (int i = 0; i < 1000; i++) {
      call("SET", "k" + i, "x");
    }
    call("SET", "a", "x", "PX", "50000");
    assertThat(call("INFO", "keyspace")).contains("db0:keys=1002,expires=1,avg_ttl=50000\r\n");
    for (int i = 0; i < 1000; i++) {
      call("PEXPIRE", "k" + i, Integer.toString(i % 2 == 0 ? 40_000 : 60_000));
    }
    String average = call("INFO", "keyspace").replaceFirst("(?s).*avg_ttl=([0-9]+).*", "$1");
    assertThat(Long.parseLong(average)).isBetween(42_000L, 58_000L);
    call("PEXPIREAT", "a", Long.toString(Long.MAX_VALUE));
    assertThat(call("INFO", "keyspace")).contains("expires=1001,avg_ttl=");
  }
}
