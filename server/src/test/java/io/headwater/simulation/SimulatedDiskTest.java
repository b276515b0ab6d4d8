package io.headwater.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.host.DiskFullException;
import io.headwater.simulation.SimulatedDisk.Death;
import io.headwater.simulation.SimulatedDisk.Loss;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The faults of the simulated disk happen as its head says. */
class SimulatedDiskTest {
  private SimulatedDisk disk = new SimulatedDisk(1);

  @ParameterizedTest
  @EnumSource
  void whatIsSyncedSurvivesEveryLoss(Loss loss) throws Exception {
    disk.createFolder("a");
    write("a/file", "synced", 0, true);
    disk.syncFolder("a");

    losePower(loss);

    assertThat(text("a/file")).isEqualTo("synced");
  }

  @Test
  void unsyncedBytesAndNamesVanish() throws Exception {
    write("file", "synced", 0, true);
    disk.syncFolder("");
    write("file", "unsynced", 0, false);
    write("new", "synced, but its name is not", 0, true);
    disk.rename("file", "renamed");

    losePower(Loss.ALL_UNSYNCED);

    assertThat(disk.list("")).containsExactly("file");
    assertThat(text("file")).isEqualTo("synced");
  }

  @Test
  void aDeletedFileComesBackUntilItsFolderIsSynced() throws Exception {
    write("file", "x", 0, true);
    disk.syncFolder("");
    disk.delete("file");
    assertThat(disk.exists("file")).isFalse();

    losePower(Loss.ALL_UNSYNCED);

    assertThat(disk.exists("file")).isTrue();
    disk.delete("file");
    disk.syncFolder("");
    losePower(Loss.ALL_UNSYNCED);
    assertThat(disk.exists("file")).isFalse();
  }

  @Test
  void writesTearAtBytesAndAtSectorsInAnyOrder() throws Exception {
    Set<String> byBytes = new HashSet<>();
    Set<String> bySectors = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      for (Loss loss : new Loss[] {Loss.TORN_BYTES, Loss.TORN_SECTORS}) {
        disk = new SimulatedDisk(seed);
        write("file", ".".repeat(2_048), 0, true);
        disk.syncFolder("");
        write("file", "x".repeat(2_048), 0, false);
        losePower(loss);
        (loss == Loss.TORN_BYTES ? byBytes : bySectors).add(text("file"));
      }
    }
    assertThat(byBytes).hasSizeGreaterThan(50).allMatch(text -> text.matches("x*\\.*"));
    assertThat(bySectors)
        .hasSize(16)
        .allMatch(text -> text.matches("(x{512}|\\.{512}){4}"))
        .contains(".".repeat(512) + "x".repeat(512) + ".".repeat(512) + "x".repeat(512));
  }

  @Test
  void aKilledProcessLeavesThePageCacheUnsynced() throws Exception {
    write("file", "synced", 0, true);
    disk.syncFolder("");
    write("file", "written", 0, false);
    write("new", "new", 0, false);
    disk.die(Death.PROCESS_KILL);
    disk = disk.restart();
    assertThat(text("file")).isEqualTo("written");
    assertThat(text("new")).isEqualTo("new");

    losePower(Loss.ALL_UNSYNCED);

    assertThat(text("file")).isEqualTo("synced");
    assertThat(disk.exists("new")).isFalse();
  }

  @Test
  void deathComesInTheMiddleOfTheOperationThatWasNamed() throws Exception {
    Set<String> found = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      disk = new SimulatedDisk(seed);
      write("file", "....", 0, true);
      disk.dieAt(disk.operations(), Death.PROCESS_KILL);
      assertThatThrownBy(() -> write("file", "xxxx", 0, false)).isInstanceOf(PowerLost.class);
      assertThatThrownBy(() -> disk.exists("file")).isInstanceOf(PowerLost.class);
      disk = disk.restart();
      found.add(text("file"));
    }
    assertThat(found).containsExactlyInAnyOrder("....", "x...", "xx..", "xxx.", "xxxx");
  }

  @Test
  void filesOfTheDeadProcessStayDead() throws Exception {
    DiskFile ghost = disk.open("file", Disk.Mode.CREATE);
    disk.die(Death.PROCESS_KILL);
    SimulatedDisk next = disk.restart();

    assertThatThrownBy(() -> ghost.write(ByteBuffer.allocate(1), 0)).isInstanceOf(PowerLost.class);
    assertThat(next.readAll("file")).isEmpty();
  }

  @Test
  void anErrorHappensOnceAndAFailedSyncForgets() throws Exception {
    write("file", "synced", 0, true);
    disk.syncFolder("");
    boolean forgot = false;
    for (int i = 0; i < 20; i++) {
      try (DiskFile file = disk.open("file", Disk.Mode.WRITE)) {
        file.write(bytes("UNSURE"), 0);
        disk.failAt(disk.operations());
        assertThatThrownBy(file::sync)
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(PowerLost.class);
        file.sync();
      }
      assertThat(text("file")).isEqualTo("UNSURE");
      losePower(Loss.NOTHING);
      forgot |= text("file").equals("synced");
    }
    assertThat(forgot).isTrue();
  }

  @Test
  void theDiskIsFullAtItsLimit() throws Exception {
    disk.limitBytes(10);
    try (DiskFile file = disk.open("file", Disk.Mode.CREATE)) {
      file.write(bytes("12345678"), 0);
      assertThat(disk.freeBytes()).isEqualTo(2);
      assertThatThrownBy(() -> file.write(bytes("abcdef"), 8))
          .isInstanceOf(DiskFullException.class);
      file.write(bytes("overwrites"), 0);
    }
    assertThat(text("file")).isEqualTo("overwrites");
    disk.limitBytes(20);
    try (DiskFile file = disk.open("file", Disk.Mode.WRITE)) {
      file.write(bytes("room again"), 10);
    }
  }

  @Test
  void aFlippedBitIsInTheFileForGood() throws Exception {
    write("file", "a", 0, true);
    disk.syncFolder("");

    disk.flipBit("file", 0, 1);

    assertThat(text("file")).isEqualTo("c");
    losePower(Loss.ALL_UNSYNCED);
    assertThat(text("file")).isEqualTo("c");
  }

  @Test
  void theSameSeedGivesTheSameRuins() throws Exception {
    Set<String> ruins = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      disk = new SimulatedDisk(42);
      for (int j = 0; j < 50; j++) {
        write("file" + j % 7, "text" + j, j * 3, j % 5 == 0);
      }
      disk.die(Death.POWER_LOSS);
      disk = disk.restart();
      StringBuilder all = new StringBuilder();
      for (String name : disk.list("")) {
        all.append(name).append(text(name));
      }
      ruins.add(all.toString());
    }
    assertThat(ruins).hasSize(1);
  }

  private void losePower(Loss loss) {
    disk.lose(loss);
    disk.die(Death.POWER_LOSS);
    disk = disk.restart();
  }

  private void write(String path, String text, long position, boolean sync) throws IOException {
    try (DiskFile file = disk.open(path, Disk.Mode.CREATE_OR_OPEN)) {
      file.write(bytes(text), position);
      if (sync) {
        file.sync();
      }
    }
  }

  private String text(String path) throws IOException {
    return new String(disk.readAll(path), StandardCharsets.UTF_8);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
