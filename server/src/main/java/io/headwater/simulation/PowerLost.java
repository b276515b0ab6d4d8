package io.headwater.simulation;

import java.io.IOException;

/** The simulated process is gone; whatever still runs of it is a ghost that may do nothing more. */
public final class PowerLost extends IOException {
  private static final long serialVersionUID = 1L;

  public PowerLost(String what) {
    super("the simulated process is dead: " + what);
  }
}
