package io.headwater.protocol.redis.observing;

import org.jspecify.annotations.Nullable;

/** What one command has done since the start or CONFIG RESETSTAT. */
public final class CommandCounts {
  private long calls;
  private long nanos;
  private long rejected;
  private long failed;
  private @Nullable LatencyHistogram latencies;

  /** It ran so many times, in so many nanoseconds together. */
  public void ran(int times, long together, boolean withLatency) {
    calls += times;
    nanos += together;
    if (withLatency) {
      LatencyHistogram histogram = latencies;
      if (histogram == null) {
        histogram = new LatencyHistogram();
        latencies = histogram;
      }
      histogram.add(together / times, times);
    }
  }

  /** It was refused before it ran. */
  public void rejected() {
    rejected++;
  }

  /** It ran and answered an error. */
  public void failed() {
    failed++;
  }

  public long calls() {
    return calls;
  }

  public long micros() {
    return nanos / 1000;
  }

  public long rejections() {
    return rejected;
  }

  public long failures() {
    return failed;
  }

  public boolean isEmpty() {
    return calls == 0 && rejected == 0 && failed == 0;
  }

  /** Null before the first call, or while {@code latency-tracking} is off. */
  public @Nullable LatencyHistogram latencies() {
    return latencies;
  }

  public void reset() {
    calls = 0;
    nanos = 0;
    rejected = 0;
    failed = 0;
    latencies = null;
  }
}
