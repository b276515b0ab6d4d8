package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicaStreamTest {
  private final RedisRig rig = new RedisRig();
  private final SimulatedConnection client = rig.connect();
  private final SimulatedConnection replica = rig.connect();

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  /** What threads make comes between the loop's turns. */
  private void runUntil(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      rig.loop.runUntilIdle();
      ((SimulatedClock) rig.clock).advanceMs(1);
      Thread.onSpinWait();
    }
  }

  /** It sees the file's last byte before the loop notes that there are no more. */
  @Test
  void aReplicaThatAcknowledgesItsFileBeforeTheLoopIsDoneWithItGetsTheStreamAllTheSame() {
    for (int i = 0; i < 8; i++) {
      rig.call(client, "SETRANGE", "k" + i, "800000", "x");
    }
    rig.call(replica, "REPLCONF", "capa", "eof", "capa", "psync2");
    replica.stopReading();
    replica.send(RedisRig.request("PSYNC", "?", "-1"));
    runUntil("a part of the file waits", () -> replica.pendingBytes() > 100_000);

    replica.send(RedisRig.request("REPLCONF", "ACK", "0"));
    rig.loop.runUntilIdle();
    replica.startReading();
    rig.call(client, "SET", "later", "seen");

    StringBuilder tail = new StringBuilder();
    runUntil(
        "the stream goes on without another acknowledgement",
        () -> {
          tail.append(replica.receivedText());
          tail.delete(0, Math.max(0, tail.length() - 1000));
          return tail.indexOf("later") >= 0;
        });
    assertThat(tail).contains("$5\r\nlater\r\n$4\r\nseen\r\n");
  }
}
