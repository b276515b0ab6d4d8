package io.headwater.simulation;

import io.headwater.host.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** Time that passes when it is told to. Safe from any thread. */
public final class SimulatedClock implements Clock {
  /** 2030-01-01T00:00:00Z: no run depends on when it runs. */
  private static final long FIRST_WALL_MS = 1_893_456_000_000L;

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong wallShiftMs = new AtomicLong(FIRST_WALL_MS);

  @Override
  public long wallMs() {
    return wallShiftMs.get() + nanos.get() / 1_000_000;
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  public void advanceMs(long ms) {
    advanceNanos(ms * 1_000_000);
  }

  public void advanceNanos(long byNanos) {
    if (byNanos < 0) {
      throw new IllegalArgumentException("time goes forward only: " + byNanos);
    }
    nanos.addAndGet(byNanos);
  }

  /** Sets the wall clock forward or back, as an administrator or NTP does. */
  public void stepWallMs(long byMs) {
    wallShiftMs.addAndGet(byMs);
  }
}
