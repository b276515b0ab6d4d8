package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Resident bytes of the whole process for each key or element, of each kind of value: all of them,
 * without those of the empty process, and by what as many again add. The last knows nothing of what
 * a process takes by itself, nor of what the first load leaves in it (compiled code, buffers).
 */
final class Memory {
  private static final int CONNECTIONS = 50;
  private static final long REST_MS = 15_000;

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

  /** Of one process: before it was filled, after, and after it was filled with as many again. */
  private record Resident(long emptyBytes, long fullBytes, long doubledBytes) {
    long addedBytes() {
      return fullBytes - emptyBytes;
    }

    /** What so many more take of a process that has been loaded already. */
    long marginalBytes() {
      return doubledBytes - fullBytes;
    }
  }

  private Memory() {}

  /** One server after the other, so that each has the machine's memory. */
  static void run(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    Kind kind = Kind.of(options.text("--kind", "strings"));
    int count = options.number("--keys", kind.count);
    if (count > Integer.MAX_VALUE / 2) {
      throw new WrongOption("--keys is at most " + Integer.MAX_VALUE / 2 + ", not " + count);
    }
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
        "ratio        of the resident bytes %.2fx, without the empty processes %.2fx,"
            + " of the second half %.2fx (below 1: Headwater is smaller)%n",
        ours.fullBytes / (double) theirs.fullBytes,
        ours.addedBytes() / (double) theirs.addedBytes(),
        ours.marginalBytes() / (double) theirs.marginalBytes());
  }

  private static Resident filled(ServerUnderTest server, Kind kind, int count)
      throws IOException, InterruptedException {
    Workload workload = Workload.of(Wire.REDIS, kind.workload);
    rest(server);
    long empty = server.residentBytes();
    long full = filled(server, workload, count, 0);
    return new Resident(empty, full, filled(server, workload, count, count));
  }

  /** Resident bytes after so many were added, from this number on. */
  private static long filled(ServerUnderTest server, Workload workload, int count, int first)
      throws IOException, InterruptedException {
    try (ClosedLoop load = new ClosedLoop(Wire.REDIS, server.port(), CONNECTIONS, count, 1)) {
      load.fill(workload, first);
    }
    rest(server);
    return server.residentBytes();
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
        "%-12s %d MiB resident, %.1f bytes per %s; %.1f without the empty process (%d MiB);"
            + " as many again %.1f each",
        name,
        resident.fullBytes >> 20,
        resident.fullBytes / (double) count,
        kind.unit,
        resident.addedBytes() / (double) count,
        resident.emptyBytes >> 20,
        resident.marginalBytes() / (double) count);
  }
}
