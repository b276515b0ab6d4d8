package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** How long Headwater takes to start: on an empty folder, and after a SIGKILL behind a long log. */
final class Lifetimes {
  private static final int CONNECTIONS = 50;
  private static final int KEYS = 1_000_000;
  private static final int DOCUMENTS_PER_BULK = 500;
  private static final String INDEX = "packages";

  private Lifetimes() {}

  /** From the shell's start of {@code ./headwater serve}, all protocols on, to "ready". */
  static void startup(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    int runs = options.number("--runs", 10);
    Path launcher =
        Servers.jar().resolve("../../..").resolve(options.text("--launcher", "headwater"));
    double[] ms = new double[runs];
    String first = "";
    for (int run = -1; run < runs; run++) { // the first warms the page cache and trains
      Path folder = Files.createTempDirectory("headwater-startup");
      try {
        double took = startOnce(launcher.normalize(), folder);
        if (run < 0) {
          first = String.format(Locale.ROOT, "%.0f ms the first time, training included", took);
        } else {
          ms[run] = took;
        }
      } finally {
        delete(folder);
      }
    }
    Arrays.sort(ms);
    out.printf(
        Locale.ROOT,
        "shell start to ready, all protocols, empty folder, %d runs: median %.0f ms, least %.0f,"
            + " most %.0f (%s)%n",
        runs,
        (ms[(runs - 1) / 2] + ms[runs / 2]) / 2,
        ms[0],
        ms[runs - 1],
        first);
  }

  private static double startOnce(Path launcher, Path folder)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("taskset", "-c", allCores()));
    command.addAll(
        List.of(launcher.toString(), "serve", "--data", folder.resolve("data").toString()));
    command.addAll(List.of("--redis-port", "" + Servers.REDIS_PORT));
    command.addAll(List.of("--memcached-port", "" + Servers.MEMCACHED_PORT));
    command.addAll(List.of("--kafka-port", "" + Servers.KAFKA_PORT));
    command.addAll(List.of("--elastic-port", "" + Servers.ELASTIC_PORT));
    command.addAll(List.of("--admin-port", "" + Servers.ADMIN_PORT));
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith("ready in")) {
          return (System.nanoTime() - start) / 1e6;
        }
      }
      throw new IOException("it ended before it was ready");
    } finally {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }

  /** Writes a log without checkpoints, kills the server, starts it again and looks for its data. */
  static void recovery(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    long bytes = options.number("--megabytes", 1_024) * (1L << 20);
    String kind = options.text("--kind", "redis");
    boolean redis = kind.equals("redis");
    int port = redis ? Servers.REDIS_PORT : Servers.ELASTIC_PORT;
    List<String> settings =
        List.of(
            "redis.appendfsync=everysec",
            "checkpoint.log=" + options.text("--checkpoint-log", "64g"),
            "checkpoint.interval=86400000");
    Path folder = Files.createTempDirectory("headwater-recovery");
    try {
      ServerUnderTest first = Servers.headwater(allCores(), folder, port, settings);
      long written;
      long things;
      try {
        written = redis ? writeKeys(first, bytes) : writeDocuments(first, bytes);
        things = redis ? size(port) : count(first);
        TimeUnit.SECONDS.sleep(2); // everysec: all of it is on disk
      } finally {
        first.kill();
      }
      long start = System.nanoTime();
      try (ServerUnderTest second = Servers.headwater(allCores(), folder, port, settings)) {
        long found = redis ? size(port) : count(second);
        double seconds = (System.nanoTime() - start) / 1e9;
        out.printf(
            Locale.ROOT,
            "%s: %,d MiB of log (journal folder %,d MiB), %,d %s; killed; %.2f s from start to the"
                + " first reply, %.2f s of CPU, %,d of %,d found%n",
            kind,
            written >> 20,
            folderBytes(folder.resolve("data/journal")) >> 20,
            things,
            redis ? "keys" : "documents",
            seconds,
            second.cpuUs() / 1e6,
            found,
            things);
        if (found != things) {
          throw new IOException(found + " of " + things + " found after the kill");
        }
      }
    } finally {
      delete(folder);
    }
  }

  private static long writeKeys(ServerUnderTest server, long bytes) throws IOException {
    long from = position(server.port());
    Workload set = Workload.of(Wire.REDIS, "set");
    try (ClosedLoop load = new ClosedLoop(Wire.REDIS, server.port(), CONNECTIONS, KEYS, 1)) {
      load.fill(set);
      long written = position(server.port()) - from;
      while (written < bytes) {
        load.run(server, set, 16, 250_000_000L);
        written = position(server.port()) - from;
      }
      return written;
    }
  }

  /** The log holds each document's source and little beside. */
  private static long writeDocuments(ServerUnderTest server, long bytes)
      throws IOException, InterruptedException {
    try (Elastic client = new Elastic(server)) {
      client.awaitReady();
      client.createPackages(INDEX);
      long written = 0;
      for (int i = 0; written < bytes; i += DOCUMENTS_PER_BULK) {
        String lines = Bulk.lines(i, i + DOCUMENTS_PER_BULK, "explicit");
        client.bulk(INDEX, lines);
        written += lines.length();
      }
      return written;
    }
  }

  private static long count(ServerUnderTest server) throws IOException, InterruptedException {
    try (Elastic client = new Elastic(server)) {
      client.awaitReady();
      return client.count(INDEX);
    }
  }

  private static long position(int port) throws IOException {
    String token = ask(port, "HEADWATER POSITION");
    return Long.parseLong(token.substring(token.indexOf(':') + 1));
  }

  private static long size(int port) throws IOException {
    return Long.parseLong(ask(port, "DBSIZE"));
  }

  /** One inline command; the reply's text. */
  private static String ask(int port, String command) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port);
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      socket.setSoTimeout(120_000);
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
      String line = in.readLine();
      if (line == null || line.startsWith("-")) {
        throw new IOException(command + ": " + line);
      }
      return line.startsWith("$") ? in.readLine() : line.substring(1);
    }
  }

  private static long folderBytes(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private static String allCores() {
    return "0-" + (machineCores() - 1);
  }

  /** Not what this JVM may use: it is pinned. */
  private static int machineCores() {
    try {
      return Math.toIntExact(
          Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
              .filter(line -> line.startsWith("processor"))
              .count());
    } catch (IOException e) {
      return Runtime.getRuntime().availableProcessors();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
