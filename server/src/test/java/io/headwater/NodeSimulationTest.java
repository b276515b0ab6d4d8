package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/**
 * A whole node, crashed again and again.
 *
 * <p>{@code -Dheadwater.seed=N} repeats one run, as {@code headwater simulate --seed N} does;
 * {@code -Dheadwater.runs=N} makes more of them.
 */
class NodeSimulationTest {
  private static final int RUNS = 620;
  private static final int CRASHES_MIN = 2_000;

  @Test
  void nothingAcknowledgedIsLostAndNothingIsInvented() {
    Long only = Long.getLong("headwater.seed");
    long first = only == null ? 1 : only;
    long runs = only == null ? Integer.getInteger("headwater.runs", RUNS) : 1;
    int crashes = 0;
    for (long seed = first; seed < first + runs; seed++) {
      crashes += crashes(seed);
    }
    assertThat(crashes).isGreaterThanOrEqualTo((int) (runs * CRASHES_MIN / RUNS));
  }

  private static int crashes(long seed) {
    try {
      return NodeSimulation.crashes(seed);
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionFailedError(
          "seed " + seed + " failed; repeat it with: headwater simulate --seed " + seed, e);
    }
  }
}
