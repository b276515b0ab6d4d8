package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IdleMemoryTest {
  private static final long MS = 1_000_000;

  private final SimulatedClock clock = new SimulatedClock();
  private final SimulatedLoop loop = new SimulatedLoop(clock);
  private final List<String> done = new ArrayList<>();
  private long usedNs;
  private long bytesIn;
  private long costNs;
  private @Nullable RuntimeException trouble;

  private void start() {
    new IdleMemory(
            loop,
            Runnable::run,
            () -> usedNs,
            () -> bytesIn,
            () -> {
              usedNs += costNs;
              done.add("collect");
            },
            () -> {
              done.add("release");
              if (trouble != null) {
                throw trouble;
              }
            })
        .start();
  }

  private void pass(int seconds, long usedMsEach) {
    for (int i = 0; i < seconds; i++) {
      usedNs += usedMsEach * MS;
      clock.advanceMs(1_000);
      loop.runUntilIdle();
    }
  }

  /** Until the last look before it works. */
  private void passAMoment() {
    clock.advanceMs(50);
    loop.runUntilIdle();
  }

  @Test
  void nothingIsDoneWhileThereIsWork() {
    start();

    pass(60, 31);

    assertThat(done).isEmpty();
  }

  @Test
  void twoSecondsAfterWorkMemoryIsCollectedAndReleasedAndSixLaterReleasedAgain() {
    start();
    pass(1, 900);
    pass(2, 20);
    assertThat(done).isEmpty();
    passAMoment();
    assertThat(done).containsExactly("collect", "release");
    pass(5, 20);
    assertThat(done).hasSize(2);

    pass(1, 20);

    assertThat(done).containsExactly("collect", "release", "release");
  }

  @Test
  void nothingIsDoneWhileClientsSendEvenIfThatIsHardlyWork() {
    start();
    pass(1, 900);

    for (int i = 0; i < 60; i++) {
      bytesIn += 14_000;
      pass(1, 10);
    }
    assertThat(done).isEmpty();

    for (int i = 0; i < 2; i++) {
      bytesIn += 400;
      pass(1, 10);
    }
    passAMoment();
    assertThat(done).containsExactly("collect", "release");
  }

  @Test
  void aClientThatComesAtTheLastMomentIsNotCollectedBeside() {
    start();
    pass(1, 900);
    pass(1, 0);
    clock.advanceMs(1_000);
    bytesIn += 2_800; // a tenth of a second of a thousand small requests each
    loop.runUntilIdle();

    bytesIn += 1_400;
    passAMoment();
    assertThat(done).isEmpty();

    pass(2, 0);
    assertThat(done).isEmpty();
    passAMoment();
    assertThat(done).containsExactly("collect", "release");
  }

  @Test
  void anIdleServerIsLeftAloneAfterwards() {
    start();
    pass(1, 900);
    pass(9, 0);
    done.clear();

    pass(1_000, 0);

    assertThat(done).isEmpty();
  }

  @Test
  void littleWorkInBetweenPutsTheSecondTimeOff() {
    start();
    pass(1, 900);
    pass(2, 0);
    pass(1, 100);
    pass(5, 0);
    assertThat(done).containsExactly("collect", "release");

    pass(1, 0);

    assertThat(done).containsExactly("collect", "release", "release");
  }

  @Test
  void workBeforeTheSecondTimeBeginsAnew() {
    start();
    pass(1, 900);
    pass(2, 0);
    done.clear();

    pass(1, 900);
    pass(2, 0);

    assertThat(done).containsExactly("collect", "release");
  }

  @Test
  void whatTheCollectionItselfCostsIsNoWork() {
    costNs = 5_000 * MS;
    start();
    pass(1, 900);

    pass(100, 0);

    assertThat(done).containsExactly("collect", "release", "release");
  }

  @Test
  void itIsTriedAgainAfterTrouble() {
    trouble = new IllegalStateException("no /proc");
    start();
    pass(1, 900);
    pass(20, 0);
    trouble = null;
    done.clear();

    pass(1, 900);
    pass(20, 0);

    assertThat(done).containsExactly("collect", "release", "release");
  }
}
