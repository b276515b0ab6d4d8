package io.headwater.protocol.redis.administration;

import io.headwater.protocol.redis.observing.LatencyEvents;
import java.util.List;

/** Samples as a picture of characters: four rows high, a column for each, its age below. */
final class LatencyGraph {
  private static final int ROWS = 4;
  private static final int STEPS = 3;
  private static final String TOPS = "_o#";
  private static final int WIDTH = 80;

  private LatencyGraph() {}

  static String of(String event, LatencyEvents.Series series, long nowSeconds) {
    List<LatencyEvents.Sample> samples = series.samples();
    long high = samples.stream().mapToLong(LatencyEvents.Sample::ms).max().orElse(0);
    long low = samples.stream().mapToLong(LatencyEvents.Sample::ms).min().orElse(0);
    StringBuilder text = new StringBuilder();
    text.append(event).append(" - high ").append(high).append(" ms, low ").append(low);
    text.append(" ms (all time high ").append(series.maxMs()).append(" ms)\n");
    text.append("-".repeat(WIDTH)).append('\n');
    for (int from = 0; from < samples.size(); from += WIDTH) {
      draw(text, samples.subList(from, Math.min(from + WIDTH, samples.size())), low, high);
      label(text, samples.subList(from, Math.min(from + WIDTH, samples.size())), nowSeconds);
    }
    return text.toString();
  }

  private static void draw(
      StringBuilder text, List<LatencyEvents.Sample> samples, long low, long high) {
    for (int row = ROWS - 1; row >= 0; row--) {
      for (LatencyEvents.Sample sample : samples) {
        int step =
            high == low ? 0 : (int) ((sample.ms() - low) * (ROWS * STEPS - 1) / (high - low));
        int inRow = step - row * STEPS;
        text.append(inRow < 0 ? ' ' : inRow >= STEPS ? '|' : TOPS.charAt(inRow));
      }
      text.append('\n');
    }
  }

  private static void label(
      StringBuilder text, List<LatencyEvents.Sample> samples, long nowSeconds) {
    List<String> ages = samples.stream().map(s -> age(nowSeconds - s.seconds())).toList();
    int longest = ages.stream().mapToInt(String::length).max().orElse(0);
    text.append(" ".repeat(samples.size())).append('\n');
    for (int i = 0; i < longest; i++) {
      for (String age : ages) {
        text.append(i < age.length() ? age.charAt(i) : ' ');
      }
      text.append('\n');
    }
  }

  private static String age(long seconds) {
    if (seconds < 60) {
      return Math.max(0, seconds) + "s";
    }
    if (seconds < 3600) {
      return seconds / 60 + "m";
    }
    return seconds < 86_400 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
  }
}
