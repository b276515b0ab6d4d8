package io.headwater.host;

/** Time, injected so that a simulation owns it. Safe from any thread. */
public interface Clock {
  /** Milliseconds since 1970 UTC; may step backwards as system clocks do. */
  long wallMs();

  /** Nanoseconds from an arbitrary origin; never goes backwards. */
  long nanos();

  /** The machine's clocks. */
  static Clock system() {
    return SystemClock.INSTANCE;
  }
}
