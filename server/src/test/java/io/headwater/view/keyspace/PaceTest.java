package io.headwater.view.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Loop;
import io.headwater.simulation.SimulatedClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long MS = 1_000_000;

  private final SimulatedClock clock = new SimulatedClock();
  private final TurnByHand loop = new TurnByHand();
  private final Pace pace = new Pace(loop, clock);

  /** A loop whose turns the test takes, with input or without. */
  private static final class TurnByHand implements Loop {
    final List<Runnable> timers = new ArrayList<>();
    boolean input;

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
      timers.add(task);
      return () -> timers.remove(task);
    }

    @Override
    public boolean isCurrent() {
      return true;
    }

    @Override
    public void addTurnHook(TurnHook hook) {}

    @Override
    public void wake() {}

    @Override
    public boolean hasInput() {
      return input;
    }
  }

  private void workFor(long ns) {
    long begun = clock.nanos();
    clock.advanceNanos(ns);
    pace.worked(begun, 3);
  }

  @Test
  void workGoesOnAtOnceWhileNobodyIsThere() {
    assertThat(pace.mayGoOn()).isTrue();
    workFor(MS);
    assertThat(pace.mayGoOn()).isTrue();
    assertThat(loop.timers).isEmpty();
  }

  @Test
  void whileClientsAreThereItWaitsThreeTimesAsLongAsItWorked() {
    loop.input = true;
    assertThat(pace.mayGoOn()).isTrue();
    workFor(MS);
    assertThat(pace.mayGoOn()).isFalse();
    clock.advanceNanos(3 * MS - 1);
    assertThat(pace.mayGoOn()).isFalse();
    clock.advanceNanos(1);
    assertThat(pace.mayGoOn()).isTrue();
  }

  @Test
  void aPauseEndsWithATurnOfItsOwnAskedForOnce() {
    loop.input = true;
    assertThat(pace.mayGoOn()).isTrue();
    workFor(MS);
    assertThat(pace.mayGoOn()).isFalse();
    assertThat(pace.mayGoOn()).isFalse();
    assertThat(loop.timers).hasSize(1);
    loop.timers.removeFirst().run();
    assertThat(pace.mayGoOn()).isFalse();
    assertThat(loop.timers).hasSize(1);
  }

  @Test
  void aPauseIsOverWhenNobodyCameForFiveMilliseconds() {
    loop.input = true;
    assertThat(pace.mayGoOn()).isTrue();
    workFor(10 * MS);
    loop.input = false;
    assertThat(pace.mayGoOn()).isTrue();
    loop.input = true;
    workFor(10 * MS);
    assertThat(pace.mayGoOn()).isFalse();
    loop.input = false;
    clock.advanceMs(5);
    assertThat(pace.mayGoOn()).isTrue();
  }
}
