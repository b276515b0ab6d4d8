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
  interface Figure {
    double of(Sample sample);
  }

  private final Map<String, Map<String, List<Sample>>> loads = new LinkedHashMap<>();

  void add(String load, ServerUnderTest server, Sample sample) {
    loads
        .computeIfAbsent(load, _ -> new LinkedHashMap<>())
        .computeIfAbsent(server.name(), _ -> new ArrayList<>())
        .add(sample);
  }

  /** One load's latencies in microseconds by server, of all rounds together. */
  Map<String, Histogram> curves(String load) {
    Map<String, Histogram> curves = new LinkedHashMap<>();
    loads
        .getOrDefault(load, Map.of())
        .forEach((server, samples) -> curves.put(server, together(samples)));
    return curves;
  }

  /** The latencies of all rounds, in microseconds. */
  static Histogram together(List<Sample> samples) {
    Histogram all = new Histogram(3);
    samples.forEach(sample -> all.add(sample.latencyUs()));
    return all;
  }

  /** Prints each load's medians per server and, with two servers, the median of their ratios. */
  void print(PrintStream out) {
    out.printf(
        "%-10s %-13s %12s %10s %7s %9s %9s %9s %9s%n",
        "load",
        "server",
        "operations/s",
        "CPU us/op",
        "+-",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "max ms");
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
            "%-10s %-13s %,12.0f %10.2f %6.0f%%",
            load,
            name,
            median(samples, Sample::perSecond),
            median(samples, Sample::cpuUsPerOperation),
            spread(samples)));
    if (samples.getFirst().latencyUs().getTotalCount() > 0) {
      for (double percentile : new double[] {50, 99, 99.9, 100}) {
        line.append(
            String.format(Locale.ROOT, " %9.2f", median(samples, s -> s.latencyMs(percentile))));
      }
    }
    return line.toString();
  }

  /** How far the rounds' CPU lies from their median at most, in percent of it. */
  private static double spread(List<Sample> samples) {
    double middle = median(samples, Sample::cpuUsPerOperation);
    return samples.stream()
        .mapToDouble(s -> Math.abs(s.cpuUsPerOperation() - middle) / middle * 100)
        .max()
        .orElse(0);
  }

  private static String ratio(String load, List<Sample> ours, List<Sample> theirs) {
    return String.format(
        Locale.ROOT,
        "%-10s %-13s %11.2fx %9.2fx   (operations per server CPU second)",
        load,
        "ratio",
        median(paired(ours, theirs, Sample::perSecond)),
        median(paired(theirs, ours, Sample::cpuUsPerOperation)));
  }

  /**
   * Round by round, for the two sides of a round follow each other at once: the machine's slow and
   * fast phases, which last for seconds, fall out of the ratio.
   */
  private static double[] paired(List<Sample> above, List<Sample> below, Figure figure) {
    double[] ratios = new double[Math.min(above.size(), below.size())];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = figure.of(above.get(i)) / figure.of(below.get(i));
    }
    return ratios;
  }

  static double median(List<Sample> samples, Figure figure) {
    return median(samples.stream().mapToDouble(figure::of).toArray());
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
