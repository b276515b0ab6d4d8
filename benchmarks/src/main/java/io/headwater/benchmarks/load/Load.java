package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.RespLoad.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares Headwater with a peer in alternation.
 *
 * <pre>
 * redis [--fsync always|everysec] [--rounds N] [--seconds N]   GET and SET at pipelines 1 and 16
 * memory [--keys N]                                            bytes per key, whole process
 * </pre>
 */
public final class Load {
  private static final int CONNECTIONS = 50;
  private static final int KEYS = 1_000_000;
  private static final int VALUE_BYTES = 100;
  private static final int HEADWATER_PORT = 16_379;
  private static final int REDIS_PORT = 16_380;

  private Load() {}

  /** Runs one comparison; see the class. */
  public static void main(String[] args) throws Exception {
    if (args.length == 0) {
      System.err.println("usage: redis | memory, see benchmarks/README.md");
      System.exit(2);
    }
    Map<String, String> options = options(args);
    switch (args[0]) {
      case "redis" -> redis(options);
      case "memory" -> memory(options);
      default -> {
        System.err.println("unknown comparison " + args[0]);
        System.exit(2);
      }
    }
  }

  private static Map<String, String> options(String[] args) {
    Map<String, String> options = new TreeMap<>();
    for (int i = 1; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    return options;
  }

  static ServerUnderTest headwater(String fsync) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("headwater-load");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>(List.of(java));
    command.addAll(List.of(System.getProperty("headwater.opts", "-Xmx2g").split(" ")));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-jar",
            Path.of(System.getProperty("headwater.jar")).toAbsolutePath().toString(),
            "serve",
            "--data",
            folder.resolve("data").toString(),
            "--redis-port",
            "" + HEADWATER_PORT,
            "--memcached-port",
            "0",
            "--kafka-port",
            "0",
            "--elastic-port",
            "0",
            "--admin-port",
            "0",
            "--set",
            "redis.appendfsync=" + fsync));
    return ServerUnderTest.start("headwater", "0", HEADWATER_PORT, folder, command);
  }

  static ServerUnderTest redisServer(String fsync) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("redis-load");
    return ServerUnderTest.start(
        "redis-server",
        "0",
        REDIS_PORT,
        folder,
        List.of(
            "redis-server",
            "--port",
            "" + REDIS_PORT,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--auto-aof-rewrite-percentage",
            "0",
            "--appendfsync",
            fsync));
  }

  private static void redis(Map<String, String> options) throws Exception {
    String fsync = options.getOrDefault("--fsync", "everysec");
    int rounds = Integer.parseInt(options.getOrDefault("--rounds", "4"));
    long ns = Long.parseLong(options.getOrDefault("--seconds", "5")) * 1_000_000_000L;
    Map<String, Samples> samples = new TreeMap<>();
    try (ServerUnderTest ours = headwater(fsync);
        ServerUnderTest theirs = redisServer(fsync)) {
      List<ServerUnderTest> servers = List.of(ours, theirs);
      for (ServerUnderTest server : servers) {
        try (RespLoad load = new RespLoad(server.port(), CONNECTIONS, KEYS, VALUE_BYTES, 1)) {
          load.fill();
          load.run(Command.SET, 16, ns); // warm-up, not counted
          load.run(Command.GET, 16, ns);
        }
      }
      for (int round = 0; round < rounds; round++) {
        for (int pipeline : new int[] {1, 16}) {
          for (Command command : List.of(Command.GET, Command.SET)) {
            for (ServerUnderTest server : servers) {
              measure(samples, server, command, pipeline, ns, round);
            }
          }
        }
      }
    }
    System.out.printf("appendfsync %s, %d rounds of %d s%n", fsync, rounds, ns / 1_000_000_000L);
    samples.values().forEach(s -> System.out.println(s.line()));
  }

  private static void measure(
      Map<String, Samples> samples,
      ServerUnderTest server,
      Command command,
      int pipeline,
      long ns,
      int round)
      throws IOException {
    try (RespLoad load = new RespLoad(server.port(), CONNECTIONS, KEYS, VALUE_BYTES, round + 2)) {
      long cpu = server.cpuUs();
      RespLoad.Run run = load.run(command, pipeline, ns);
      double cpuPerOperation = (server.cpuUs() - cpu) / (double) run.operations();
      String name = String.format(Locale.ROOT, "%s P%02d", command, pipeline);
      samples
          .computeIfAbsent(name, Samples::new)
          .add(
              server.name().equals("headwater"),
              run.perSecond(),
              cpuPerOperation,
              run.latencyUs().getValueAtPercentile(99) / 1_000.0);
    }
  }

  /** What one kind of load gave on both sides. */
  private static final class Samples {
    private final String name;
    private final List<List<double[]>> sides = List.of(new ArrayList<>(), new ArrayList<>());

    Samples(String name) {
      this.name = name;
    }

    void add(boolean ours, double... figures) {
      sides.get(ours ? 0 : 1).add(figures);
    }

    String line() {
      return String.format(
          Locale.ROOT,
          "%-8s headwater %,9.0f/s %6.2f µs CPU p99 %6.2f ms | redis %,9.0f/s %6.2f µs CPU p99"
              + " %6.2f ms | rate %.2fx CPU %.2fx",
          name,
          median(0, 0),
          median(0, 1),
          median(0, 2),
          median(1, 0),
          median(1, 1),
          median(1, 2),
          median(0, 0) / median(1, 0),
          median(1, 1) / median(0, 1));
    }

    private double median(int side, int figure) {
      double[] sorted = sides.get(side).stream().mapToDouble(f -> f[figure]).sorted().toArray();
      int middle = sorted.length / 2;
      return sorted.length % 2 == 1
          ? sorted[middle]
          : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
    }
  }

  private static void memory(Map<String, String> options) throws Exception {
    int keys = Integer.parseInt(options.getOrDefault("--keys", "3000000"));
    try (ServerUnderTest ours = headwater("everysec")) {
      System.out.println(bytesPerKey(ours, keys));
    }
    try (ServerUnderTest theirs = redisServer("everysec")) {
      System.out.println(bytesPerKey(theirs, keys));
    }
  }

  private static String bytesPerKey(ServerUnderTest server, int keys) throws IOException {
    long before = server.residentBytes();
    try (RespLoad load = new RespLoad(server.port(), CONNECTIONS, keys, VALUE_BYTES, 1)) {
      load.fill();
    }
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
