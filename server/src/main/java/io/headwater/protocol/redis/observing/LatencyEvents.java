package io.headwater.protocol.redis.observing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What held the loop for longer than {@code latency-monitor-threshold}, by kind: the worst of each
 * second, the last {@value #SAMPLES} such seconds of each kind.
 */
public final class LatencyEvents {
  /** Commands that should be fast, and those that may take time. */
  public static final String FAST_COMMAND = "fast-command";

  public static final String COMMAND = "command";
  public static final String EXPIRE_CYCLE = "expire-cycle";
  public static final String EVICTION_CYCLE = "eviction-cycle";

  /** A sync of the log on the loop itself, before replies could leave. */
  public static final String SYNC = "aof-fsync-always";

  /** Saving a slice of the keyspace for a checkpoint. */
  public static final String CHECKPOINT = "checkpoint-slice";

  /** A whole turn of the loop: commands of all clients, housekeeping and the log. */
  public static final String TURN = "turn";

  private static final int SAMPLES = 160;

  /** The worst of one second. */
  public record Sample(long seconds, long ms) {}

  /** One kind's samples, oldest first. */
  public static final class Series {
    private final Sample[] ring = new Sample[SAMPLES];
    private int count;
    private int next;
    private long maxMs;

    private void add(long seconds, long ms) {
      maxMs = Math.max(maxMs, ms);
      if (count > 0) {
        int last = (next + SAMPLES - 1) % SAMPLES;
        if (ring[last].seconds == seconds) {
          ring[last] = new Sample(seconds, Math.max(ring[last].ms, ms));
          return;
        }
      }
      ring[next] = new Sample(seconds, ms);
      next = (next + 1) % SAMPLES;
      count = Math.min(count + 1, SAMPLES);
    }

    public List<Sample> samples() {
      List<Sample> all = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        all.add(ring[(next + SAMPLES - count + i) % SAMPLES]);
      }
      return all;
    }

    public Sample latest() {
      return ring[(next + SAMPLES - 1) % SAMPLES];
    }

    /** The worst since the series began, in milliseconds. */
    public long maxMs() {
      return maxMs;
    }
  }

  private final TreeMap<String, Series> series = new TreeMap<>();
  private long thresholdMs;

  /**
   * @param ms 0 notes nothing
   */
  public void setThresholdMs(long ms) {
    thresholdMs = ms;
  }

  public long thresholdMs() {
    return thresholdMs;
  }

  /** Notes what took so long, if that is long enough. */
  public void add(String event, long seconds, long nanos) {
    long ms = nanos / 1_000_000;
    if (thresholdMs > 0 && ms >= thresholdMs) {
      series.computeIfAbsent(event, e -> new Series()).add(seconds, ms);
    }
  }

  public Map<String, Series> series() {
    return series;
  }

  public @Nullable Series of(String event) {
    return series.get(event);
  }

  /** Forgets one kind; false if there was nothing. */
  public boolean reset(String event) {
    return series.remove(event) != null;
  }

  public int reset() {
    int count = series.size();
    series.clear();
    return count;
  }
}
