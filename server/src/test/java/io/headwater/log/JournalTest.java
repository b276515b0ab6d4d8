package io.headwater.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.RealDisk;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedDisk.Death;
import io.headwater.simulation.SimulatedDisk.Loss;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class JournalTest {
  private static final int SEGMENT = 16 << 10;

  @TempDir Path folder;

  private final SimulatedClock clock = new SimulatedClock();
  private final List<Throwable> deaths = new ArrayList<>();
  private SimulatedDisk disk = new SimulatedDisk(3);

  @Test
  void framesOfSeveralPartsAreReadBackWithTheirOffsets() throws Exception {
    try (Journal journal = open()) {
      Frame frame = new Frame(Frame.Origin.KEYSPACE);
      for (int i = 0; i < 3_000; i++) {
        frame.clear();
        put(frame, 1, "key" + i);
        put(frame, 17, "a" + i);
        put(frame, 17, "b" + i);
        journal.append(frame);
        assertThat(frame.partAt(1).baseOffset()).isEqualTo(2L * i);
      }
      assertThat(read(journal)).hasSize(6_000);
    }
    try (Journal journal = open()) {
      assertThat(journal.nextOffset(17)).isEqualTo(6_000);
      assertThat(journal.nextOffset(1)).isEqualTo(3_000);
      assertThat(journal.nextOffset(2_000_000_000)).isZero();
      List<String> parts = read(journal);
      assertThat(parts).hasSize(6_000).contains("1@2999 1 key2999", "17@5998 2 a2999b2999");
    }
  }

  @Test
  void partsWithoutRecordsAreLeftOutAndAnEmptyFrameIsNone() throws Exception {
    try (Journal journal = open()) {
      Frame frame = new Frame(Frame.Origin.KEYSPACE);
      frame.part(1);
      assertThat(journal.append(frame)).isEqualTo(journal.appended());
      put(frame, 2, "two");

      journal.append(frame);

      assertThat(read(journal)).containsExactly("2@0 1 two");
    }
  }

  @Test
  void appendedIsNotDurableUntilASyncSaysSo() throws Exception {
    Journal journal = open();
    long first = append(journal, 1, "synced");
    assertThat(journal.durable()).isLessThan(first);
    journal.sync(first);
    assertThat(journal.durable()).isEqualTo(first);
    append(journal, 1, "not synced");
    journal.write();
    disk.lose(Loss.ALL_UNSYNCED);
    disk.die(Death.POWER_LOSS);
    disk = disk.restart();

    try (Journal next = open()) {
      assertThat(read(next)).containsExactly("1@0 1 synced");
      assertThat(next.durable()).isEqualTo(next.appended()).isEqualTo(first);
      assertThat(next.nextOffset(1)).isEqualTo(1);
    }
  }

  @Test
  void theEpochStaysAndTheGenerationsGrow() throws Exception {
    long epoch;
    try (Journal journal = open()) {
      epoch = journal.epoch();
    }
    long generation = Meta.read(disk).generation();
    try (Journal journal = open()) {
      assertThat(journal.epoch()).isEqualTo(epoch);
    }
    assertThat(Meta.read(disk).generation() >>> 32).isEqualTo((generation >>> 32) + 1);
  }

  @Test
  void theLogsTimeNeverGoesBack() throws Exception {
    List<Long> times = new ArrayList<>();
    try (Journal journal = open()) {
      append(journal, 1, "a");
      clock.stepWallMs(-5_000);
      append(journal, 1, "b");
      clock.advanceMs(6_000);
      append(journal, 1, "c");
      try (LogCursor cursor = journal.read(0)) {
        while (cursor.next()) {
          times.add(cursor.timeMs());
        }
      }
      assertThat(journal.lastTimeMs()).isEqualTo(clock.wallMs());
    }
    assertThat(times.get(1)).isEqualTo(times.get(0));
    assertThat(times.get(2)).isEqualTo(times.get(0) + 1_000);
  }

  @Test
  void theRouterHearsOfFramesInLogOrderWithTheirOffsets() throws Exception {
    List<String> routed = new ArrayList<>();
    Log.Router router =
        (position, timeMs, frame) -> {
          assertThat(timeMs).isEqualTo(clock.wallMs());
          routed.add(position + " " + frame.partAt(0).baseOffset());
        };
    try (Journal journal = open(settings(), router)) {
      long first = append(journal, 5, "a");
      long second = append(journal, 5, "x".repeat(40_000));
      assertThat(routed).containsExactly(first + " 0", second + " 1");
    }
  }

  @Test
  void aRouterThatFailsEndsTheLog() throws Exception {
    Log.Router router =
        (_, _, _) -> {
          throw new IllegalStateException("no");
        };
    try (Journal journal = open(settings(), router)) {
      assertThatThrownBy(() -> append(journal, 1, "a")).isInstanceOf(FailureException.class);
      assertDead(journal);
    }
  }

  @Test
  void framesLargerThanStagingAndThanSegmentsAreWhole() throws Exception {
    List<Integer> sizes = List.of(5_000, 15_900, 16_300, 17_000, 40_000, 100, 900_000, 16_384, 1);
    try (Journal journal = open()) {
      for (int size : sizes) {
        append(journal, 1, "x".repeat(size));
      }
      assertThat(read(journal)).map(String::length).first().isEqualTo("1@0 1 ".length() + 5_000);
    }
    try (Journal journal = open()) {
      List<String> parts = read(journal);
      assertThat(parts).map(part -> part.length() - "1@0 1 ".length()).isEqualTo(sizes);
    }
  }

  @Test
  void aFramePastTheLimitIsRefusedAndNothingElseHappens() throws Exception {
    try (Journal journal = open()) {
      long before = journal.appended();
      assertThatThrownBy(() -> append(journal, 1, "x".repeat(2 << 20)))
          .isInstanceOfSatisfying(
              FailureException.class,
              e -> assertThat(e.failure()).isInstanceOf(Failure.TooLarge.class));
      assertThat(journal.refusal(2 << 20)).isInstanceOf(Failure.TooLarge.class);
      assertThat(journal.appended()).isEqualTo(before);
      append(journal, 1, "goes on");
    }
  }

  @Test
  void aCursorStartsAtEveryPositionAndFollowsTheLog() throws Exception {
    try (Journal journal = open()) {
      List<Long> positions = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        positions.add(append(journal, 1, "some text that fills segments " + i));
        if (i % 50 == 0) {
          clock.advanceMs(2_000);
          journal.sync(journal.appended());
          journal.tick(); // leaves seals between the frames
        }
      }
      for (int i = 0; i < positions.size(); i += 7) {
        try (LogCursor cursor = journal.read(positions.get(i))) {
          for (int j = i + 1; j < positions.size(); j++) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.position()).isEqualTo(positions.get(j));
          }
          assertThat(cursor.next()).isFalse();
        }
      }
      try (LogCursor cursor = journal.read(positions.getLast())) {
        for (int i = 0; i < 600; i++) {
          assertThat(cursor.next()).isFalse();
          long position = append(journal, 1, "more " + i);
          journal.write();
          assertThat(cursor.next()).isTrue();
          assertThat(cursor.position()).isEqualTo(position);
        }
      }
    }
  }

  @Test
  void cuttingRemovesWholeSegmentsThatNobodyNeeds() throws Exception {
    long middle = 0;
    List<String> expected;
    try (Journal journal = open()) {
      for (int i = 0; i < 1_000; i++) {
        long position = append(journal, 1 + i % 3, "text to fill segments " + i);
        middle = i == 500 ? position : middle;
      }
      journal.sync(journal.appended());
      int before = Segment.bases(disk.list(Segment.FOLDER)).size();
      expected = after(journal, middle);

      journal.cut(middle);

      assertThat(journal.start()).isPositive().isLessThanOrEqualTo(middle);
      assertThat(Segment.bases(disk.list(Segment.FOLDER))).hasSizeLessThan(before - 2);
      assertThat(disk.list(Segment.FOLDER)).filteredOn(n -> n.startsWith("spare-")).hasSize(2);
      assertThat(after(journal, middle)).isEqualTo(expected);
      assertThatThrownBy(() -> journal.read(0)).isInstanceOf(IOException.class);
    }
    try (Journal journal = open()) {
      assertThat(after(journal, middle)).isEqualTo(expected);
      assertThat(journal.nextOffset(1)).isEqualTo(334);
      for (int i = 0; i < 1_000; i++) {
        append(journal, 1, "into segments that were others before " + i);
      }
      assertThat(after(journal, middle)).hasSize(expected.size() + 1_000);
    }
    try (Journal journal = open()) {
      assertThat(after(journal, middle)).hasSize(expected.size() + 1_000);
    }
  }

  @Test
  void aCutSparesWhatIsHeld() throws Exception {
    try (Journal journal = open()) {
      long middle = 0;
      for (int i = 0; i < 1_000; i++) {
        long position = append(journal, 1, "text to fill segments " + i);
        middle = i == 500 ? position : middle;
      }
      journal.sync(journal.appended());
      List<String> expected = after(journal, middle);
      try (Log.Hold hold = journal.hold(0)) {
        journal.cut(journal.appended());
        assertThat(read(journal)).hasSize(1_000);
        hold.moveTo(middle);
        journal.cut(journal.appended());
        assertThat(after(journal, middle)).isEqualTo(expected);
        assertThatThrownBy(() -> journal.hold(0)).isInstanceOf(IOException.class);
      }
      journal.cut(journal.appended());
      assertThat(journal.start()).isGreaterThan(middle);
    }
  }

  @Test
  void aCutNeverTakesWhatIsNotDurable() throws Exception {
    try (Journal journal = open()) {
      long position = append(journal, 1, "x");

      journal.cut(Long.MAX_VALUE);

      assertThat(read(journal)).hasSize(1);
      assertThat(journal.start()).isLessThan(position);
    }
  }

  @Test
  void cutSegmentsGoToTheArchiveIfThereIsOne() throws Exception {
    try (Journal journal =
        open(settings().withCutSegments(Journal.CutSegments.ARCHIVED), NOWHERE)) {
      for (int i = 0; i < 1_000; i++) {
        append(journal, 1, "text to fill segments " + i);
      }
      journal.sync(journal.appended());
      List<Long> before = Segment.bases(disk.list(Segment.FOLDER));

      journal.cut(journal.appended());

      assertThat(Segment.bases(disk.list(Segment.ARCHIVE)))
          .isEqualTo(before.subList(0, before.size() - 1));
    }
  }

  @Test
  void manyThreadsLoseNothingAndOffsetsAreDense() throws Exception {
    int threads = 6;
    int frames = 300;
    AtomicLong heard = new AtomicLong();
    Set<String> texts = new HashSet<>();
    RealDisk real = RealDisk.at(folder);
    Journal.Settings settings =
        Journal.Settings.defaults().withSegmentBytes(64 << 10); // rolls while they append
    try (Journal journal =
        Journal.open(real, Clock.system(), settings, NOWHERE, e -> deaths.add(e))) {
      journal.addDurableListener(
          position -> assertThat(heard.getAndSet(position)).as("rises").isLessThan(position));
      CountDownLatch done = new CountDownLatch(threads);
      AtomicInteger mistakes = new AtomicInteger();
      for (int t = 0; t < threads; t++) {
        int thread = t;
        Thread.ofVirtual()
            .start(() -> {
              try {
                for (int i = 0; i < frames; i++) {
                  long position = append(journal, 1, thread + "/" + i + "-".repeat(i));
                  if (i % 8 == 0) {
                    journal.sync(position);
                    if (journal.durable() < position) {
                      mistakes.incrementAndGet();
                    }
                  } else if (i % 3 == 0) {
                    journal.syncSoon();
                  } else {
                    journal.discardStaging();
                  }
                }
              } catch (RuntimeException e) {
                mistakes.incrementAndGet();
              } finally {
                done.countDown();
              }
            });
      }
      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(mistakes).hasValue(0);
    }
    try (Journal journal =
        Journal.open(real, Clock.system(), settings, NOWHERE, e -> deaths.add(e))) {
      long offset = 0;
      try (LogCursor cursor = journal.read(0)) {
        while (cursor.next()) {
          LoggedPart part = cursor.parts().getFirst();
          assertThat(part.baseOffset()).isEqualTo(offset++);
          texts.add(text(part));
        }
      }
      assertThat(journal.nextOffset(1)).isEqualTo(threads * frames);
      assertThat(heard).hasValue(journal.appended());
    }
    assertThat(texts).hasSize(threads * frames);
    assertThat(deaths).isEmpty();
  }

  @Test
  void theWriterThreadSyncsWithoutBeingAsked() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    try (Journal journal =
        Journal.open(
            RealDisk.at(folder),
            Clock.system(),
            Journal.Settings.defaults().withSegmentBytes(64 << 10),
            NOWHERE,
            e -> deaths.add(e))) {
      journal.addDurableListener(_ -> heard.countDown());
      append(journal, 1, "a");

      assertThat(heard.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aSyncIsTriedInLineWhileItIsQuick() throws Exception {
    AtomicLong stepNanos = new AtomicLong();
    Clock slow =
        new Clock() {
          private long nanos;

          @Override
          public long wallMs() {
            return 1_000;
          }

          @Override
          public long nanos() {
            nanos += stepNanos.get();
            return nanos;
          }
        };
    try (Journal journal =
        Journal.open(
            disk, slow, settings().withSegmentBytes(1 << 20), NOWHERE, e -> deaths.add(e))) {
      long small = append(journal, 1, "a");
      assertThat(journal.trySync(small)).isTrue();
      assertThat(journal.durable()).isEqualTo(small);
      long large = append(journal, 1, "x".repeat(300_000));
      assertThat(journal.trySync(large)).as("much to write").isFalse();
      journal.sync(large);
      assertThat(journal.trySync(large)).as("done").isTrue();

      stepNanos.set(20_000_000); // how long each sync takes from now on
      assertThat(journal.trySync(append(journal, 1, "b"))).isTrue();
      long position = append(journal, 1, "c");
      assertThat(journal.trySync(position)).as("it was slow").isFalse();
      stepNanos.set(1_000);
      journal.sync(position);
      assertThat(journal.trySync(append(journal, 1, "d"))).as("quick again").isTrue();
    }
  }

  @Test
  void aTickWritesAtOnceSyncsAfterASecondAndSealsWhatIsIdle() throws Exception {
    Journal journal = open();
    for (int i = 0; i < 50; i++) { // the next segment's file gets its zeros while nothing happens
      clock.advanceMs(100);
      journal.tick();
    }
    long position = append(journal, 1, "a");
    journal.tick();
    assertThat(journal.durable()).isLessThan(position);
    clock.advanceMs(500);
    journal.tick();
    assertThat(journal.durable()).isLessThan(position);
    clock.advanceMs(501);

    journal.tick();

    assertThat(journal.durable()).isEqualTo(position);
    long operations = disk.operations();
    for (int i = 0; i < 50; i++) {
      clock.advanceMs(100);
      journal.tick();
    }
    assertThat(disk.operations() - operations).as("one seal, written and synced").isEqualTo(2);
    assertThat(journal.appended()).isEqualTo(position);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 200_000})
  void theNextFileGetsItsZerosWhileNothingHappensUnlessSyncsAreLarge(int bytesPerSync)
      throws Exception {
    disk.allocates(true);
    Journal journal = open(settings().withSegmentBytes(16 << 20), NOWHERE);
    journal.tick(); // takes the room
    for (int i = 0; i < 40; i++) {
      append(journal, 1, "x".repeat(bytesPerSync));
      journal.sync(journal.appended());
    }
    journal.tick();
    long before = disk.operations();

    for (int i = 0; i < 100; i++) {
      clock.advanceMs(100);
      journal.tick();
    }

    assertThat(disk.operations() - before > 60).isEqualTo(bytesPerSync == 100);
  }

  @Test
  void aFullDiskRefusesUpFrontAndRecovers() throws Exception {
    Journal journal = open();
    disk.limitBytes(4 * SEGMENT);
    int appended = 0;
    while (journal.refusal(100) == null) {
      append(journal, 1, "x".repeat(100));
      journal.sync(journal.appended());
      clock.advanceMs(10);
      journal.tick();
      appended++;
    }
    assertThat(appended).isGreaterThan(100);
    assertThat(journal.refusal(100)).isInstanceOf(Failure.ReadOnly.class);
    append(journal, 1, "what was let in before is taken");
    journal.sync(journal.appended());
    int full = appended + 1;
    assertThat(read(journal)).hasSize(full);

    disk.limitBytes(40 * SEGMENT);
    clock.advanceMs(1_500);
    journal.tick();

    assertThat(journal.refusal(100)).isNull();
    for (int i = 0; i < 500; i++) {
      append(journal, 1, "again" + i);
    }
    assertThat(read(journal)).hasSize(full + 500);
    assertThat(deaths).isEmpty();
    journal.close();
  }

  @Test
  void filesKeptForReuseAreGivenBackToADiskThatIsAlmostFull() throws Exception {
    try (Journal journal = open(reusing(8, 4 * SEGMENT), NOWHERE)) {
      while (disk.list(Segment.FOLDER).size() < 12) {
        append(journal, 1, "x".repeat(1000));
      }
      journal.sync(journal.appended());
      journal.cut(journal.appended());
      long used = disk.usedBytes();
      disk.limitBytes(used + 2 * SEGMENT);
      clock.advanceMs(1_001);

      journal.tick();

      assertThat(disk.usedBytes()).isEqualTo(used - 7 * SEGMENT);
      clock.advanceMs(1_001);
      journal.tick();
      assertThat(journal.refusal(1)).isNull();
    }
  }

  private static Journal.Settings reusing(int spareSegmentsMax, long reserveBytes) {
    Journal.Settings s = settings();
    return new Journal.Settings(
        s.segmentBytes(),
        s.stagingBytes(),
        s.maxFrameBytes(),
        s.frameMarginBytes(),
        s.writeDelayMs(),
        s.syncDelayMs(),
        s.sealDelayMs(),
        spareSegmentsMax,
        reserveBytes,
        s.cutSegments(),
        s.background(),
        s.random());
  }

  @Test
  void everyInputOutputErrorEndsTheLogOnceAndLosesNothingAcknowledged() throws Exception {
    int survived = 0;
    for (int error = 0; error < 400; error++) {
      deaths.clear();
      disk = new SimulatedDisk(error);
      Journal journal = open();
      disk.failAt(disk.operations() + error);
      long acknowledged = 0;
      FailureException death = null;
      for (int i = 0; i < 300 && death == null; i++) {
        try {
          long position = append(journal, 1, "x".repeat(i % 150));
          if (i % 3 == 0) {
            journal.sync(position);
          }
          acknowledged = journal.durable();
        } catch (FailureException e) {
          death = e;
        }
      }
      if (death == null) {
        survived++;
        continue;
      }
      assertThat(deaths).hasSize(1);
      assertDead(journal);
      disk.die(Death.POWER_LOSS);
      disk = disk.restart();
      try (Journal next = open()) {
        assertThat(next.appended()).isGreaterThanOrEqualTo(acknowledged);
      }
    }
    assertThat(survived).isLessThan(300);
  }

  @Test
  void aClosedLogTakesNothingMoreAndCanBeClosedAgain() throws Exception {
    Journal journal = open();
    long position = append(journal, 1, "a");
    journal.close();
    journal.close();

    assertThat(journal.durable()).isEqualTo(position);
    journal.sync(position);
    assertThat(journal.refusal(1)).isInstanceOf(Failure.ShuttingDown.class);
    assertThatThrownBy(() -> append(journal, 1, "b"))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.ShuttingDown.class));
  }

  private void assertDead(Journal journal) {
    assertThat(journal.refusal(1)).isInstanceOf(Failure.LogDead.class);
    for (var call :
        List.<Runnable>of(
            () -> append(journal, 1, "b"), () -> journal.syncSoon(), () -> sync(journal))) {
      assertThatThrownBy(call::run)
          .isInstanceOfSatisfying(
              FailureException.class,
              e -> assertThat(e.failure()).isInstanceOf(Failure.LogDead.class));
    }
    assertThat(deaths).hasSize(1);
  }

  private static void sync(Journal journal) {
    if (journal.appended() == journal.durable()) {
      journal.syncSoon();
    }
    journal.sync(journal.appended());
  }

  private static final Log.Router NOWHERE = (_, _, _) -> {};

  private static Journal.Settings settings() {
    return Journal.Settings.simulated(new SplittableRandom(1)).withSegmentBytes(SEGMENT);
  }

  private Journal open() throws IOException {
    return open(settings(), NOWHERE);
  }

  private Journal open(Journal.Settings settings, Log.Router router) throws IOException {
    return Journal.open(disk, clock, settings, router, deaths::add);
  }

  private static long append(Journal journal, int stream, String text) {
    Frame frame = new Frame(Frame.Origin.KEYSPACE);
    put(frame, stream, text);
    return journal.append(frame);
  }

  static void put(Frame frame, int stream, String text) {
    Frame.Part part = frame.part(stream);
    part.payload().putAscii(text);
    part.addRecord();
  }

  /** All parts, as {@code stream@offset count text}. */
  static List<String> read(Log log) throws IOException {
    return after(log, log.start());
  }

  private static List<String> after(Log log, long position) throws IOException {
    List<String> parts = new ArrayList<>();
    try (LogCursor cursor = log.read(position)) {
      while (cursor.next()) {
        for (LoggedPart p : cursor.parts()) {
          parts.add(p.stream() + "@" + p.baseOffset() + " " + p.count() + " " + text(p));
        }
      }
    }
    return parts;
  }

  private static String text(LoggedPart part) {
    byte[] bytes = Arrays.copyOfRange(part.array(), part.from(), part.from() + part.length());
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
