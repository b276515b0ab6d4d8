package io.headwater.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TimersTest {
  private record Wanted(long deadlineNs, int order) {}

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 20);
  }

  /** Against a sorted list: random deadlines, random cancellations, time that moves in jumps. */
  @ParameterizedTest
  @MethodSource("seeds")
  void everyTimerRunsInTheOrderOfDeadlinesUnlessCancelled(long seed) {
    Random random = new Random(seed);
    Loop here = new SimulatedLoop(Clock.system()); // its thread is this one
    Timers timers = new Timers();
    List<Wanted> wanted = new ArrayList<>();
    List<Timers.Entry> entries = new ArrayList<>();
    List<Wanted> ran = new ArrayList<>();
    long nowNs = Long.MAX_VALUE - 5_000; // deadlines wrap around, as nanoTime may
    int order = 0;
    for (int i = 0; i < 3_000; i++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          Wanted timer = new Wanted(nowNs + random.nextInt(400), order++);
          Timers.Entry entry =
              new Timers.Entry(here, timers, timer.deadlineNs, () -> ran.add(timer));
          timers.add(entry);
          wanted.add(timer);
          entries.add(entry);
        }
        case 2 -> {
          if (!wanted.isEmpty()) {
            int victim = random.nextInt(wanted.size());
            entries.remove(victim).cancel();
            wanted.remove(victim);
          }
        }
        default -> {
          nowNs += random.nextInt(60);
          long now = nowNs;
          ran.clear();
          for (Runnable due = timers.poll(now); due != null; due = timers.poll(now)) {
            due.run();
          }
          List<Wanted> expected =
              wanted.stream()
                  .filter(w -> w.deadlineNs - now <= 0)
                  .sorted(
                      Comparator.comparingLong((Wanted w) -> w.deadlineNs - now)
                          .thenComparingInt(Wanted::order))
                  .toList();
          assertThat(ran).isEqualTo(expected);
          for (Wanted done : expected) {
            int at = wanted.indexOf(done);
            wanted.remove(at);
            entries.remove(at);
          }
        }
      }
      assertThat(timers.size()).isEqualTo(wanted.size());
    }
  }
}
