package io.headwater.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsTest {
  @Test
  void sameNameAndLabelsGiveTheSameMetric() {
    Metrics metrics = new Metrics();
    metrics.counter("headwater_requests_total", "requests", "protocol", "a").add(2);
    metrics.counter("headwater_requests_total", "requests", "protocol", "b").addOwned(5);
    metrics.counter("headwater_requests_total", "requests", "protocol", "a").add(1);

    assertThat(metrics.prometheus())
        .isEqualTo(
            """
            # HELP headwater_requests_total requests
            # TYPE headwater_requests_total counter
            headwater_requests_total{protocol="a"} 3
            headwater_requests_total{protocol="b"} 5
            """);
  }

  @Test
  void gaugesAreAskedWhenSomebodyLooks() {
    Metrics metrics = new Metrics();
    double[] level = {1};
    metrics.gauge("headwater_level_ratio", "how\nfull", () -> level[0], "name", "a\"\\\nb");
    level[0] = 0.25;

    assertThat(metrics.prometheus())
        .contains("# HELP headwater_level_ratio how\\nfull\n")
        .contains("headwater_level_ratio{name=\"a\\\"\\\\\\nb\"} 0.25\n");
  }

  @Test
  void histogramBucketsAreCumulative() {
    Metrics metrics = new Metrics();
    Latency latency = metrics.latency("headwater_wait_seconds", "waiting");
    latency.record(1_000);
    latency.record(1_500);
    latency.recordOwned(1L << 41);

    assertThat(metrics.prometheus())
        .contains("headwater_wait_seconds_bucket{le=\"1.024E-6\"} 1\n")
        .contains("headwater_wait_seconds_bucket{le=\"2.048E-6\"} 2\n")
        .contains("headwater_wait_seconds_bucket{le=\"68.719476736\"} 2\n")
        .contains("headwater_wait_seconds_bucket{le=\"+Inf\"} 3\n")
        .contains("headwater_wait_seconds_count 3\n");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void percentilesAreAtMostAnEighthTooHigh(long seed) {
    Random random = new Random(seed);
    Latency latency = new Latency();
    long[] all = new long[10_000];
    for (int i = 0; i < all.length; i++) {
      all[i] = (long) Math.exp(random.nextDouble() * 23);
      latency.record(all[i]);
    }
    Arrays.sort(all);
    Latency.Snapshot snapshot = latency.snapshot();
    for (double percent : new double[] {0.1, 1, 50, 90, 99, 99.9, 100}) {
      long exact = all[(int) Math.ceil(all.length * percent / 100) - 1];
      assertThat(snapshot.percentileNs(percent))
          .as("seed %d, %s %%", seed, percent)
          .isBetween(exact, exact + exact / 8);
    }
  }

  @Test
  void namesFollowTheRules() {
    Metrics metrics = new Metrics();
    assertThatThrownBy(() -> metrics.counter("headwater_requests", ""))
        .hasMessageContaining("_total");
    assertThatThrownBy(() -> metrics.counter("requests_total", "")).hasMessageContaining("called");
    assertThatThrownBy(() -> metrics.latency("headwater_wait_ms", ""))
        .hasMessageContaining("_seconds");
    metrics.counter("headwater_a_total", "");
    assertThatThrownBy(() -> metrics.gauge("headwater_a_total", "", () -> 1))
        .hasMessageContaining("is a counter");
  }
}
