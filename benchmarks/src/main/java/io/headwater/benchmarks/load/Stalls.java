package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How long does everyone else wait while one client runs a large command? A probe sends PING and
 * GET by turns, one each millisecond whether or not the last reply has come, and counts from when
 * each was due; the longest wait is the stall.
 */
final class Stalls {
  private static final int PROBES_PER_SECOND = 1_000;
  private static final int CONNECTIONS = 50;
  private static final long BEFORE_NS = 500_000_000;
  private static final long WARM_UP_NS = 1_000_000_000;

  /**
   * A large command.
   *
   * @param takesKeys whether the keys have to be made again after it
   * @param takesHash whether it needs the hash, and has to get it again
   */
  private record Command(String text, boolean takesKeys, boolean takesHash) {}

  /** The first is no load at all: what the machine itself does to a probe. */
  private static final List<Command> COMMANDS =
      List.of(
          new Command("PING", false, false),
          new Command("KEYS nothing-has-this-*", false, false),
          new Command("KEYS *", false, false),
          new Command("DEL myhash", false, true),
          new Command("UNLINK myhash", false, true),
          new Command("FLUSHALL", true, false),
          new Command("FLUSHALL ASYNC", true, false));

  /** Those whose first word is among the given ones, which have commas between them. */
  private static List<Command> named(String names) throws WrongOption {
    List<String> words = List.of(names.toUpperCase(Locale.ROOT).split(",", -1));
    List<Command> commands =
        COMMANDS.stream().filter(command -> words.contains(command.text.split(" ", 2)[0])).toList();
    if (commands.isEmpty()) {
      throw new WrongOption("--commands are of ping,keys,del,unlink,flushall, not " + names);
    }
    return commands;
  }

  /** What one run of a command gave, in milliseconds. */
  private record Stall(double longestMs, double tookMs) {}

  private final int keys;
  private final int elements;
  private final long afterNs;

  private Stalls(int keys, int elements, long afterNs) {
    this.keys = keys;
    this.elements = elements;
    this.afterNs = afterNs;
  }

  /** Every command on both servers, in alternation. */
  static void run(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    int rounds = options.number("--rounds", 3);
    String fsync = options.text("--fsync", "everysec");
    List<Command> commands = named(options.text("--commands", "ping,keys,del,unlink,flushall"));
    Stalls stalls =
        new Stalls(
            options.number("--keys", 3_000_000),
            options.number("--elements", 1_000_000),
            options.seconds(2));
    Map<Command, Map<String, List<Stall>>> found = new LinkedHashMap<>();
    try (ServerUnderTest ours = Servers.withoutCheckpoints(fsync);
        ServerUnderTest theirs = Servers.redisIfWanted(options, fsync)) {
      List<ServerUnderTest> servers = theirs == null ? List.of(ours) : List.of(ours, theirs);
      for (ServerUnderTest server : servers) {
        stalls.fill(server, "set", stalls.keys);
        stalls.probe(server, elapsedNs -> elapsedNs > WARM_UP_NS);
      }
      for (int round = 0; round < rounds; round++) {
        for (Command command : commands) {
          for (ServerUnderTest server : servers) {
            found
                .computeIfAbsent(command, _ -> new LinkedHashMap<>())
                .computeIfAbsent(server.name(), _ -> new ArrayList<>())
                .add(stalls.measure(server, command));
          }
        }
      }
    }
    out.printf(
        Locale.ROOT,
        "appendfsync %s on both, %,d keys of %d B, a hash of %,d elements; one probe each ms,"
            + " longest wait from when it was due, until %.1f s after the command's reply; %d"
            + " rounds%n",
        fsync,
        stalls.keys,
        Workload.VALUE_BYTES,
        stalls.elements,
        stalls.afterNs / 1e9,
        rounds);
    print(found, out);
  }

  /** From a settled server to some time after the command's reply. */
  private Stall measure(ServerUnderTest server, Command command)
      throws IOException, InterruptedException {
    if (command.takesHash) {
      fill(server, "hset", elements);
    }
    server.settle();
    long[] sentNs = {0};
    long[] repliedNs = {0};
    double longestMs;
    try (Aside aside = new Aside(server.port())) {
      longestMs =
          probe(
              server,
              elapsedNs -> {
                if (sentNs[0] == 0 && elapsedNs > BEFORE_NS) {
                  aside.send(command.text);
                  sentNs[0] = elapsedNs;
                } else if (sentNs[0] != 0 && repliedNs[0] == 0 && aside.poll() != null) {
                  repliedNs[0] = elapsedNs;
                }
                return repliedNs[0] != 0 && elapsedNs > repliedNs[0] + afterNs;
              });
    }
    if (command.takesKeys) {
      fill(server, "set", keys);
    }
    return new Stall(longestMs, (repliedNs[0] - sentNs[0]) / 1e6);
  }

  /** The longest wait in milliseconds. */
  private double probe(ServerUnderTest server, OpenLoop.Until until) throws IOException {
    List<Workload> probes = Workload.all("ping", "get");
    try (OpenLoop load = new OpenLoop(Wire.REDIS, server.port(), 1, keys, 1)) {
      return load.run(server, probes, PROBES_PER_SECOND, until).latencyMs(100);
    }
  }

  private void fill(ServerUnderTest server, String workload, int count) throws IOException {
    try (ClosedLoop load = new ClosedLoop(Wire.REDIS, server.port(), CONNECTIONS, count, 1)) {
      load.fill(Workload.of(Wire.REDIS, workload));
    }
  }

  private static void print(Map<Command, Map<String, List<Stall>>> found, PrintStream out) {
    out.printf(
        "%-24s %-13s %11s %11s %11s   %s%n",
        "command", "server", "longest ms", "median", "took ms", "each round");
    found.forEach((command, servers) ->
        servers.forEach((name, stalls) -> {
          StringBuilder each = new StringBuilder();
          stalls.forEach(
              stall -> each.append(String.format(Locale.ROOT, " %.2f", stall.longestMs)));
          out.printf(
              Locale.ROOT,
              "%-24s %-13s %11.2f %11.2f %11.2f  %s%n",
              command.text,
              name,
              stalls.stream().mapToDouble(Stall::longestMs).max().orElse(0),
              Results.median(stalls.stream().mapToDouble(Stall::longestMs).toArray()),
              stalls.stream().mapToDouble(Stall::tookMs).max().orElse(0),
              each);
        }));
  }
}
