package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server remembers for clients: a share of the heap, and nothing when they are gone. */
class HeldForClientsTest {
  private static final long HEAP_BYTES = 16 << 20;

  private final RedisRig rig = RedisRig.withHeap(HEAP_BYTES);
  private final SimulatedConnection bystander = rig.connect();

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private static String[] keys(String command, int client, int count, String... last) {
    List<String> words = new ArrayList<>(List.of(command));
    for (int i = 0; i < count; i++) {
      words.add("key:" + client + ":" + i);
    }
    words.addAll(List.of(last));
    return words.toArray(new String[0]);
  }

  private static String[] command(String name, int client) {
    return switch (name) {
      case "BLPOP" -> keys("BLPOP", client, 500, "0");
      case "QUEUE" -> keys("MGET", client, 500);
      default -> keys(name, client, 500);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"WATCH", "BLPOP", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "QUEUE"})
  void whatClientsAreRememberedForIsBoundedAndFreeWhenTheyAreGone(String name) {
    long before = rig.loop.heap().heldBytes();
    List<SimulatedConnection> clients = new ArrayList<>();
    String refusal = "";
    for (int i = 0; i < 400 && refusal.isEmpty(); i++) {
      SimulatedConnection client = rig.connect();
      clients.add(client);
      if (name.equals("QUEUE")) {
        rig.call(client, "MULTI");
      }
      String reply = rig.call(client, command(name, i));
      int error = reply.indexOf("-");
      refusal = error < 0 ? "" : reply.substring(error);
    }

    assertThat(refusal).contains("memory");
    assertThat(rig.loop.heap().heldBytes()).isLessThan(before + HEAP_BYTES / 4);
    assertThat(rig.call(bystander, "SET", "k", "v")).isEqualTo("+OK\r\n");
    clients.forEach(SimulatedConnection::reset);
    rig.loop.runUntilIdle();
    assertThat(rig.loop.heap().heldBytes()).isLessThan(before + (64 << 10) * clients.size());
    for (SimulatedConnection client : clients) {
      assertThat(client.isClosed()).isTrue();
    }
    assertThat(rig.server.limits().held().bytes()).isZero();
  }

  @Test
  void awaitedAndWatchedKeysAreFreeWhenTheWaitIsOver() {
    SimulatedConnection client = rig.connect();
    for (int i = 0; i < 200; i++) {
      client.send(RedisRig.request(keys("BLPOP", 0, 100, "0")));
      rig.loop.runUntilIdle();
      rig.call(bystander, "RPUSH", "key:0:" + i % 100, "v");
      assertThat(client.receivedText()).startsWith("*2\r\n");
      assertThat(rig.call(client, keys("WATCH", 0, 100))).isEqualTo("+OK\r\n");
      rig.call(client, "MULTI");
      assertThat(rig.call(client, "EXEC")).isEqualTo("*0\r\n");
    }

    assertThat(rig.server.limits().held().bytes()).isZero();
  }

  @Test
  void theArgumentsOfARequestThatNeverEndsAreHeld() {
    SimulatedConnection client = rig.connect();

    client.send("*1048576\r\n" + "$0\r\n\r\n".repeat(600_000));
    rig.loop.runUntilIdle();

    assertThat(client.receivedText()).startsWith("-ERR Protocol error: no memory");
    assertThat(client.isClosed()).isTrue();
    assertThat(rig.server.limits().held().bytes()).isZero();
  }

  @Test
  void aListOfAllKeysThatMemoryHasNoRoomForIsAnErrorToItsClientOnly() {
    for (int i = 0; i < 5_000; i++) {
      bystander.send(RedisRig.request("SET", i + "k".repeat(1_000), "v"));
    }
    rig.loop.runUntilIdle();
    bystander.received();
    SimulatedConnection lister = rig.connect();
    lister.send(RedisRig.request("KEYS", "*"));
    rig.loop.runOnce(); // the walk begins behind this turn

    bystander.send(RedisRig.request("SET", 4_999 + "k".repeat(1_000), "w"));
    rig.loop.runUntilIdle();

    assertThat(bystander.receivedText()).isEqualTo("+OK\r\n");
    assertThat(lister.receivedText()).startsWith("-ERR the names of ").contains("use SCAN");
    assertThat(rig.server.limits().held().bytes()).isZero();
  }

  @Test
  void aReplyThatItsShareHasNoRoomForIsGivenUpAlone() {
    rig.call(bystander, "SETRANGE", "big", "5000000", "x");

    assertThat(rig.call(bystander, "GET", "big"))
        .isEqualTo("-OOM the reply needs more memory than the server has\r\n");
    assertThat(rig.call(bystander, "STRLEN", "big")).isEqualTo(":5000001\r\n");
  }

  @Test
  void replicasThatTakeNothingHaveTheirShareOfTheHeapAndThenGo() throws Exception {
    for (int i = 0; i < 8; i++) {
      rig.call(bystander, "SETRANGE", "k" + i, "800000", "x");
    }
    List<SimulatedConnection> replicas = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      SimulatedConnection replica = rig.connect();
      replica.stopReading();
      replica.send(RedisRig.request("PSYNC", "?", "-1"));
      replicas.add(replica);
    }

    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        replicas.stream().noneMatch(SimulatedConnection::isClosed)
            && replicas.stream().anyMatch(r -> r.pendingBytes() < 900_000); ) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      rig.loop.runUntilIdle(); // what a thread makes comes between
      ((SimulatedClock) rig.clock).advanceMs(1);
    }

    assertThat(rig.call(bystander, "SET", "k", "v")).isEqualTo("+OK\r\n");
  }

  @Test
  void usersTakeTheirShareOfTheHeap() {
    String reply = "+OK\r\n";
    for (int i = 0; i < 1000 && reply.equals("+OK\r\n"); i++) {
      reply = rig.call(bystander, "ACL", "SETUSER", "user" + i, "~" + "k".repeat(1_000));
    }

    assertThat(reply).isEqualTo("-OOM all users together need more memory than the server has\r\n");
    assertThat(rig.call(bystander, "ACL", "DELUSER", "user0")).isEqualTo(":1\r\n");
    assertThat(rig.call(bystander, "ACL", "SETUSER", "user0", "~k")).isEqualTo("+OK\r\n");
  }

  @Test
  void cachedKeysBeyondTheirShareAreInvalidated() {
    SimulatedConnection cache = rig.connect();
    rig.call(cache, "HELLO", "3");
    rig.call(cache, "CONFIG", "SET", "tracking-table-max-keys", "0");
    rig.call(cache, "CLIENT", "TRACKING", "ON");
    String replies = "";
    for (int i = 0; i < 100; i++) {
      replies += rig.call(cache, keys("MGET", i, 100)).contains("invalidate");
    }

    assertThat(replies).contains("true");
    assertThat(rig.server.tracking().keys()).isBetween(1_000, 8_000);
  }
}
