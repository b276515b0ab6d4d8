package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedConnection;
import org.junit.jupiter.api.Test;

class RedisSessionTest {
  @Test
  void aStringIsSetReadAndThereAfterARestart() throws Exception {
    RedisRig rig = new RedisRig();
    SimulatedConnection client = rig.connect();

    assertThat(rig.call(client, "PING")).isEqualTo("+PONG\r\n");
    assertThat(rig.call(client, "SET", "k", "v")).isEqualTo("+OK\r\n");
    assertThat(rig.call(client, "GET", "k")).isEqualTo("$1\r\nv\r\n");

    try (RedisRig again = rig.restart()) {
      assertThat(again.call(again.connect(), "GET", "k")).isEqualTo("$1\r\nv\r\n");
    }
  }
}
