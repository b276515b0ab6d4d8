package io.headwater.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.simulation.PowerLost;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedDisk.Death;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/**
 * A journal that dies again and again, at any write, sync or rename, of a power loss, a kill or an
 * I/O error, while it is opened, appended to, cut. After each death: what was acknowledged is
 * there, what is there was appended, in order and whole, and offsets are dense.
 *
 * <p>Repeat one run with {@code -Dheadwater.seed=N}.
 */
class JournalCrashTest {
  private static final int LIVES = 4;
  private static final int RUNS = Integer.getInteger("headwater.runs", 1_500);

  @Test
  void whatWasAcknowledgedSurvivesEveryDeathAndNothingIsInvented() {
    Long only = Long.getLong("headwater.seed");
    long first = only == null ? 1 : only;
    long last = only == null ? RUNS : only;
    int deaths = 0;
    for (long seed = first; seed <= last; seed++) {
      try {
        deaths += new Run(seed).live();
      } catch (Exception | AssertionError e) {
        throw new AssertionFailedError("seed " + seed + ": " + e, e);
      }
    }
    assertThat(deaths).isGreaterThanOrEqualTo((int) (last - first + 1) * (LIVES - 1));
  }

  /** A frame as it was appended: for each stream the offsets and a text that nobody else wrote. */
  private record Appended(long position, String parts) {}

  /** One disk and the lives of journals on it. */
  private static final class Run {
    private final SplittableRandom random;
    private final SimulatedClock clock = new SimulatedClock();
    private final List<Appended> appended = new ArrayList<>();
    private final long[] offsets = new long[4];
    private SimulatedDisk disk;
    private long acknowledged;
    private long written;
    private boolean lostPower;

    Run(long seed) {
      this.random = new SplittableRandom(seed);
      this.disk = new SimulatedDisk(seed);
    }

    /** Returns how often it died. */
    int live() throws Exception {
      int deaths = 0;
      for (int life = 0; life < LIVES; life++) {
        Death death = random.nextInt(4) == 0 ? Death.PROCESS_KILL : Death.POWER_LOSS;
        long at = disk.operations() + 1 + random.nextInt(life == 0 ? 120 : 60);
        boolean error = random.nextInt(4) == 0;
        if (error) {
          disk.failAt(at);
        } else {
          disk.dieAt(at, death);
        }
        try {
          work();
        } catch (PowerLost e) {
          assertThat(disk.isDead()).isTrue();
        } catch (FailureException e) {
          assertThat(e.failure()).isInstanceOf(Failure.LogDead.class);
          assertThat(disk.isDead() || error).isTrue();
        } catch (IOException e) {
          assertThat(e).hasMessageContaining("(simulated)"); // while it was opened or cut
        }
        if (!disk.isDead()) {
          disk.die(death);
        }
        lostPower |= death == Death.POWER_LOSS;
        disk = disk.restart();
        deaths++;
      }
      work(0);
      return deaths;
    }

    private void work() throws IOException {
      work(40 + random.nextInt(200));
    }

    private void work(int steps) throws IOException {
      try (Journal journal =
          Journal.open(
              disk,
              clock,
              Journal.Settings.simulated(random).withSegmentBytes(16 << 10),
              (_, _, _) -> {},
              _ -> {})) {
        check(journal);
        for (int i = 0; i < steps; i++) {
          step(journal);
        }
      }
    }

    private void step(Journal journal) throws IOException {
      switch (random.nextInt(16)) {
        case 0, 1 -> {
          long position = journal.appended();
          journal.sync(position);
          acknowledged = position;
        }
        case 2 -> {
          long position = journal.appended();
          journal.write();
          written = position;
        }
        case 3 -> {
          clock.advanceMs(random.nextInt(400));
          journal.tick();
          acknowledged = Math.max(acknowledged, journal.durable());
        }
        case 4 -> {
          if (random.nextInt(8) == 0 && !appended.isEmpty()) {
            long position = appended.get(random.nextInt(appended.size())).position;
            journal.cut(position);
            long start = journal.start();
            appended.removeIf(frame -> frame.position <= start);
          }
        }
        default -> append(journal);
      }
      acknowledged = Math.max(acknowledged, journal.durable());
    }

    private void append(Journal journal) throws IOException {
      Frame frame = new Frame(Frame.Origin.KEYSPACE);
      int parts = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 1;
      for (int i = 0; i < parts; i++) {
        Frame.Part part = frame.part(random.nextInt(offsets.length));
        byte[] bytes = new byte[size()];
        random.nextBytes(bytes);
        part.payload().put(bytes);
        part.addRecord();
      }
      long position = journal.append(frame);
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < frame.partCount(); i++) {
        Frame.Part part = frame.partAt(i);
        byte[] bytes = part.payload().toByteArray();
        text.append(text(part.stream(), part.baseOffset(), part.count(), bytes));
      }
      appended.add(new Appended(position, text.toString()));
    }

    /**
     * Often such that frames are two or three marks long: then old ones stand where new ones go.
     */
    private int size() {
      return switch (random.nextInt(40)) {
        case 0 -> random.nextInt(20_000);
        case 1, 2, 3, 4 -> random.nextInt(200);
        default -> random.nextBoolean() ? 36 : 92;
      };
    }

    private static String text(int stream, long offset, int count, byte[] bytes) {
      return stream + "@" + offset + "+" + count + ":" + Arrays.hashCode(bytes) + " ";
    }

    private void check(Journal journal) throws IOException {
      List<Appended> found = new ArrayList<>();
      try (LogCursor cursor = journal.read(journal.start())) {
        while (cursor.next()) {
          StringBuilder text = new StringBuilder();
          for (LoggedPart part : cursor.parts()) {
            byte[] bytes =
                Arrays.copyOfRange(part.array(), part.from(), part.from() + part.length());
            text.append(text(part.stream(), part.baseOffset(), part.count(), bytes));
          }
          found.add(new Appended(cursor.position(), text.toString()));
        }
      }
      assertThat(journal.appended())
          .isGreaterThanOrEqualTo(lostPower ? acknowledged : Math.max(written, acknowledged));
      long start = journal.start();
      int from = 0;
      while (from < appended.size() && appended.get(from).position <= start) {
        from++;
      }
      List<Appended> expected = appended.subList(from, appended.size());
      assertThat(found.size()).isLessThanOrEqualTo(expected.size());
      assertThat(found).isEqualTo(expected.subList(0, found.size()));
      assertThat(journal.durable()).isEqualTo(journal.appended());
      if (found.size() < expected.size()) {
        assertThat(expected.get(found.size()).position()).isGreaterThan(acknowledged);
      }
      appended.clear();
      appended.addAll(found);
      acknowledged = journal.durable();
      written = acknowledged;
      lostPower = false;
    }
  }
}
