package io.headwater.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server process on given cores, with the CPU time and memory that Linux counts for it. */
final class ServerUnderTest implements AutoCloseable {
  private static final long TICK_US = 10_000; // USER_HZ is 100 on Linux

  private static final long START_MS_MAX = 120_000;
  private static final long SETTLE_MS_MAX = 30_000;

  /** The thread that serves Redis's clients. */
  private static final String HEADWATER_LOOP = "keyspace";

  private final String name;
  private final String cores;
  private final Process process;
  private final int port;
  private final Path folder;
  private final Path log;

  private ServerUnderTest(
      String name, String cores, Process process, int port, Path folder, Path log) {
    this.name = name;
    this.cores = cores;
    this.process = process;
    this.port = port;
    this.folder = folder;
    this.log = log;
  }

  /**
   * Starts a server and waits until its port answers.
   *
   * @param cores as {@code taskset -c} wants them
   * @param folder its data, deleted by {@link #close}
   */
  static ServerUnderTest start(
      String name, String cores, int port, Path folder, List<String> command)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("taskset", "-c", cores));
    line.addAll(command);
    Path log = Files.createTempFile("server-under-test", ".log");
    Process process =
        new ProcessBuilder(line)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Thread killer = new Thread(process::destroyForcibly, "kill-" + name);
    Runtime.getRuntime().addShutdownHook(killer);
    ServerUnderTest server = new ServerUnderTest(name, cores, process, port, folder, log);
    long deadlineNs = System.nanoTime() + START_MS_MAX * 1_000_000;
    while (!server.answers()) {
      if (!process.isAlive() || System.nanoTime() - deadlineNs > 0) {
        process.destroyForcibly();
        throw new IOException(name + " did not start:\n" + Files.readString(log));
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
    return server;
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 500);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  String name() {
    return name;
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  /** What the thread that serves its clients is called; redis-server's first has its name. */
  String loopName() {
    return name.equals("headwater") ? HEADWATER_LOOP : name;
  }

  int firstCore() {
    return Integer.parseInt(cores.split("[,-]", 2)[0]);
  }

  /** Where {@link Servers#PAUSE_LOG} goes; need not be there. */
  Path pauseLog() {
    return folder.resolve(Servers.PAUSE_LOG);
  }

  /** User and system time of all its threads so far, in microseconds, in steps of 10,000. */
  long cpuUs() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_US;
  }

  /**
   * Waits until it uses hardly any CPU, so that work left over from one load is counted to it; says
   * so if it does not come to rest.
   */
  void settle() throws IOException, InterruptedException {
    long deadlineNs = System.nanoTime() + SETTLE_MS_MAX * 1_000_000;
    while (System.nanoTime() - deadlineNs < 0) {
      long before = cpuUs();
      TimeUnit.MILLISECONDS.sleep(500);
      if (cpuUs() - before <= 2 * TICK_US) {
        return;
      }
    }
    System.err.println(name + " did not come to rest in " + SETTLE_MS_MAX + " ms");
  }

  /** Resident bytes. */
  long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException("no VmRSS");
  }

  /** SIGKILL; its folder stays. */
  void kill() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    Files.deleteIfExists(log);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      kill();
    }
    Files.deleteIfExists(log);
    for (int left = 5; Files.exists(folder); left--) {
      try {
        delete();
      } catch (IOException | UncheckedIOException e) {
        if (left == 0) {
          throw e; // a child of the server's may still have been deleting the same files
        }
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
  }

  private void delete() throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
