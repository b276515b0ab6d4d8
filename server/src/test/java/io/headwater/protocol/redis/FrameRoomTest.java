package io.headwater.protocol.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedConnection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Short commands that record much: what does not fit the frame of a transaction, which takes 1 MiB
 * here, is refused before anything changes, and the server goes on.
 */
class FrameRoomTest {
  private static final int ELEMENTS = 15_000;

  private final RedisRig rig = new RedisRig();
  private final SimulatedConnection client = rig.connect();

  @BeforeEach
  void fill() {
    List<String> set = new ArrayList<>(List.of("SADD", "s"));
    List<String> list = new ArrayList<>(List.of("RPUSH", "l"));
    List<String> sorted = new ArrayList<>(List.of("ZADD", "z"));
    List<String> places = new ArrayList<>(List.of("GEOADD", "g"));
    for (int i = 0; i < ELEMENTS; i++) {
      String element = "an element of some length " + i;
      set.add(element);
      list.add(element);
      sorted.addAll(List.of("" + i, element));
      places.addAll(List.of("0.1", "0.1", element));
    }
    for (List<String> command : List.of(set, list, sorted, places)) {
      assertThat(reply(command.toArray(new String[0]))).isEqualTo(":" + ELEMENTS + "\r\n");
    }
    reply("SET", "t", "x".repeat(600_000));
    reply("RPUSH", "one", "x".repeat(600_000));
  }

  private String reply(String... command) {
    client.send(RedisRig.request(command));
    rig.loop.runUntilIdle();
    return new String(client.received(), ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SUNIONSTORE d s",
        "SINTERSTORE d s s",
        "SDIFFSTORE d s none",
        "ZUNIONSTORE d 1 z",
        "ZINTERSTORE d 1 z",
        "ZRANGESTORE d z 0 -1",
        "SORT l BY nosort STORE d",
        "GEOSEARCHSTORE d g FROMLONLAT 0.1 0.1 BYRADIUS 1 km",
        "BITOP NOT d t",
        "SPOP s 14000",
        "LMOVE one d LEFT LEFT",
        "RPOPLPUSH one d",
      })
  void isRefusedInATransactionWithoutRoomAndServedAlone(String text) {
    String[] command = text.split(" ");
    reply("MULTI");
    reply("SET", "filler", "x".repeat(900_000));
    reply(command);
    reply("SET", "behind", "it");

    assertThat(reply("EXEC"))
        .startsWith("*3\r\n+OK\r\n-ERR frame of ")
        .endsWith(" is past the limit of 1048576\r\n+OK\r\n");
    assertThat(reply("EXISTS", "d", "behind", "filler")).isEqualTo(":2\r\n");
    assertThat(reply("SCARD", "s")).isEqualTo(":" + ELEMENTS + "\r\n");
    assertThat(reply(command)).doesNotStartWith("-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"call", "pcall"})
  void isAnErrorInAScript(String how) {
    String script =
        "for i = 1, 5 do redis." + how + "('SUNIONSTORE', 'd' .. i, 's') end return 'end'";

    assertThat(reply("EVAL", script, "0"))
        .startsWith(how.equals("call") ? "-ERR frame of " : "$3\r\nend");
    assertThat(reply("EXISTS", "d1", "d5")).isEqualTo(":1\r\n");
  }
}
