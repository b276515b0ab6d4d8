package io.headwater.benchmarks.load;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What each kind of load gave on each server, round by round; prints medians and ratios. */
final class Results {
  /**
   * One round of one load on one server.
   *
   * @param latencyUs empty if it was not taken
   */
  record Sample(long operations, long wallNs, long cpuUs, Histogram latencyUs) {
    double perSecond() {
      return operations * 1e9 / wallNs;
    }

    double cpuUsPerOperation() {
      return cpuUs / (double) operations;
    }

    double latencyMs(double percentile) {
      return latencyUs.getValueAtPercentile(percentile) / 1_000.0;
    }
  }

  /** A figure of a sample. */
  private interface Figure {
    double of(Sample sample);
  }

  private final Map<String, Map<String, List<Sample>>> loads = new LinkedHashMap<>();

  void add(String load, ServerUnderTest server, Sample sample) {
    loads
        .computeIfAbsent(load, _ -> new LinkedHashMap<>())
        .computeIfAbsent(server.name(), _ -> new ArrayList<>())
        .add(sample);
  }

  /** Prints each load's medians per server and, with two servers, the first over the second. */
  void print(PrintStream out) {
    out.printf(
        "%-10s %-13s %12s %10s %9s %9s %9s %9s%n",
        "load", "server", "operations/s", "CPU us/op", "p50 ms", "p99 ms", "p99.9 ms", "max ms");
    loads.forEach((load, servers) -> {
      servers.forEach((name, samples) -> out.println(line(load, name, samples)));
      List<List<Sample>> sides = List.copyOf(servers.values());
      if (sides.size() == 2) {
        out.println(ratio(load, sides.get(0), sides.get(1)));
      }
    });
  }

  private static String line(String load, String name, List<Sample> samples) {
    StringBuilder line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "%-10s %-13s %,12.0f %10.2f",
            load,
            name,
            median(samples, Sample::perSecond),
            median(samples, Sample::cpuUsPerOperation)));
    if (samples.getFirst().latencyUs().getTotalCount() > 0) {
      for (double percentile : new double[] {50, 99, 99.9, 100}) {
        line.append(
            String.format(Locale.ROOT, " %9.2f", median(samples, s -> s.latencyMs(percentile))));
      }
    }
    return line.toString();
  }

  private static String ratio(String load, List<Sample> ours, List<Sample> theirs) {
    return String.format(
        Locale.ROOT,
        "%-10s %-13s %11.2fx %9.2fx   (operations per server CPU second)",
        load,
        "ratio",
        median(ours, Sample::perSecond) / median(theirs, Sample::perSecond),
        median(theirs, Sample::cpuUsPerOperation) / median(ours, Sample::cpuUsPerOperation));
  }

  private static double median(List<Sample> samples, Figure figure) {
    double[] sorted = samples.stream().mapToDouble(figure::of).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[middle]
        : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
  }
}
