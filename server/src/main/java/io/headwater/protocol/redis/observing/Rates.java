package io.headwater.protocol.redis.observing;

/** How fast a counter grows: the mean of the last {@value #SAMPLES} samples. */
public final class Rates {
  private static final int SAMPLES = 16;

  private final double[] perSecond = new double[SAMPLES];
  private long lastCount;
  private long lastNs;
  private int next;

  public Rates(long nowNs) {
    lastNs = nowNs;
  }

  /** Call every 100 ms or so. */
  public void sample(long count, long nowNs) {
    long elapsed = nowNs - lastNs;
    if (elapsed > 0) {
      perSecond[next] = Math.max(0, count - lastCount) * 1e9 / elapsed;
      next = (next + 1) % SAMPLES;
      lastCount = count;
      lastNs = nowNs;
    }
  }

  public double perSecond() {
    double sum = 0;
    for (double sample : perSecond) {
      sum += sample;
    }
    return sum / SAMPLES;
  }

  public void reset() {
    java.util.Arrays.fill(perSecond, 0);
  }
}
