package io.headwater.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedDisk.Death;
import io.headwater.simulation.SimulatedDisk.Loss;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What recovery makes of bytes that are not what was written. */
class JournalDamageTest {
  private static final String FIRST = Segment.path(0);

  private final SimulatedClock clock = new SimulatedClock();
  private SimulatedDisk disk = new SimulatedDisk(7);

  @Test
  void theLastFrameTornAtAnyByteIsCutWhateverStandsBehindTheTear() throws Exception {
    long whole;
    long end;
    Journal dying = open();
    append(dying, 1, "first");
    whole = append(dying, 1, "second");
    dying.sync(whole);
    end = append(dying, 2, "the third is torn, every byte of it");
    dying.write();
    disk.die(Death.PROCESS_KILL);
    SimulatedDisk killed = disk.restart();
    SplittableRandom garbage = new SplittableRandom(1);
    for (int kept = 0; kept < end - whole; kept++) {
      for (int fill = 0; fill < 3; fill++) {
        disk = copyOf(killed);
        byte[] tail = new byte[(int) (end - whole) - kept];
        switch (fill) {
          case 0 -> {}
          case 1 -> Arrays.fill(tail, (byte) 0xff);
          default -> garbage.nextBytes(tail);
        }
        overwrite(whole + kept, tail);

        try (Journal journal = open()) {
          boolean same = Arrays.equals(tail, read(killed, whole + kept, tail.length));
          assertThat(JournalTest.read(journal))
              .as("torn after %d bytes, filled with %d", kept, fill)
              .hasSize(same ? 3 : 2);
          assertThat(journal.appended()).isEqualTo(same ? end : whole);
          append(journal, 2, "goes on");
        }
        try (Journal journal = open()) {
          assertThat(JournalTest.read(journal)).last().asString().endsWith("goes on");
        }
      }
    }
  }

  @Test
  void everyBitThatFlipsBeforeTheTailIsFound() throws Exception {
    long from;
    long last;
    Journal dying = open();
    append(dying, 1, "first");
    from = dying.appended();
    append(dying, 1, "second");
    append(dying, 3, "third, of an odd size");
    last = dying.appended();
    dying.sync(last);
    clock.advanceMs(200);
    dying.tick();
    append(dying, 1, "after the seal, never synced");
    dying.write();
    disk.die(Death.PROCESS_KILL);
    SimulatedDisk killed = disk.restart();
    for (long address = from; address < last; address++) {
      for (int bit = 0; bit < 8; bit++) {
        disk = copyOf(killed);
        disk.flipBit(FIRST, SegmentHeader.BLOCK_BYTES + address, bit);

        assertThatThrownBy(this::open)
            .as("bit %d of byte %d", bit, address)
            .isInstanceOf(DamagedLogException.class)
            .hasMessageContaining(FIRST)
            .hasMessageContaining("at byte ");
      }
    }
  }

  @Test
  void aFlippedBitInTheLastAcknowledgedFrameIsDamageOnceItIsSealed() throws Exception {
    long position;
    try (Journal journal = open()) {
      position = append(journal, 1, "acknowledged");
    }

    disk.flipBit(FIRST, SegmentHeader.BLOCK_BYTES + position - 10, 3);

    assertThatThrownBy(this::open).isInstanceOf(DamagedLogException.class);
  }

  @Test
  void aLogOpenedAtTheVeryEndOfASegmentCanStillBeSealed() throws Exception {
    for (int room = 0; room <= 4 * FrameFormat.MARK_BYTES; room += FrameFormat.ALIGNMENT) {
      disk = new SimulatedDisk(7);
      Journal dying = open();
      long used = append(dying, 1, "first");
      int segment = 16 << 10;
      long free = segment - SegmentHeader.BLOCK_BYTES - FrameFormat.MARK_BYTES - used - room;
      long filled = append(dying, 1, "x".repeat((int) free - FrameFormat.headerBytes(1)));
      dying.sync(filled);
      disk.die(Death.PROCESS_KILL);
      disk = disk.restart();
      open().close();

      disk.flipBit(FIRST, SegmentHeader.BLOCK_BYTES + filled - 100, 3);

      assertThatThrownBy(this::open)
          .as("%d bytes of room", room)
          .isInstanceOf(DamagedLogException.class);
    }
  }

  @Test
  void aFlippedBitInAnySegmentHeaderIsFound() throws Exception {
    try (Journal journal = open()) {
      append(journal, 1, "one");
    }
    SimulatedDisk closed = disk;
    for (int i = 0; i < SegmentHeader.BLOCK_BYTES; i++) {
      disk = copyOf(closed);
      disk.flipBit(FIRST, i, i % 8);

      assertThatThrownBy(this::open).isInstanceOf(DamagedLogException.class);
    }
  }

