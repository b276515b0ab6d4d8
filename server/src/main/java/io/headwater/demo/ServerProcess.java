package io.headwater.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, so that it can be killed. */
final class ServerProcess implements AutoCloseable {
  private static final long START_LIMIT_S = 120;

  private final Process process;
  private final String readyLine;

  private ServerProcess(Process process, String readyLine) {
    this.process = process;
    this.readyLine = readyLine;
  }

  /**
   * Starts a server with this JVM's flags and class path and waits until it is ready.
   *
   * @throws IOException with what the server printed, if it did not get ready
   */
  static ServerProcess start(Path data, List<String> serveOptions)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("io.headwater.Main");
    command.add("serve");
    command.add("--data");
    command.add(data.toString());
    command.addAll(serveOptions);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BlockingQueue<String> ready = new ArrayBlockingQueue<>(1);
    StringBuilder said = new StringBuilder();
    Thread.ofVirtual().start(() -> listen(process, ready, said));
    String line = ready.poll(START_LIMIT_S, TimeUnit.SECONDS);
    if (line == null || line.isEmpty()) {
      process.destroyForcibly();
      throw new IOException("the server did not get ready:\n" + said);
    }
    return new ServerProcess(process, line);
  }

  private static void listen(Process process, BlockingQueue<String> ready, StringBuilder said) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("ready in ")) {
          ready.offer(line);
        }
        if (said.length() < 10_000) {
          said.append("  ").append(line).append('\n');
        }
      }
    } catch (IOException e) {
      said.append(e.getMessage());
    }
    ready.offer("");
  }

  /** What the server said when it was ready: {@code ready in 812 ms}. */
  String readyLine() {
    return readyLine;
  }

  long pid() {
    return process.pid();
  }

  /** SIGKILL: nothing of the process gets a chance to write. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Waits until the process ends by itself. */
  void await() throws InterruptedException {
    process.waitFor();
  }

  /** SIGTERM, then waits. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
