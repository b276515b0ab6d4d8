package io.headwater;

import java.io.PrintStream;

/** A whole node on a simulated disk and clock, from a seed. */
final class NodeSimulation {
  private NodeSimulation() {}

  static boolean run(long seed, long runs, PrintStream out) {
    throw new UnsupportedOperationException("seed " + seed + ", " + runs + " runs, " + out);
  }
}
