package io.headwater.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpansTest {
  private final Spans spans = new Spans();

  @Test
  void onlyWhatLiesInsideTheWaitCounts() {
    spans.add(0, 10);
    spans.add(20, 30);
    spans.add(40, 50);

    assertThat(spans.within(25, 45)).isEqualTo(10);
  }

  @Test
  void aWaitBetweenTwoSpansHasNothing() {
    spans.add(0, 10);
    spans.add(20, 30);

    assertThat(spans.within(10, 20)).isZero();
  }

  @Test
  void timesMayBeNegativeAsTheClockMayBe() {
    spans.add(-30, -20);

    assertThat(spans.within(-25, 5)).isEqualTo(5);
  }

  @Test
  void theOldestAreForgotten() {
    for (int i = 0; i < 10_000; i++) {
      spans.add(10 * i, 10 * i + 1);
    }

    assertThat(spans.within(0, 50)).isZero();
    assertThat(spans.within(99_900, 100_000)).isEqualTo(10);
  }
}
