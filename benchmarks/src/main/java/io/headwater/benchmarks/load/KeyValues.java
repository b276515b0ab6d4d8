package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** The comparisons with redis-server and memcached: rate, CPU, latency. */
final class KeyValues {
  private static final int CONNECTIONS = 50;
  private static final int KEYS = 1_000_000;

  /** Room for a million items in both servers. */
  private static final int CACHE_MEGABYTES = 512;

  private KeyValues() {}

  /** Requests in pipelines, GET and SET by default. */
  static void redis(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    String fsync = options.text("--fsync", "everysec");
    out.println("appendfsync " + fsync + " on both");
    try (ServerUnderTest ours =
            Servers.headwater(Servers.REDIS_PORT, "redis.appendfsync=" + fsync);
        ServerUnderTest theirs = Servers.redis(fsync)) {
      closedLoop(Wire.REDIS, List.of(ours, theirs), options, out);
    }
  }

  /** get and set at pipelines 1 and 16. */
  static void memcached(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    try (ServerUnderTest ours =
            Servers.headwater(Servers.MEMCACHED_PORT, "memcached.memory=" + CACHE_MEGABYTES + "m");
        ServerUnderTest theirs = Servers.memcached(CACHE_MEGABYTES)) {
      closedLoop(Wire.MEMCACHED, List.of(ours, theirs), options, out);
    }
  }

  private static void closedLoop(
      Wire wire, List<ServerUnderTest> servers, Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    int rounds = options.number("--rounds", 4);
    int keys = options.number("--keys", KEYS);
    int connections = options.number("--connections", CONNECTIONS);
    List<Workload> workloads = Workload.all(wire, options.text("--workloads", "get,set"));
    int[] pipelines = options.numbers("--pipelines", "1,16");
    long ns = options.seconds(5);
    Results results = new Results();
    for (ServerUnderTest server : servers) {
      warmUp(wire, server, connections, keys, workloads, pipelines, ns);
    }
    for (int round = 0; round < rounds; round++) {
      for (int pipeline : pipelines) {
        for (Workload workload : workloads) {
          for (ServerUnderTest server : servers) {
            try (ClosedLoop load =
                new ClosedLoop(wire, server.port(), connections, keys, round + 2L)) {
              String name = String.format(Locale.ROOT, "%s P%d", workload.name(), pipeline);
              results.add(name, server, load.run(server, workload, pipeline, ns));
            }
          }
        }
      }
    }
    out.printf(
        "%d connections, %,d keys of 16 bytes, values of %d, medians of %d rounds of %d s;"
            + " latency is of a whole pipeline, closed loop%n",
        connections, keys, Workload.VALUE_BYTES, rounds, ns / 1_000_000_000L);
    results.print(out);
  }

  /**
   * Not counted: every key, field and member is set once, then each load runs, the largest
   * pipelines first.
   */
  private static void warmUp(
      Wire wire,
      ServerUnderTest server,
      int connections,
      int keys,
      List<Workload> workloads,
      int[] pipelines,
      long ns)
      throws IOException {
    try (ClosedLoop load = new ClosedLoop(wire, server.port(), connections, keys, 1)) {
      load.fill(Workload.of(wire, "set"));
      for (Workload workload : workloads) {
        if (workload.fills()) {
          load.fill(workload);
        }
      }
      for (int i = pipelines.length - 1; i >= 0; i--) {
        for (Workload workload : workloads) {
          load.run(server, workload, pipelines[i], ns);
        }
      }
    }
  }

  /** Requests at a fixed rate; latency from when each was due. */
  static void latency(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    String fsync = options.text("--fsync", "everysec");
    int rate = options.number("--rate", 20_000);
    int waitsFromMs = options.number("--waits", 0);
    List<Workload> workloads = Workload.all(Wire.REDIS, options.text("--workloads", "set,get"));
    int rounds = options.number("--rounds", 4);
    long ns = options.seconds(10);
    Results results = new Results();
    if (waitsFromMs > 0) {
      out.println(Waits.heading(waitsFromMs));
    }
    try (ServerUnderTest ours =
            Servers.headwater(Servers.REDIS_PORT, "redis.appendfsync=" + fsync);
        ServerUnderTest theirs = Servers.redis(fsync)) {
      List<ServerUnderTest> servers = List.of(ours, theirs);
      for (ServerUnderTest server : servers) {
        warmUp(Wire.REDIS, server, CONNECTIONS, KEYS, workloads, new int[] {1}, ns);
      }
      for (int round = 0; round < rounds; round++) {
        for (Workload workload : workloads) {
          for (ServerUnderTest server : servers) {
            try (OpenLoop load =
                new OpenLoop(Wire.REDIS, server.port(), CONNECTIONS, KEYS, round + 2L)) {
              String what = workload.name() + " " + server.name() + " round " + round;
              try (Waits waits = waitsFromMs > 0 ? new Waits(server) : null) {
                load.watchedBy(waits == null ? OpenLoop.Watcher.NONE : waits);
                long startNs = System.nanoTime();
                results.add(
                    workload.name(),
                    server,
                    load.run(server, List.of(workload), rate, elapsedNs -> elapsedNs > ns));
                if (waits != null) {
                  Waits.list(what, waits.explained(), startNs, waitsFromMs, out);
                }
              }
            }
          }
        }
      }
    }
    out.printf(
        "appendfsync %s on both, %,d requests/s over %d connections, open loop,"
            + " medians of %d rounds of %d s%n",
        fsync, rate, CONNECTIONS, rounds, ns / 1_000_000_000L);
    results.print(out);
    String plot = options.text("--plot", "");
    for (Workload workload : plot.isEmpty() ? List.<Workload>of() : workloads) {
      String title =
          String.format(
              Locale.ROOT,
              "%s of %d B, %,d requests/s over %d connections, appendfsync %s",
              workload.name(),
              Workload.VALUE_BYTES,
              rate,
              CONNECTIONS,
              fsync);
      String file = Plot.base(plot) + "-" + workload.name().toLowerCase(Locale.ROOT);
      out.println(Plot.write(file, title, results.curves(workload.name())));
    }
  }
}
