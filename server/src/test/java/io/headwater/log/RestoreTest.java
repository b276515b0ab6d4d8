package io.headwater.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Disk;
import io.headwater.host.RealDisk;
import io.headwater.log.Restore.Restored;
import io.headwater.log.Restore.Target;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoreTest {
  private static final int FRAMES = 300;

  private final SplittableRandom random = new SplittableRandom(5);
  private final SimulatedClock clock = new SimulatedClock();
  private final SimulatedDisk disk = new SimulatedDisk(5);
  private final List<Long> positions = new ArrayList<>();
  private final List<Long> times = new ArrayList<>();

  /** A second between frames; some segments; a seal now and then. */
  private void write(Journal.CutSegments fate) throws IOException {
    try (Journal journal = open(disk, fate)) {
      for (int i = 0; i < FRAMES; i++) {
        clock.advanceMs(1_000);
        Frame frame = new Frame(Frame.Origin.KEYSPACE);
        JournalTest.put(frame, 1, i + "x".repeat(150));
        positions.add(journal.append(frame));
        times.add(clock.wallMs());
        journal.tick();
      }
    }
  }

  private Journal open(Disk on, Journal.CutSegments fate) throws IOException {
    return Journal.open(
        on,
        clock,
        Journal.Settings.simulated(random).withSegmentBytes(16 << 10).withCutSegments(fate),
        (_, _, _) -> {},
        _ -> {});
  }

  private Journal open(Disk on) throws IOException {
    return open(on, Journal.CutSegments.REUSED);
  }

  @Test
  void everyPositionCanBeRestoredTo() throws Exception {
    write(Journal.CutSegments.REUSED);
    long epoch = Meta.read(disk).epoch();
    for (int i = 0; i < FRAMES; i += 7) {
      SimulatedDisk into = new SimulatedDisk(i);

      Restored restored =
          Restore.restore(disk, into, new Target.Position(positions.get(i)), random);

      assertThat(restored.position()).isEqualTo(positions.get(i));
      assertThat(restored.timeMs()).isEqualTo(times.get(i));
      try (Journal journal = open(into)) {
        assertThat(journal.epoch()).isEqualTo(restored.epoch()).isNotEqualTo(epoch);
        assertThat(journal.appended()).isEqualTo(positions.get(i));
        assertThat(JournalTest.read(journal)).hasSize(i + 1);
        assertThat(journal.nextOffset(1)).isEqualTo(i + 1);
        Frame frame = new Frame(Frame.Origin.KEYSPACE);
        JournalTest.put(frame, 1, "goes another way");
        journal.append(frame);
      }
      try (Journal journal = open(into)) {
        assertThat(JournalTest.read(journal)).hasSize(i + 2);
      }
    }
  }

  @Test
  void aPositionBetweenFramesMeansTheFrameBefore() throws Exception {
    write(Journal.CutSegments.REUSED);
    SimulatedDisk into = new SimulatedDisk(1);

    Restored restored =
        Restore.restore(disk, into, new Target.Position(positions.get(40) + 3), random);

    assertThat(restored.position()).isEqualTo(positions.get(40));
  }

  @Test
  void aTimeMeansTheLastFrameNotAfterIt() throws Exception {
    write(Journal.CutSegments.REUSED);
    for (int i : List.of(0, 100, 299)) {
      SimulatedDisk into = new SimulatedDisk(1);

      Restored restored = Restore.restore(disk, into, new Target.Time(times.get(i) + 999), random);

      assertThat(restored.position()).isEqualTo(positions.get(i));
    }
  }

  @Test
  void beforeTheFirstFrameThereIsAnEmptyLog() throws Exception {
    write(Journal.CutSegments.REUSED);
    SimulatedDisk into = new SimulatedDisk(1);

    Restored restored = Restore.restore(disk, into, new Target.Position(0), random);

    assertThat(restored.position()).isZero();
    try (Journal journal = open(into)) {
      assertThat(JournalTest.read(journal)).isEmpty();
      assertThat(journal.nextOffset(1)).isZero();
    }
  }

  @Test
  void otherFilesAreCopiedAndTheLockIsNot() throws Exception {
    write(Journal.CutSegments.REUSED);
    disk.createFolder("views/search/empty");
    disk.replace("views/search/file", new byte[] {1, 2, 3});
    disk.replace("lock", new byte[0]);
    SimulatedDisk into = new SimulatedDisk(1);

    Restore.restore(disk, into, new Target.Position(positions.get(5)), random);

    assertThat(into.readAll("views/search/file")).containsExactly(1, 2, 3);
    assertThat(into.isFolder("views/search/empty")).isTrue();
    assertThat(into.exists("lock")).isFalse();
    assertThat(new String(into.readAll(Meta.PATH), StandardCharsets.UTF_8))
        .contains("restored to " + positions.get(5) + ", checkpoints beyond it are expected");
  }

  @Test
  void theArchiveIsPartOfTheLog() throws Exception {
    write(Journal.CutSegments.ARCHIVED);
    try (Journal journal = open(disk, Journal.CutSegments.ARCHIVED)) {
      journal.cut(journal.appended());
      assertThat(journal.start()).isGreaterThan(positions.get(100));
    }
    SimulatedDisk into = new SimulatedDisk(1);

    Restore.restore(disk, into, new Target.Position(positions.get(100)), random);

    try (Journal journal = open(into)) {
      assertThat(JournalTest.read(journal)).hasSize(101);
    }
  }

  @Test
  void targetsThatTheLogDoesNotReachAreRefused() throws Exception {
    write(Journal.CutSegments.REUSED);
    long end = positions.getLast();
    refused(new SimulatedDisk(1), new Target.Position(end + 1), "the log ends at " + end);
    try (Journal journal = open(disk)) {
      journal.cut(positions.get(200));
    }
    refused(new SimulatedDisk(1), new Target.Position(positions.get(3)), "begins at");
    refused(new SimulatedDisk(1), new Target.Time(times.get(3)), "begins at");
  }

  @Test
  void theVeryStartOfACutLogCanBeRestoredTo() throws Exception {
    write(Journal.CutSegments.REUSED);
    long start;
    try (Journal journal = open(disk)) {
      journal.cut(positions.get(200));
      start = journal.start();
    }
    SimulatedDisk into = new SimulatedDisk(1);

    Restored restored = Restore.restore(disk, into, new Target.Position(start), random);

    assertThat(restored.position()).isEqualTo(start).isIn(positions);
    try (Journal journal = open(into)) {
      assertThat(journal.start()).isEqualTo(start);
      assertThat(journal.appended()).isEqualTo(start);
      assertThat(journal.nextOffset(1)).isEqualTo(positions.indexOf(start) + 1);
      assertThat(JournalTest.read(journal)).isEmpty();
    }
  }

  @Test
  void aFolderThatIsNotEmptyIsRefused() throws Exception {
    write(Journal.CutSegments.REUSED);
    SimulatedDisk into = new SimulatedDisk(1);
    into.replace("something", new byte[1]);

    refused(into, new Target.Position(0), "not empty");
  }

  @Test
  void damageBehindTheTargetDoesNotStandInTheWay() throws Exception {
    write(Journal.CutSegments.REUSED);
    disk.flipBit(Segment.path(0), SegmentHeader.BLOCK_BYTES + positions.get(20) + 70, 1);
    SimulatedDisk into = new SimulatedDisk(1);

    Restore.restore(disk, into, new Target.Position(positions.get(20)), random);

    try (Journal journal = open(into)) {
      assertThat(JournalTest.read(journal)).hasSize(21);
    }
    assertThatThrownBy(() ->
            Restore.restore(
                disk, new SimulatedDisk(2), new Target.Position(positions.get(21)), random))
        .isInstanceOf(DamagedLogException.class);
  }

  @Test
  void aRealFolderIsRestoredToo(@TempDir Path folder) throws Exception {
    write(Journal.CutSegments.REUSED);
    RealDisk into = RealDisk.at(folder.resolve("new"));

    Restore.restore(disk, into, new Target.Position(positions.get(250)), random);

    try (Journal journal = open(into)) {
      assertThat(JournalTest.read(journal)).hasSize(251);
    }
  }

  @Test
  void inspectPrintsFramesAndTheirParts() throws Exception {
    write(Journal.CutSegments.REUSED);
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    Inspect.print(disk, new PrintStream(out, true), positions.get(9), 2);

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("position " + positions.get(10) + " time 2030-01-01T00:00:11Z", "parts 1")
        .contains("  stream 1 offset 11 records 1 bytes 152")
        .doesNotContain("position " + positions.get(9), "position " + positions.get(12));
  }

  private void refused(SimulatedDisk into, Target target, String why) {
    assertThatThrownBy(() -> Restore.restore(disk, into, target, random))
        .isInstanceOfSatisfying(
            FailureException.class,
            e ->
                assertThat(e.failure())
                    .isInstanceOfSatisfying(
                        Failure.Invalid.class, f -> assertThat(f.reason()).contains(why)));
  }
}