  @Test
  void damageInAnOldSegmentNamesItsFile() throws Exception {
    try (Journal journal = open()) {
      for (int i = 0; i < 2000; i++) {
        append(journal, 1, "some text to fill segments " + i);
      }
    }
    List<Long> bases = Segment.bases(disk.list("journal"));
    assertThat(bases).hasSizeGreaterThan(5);
    disk.flipBit(Segment.path(bases.get(2)), 6_000, 0);

    assertThatThrownBy(this::open)
        .isInstanceOf(DamagedLogException.class)
        .hasMessageContaining(Segment.path(bases.get(2)));
  }

  @Test
  void aMissingSegmentIsDamage() throws Exception {
    try (Journal journal = open()) {
      for (int i = 0; i < 2000; i++) {
        append(journal, 1, "some text to fill segments " + i);
      }
    }
    List<Long> bases = Segment.bases(disk.list("journal"));
    disk.delete(Segment.path(bases.get(2)));

    assertThatThrownBy(this::open)
        .isInstanceOf(DamagedLogException.class)
        .hasMessageContaining(Segment.path(bases.get(1)));
  }

  @Test
  void aJournalWithoutSegmentsIsDamage() throws Exception {
    open().close();
    disk.delete(FIRST);

    assertThatThrownBy(this::open)
        .isInstanceOf(DamagedLogException.class)
        .hasMessageContaining("no segment");
  }

  @Test
  void framesThatWereCutOffAreNeverRevived() throws Exception {
    long start;
    Journal dying = open();
    start = dying.appended();
    append(dying, 1, "x".repeat(92)); // 168 bytes: an open mark and a frame of 112
    append(dying, 1, "y".repeat(36));
    dying.write();
    disk.die(Death.PROCESS_KILL);
    disk = disk.restart();
    long firstFrame = start + FrameFormat.MARK_BYTES;
    disk.flipBit(FIRST, SegmentHeader.BLOCK_BYTES + firstFrame + 80, 0);

    disk.lose(Loss.NOTHING);
    Journal second = open();
    assertThat(JournalTest.read(second)).isEmpty();
    long position = append(second, 1, "z".repeat(36));
    assertThat(position).isEqualTo(firstFrame + 168);
    second.sync(position);
    disk.die(Death.POWER_LOSS);
    disk = disk.restart();

    try (Journal journal = open()) {
      assertThat(JournalTest.read(journal)).containsExactly("1@0 1 " + "z".repeat(36));
    }
  }

  @Test
  void aForeignFolderIsRefused() throws Exception {
    disk.open("photo.jpg", Disk.Mode.CREATE).close();

    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not empty");
  }

  @Test
  void aDamagedMetaFileIsRefused() throws Exception {
    open().close();
    byte[] meta = disk.readAll(Meta.PATH);
    for (int i = 0; i < meta.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        disk.flipBit(Meta.PATH, i, bit);
        assertThatThrownBy(this::open).hasMessageContaining(Meta.PATH);
        disk.flipBit(Meta.PATH, i, bit);
      }
    }
    open().close();
  }

  private Journal open() throws IOException {
    return Journal.open(
        disk,
        clock,
        Journal.Settings.simulated(new SplittableRandom(1)).withSegmentBytes(16 << 10),
        (_, _, _) -> {},
        _ -> {});
  }

  private static long append(Journal journal, int stream, String text) {
    Frame frame = new Frame(Frame.Origin.KEYSPACE);
    JournalTest.put(frame, stream, text);
    return journal.append(frame);
  }

  private static byte[] read(SimulatedDisk from, long address, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try (DiskFile file = from.open(FIRST, Disk.Mode.READ)) {
      file.readFully(bytes, SegmentHeader.BLOCK_BYTES + address);
    }
    return bytes.array();
  }

  private void overwrite(long address, byte[] bytes) throws IOException {
    try (DiskFile file = disk.open(FIRST, Disk.Mode.WRITE)) {
      file.write(ByteBuffer.wrap(bytes), SegmentHeader.BLOCK_BYTES + address);
    }
  }

  private static SimulatedDisk copyOf(SimulatedDisk original) throws IOException {
    SimulatedDisk copy = new SimulatedDisk(7);
    copyFolder(original, copy, "");
    return copy;
  }

  private static void copyFolder(SimulatedDisk from, SimulatedDisk to, String folder)
      throws IOException {
    for (String name : from.list(folder)) {
      String path = folder.isEmpty() ? name : folder + "/" + name;
      if (from.isFolder(path)) {
        to.createFolder(path);
        copyFolder(from, to, path);
      } else {
        try (DiskFile file = to.open(path, Disk.Mode.CREATE)) {
          file.write(ByteBuffer.wrap(from.readAll(path)), 0);
        }
      }
    }
  }
}
