package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CollectionsTest {
  private RedisRig rig = new RedisRig();
  private SimulatedConnection client = rig.connect();

  private String call(String... command) {
    return rig.call(client, command);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aCheckpointAndTheLogBehindItGiveTheSameCollections(long seed) throws Exception {
    CollectionCommandsGenerator generator =
        new CollectionCommandsGenerator(new Random(seed), seed % 2 == 0);
    for (int i = 0; i < 1500; i++) {
      call(generator.next());
    }
    var checkpoint = rig.keyspace.checkpoint();
    for (int i = 0; i < 1500; i++) {
      call(generator.next());
    }
    rig.loop.runUntilIdle();
    assertThat(checkpoint.get(60, TimeUnit.SECONDS)).isPositive();
    for (int i = 0; i < 500; i++) {
      call(generator.next());
    }
    List<String> before = look(generator);

    rig = rig.restart();
    client = rig.connect();

    assertThat(look(generator)).isEqualTo(before);
  }

  private List<String> look(CollectionCommandsGenerator generator) {
    List<String> seen = new ArrayList<>();
    for (String[] command : generator.inspection()) {
      String reply = command[0].equals("PERSIST") ? call("TTL", command[1]) : call(command);
      String[] lines = reply.split("\r\n", -1);
      java.util.Arrays.sort(lines);
      seen.add(String.join(" ", command) + ": " + String.join(" ", lines));
    }
    return seen;
  }

  @Test
  void popsAndDrawsTakeMembersThatAreThereAndStayGone() throws Exception {
    for (int i = 0; i < 1000; i++) {
      call("SADD", "s", "m" + i);
    }
    String drawn = call("SRANDMEMBER", "s", "-50");
    assertThat(drawn).startsWith("*50\r\n");
    String popped = call("SPOP", "s", "300");
    assertThat(popped).startsWith("*300\r\n");
    assertThat(call("SCARD", "s")).isEqualTo(":700\r\n");
    String[] lines = popped.split("\r\n");
    for (int i = 2; i < lines.length; i += 2) {
      assertThat(call("SADD", "again", lines[i])).isEqualTo(":1\r\n");
      assertThat(call("SISMEMBER", "s", lines[i])).isEqualTo(":0\r\n");
    }

    rig = rig.restart();
    client = rig.connect();

    assertThat(call("SINTERCARD", "2", "s", "again")).isEqualTo(":0\r\n");
    assertThat(call("SCARD", "s")).isEqualTo(":700\r\n");
    assertThat(call("SPOP", "s")).startsWith("$");
    assertThat(call("SCARD", "s")).isEqualTo(":699\r\n");
  }

  @Test
  void drawnFieldsAndMembersAreDifferentUnlessTheCountIsNegative() {
    for (int i = 0; i < 200; i++) {
      call("HSET", "h", "f" + i, "v" + i);
      call("ZADD", "z", "" + i, "m" + i);
    }
    for (String[] command :
        new String[][] {
          {"HRANDFIELD", "h", "20"}, {"HRANDFIELD", "h", "150"}, {"ZRANDMEMBER", "z", "199"}
        }) {
      String[] lines = call(command).split("\r\n");
      assertThat(lines[0]).isEqualTo("*" + command[2]);
      assertThat(List.of(lines).subList(1, lines.length).stream().filter(l -> !l.startsWith("$")))
          .doesNotHaveDuplicates()
          .hasSize(Integer.parseInt(command[2]));
    }
    assertThat(call("HRANDFIELD", "h", "-500", "WITHVALUES")).startsWith("*1000\r\n");
    call("HELLO", "3");
    assertThat(call("ZRANDMEMBER", "z", "-3", "WITHSCORES")).startsWith("*3\r\n*2\r\n$");
  }

  @Test
  void watchingClientsHearOfCollections() {
    SimulatedConnection other = rig.connect();
    for (String[] change :
        new String[][] {
          {"RPUSH", "k", "a"}, {"LSET", "k", "0", "b"}, {"LPOP", "k"}, {"ZADD", "k", "1", "m"},
          {"ZPOPMIN", "k"}, {"SADD", "k", "m"}, {"SPOP", "k"}, {"HSET", "k", "f", "v"},
          {"HDEL", "k", "f"}, {"SUNIONSTORE", "k", "full"}, {"ZRANGESTORE", "k", "zfull", "0", "-1"}
        }) {
      call("SADD", "full", "m");
      call("ZADD", "zfull", "1", "m");
      call("WATCH", "k");
      call("MULTI");
      call("PING");
      rig.call(other, change);
      assertThat(call("EXEC")).as(change[0]).isEqualTo("*-1\r\n");
    }
    call("WATCH", "k");
    call("MULTI");
    call("PING");
    rig.call(other, "ZREM", "k", "not there");
    assertThat(call("EXEC")).isEqualTo("*1\r\n+PONG\r\n");
  }

  @Test
  void aSortedSetIsSortedByOtherKeys() {
    call("ZADD", "z", "1", "c", "2", "a", "3", "b");
    call("MSET", "w:a", "3", "w:b", "1", "w:c", "2");
    call("HSET", "h:a", "name", "Anna");

    assertThat(call("SORT", "z", "BY", "w:*")).isEqualTo("*3\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\na\r\n");
    assertThat(call("SORT", "z", "BY", "nosort", "DESC"))
        .isEqualTo("*3\r\n$1\r\nb\r\n$1\r\na\r\n$1\r\nc\r\n");
    assertThat(call("SORT", "z", "ALPHA", "LIMIT", "0", "2", "GET", "#", "GET", "h:*->name"))
        .isEqualTo("*4\r\n$1\r\na\r\n$4\r\nAnna\r\n$1\r\nb\r\n$-1\r\n");
    assertThat(call("SORT", "z", "ALPHA", "STORE", "list")).isEqualTo(":3\r\n");
    assertThat(call("LINDEX", "list", "0")).isEqualTo("$1\r\na\r\n");
    assertThat(call("SORT", "z")).startsWith("-ERR One or more scores");
  }
}
