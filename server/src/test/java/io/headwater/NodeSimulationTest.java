package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A whole node, crashed again and again; {@code headwater simulate --seed N} repeats any run. */
class NodeSimulationTest {
  @Test
  void nothingAcknowledgedIsLostAndNothingIsInvented() throws Exception {
    int crashes = 0;
    for (long seed = 1; seed <= 5; seed++) {
      crashes += NodeSimulation.crashes(seed);
    }
    assertThat(crashes).isPositive();
  }
}
