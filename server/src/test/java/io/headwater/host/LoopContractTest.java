package io.headwater.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedLoop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every loop promises, real or simulated. */
@Timeout(300)
class LoopContractTest {
  /** A loop and how to make it run. */
  private record Subject(String name, Loop loop, Runnable start, Runnable turn, Runnable close) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Subject> loops() {
    TaskLoop tasks = new TaskLoop("tasks", Clock.system(), e -> {});
    NetworkLoop network = new NetworkLoop("network", Clock.system(), e -> {});
    NetworkLoop direct =
        new NetworkLoop("direct", Clock.system(), e -> {}, NetworkLoop.Sockets.AUTO);
    SimulatedLoop simulated = new SimulatedLoop(Clock.system());
    return Stream.of(
        new Subject("task loop", tasks, tasks::start, Thread::yield, tasks::close),
        new Subject("network loop", network, network::start, Thread::yield, network::close),
        new Subject("network loop, direct", direct, direct::start, Thread::yield, direct::close),
        new Subject("simulated loop", simulated, () -> {}, simulated::runOnce, () -> {}));
  }

  private static void await(Subject subject, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadlineNs);
      subject.turn.run();
    }
  }

  @ParameterizedTest
  @MethodSource("loops")
  void tasksRunOnTheLoopInTheOrderInWhichTheyCame(Subject subject) {
    List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger elsewhere = new AtomicInteger();
    subject.start.run();
    for (int i = 0; i < 5000; i++) {
      int number = i;
      subject.loop.execute(() -> {
        ran.add(number);
        if (!subject.loop.isCurrent()) {
          elsewhere.incrementAndGet();
        }
      });
    }
    await(subject, () -> ran.size() == 5000);
    subject.close.run();
    assertThat(ran).isSorted();
    assertThat(elsewhere).hasValue(0);
  }

  @ParameterizedTest
  @MethodSource("loops")
  void timersRunOnceNotBeforeTheirTimeAndInItsOrder(Subject subject) {
    List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
    subject.start.run();
    long startedNs = System.nanoTime();
    List<Long> delaysNs = Collections.synchronizedList(new ArrayList<>());
    for (int delay : new int[] {40, 5, 20, 5, 0}) {
      subject.loop.schedule(
          delay,
          () -> {
            delaysNs.add(System.nanoTime() - startedNs - TimeUnit.MILLISECONDS.toNanos(delay));
            ran.add(delay);
          });
    }
    Loop.Timer cancelled = subject.loop.schedule(10, () -> ran.add(10));
    cancelled.cancel();
    await(subject, () -> ran.size() == 5);
    subject.close.run();
    assertThat(ran).isSorted();
    assertThat(delaysNs).allMatch(late -> late >= 0);
  }

  @ParameterizedTest
  @MethodSource("loops")
  void hooksRunAroundTheTasksOfEachTurn(Subject subject) {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(1);
    subject.loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {
            seen.add("before");
          }

          @Override
          public void afterTurn() {
            seen.add("after");
            if (seen.contains("task")) {
              done.countDown();
            }
          }
        });
    subject.start.run();
    subject.loop.execute(() -> seen.add("task"));
    await(subject, () -> done.getCount() == 0);
    subject.close.run();
    int task = seen.indexOf("task");
    assertThat(seen.get(task - 1)).isEqualTo("before");
    assertThat(seen.get(task + 1)).isEqualTo("after");
    assertThat(seen.stream().filter(s -> !s.equals("task")).toList())
        .isEqualTo(
            Stream.iterate(0, i -> i + 1)
                .limit(seen.size() - 1L)
                .map(i -> i % 2 == 0 ? "before" : "after")
                .toList());
  }

  @ParameterizedTest
  @MethodSource("loops")
  void wakingLeadsToATurn(Subject subject) {
    AtomicInteger turns = new AtomicInteger();
    subject.loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {
            turns.incrementAndGet();
          }

          @Override
          public void afterTurn() {}
        });
    subject.start.run();
    for (int i = 0; i < 200; i++) {
      int before = turns.get();
      subject.loop.wake();
      await(subject, () -> turns.get() > before);
    }
    subject.close.run();
  }
}
