package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisSessionTest {
  private RedisRig rig = new RedisRig(new SimulatedDisk(1), new SimulatedClock());
  private SimulatedConnection client = rig.connect();

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private String call(String... words) {
    return rig.call(client, words);
  }

  private void restart() throws Exception {
    rig = rig.restart();
    client = rig.connect();
  }

  @Test
  void aStringIsSetReadAndThereAfterARestart() throws Exception {
    assertThat(call("PING")).isEqualTo("+PONG\r\n");
    assertThat(call("SET", "k", "v")).isEqualTo("+OK\r\n");
    restart();
    assertThat(call("GET", "k")).isEqualTo("$1\r\nv\r\n");
  }

  @Test
  void aKeyPastItsTimeIsMissingAtOnceAndDeletedSoonWithoutAnyoneAsking() throws Exception {
    call("SET", "k", "v", "PX", "100");
    call("SET", "stays", "v");
    ((SimulatedClock) rig.clock).advanceMs(99);
    assertThat(call("GET", "k")).isEqualTo("$1\r\nv\r\n");
    ((SimulatedClock) rig.clock).advanceMs(1);
    assertThat(call("GET", "k")).isEqualTo("$-1\r\n");
    ((SimulatedClock) rig.clock).advanceMs(1000);
    rig.loop.runUntilIdle();
    assertThat(call("DBSIZE")).isEqualTo(":1\r\n");
    restart();
    assertThat(call("DBSIZE")).isEqualTo(":1\r\n");
  }

  @Test
  void manyExpiringKeysAreDeletedByTheCycle() {
    for (int i = 0; i < 20_000; i++) {
      client.send(RedisRig.request("SET", "k" + i, "v", "PX", Integer.toString(1 + i % 5_000)));
    }
    rig.loop.runUntilIdle();
    client.received();
    for (int i = 0; i < 300; i++) {
      ((SimulatedClock) rig.clock).advanceMs(20);
      rig.loop.runUntilIdle();
    }
    assertThat(call("DBSIZE")).isEqualTo(":0\r\n");
    assertThat(call("INFO", "stats")).contains("expired_keys:20000\r\n");
  }

  @Test
  void execIsRefusedWhenAWatchedKeyChanged() {
    SimulatedConnection other = rig.connect();
    call("SET", "k", "1");
    call("WATCH", "k");
    rig.call(other, "SET", "k", "2");
    call("MULTI");
    assertThat(call("INCR", "k")).isEqualTo("+QUEUED\r\n");
    assertThat(call("EXEC")).isEqualTo("*-1\r\n");
    call("MULTI");
    call("INCR", "k");
    assertThat(call("EXEC")).isEqualTo("*1\r\n:3\r\n");
  }

  @Test
  void execIsRefusedWhenAWatchedKeyExpired() {
    call("SET", "k", "1", "PX", "10");
    call("WATCH", "k");
    ((SimulatedClock) rig.clock).advanceMs(20);
    call("MULTI");
    call("PING");
    assertThat(call("EXEC")).isEqualTo("*-1\r\n");
  }

  @Test
  void aTransactionIsOneFrame() {
    call("SET", "before", "1");
    long before = rig.log.nextOffset(1);
    client.send(RedisRig.request("SET", "same turn", "1"));
    client.send(RedisRig.request("MULTI"));
    client.send(RedisRig.request("SET", "a", "1"));
    client.send(RedisRig.request("SET", "b", "2"));
    client.send(RedisRig.request("EXEC"));
    client.send(RedisRig.request("SET", "same turn", "2"));
    rig.loop.runUntilIdle();
    assertThat(rig.frameSizes(before)).containsExactly(1, 2, 1);
  }

  @Test
  void flushallStandsInAFrameOfItsOwn() {
    call("SET", "before", "1");
    long before = rig.log.nextOffset(1);
    client.send(RedisRig.request("SET", "same turn", "1"));
    client.send(RedisRig.request("FLUSHALL"));
    client.send(RedisRig.request("SET", "same turn", "2"));
    rig.loop.runUntilIdle();
    assertThat(rig.frameSizes(before)).containsExactly(1, 1, 1);
    client.received();
    assertThat(call("DBSIZE")).isEqualTo(":1\r\n");
  }

  @Test
  void repliesWaitUntilWhatTheyShowIsDurable() throws Exception {
    List<SimulatedConnection> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      SimulatedConnection each = rig.connect();
      each.send(i % 2 == 0 ? RedisRig.request("SET", "k", "v") : RedisRig.request("GET", "k"));
      clients.add(each);
    }
    rig.loop.runOnce();
    assertThat(clients).allMatch(each -> each.receivedText().isEmpty());
    rig.log.sync(rig.log.appended());
    rig.loop.runOnce();
    assertThat(clients).noneMatch(each -> each.receivedText().isEmpty());

    call("CONFIG", "SET", "appendfsync", "everysec");
    clients.forEach(each -> each.send(RedisRig.request("SET", "k", "v")));
    rig.loop.runOnce();
    assertThat(clients).allMatch(each -> each.receivedText().equals("+OK\r\n"));
    assertThat(rig.log.durable()).isLessThan(rig.log.appended());
  }

  @Test
  void onAFullDiskWritesAreRefusedReadsGoOnAndNothingExpiresIntoTheLog() {
    call("SET", "k", "v");
    call("SET", "short", "v", "PX", "5");
    rig.disk.limitBytes(0);
    String reply = "+OK\r\n";
    for (int i = 0; i < 1000 && reply.startsWith("+OK"); i++) {
      reply = call("SET", "big" + i, "x".repeat(100_000));
    }
    assertThat(reply).startsWith("-MISCONF Headwater cannot grow its log");
    assertThat(call("GET", "k")).isEqualTo("$1\r\nv\r\n");
    ((SimulatedClock) rig.clock).advanceMs(1000);
    rig.loop.runUntilIdle();
    assertThat(call("GET", "short")).isEqualTo("$-1\r\n");
    assertThat(call("WATCH", "short")).isEqualTo("+OK\r\n");
    rig.disk.limitBytes(Long.MAX_VALUE);
    for (int i = 0; i < 100 && !reply.startsWith("+OK"); i++) {
      ((SimulatedClock) rig.clock).advanceMs(1000);
      rig.log.tick();
      reply = call("SET", "again", "v");
    }
    assertThat(reply).isEqualTo("+OK\r\n");
  }

  @Test
  void subscribersHearMessagesAndResp2KeepsThemToThemselves() {
    SimulatedConnection listener = rig.connect();
    assertThat(rig.call(listener, "SUBSCRIBE", "news"))
        .isEqualTo("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
    assertThat(rig.call(listener, "PSUBSCRIBE", "n*")).endsWith(":2\r\n");
    assertThat(call("PUBLISH", "news", "hello")).isEqualTo(":2\r\n");
    assertThat(listener.receivedText())
        .isEqualTo(
            "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
                + "*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
    assertThat(rig.call(listener, "GET", "k")).startsWith("-ERR Can't execute 'get'");
    assertThat(rig.call(listener, "PING")).isEqualTo("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    assertThat(rig.call(listener, "RESET")).isEqualTo("+RESET\r\n");
    assertThat(call("PUBSUB", "NUMSUB", "news")).isEqualTo("*2\r\n$4\r\nnews\r\n:0\r\n");
  }

  @Test
  void resp3SubscribersGetPushesAndMayGoOn() {
    call("HELLO", "3");
    assertThat(call("SUBSCRIBE", "c")).isEqualTo(">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
    assertThat(call("GET", "missing")).isEqualTo("_\r\n");
  }

  @Test
  void repliesCanBeTurnedOff() {
    call("CLIENT", "REPLY", "SKIP");
    assertThat(call("SET", "k", "1")).isEmpty();
    assertThat(call("GET", "k")).isEqualTo("$1\r\n1\r\n");
    assertThat(call("CLIENT", "REPLY", "OFF")).isEmpty();
    assertThat(call("GET", "k")).isEmpty();
    assertThat(call("CLIENT", "REPLY", "ON")).isEqualTo("+OK\r\n");
  }

  @Test
  void aTokenIsAwaitedUntilItIsDurableOrTimeIsOver() {
    String token = call("HEADWATER", "POSITION").split("\r\n")[1];
    assertThat(call("HEADWATER", "AWAIT", token, "1000")).isEqualTo("+OK\r\n");
    String later = token.replaceAll(":.*", ":999999999");
    assertThat(call("HEADWATER", "AWAIT", later, "50")).isEmpty();
    assertThat(call("PING")).as("nothing overtakes").isEmpty();
    ((SimulatedClock) rig.clock).advanceMs(51);
    rig.loop.runUntilIdle();
    assertThat(client.receivedText()).startsWith("-TIMEOUT ").endsWith("\r\n+PONG\r\n");
    assertThat(call("HEADWATER", "AWAIT", "0".repeat(16) + ":1", "1")).startsWith("-ERR the token");
  }

  @Test
  void httpIsClosedAndTlsAnswered() {
    client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    rig.loop.runUntilIdle();
    assertThat(client.isClosed()).isTrue();
    SimulatedConnection tls = rig.connect();
    tls.send(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc});
    rig.loop.runUntilIdle();
    assertThat(tls.receivedText()).startsWith("-ERR Protocol error: this port speaks no TLS");
    assertThat(tls.isClosed()).isTrue();
  }

  @Test
  void aProtocolErrorIsAnsweredAndClosesOnlyThatClient() {
    SimulatedConnection bad = rig.connect();
    bad.send("*1\r\n$4\r\nPING\r\n*x\r\n*1\r\n$4\r\nPING\r\n");
    rig.loop.runUntilIdle();
    assertThat(bad.receivedText())
        .isEqualTo("+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n");
    assertThat(bad.isClosed()).isTrue();
    assertThat(call("PING")).isEqualTo("+PONG\r\n");
  }

  @Test
  void saveAnswersWhenTheCheckpointIsOnDisk() throws Exception {
    call("SET", "k", "v");
    assertThat(call("SAVE")).isEqualTo("+OK\r\n");
    assertThat(rig.disk.list("views/keyspace")).hasSize(1);
    assertThat(call("BGSAVE")).isEqualTo("+Background saving started\r\n");
    call("SET", "k2", "v2");
    restart();
    assertThat(call("MGET", "k", "k2")).isEqualTo("*2\r\n$1\r\nv\r\n$2\r\nv2\r\n");
  }

  @Test
  void aClientThatDoesNotReadMakesItsPipelineWait() {
    call("SET", "big", "x".repeat(500_000));
    client.stopReading();
    for (int i = 0; i < 200; i++) {
      client.send(RedisRig.request("GET", "big"));
    }
    rig.loop.runUntilIdle();
    assertThat(client.pendingBytes()).isLessThan(4 << 20);
    client.startReading();
    rig.loop.runUntilIdle();
    assertThat(client.received().length).isEqualTo(200 * (500_000 + 11));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomBytesNeverHarmTheServer(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      SimulatedConnection bad = rig.connect();
      byte[] bytes = new byte[random.nextInt(400)];
      random.nextBytes(bytes);
      if (random.nextBoolean()) {
        byte[] valid =
            RedisRig.request("SET", "k", "v".repeat(random.nextInt(100)), "EX", "x" + round);
        System.arraycopy(valid, 0, bytes, 0, Math.min(valid.length, bytes.length));
      }
      bad.send(bytes);
      rig.loop.runUntilIdle();
      bad.reset();
    }
    assertThat(call("PING")).isEqualTo("+PONG\r\n");
  }

  @Test
  void infoAndCommandAnswerWhatClientsReadAtTheStart() {
    assertThat(call("INFO")).contains("redis_version:7.0.15\r\n", "role:master\r\n");
    assertThat(call("COMMAND", "INFO", "get"))
        .startsWith(
            "*1\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n");
    assertThat(call("COMMAND", "COUNT")).matches(":\\d{3}\r\n");
    assertThat(call("COMMAND", "DOCS", "get")).contains("summary");
    assertThat(call("CONFIG", "GET", "appendfs*"))
        .isEqualTo("*2\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n");
    assertThat(call("CONFIG", "SET", "appendfsync", "everysec")).isEqualTo("+OK\r\n");
    assertThat(call("CONFIG", "SET", "appendfsync", "sometimes"))
        .startsWith("-ERR CONFIG SET failed");
    assertThat(call("CLIENT", "LIST")).contains("id=1 ", " cmd=client|list ");
    assertThat(
            new String(
                call("HELLO", "3").getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
        .startsWith("%7\r\n");
  }
}
