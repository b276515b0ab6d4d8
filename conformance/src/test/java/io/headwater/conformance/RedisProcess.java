package io.headwater.conformance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real redis-server of the machine, on a free port, for comparisons. */
final class RedisProcess implements AutoCloseable {
  private final Process process;
  private final int port;

  private RedisProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Fails if the machine has none: {@code .ci/run} installs it. */
  static RedisProcess start(Path folder, String... options) throws Exception {
    Files.createDirectories(folder);
    int port = freePort();
    List<String> line = new ArrayList<>(List.of("redis-server", "--port", "" + port));
    line.addAll(List.of("--bind", "127.0.0.1", "--save", "", "--dir", folder.toString()));
    line.addAll(List.of("--enable-debug-command", "yes"));
    line.addAll(List.of(options));
    return launch(folder, port, line);
  }

  /** A sentinel of a master that it calls {@code m}, whose word alone counts. */
  static RedisProcess startSentinel(Path folder, int master, int downAfterMs) throws Exception {
    Files.createDirectories(folder);
    int port = freePort();
    List<String> lines =
        List.of(
            "port " + port,
            "bind 127.0.0.1",
            "dir " + folder,
            "sentinel monitor m 127.0.0.1 " + master + " 1",
            "sentinel down-after-milliseconds m " + downAfterMs,
            "sentinel failover-timeout m 60000");
    Path conf = Files.write(folder.resolve("sentinel.conf"), lines);
    return launch(folder, port, List.of("redis-server", conf.toString(), "--sentinel"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static RedisProcess launch(Path folder, int port, List<String> line) throws Exception {
    Process process =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("redis.out").toFile())
            .start();
    RedisProcess redis = new RedisProcess(process, port);
    Deadline.await(Duration.ofSeconds(60), redis::answers);
    return redis;
  }

  private boolean answers() {
    try (RespClient client = new RespClient(port)) {
      return client.call("PING").equals("+PONG\r\n");
    } catch (IOException e) {
      return false;
    }
  }

  int port() {
    return port;
  }

  /** SIGSTOP: its connections stay, and it takes nothing. */
  void suspend() throws Exception {
    signal("STOP");
  }

  /** SIGCONT. */
  void goOn() throws Exception {
    signal("CONT");
  }

  private void signal(String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }
}
