package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitingTest {
  private final SimulatedClock clock = new SimulatedClock();
  private final RedisRig rig = new RedisRig(new SimulatedDisk(1), clock);
  private final SimulatedConnection pusher = rig.connect();

  private SimulatedConnection waiting(String... command) {
    SimulatedConnection client = rig.connect();
    assertThat(rig.call(client, command)).isEmpty();
    return client;
  }

  private void passMs(long ms) {
    clock.advanceMs(ms);
    rig.loop.runUntilIdle();
  }

  @Test
  void clientsAreServedInTheOrderInWhichTheyCame() {
    List<SimulatedConnection> clients = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      clients.add(waiting(i % 2 == 0 ? "BLPOP" : "BRPOP", "q", "0"));
    }

    assertThat(rig.call(pusher, "RPUSH", "q", "a", "b", "c")).isEqualTo(":3\r\n");

    assertThat(clients.get(0).receivedText()).isEqualTo("*2\r\n$1\r\nq\r\n$1\r\na\r\n");
    assertThat(clients.get(1).receivedText()).isEqualTo("*2\r\n$1\r\nq\r\n$1\r\nc\r\n");
    assertThat(clients.get(2).receivedText()).isEqualTo("*2\r\n$1\r\nq\r\n$1\r\nb\r\n");
    assertThat(clients.get(3).receivedText()).isEmpty();
    assertThat(rig.call(pusher, "EXISTS", "q")).isEqualTo(":0\r\n");
    assertThat(rig.call(pusher, "LPUSH", "q", "d")).isEqualTo(":1\r\n");
    assertThat(clients.get(3).receivedText()).endsWith("$1\r\nd\r\n");
    assertThat(rig.server.waiting().clients()).isEqualTo(1);
  }

  @Test
  void aWaiterThatIsGoneTakesNothing() {
    SimulatedConnection gone = waiting("BLPOP", "q", "0");

    gone.endInput();
    rig.loop.runUntilIdle();

    assertThat(rig.server.waiting().clients()).isZero();
    assertThat(rig.call(pusher, "RPUSH", "q", "a")).isEqualTo(":1\r\n");
    assertThat(rig.call(pusher, "LLEN", "q")).isEqualTo(":1\r\n");
  }

  @Test
  void theTimeIsUpWithNoArray() {
    SimulatedConnection list = waiting("BLPOP", "q", "r", "1.5");
    SimulatedConnection move = waiting("BLMOVE", "q", "r", "LEFT", "LEFT", "0.5");
    SimulatedConnection zset = waiting("BZMPOP", "0.0011", "1", "z", "MIN");

    passMs(1);
    assertThat(zset.receivedText()).isEmpty();
    passMs(1);
    assertThat(zset.receivedText()).isEqualTo("*-1\r\n");
    passMs(500);
    assertThat(move.receivedText()).isEqualTo("*-1\r\n");
    assertThat(list.receivedText()).isEmpty();
    passMs(1000);
    assertThat(list.receivedText()).isEqualTo("*-1\r\n");
    assertThat(rig.server.waiting().clients()).isZero();
    assertThat(rig.call(list, "PING")).isEqualTo("+PONG\r\n");
  }

  @Test
  void whoWaitsForReplicasCanBeUnblocked() {
    SimulatedConnection first = waiting("WAIT", "1", "0");
    SimulatedConnection second = waiting("WAIT", "1", "0");
    SimulatedConnection third = waiting("WAIT", "1", "20");

    assertThat(rig.call(pusher, "CLIENT", "UNBLOCK", id(first))).isEqualTo(":1\r\n");
    assertThat(rig.call(pusher, "CLIENT", "UNBLOCK", id(second), "ERROR")).isEqualTo(":1\r\n");
    passMs(20);

    assertThat(first.receivedText()).isEqualTo(":0\r\n");
    assertThat(second.receivedText())
        .isEqualTo("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
    assertThat(third.receivedText()).isEqualTo(":0\r\n");
  }

  private static String id(SimulatedConnection client) {
    return Long.toString(client.id());
  }

  @Test
  void aPipelineGoesOnBehindTheWait() {
    SimulatedConnection client = rig.connect();
    client.send("PING\r\nBLPOP q 0\r\nPING\r\nBLPOP q 0\r\nECHO done\r\n");
    rig.loop.runUntilIdle();
    assertThat(client.receivedText()).isEqualTo("+PONG\r\n");

    rig.call(pusher, "RPUSH", "q", "a");
    assertThat(client.receivedText()).isEqualTo("*2\r\n$1\r\nq\r\n$1\r\na\r\n+PONG\r\n");

    rig.call(pusher, "RPUSH", "q", "b");
    assertThat(client.receivedText()).isEqualTo("*2\r\n$1\r\nq\r\n$1\r\nb\r\n$4\r\ndone\r\n");
  }

  @Test
  void insideATransactionNobodyWaits() {
    rig.call(pusher, "MULTI");
    rig.call(pusher, "BLPOP", "q", "0");
    rig.call(pusher, "BLMOVE", "q", "r", "LEFT", "LEFT", "0");
    rig.call(pusher, "BZPOPMIN", "q", "0");
    rig.call(pusher, "RPUSH", "q", "a");
    rig.call(pusher, "BLPOP", "q", "0");

    assertThat(rig.call(pusher, "EXEC"))
        .isEqualTo("*5\r\n*-1\r\n$-1\r\n*-1\r\n:1\r\n*2\r\n$1\r\nq\r\n$1\r\na\r\n");
  }

  @Test
  void aTransactionIsOverBeforeAnyoneIsServed() {
    SimulatedConnection client = waiting("BLPOP", "q", "0");
    rig.call(pusher, "MULTI");
    rig.call(pusher, "RPUSH", "q", "a");
    rig.call(pusher, "LPUSH", "q", "b");
    rig.call(pusher, "LPUSH", "q", "c");
    rig.call(pusher, "LPOP", "q");
    assertThat(client.receivedText()).isEmpty();
    rig.call(pusher, "EXEC");

    assertThat(client.receivedText()).endsWith("$1\r\nb\r\n");
    assertThat(rig.call(pusher, "LRANGE", "q", "0", "-1")).isEqualTo("*1\r\n$1\r\na\r\n");
  }

  @Test
  void oneServedClientCanServeTheNext() {
    SimulatedConnection last = waiting("BLPOP", "c", "0");
    SimulatedConnection second = waiting("BRPOPLPUSH", "b", "c", "0");
    SimulatedConnection first = waiting("BLMOVE", "a", "b", "LEFT", "RIGHT", "0");

    rig.call(pusher, "RPUSH", "a", "x");

    assertThat(first.receivedText()).isEqualTo("$1\r\nx\r\n");
    assertThat(second.receivedText()).isEqualTo("$1\r\nx\r\n");
    assertThat(last.receivedText()).isEqualTo("*2\r\n$1\r\nc\r\n$1\r\nx\r\n");
    assertThat(rig.call(pusher, "DBSIZE")).isEqualTo(":0\r\n");
  }

  @Test
  void aMoveToAKeyOfAnotherTypeAnswersItsErrorAndLeavesTheElement() {
    SimulatedConnection client = waiting("BLMOVE", "a", "s", "LEFT", "LEFT", "0");
    rig.call(pusher, "SET", "s", "v");

    rig.call(pusher, "RPUSH", "a", "x");

    assertThat(client.receivedText()).startsWith("-WRONGTYPE");
    assertThat(rig.call(pusher, "LLEN", "a")).isEqualTo(":1\r\n");
  }

  @Test
  void aKeyOfAnotherTypeServesNobodyAndLaterAListDoes() {
    SimulatedConnection client = waiting("BLPOP", "q", "0");
    SimulatedConnection other = waiting("BZPOPMAX", "q", "0");

    rig.call(pusher, "SET", "q", "v");
    rig.call(pusher, "DEL", "q");
    rig.call(pusher, "ZADD", "q", "1", "m", "2", "n");
    assertThat(client.receivedText()).isEmpty();
    assertThat(other.receivedText()).isEqualTo("*3\r\n$1\r\nq\r\n$1\r\nn\r\n$1\r\n2\r\n");

    rig.call(pusher, "DEL", "q");
    rig.call(pusher, "RPUSH", "r", "x");
    rig.call(pusher, "RENAME", "r", "q");
    assertThat(client.receivedText()).endsWith("$1\r\nx\r\n");
  }

  @Test
  void whoeverWaitsForSeveralKeysIsServedOnce() {
    SimulatedConnection client = waiting("BLMPOP", "0", "2", "a", "b", "LEFT", "COUNT", "10");
    rig.call(pusher, "MULTI");
    rig.call(pusher, "RPUSH", "b", "1", "2");
    rig.call(pusher, "RPUSH", "a", "3");
    rig.call(pusher, "EXEC");

    assertThat(client.receivedText()).isEqualTo("*2\r\n$1\r\nb\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    assertThat(rig.call(pusher, "LLEN", "a")).isEqualTo(":1\r\n");
  }

  @Test
  void aClientThatIsGoneIsNotServed() {
    SimulatedConnection gone = waiting("BLPOP", "q", "0");
    SimulatedConnection stays = waiting("BLPOP", "q", "0");
    gone.reset();
    rig.loop.runUntilIdle();

    rig.call(pusher, "RPUSH", "q", "a");

    assertThat(stays.receivedText()).endsWith("$1\r\na\r\n");
    assertThat(rig.server.waiting().clients()).isZero();
  }

  @Test
  void whatAWaitingClientTookIsGoneAfterARestart() throws Exception {
    waiting("BLPOP", "q", "0");
    rig.call(pusher, "RPUSH", "q", "a", "b");

    try (RedisRig again = rig.restart()) {
      assertThat(again.call(again.connect(), "LRANGE", "q", "0", "-1"))
          .isEqualTo("*1\r\n$1\r\nb\r\n");
    }
  }

  @Test
  void manyWaitersOfOneKeyComeAndGo() {
    List<SimulatedConnection> clients = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      clients.add(waiting("BLPOP", "q", i % 3 == 0 ? "1" : "0"));
    }
    passMs(1000);
    for (int i = 0; i < 500; i++) {
      rig.call(pusher, "RPUSH", "q", "e" + i);
    }
    int served = 0;
    for (int i = 0; i < 500; i++) {
      String text = clients.get(i).receivedText();
      if (i % 3 == 0) {
        assertThat(text).isEqualTo("*-1\r\n");
      } else {
        assertThat(text).endsWith("\r\ne" + served++ + "\r\n");
      }
    }
    assertThat(rig.call(pusher, "LLEN", "q")).isEqualTo(":" + (500 - served) + "\r\n");
  }
}
