package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.DiskFullException;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A start on a disk that has no room, or hardly any, of its own or after a kill. */
class FullDiskStartTest {
  private final SimulatedClock clock = new SimulatedClock();

  private SimulatedNode open(SimulatedDisk disk) throws IOException {
    return SimulatedNode.open(disk, clock, new SplittableRandom(1));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 100, 1_000, 10_000, 100_000, 1_000_000})
  void itSaysSoOrServesReadsAndNothingIsLostWhenRoomIsBack(long freeBytes) throws IOException {
    SimulatedDisk disk = new SimulatedDisk(1);
    SimulatedNode first = open(disk);
    for (int i = 0; i < 100; i++) {
      assertThat(first.redis("SET k" + i + " v" + i + "\r\n")).isEqualTo("+OK\r\n");
    }
    disk.die(SimulatedDisk.Death.PROCESS_KILL);
    SimulatedDisk killed = disk.restart();

    killed.limitBytes(killed.usedBytes() + freeBytes);
    boolean written = false;
    try (SimulatedNode full = open(killed)) {
      assertThat(full.redis("GET k7\r\n")).isEqualTo("$2\r\nv7\r\n");
      String reply = full.redis("SET k100 " + "x".repeat(5_000) + "\r\n");
      assertThat(reply).matches("(\\+OK|-MISCONF Headwater cannot grow its log.*)\r\n");
      written = reply.startsWith("+");
      assertThat(full.failed()).isEmpty();
    } catch (DiskFullException e) {
      assertThat(freeBytes).isLessThan(10_000);
      assertThat(e.getMessage()).isNotEmpty();
    }

    killed.limitBytes(Long.MAX_VALUE);
    try (SimulatedNode roomy = open(killed)) {
      for (int i = 0; i < 100; i++) {
        assertThat(roomy.redis("GET k" + i + "\r\n")).endsWith("\r\nv" + i + "\r\n");
      }
      assertThat(roomy.redis("EXISTS k100\r\n")).isEqualTo(written ? ":1\r\n" : ":0\r\n");
      assertThat(roomy.redis("SET more x\r\n")).isEqualTo("+OK\r\n");
    }
  }
}
