package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import io.headwater.benchmarks.load.Wire.Command;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** The comparisons with redis-server and memcached: rate, CPU, latency, memory. */
final class KeyValues {
  private static final int CONNECTIONS = 50;
  private static final int KEYS = 1_000_000;
  private static final int VALUE_BYTES = 100;

  /** Room for a million items in both servers. */
  private static final int CACHE_MEGABYTES = 512;

  private KeyValues() {}

  /** GET and SET at pipelines 1 and 16. */
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
    long ns = options.seconds(5);
    Results results = new Results();
    for (ServerUnderTest server : servers) {
      try (ClosedLoop load =
          new ClosedLoop(wire, server.port(), CONNECTIONS, keys, VALUE_BYTES, 1)) {
        load.fill();
        for (int pipeline : new int[] {16, 1}) { // warm-up, not counted
          load.run(server, Command.SET, pipeline, ns);
          load.run(server, Command.GET, pipeline, ns);
        }
      }
    }
    for (int round = 0; round < rounds; round++) {
      for (int pipeline : new int[] {1, 16}) {
        for (Command command : List.of(Command.GET, Command.SET)) {
          for (ServerUnderTest server : servers) {
            try (ClosedLoop load =
                new ClosedLoop(wire, server.port(), CONNECTIONS, keys, VALUE_BYTES, round + 2L)) {
              String name = String.format(Locale.ROOT, "%s P%d", command, pipeline);
              results.add(name, server, load.run(server, command, pipeline, ns));
            }
          }
        }
      }
    }
    out.printf(
        "%d connections, %,d keys of 16 bytes, values of %d, medians of %d rounds of %d s;"
            + " latency is of a whole pipeline, closed loop%n",
        CONNECTIONS, keys, VALUE_BYTES, rounds, ns / 1_000_000_000L);
    results.print(out);
  }

  /** GET and SET at a fixed rate; latency from when each was due. */
  static void latency(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    String fsync = options.text("--fsync", "everysec");
    int rate = options.number("--rate", 20_000);
    int rounds = options.number("--rounds", 4);
    long ns = options.seconds(10);
    Results results = new Results();
    try (ServerUnderTest ours =
            Servers.headwater(Servers.REDIS_PORT, "redis.appendfsync=" + fsync);
        ServerUnderTest theirs = Servers.redis(fsync)) {
      List<ServerUnderTest> servers = List.of(ours, theirs);
      for (ServerUnderTest server : servers) {
        try (ClosedLoop load =
            new ClosedLoop(Wire.REDIS, server.port(), CONNECTIONS, KEYS, VALUE_BYTES, 1)) {
          load.fill();
          load.run(server, Command.SET, 1, ns);
          load.run(server, Command.GET, 1, ns);
        }
      }
      for (int round = 0; round < rounds; round++) {
        for (Command command : List.of(Command.GET, Command.SET)) {
          for (ServerUnderTest server : servers) {
            try (OpenLoop load =
                new OpenLoop(
                    Wire.REDIS, server.port(), CONNECTIONS, KEYS, VALUE_BYTES, round + 2L)) {
              results.add(command.toString(), server, load.run(server, command, rate, ns));
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
  }

  /** Bytes per key of the whole process. */
  static void memory(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    int keys = options.number("--keys", 3_000_000);
    try (ServerUnderTest ours =
        Servers.headwater(Servers.REDIS_PORT, "redis.appendfsync=everysec")) {
      out.println(bytesPerKey(ours, keys));
    }
    try (ServerUnderTest theirs = Servers.redis("everysec")) {
      out.println(bytesPerKey(theirs, keys));
    }
  }

  private static String bytesPerKey(ServerUnderTest server, int keys)
      throws IOException, InterruptedException {
    long before = server.residentBytes();
    try (ClosedLoop load =
        new ClosedLoop(Wire.REDIS, server.port(), CONNECTIONS, keys, VALUE_BYTES, 1)) {
      load.fill();
    }
    server.settle();
    long after = server.residentBytes();
    return String.format(
        Locale.ROOT,
        "%-12s %,d keys: %d MiB resident, %.1f bytes per key; %.1f without the empty process",
        server.name(),
        keys,
        after >> 20,
        after / (double) keys,
        (after - before) / (double) keys);
  }
}
