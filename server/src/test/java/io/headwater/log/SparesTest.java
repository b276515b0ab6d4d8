package io.headwater.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.log.Spares.Spare;
import io.headwater.simulation.SimulatedDisk;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SparesTest {
  private static final long BYTES = 1 << 20;

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final Spares spares = new Spares(disk);

  @BeforeEach
  void folder() throws Exception {
    disk.createFolder(Segment.FOLDER);
  }

  @Test
  void aFileIsReadyWhenItsRoomIsTakenAndGetsItsZerosByAndBy() throws Exception {
    disk.allocates(true);
    spares.ensure(BYTES);
    assertThat(spares.largestReady()).isEqualTo(BYTES);
    assertThat(disk.usedBytes()).isEqualTo(BYTES);
    assertThat(spares.lacksZeros(BYTES, 0)).isFalse();

    spares.zero(BYTES, 1);
    assertThat(spares.lacksZeros(BYTES, 1)).isFalse();
    long operations = disk.operations();
    spares.zero(BYTES, 1);
    assertThat(disk.operations()).as("enough").isEqualTo(operations);

    int slices = 1;
    for (; spares.lacksZeros(BYTES, Long.MAX_VALUE); slices++) {
      spares.zero(BYTES, Long.MAX_VALUE);
    }
    assertThat(slices).isEqualTo(16);
    assertThat(disk.usedBytes()).isEqualTo(BYTES);
  }

  @Test
  void aFileIsWrittenWholeWhereRoomCannotBeTaken() throws Exception {
    disk.allocates(false);

    spares.ensure(BYTES);

    assertThat(disk.usedBytes()).isEqualTo(BYTES);
    assertThat(spares.lacksZeros(BYTES, Long.MAX_VALUE)).isFalse();
  }

  @Test
  void aFileThatWasTakenGetsNoMoreZeros() throws Exception {
    disk.allocates(true);
    spares.ensure(BYTES);
    spares.zero(BYTES, BYTES);
    Spare taken = spares.take(BYTES);
    assertThat(taken).isNotNull();
    try (DiskFile file = disk.open(taken.path(), Disk.Mode.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {7}), BYTES - 1);
    }
    assertThat(spares.lacksZeros(BYTES, BYTES)).isFalse();
    long operations = disk.operations();

    spares.zero(BYTES, BYTES);

    assertThat(disk.operations()).isEqualTo(operations);
    assertThat(disk.readAll(taken.path())[(int) BYTES - 1]).isEqualTo((byte) 7);
  }

  @Test
  void aCutSegmentNeedsNoZeros() throws Exception {
    String path = Segment.path(0);
    disk.open(path, Disk.Mode.CREATE).close();

    spares.reuse(path, BYTES);

    assertThat(spares.lacksZeros(BYTES, Long.MAX_VALUE)).isFalse();
  }

  @Test
  void whatIsMoreThanEnoughOfOneSizeIsGivenBack() throws Exception {
    for (int i = 0; i < 3; i++) {
      String path = Segment.path(i);
      disk.open(path, Disk.Mode.CREATE).close();
      spares.reuse(path, BYTES);
    }
    spares.ensure(2 * BYTES);

    spares.shrink(BYTES, 1);

    assertThat(spares.size()).isEqualTo(2);
    assertThat(spares.largestReady()).isEqualTo(2 * BYTES);
    assertThat(disk.list(Segment.FOLDER)).hasSize(2);
    Spare left = spares.take(BYTES);
    assertThat(left).isNotNull();
    assertThat(disk.exists(left.path())).isTrue();
  }
}
