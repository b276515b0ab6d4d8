package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import io.headwater.benchmarks.load.Waits.Wait;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

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

  /**
   * What one run of a command gave.
   *
   * @param waits those of over a millisecond
   * @param turnMs the longest turn of its loop as Headwater itself counts it, 0 for under 1
   */
  private record Stall(
      double longestMs, List<Wait> waits, double tookMs, long turnMs, long sentNs) {
    /** The wait of which the server is to blame for most. */
    Optional<Wait> worst() {
      return waits.stream().max(Comparator.comparingLong(wait -> wait.parts().serverNs()));
    }

    double serverMs() {
      return worst().map(wait -> wait.parts().serverNs() / 1e6).orElse(longestMs);
    }

    double mostMs(ToLongFunction<Waits.Parts> part) {
      return waits.stream().mapToLong(wait -> part.applyAsLong(wait.parts())).max().orElse(0) / 1e6;
    }
  }

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
        stalls.probe(server, OpenLoop.Watcher.NONE, elapsedNs -> elapsedNs > WARM_UP_NS);
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
    int fromMs = options.number("--waits", 0);
    if (fromMs > 0) {
      list(found, fromMs, out);
    }
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
    long[] turnMs = {0};
    double longestMs;
    List<Wait> waits;
    try (Aside aside = new Aside(server.port());
        Waits watcher = new Waits(server)) {
      aside.ask("CONFIG SET latency-monitor-threshold 1");
      aside.ask("LATENCY RESET");
      long startNs = System.nanoTime();
      longestMs =
          probe(
              server,
              watcher,
              elapsedNs -> {
                if (sentNs[0] == 0 && elapsedNs > BEFORE_NS) {
                  aside.send(command.text);
                  sentNs[0] = elapsedNs;
                } else if (sentNs[0] != 0 && repliedNs[0] == 0 && aside.poll() != null) {
                  repliedNs[0] = elapsedNs;
                }
                return repliedNs[0] != 0 && elapsedNs > repliedNs[0] + afterNs;
              });
      sentNs[0] += startNs;
      repliedNs[0] += startNs;
      turnMs[0] = longestTurnMs(aside.ask("LATENCY HISTORY turn"));
      waits = watcher.explained();
    }
    if (command.takesKeys) {
      fill(server, "set", keys);
    }
    return new Stall(longestMs, waits, (repliedNs[0] - sentNs[0]) / 1e6, turnMs[0], sentNs[0]);
  }

  /** Of pairs of a second and milliseconds, as RESP2 has them. */
  private static long longestTurnMs(String history) {
    return Pattern.compile("\\*2\r\n:\\d+\r\n:(\\d+)\r\n")
        .matcher(history)
        .results()
        .mapToLong(pair -> Long.parseLong(pair.group(1)))
        .max()
        .orElse(0);
  }

  /** The longest wait in milliseconds. */
  private double probe(ServerUnderTest server, OpenLoop.Watcher watcher, OpenLoop.Until until)
      throws IOException {
    List<Workload> probes = Workload.all("ping", "get");
    try (OpenLoop load = new OpenLoop(Wire.REDIS, server.port(), 1, keys, 1)) {
      load.watchedBy(watcher);
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
        "%-24s %-13s %8s %7s | %8s %7s = %6s %6s %6s %7s | %7s %6s %7s | %7s %4s  %s%n",
        "command",
        "server",
        "longest",
        "median",
        "server's",
        "median",
        "paused",
        "core",
        "loop",
        "unknown",
        "foreign",
        "probe",
        "machine",
        "took",
        "turn",
        "each round: longest / the server's");
    found.forEach((command, servers) ->
        servers.forEach((name, stalls) -> out.println(line(command, name, stalls))));
  }

  private static String line(Command command, String name, List<Stall> stalls) {
    Stall worst = stalls.stream().max(Comparator.comparingDouble(Stall::serverMs)).orElseThrow();
    Waits.Parts parts = worst.worst().map(Wait::parts).orElse(Waits.Parts.NONE);
    StringBuilder each = new StringBuilder();
    stalls.forEach(stall ->
        each.append(String.format(Locale.ROOT, " %.2f/%.2f", stall.longestMs, stall.serverMs())));
    return String.format(
        Locale.ROOT,
        "%-24s %-13s %8.2f %7.2f | %8.2f %7.2f = %6.2f %6.2f %6.2f %7.2f | %7.2f %6.2f %7.2f"
            + " | %7.2f %4s %s",
        command.text,
        name,
        most(stalls, Stall::longestMs),
        median(stalls, Stall::longestMs),
        worst.serverMs(),
        median(stalls, Stall::serverMs),
        parts.pausedNs() / 1e6,
        parts.coreNs() / 1e6,
        parts.loopNs() / 1e6,
        parts.unknownNs() / 1e6,
        most(stalls, stall -> stall.mostMs(Waits.Parts::foreignNs)),
        most(stalls, stall -> stall.mostMs(Waits.Parts::probeNs)),
        most(stalls, stall -> stall.mostMs(Waits.Parts::machineNs)),
        most(stalls, Stall::tookMs),
        name.equals("headwater") ? String.format("%.0f", most(stalls, Stall::turnMs)) : "-",
        each);
  }

  private static double most(List<Stall> stalls, ToDoubleFunction<Stall> figure) {
    return stalls.stream().mapToDouble(figure).max().orElse(0);
  }

  private static double median(List<Stall> stalls, ToDoubleFunction<Stall> figure) {
    return Results.median(stalls.stream().mapToDouble(figure).toArray());
  }

  /** Every wait of over {@code fromMs}, with its time from the command on. */
  private static void list(
      Map<Command, Map<String, List<Stall>>> found, int fromMs, PrintStream out) {
    out.println(Waits.heading(fromMs));
    found.forEach((command, servers) ->
        servers.forEach((name, stalls) -> {
          for (int round = 0; round < stalls.size(); round++) {
            Stall stall = stalls.get(round);
            String what = String.format("%-24s %-13s round %d", command.text, name, round);
            Waits.list(what, stall.waits, stall.sentNs, fromMs, out);
          }
        }));
  }
}
