package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Resident bytes of the whole process for each key or element, of each kind of value. */
final class Memory {
  private static final int CONNECTIONS = 50;
  private static final long REST_MS = 12_000;

  /** What is filled, and with how many of what by default. */
  private enum Kind {
    STRINGS("set", 3_000_000, "key", "keys of 16 B, values of 100 B"),
    HASHES("hash5", 1_000_000, "key", "hashes of 5 fields of 8 B with values of 10 B"),
    ZSET("zadd", 1_000_000, "element", "members of 18 B in one sorted set, random scores"),
    LIST("rpush", 1_000_000, "element", "elements of 100 B in one list");

    final String workload;
    final int count;
    final String unit;
    final String meaning;

    Kind(String workload, int count, String unit, String meaning) {
      this.workload = workload;
      this.count = count;
      this.unit = unit;
      this.meaning = meaning;
    }

    static Kind of(String name) throws WrongOption {
      for (Kind kind : values()) {
        if (kind.name().equalsIgnoreCase(name)) {
          return kind;
        }
      }
      throw new WrongOption("--kind is strings, hashes, zset or list, not " + name);
    }
  }

  /** Of one process, before and after it was filled. */
  private record Resident(long emptyBytes, long fullBytes) {
    long addedBytes() {
      return fullBytes - emptyBytes;
    }
  }

  private Memory() {}

  /** One server after the other, so that each has the machine's memory. */
  static void run(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    Kind kind = Kind.of(options.text("--kind", "strings"));
    int count = options.number("--keys", kind.count);
    out.printf(Locale.ROOT, "%,d %s%n", count, kind.meaning);
    Resident ours;
    try (ServerUnderTest server =
        Servers.headwater(Servers.REDIS_PORT, "redis.appendfsync=everysec")) {
      ours = filled(server, kind, count);
      out.println(line(server.name(), ours, kind, count));
    }
    Resident theirs;
    try (ServerUnderTest server = Servers.redis("everysec")) {
      theirs = filled(server, kind, count);
      out.println(line(server.name(), theirs, kind, count));
    }
    out.printf(
        Locale.ROOT,
        "ratio        of the resident bytes %.2fx, without the empty processes %.2fx"
            + " (below 1: Headwater is smaller)%n",
        ours.fullBytes / (double) theirs.fullBytes,
        ours.addedBytes() / (double) theirs.addedBytes());
  }

  private static Resident filled(ServerUnderTest server, Kind kind, int count)
      throws IOException, InterruptedException {
    rest(server);
    long empty = server.residentBytes();
    try (ClosedLoop load = new ClosedLoop(Wire.REDIS, server.port(), CONNECTIONS, count, 1)) {
      load.fill(Workload.of(Wire.REDIS, kind.workload));
    }
    rest(server);
    return new Resident(empty, server.residentBytes());
  }

  /**
   * A server that gives memory back when it rests, in two steps, has to notice first that it does.
   */
  private static void rest(ServerUnderTest server) throws IOException, InterruptedException {
    server.settle();
    TimeUnit.MILLISECONDS.sleep(REST_MS);
    server.settle();
  }

  private static String line(String name, Resident resident, Kind kind, int count) {
    return String.format(
        Locale.ROOT,
        "%-12s %d MiB resident, %.1f bytes per %s; %.1f without the empty process (%d MiB)",
        name,
        resident.fullBytes >> 20,
        resident.fullBytes / (double) count,
        kind.unit,
        resident.addedBytes() / (double) count,
        resident.emptyBytes >> 20);
  }
}
