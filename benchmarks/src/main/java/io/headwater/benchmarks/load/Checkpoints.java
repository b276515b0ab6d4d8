package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import io.headwater.benchmarks.load.Results.Sample;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What does a snapshot cost those who wait? The same open-loop load without and during a BGSAVE,
 * which is a checkpoint on Headwater and a fork on redis-server.
 */
final class Checkpoints {
  private static final int CONNECTIONS = 50;
  private static final String WITHOUT = "without";
  private static final String DURING = "BGSAVE";

  /** Between two looks at LASTSAVE. */
  private static final long LOOK_NS = 20_000_000;

  /** LASTSAVE is in seconds: two snapshots within one could not be told apart. */
  private static final long WITHOUT_NS_MIN = 1_100_000_000;

  private final List<Workload> workloads;
  private final int rate;
  private final int keys;
  private final int connections;
  private final long withoutNs;

  /** Waits of over so many milliseconds are listed; 0 for none. */
  private final int waitsFromMs;

  private final PrintStream out;
  private final Map<String, List<Sample>> without = new LinkedHashMap<>();
  private final Map<String, List<Sample>> during = new LinkedHashMap<>();

  private Checkpoints(Options options, PrintStream out) throws WrongOption {
    this.out = out;
    workloads = Workload.all(Wire.REDIS, options.text("--workloads", "set,get"));
    rate = options.number("--rate", 50_000);
    keys = options.number("--keys", 3_000_000);
    connections = options.number("--connections", CONNECTIONS);
    withoutNs = Math.max(WITHOUT_NS_MIN, options.seconds(10));
    waitsFromMs = options.number("--waits", 0);
  }

  /** Alternates between the servers; each round is a time without and then a snapshot. */
  static void run(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    String fsync = options.text("--fsync", "everysec");
    int rounds = options.number("--rounds", 3);
    Checkpoints checkpoints = new Checkpoints(options, out);
    if (checkpoints.waitsFromMs > 0) {
      out.println(Waits.heading(checkpoints.waitsFromMs));
    }
    try (ServerUnderTest ours = Servers.withoutCheckpoints(fsync);
        ServerUnderTest theirs = Servers.redisIfWanted(options, fsync)) {
      List<ServerUnderTest> servers = theirs == null ? List.of(ours) : List.of(ours, theirs);
      for (ServerUnderTest server : servers) {
        checkpoints.fill(server);
      }
      for (int round = 0; round < rounds; round++) {
        for (ServerUnderTest server : servers) {
          checkpoints.measure(server, round + 2L);
        }
      }
    }
    out.printf(
        Locale.ROOT,
        "appendfsync %s on both, %,d keys of %d B, %,d requests/s over %d connections, open loop,"
            + " medians of %d rounds: %.1f s without, then until LASTSAVE changes%n",
        fsync,
        checkpoints.keys,
        Workload.VALUE_BYTES,
        checkpoints.rate,
        checkpoints.connections,
        rounds,
        checkpoints.withoutNs / 1e9);
    checkpoints.print();
    String plot = options.text("--plot", "");
    if (!plot.isEmpty()) {
      out.println(checkpoints.plot(plot));
    }
  }

  /** Every key once, then the load for a while, which is not counted. */
  private void fill(ServerUnderTest server) throws IOException {
    try (ClosedLoop load = new ClosedLoop(Wire.REDIS, server.port(), connections, keys, 1)) {
      load.fill(Workload.of(Wire.REDIS, "set"));
    }
    try (OpenLoop load = new OpenLoop(Wire.REDIS, server.port(), connections, keys, 1)) {
      load.run(server, workloads, rate, elapsedNs -> elapsedNs > withoutNs);
    }
  }

  private void measure(ServerUnderTest server, long seed) throws IOException, InterruptedException {
    server.settle();
    try (OpenLoop load = new OpenLoop(Wire.REDIS, server.port(), connections, keys, seed);
        Aside aside = new Aside(server.port())) {
      without
          .computeIfAbsent(server.name(), _ -> new ArrayList<>())
          .add(run(load, server, WITHOUT, elapsedNs -> elapsedNs > withoutNs));
      during
          .computeIfAbsent(server.name(), _ -> new ArrayList<>())
          .add(run(load, server, DURING, new Snapshot(aside)));
    }
  }

  private Sample run(OpenLoop load, ServerUnderTest server, String when, OpenLoop.Until until)
      throws IOException, InterruptedException {
    if (waitsFromMs == 0) {
      return load.run(server, workloads, rate, until);
    }
    try (Waits waits = new Waits(server)) {
      load.watchedBy(waits);
      long startNs = System.nanoTime();
      Sample sample = load.run(server, workloads, rate, until);
      load.watchedBy(OpenLoop.Watcher.NONE);
      Waits.list(server.name() + " " + when, waits.explained(), startNs, waitsFromMs, out);
      return sample;
    }
  }

  /** Begins a snapshot in its first turns; reached when the server says that it is done. */
  private static final class Snapshot implements OpenLoop.Until {
    private final Aside aside;
    private String before = "";
    private boolean begun;
    private boolean waits;
    private long nextNs;

    Snapshot(Aside aside) {
      this.aside = aside;
    }

    @Override
    public boolean reached(long elapsedNs) throws IOException {
      if (!waits) {
        if (elapsedNs >= nextNs) {
          aside.send(before.isEmpty() || begun ? "LASTSAVE" : "BGSAVE");
          waits = true;
        }
        return false;
      }
      String reply = aside.poll();
      if (reply == null) {
        return false;
      }
      waits = false;
      if (begun) {
        nextNs = elapsedNs + LOOK_NS;
        return !reply.equals(before);
      }
      begun = !before.isEmpty();
      before = begun ? before : reply;
      return false;
    }
  }

  private void print() {
    out.printf(
        "%-13s %-8s %12s %10s %9s %9s %9s %9s%n",
        "server", "", "operations/s", "CPU us/op", "p50 ms", "p99 ms", "p99.9 ms", "max ms");
    without.forEach((name, quiet) -> {
      List<Sample> busy = during.getOrDefault(name, List.of());
      out.println(line(name, WITHOUT, quiet));
      out.println(line(name, DURING, busy));
      out.println(cost(name, quiet, busy));
    });
  }

  private static String line(String name, String when, List<Sample> samples) {
    StringBuilder line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "%-13s %-8s %,12.0f %10.2f",
            name,
            when,
            Results.median(samples, Sample::perSecond),
            Results.median(samples, Sample::cpuUsPerOperation)));
    for (double percentile : new double[] {50, 99, 99.9, 100}) {
      double ms = Results.median(samples, sample -> sample.latencyMs(percentile));
      line.append(String.format(Locale.ROOT, " %9.2f", ms));
    }
    return line.toString();
  }

  private static String cost(String name, List<Sample> quiet, List<Sample> busy) {
    StringBuilder each = new StringBuilder();
    double[] ratios = new double[quiet.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = busy.get(i).latencyMs(99.9) / quiet.get(i).latencyMs(99.9);
      each.append(String.format(Locale.ROOT, " %.2f", ratios[i]));
    }
    return String.format(
        Locale.ROOT,
        "%-13s p99.9 during / without: %.2fx (each round:%s); BGSAVE took %.2f s",
        name,
        Results.median(ratios),
        each,
        Results.median(busy, sample -> sample.wallNs() / 1e9));
  }

  private String plot(String file) throws IOException {
    Map<String, Histogram> curves = new LinkedHashMap<>();
    without.forEach((name, quiet) -> curves.put(name + " " + WITHOUT, Results.together(quiet)));
    during.forEach((name, busy) -> curves.put(name + " " + DURING, Results.together(busy)));
    String title =
        String.format(
            Locale.ROOT, "%,d requests/s on %,d keys, without and during BGSAVE", rate, keys);
    return Plot.write(file, title, curves);
  }
}
