package io.headwater.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** The packaged server on free ports with a data folder of its own, ready to be used or killed. */
final class RunningServer implements AutoCloseable {
  private static final long START_LIMIT_S = 60;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  final int redis;
  final int memcached;
  final int kafka;
  final int elastic;
  final int admin;
  private final String heap;
  private final Path data;
  private final List<String> options;
  private final StringBuffer said = new StringBuffer();
  private Process process;

  private RunningServer(String heap, Path data, List<String> options) throws IOException {
    this.heap = heap;
    List<Integer> ports = freePorts(5);
    redis = ports.get(0);
    memcached = ports.get(1);
    kafka = ports.get(2);
    elastic = ports.get(3);
    admin = ports.get(4);
    this.data = data;
    this.options = options;
    process = launch();
  }

  /** Starts a server and waits until it says that it is ready. */
  static RunningServer start(Path data, String... options)
      throws IOException, InterruptedException {
    return startWithHeap("1g", data, options);
  }

  /**
   * @param heap as in {@code -Xmx}
   */
  static RunningServer startWithHeap(String heap, Path data, String... options)
      throws IOException, InterruptedException {
    RunningServer server = new RunningServer(heap, data, List.of(options));
    server.awaitReady();
    return server;
  }

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      sockets.add(socket);
      ports.add(socket.getLocalPort());
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  private Process launch() throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx" + heap, "-jar"));
    line.add(System.getProperty("headwater.jar"));
    line.addAll(List.of("serve", "--data", data.toString()));
    line.addAll(List.of("--redis-port", "" + redis, "--memcached-port", "" + memcached));
    line.addAll(List.of("--kafka-port", "" + kafka, "--elastic-port", "" + elastic));
    line.addAll(List.of("--admin-port", "" + admin));
    line.addAll(options);
    return new ProcessBuilder(line).redirectErrorStream(true).start();
  }

  private void awaitReady() throws IOException, InterruptedException {
    BlockingQueue<Boolean> ready = new ArrayBlockingQueue<>(2);
    Process started = process;
    Thread.ofVirtual().start(() -> listen(started, ready));
    Boolean isReady = ready.poll(START_LIMIT_S, TimeUnit.SECONDS);
    if (isReady == null || !isReady) {
      started.destroyForcibly();
      throw new IOException("the server did not get ready:\n" + said);
    }
  }

  private void listen(Process started, BlockingQueue<Boolean> ready) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("ready in ")) {
          ready.offer(true);
        }
        if (said.length() < 100_000) {
          said.append(line).append('\n');
        }
      }
    } catch (IOException e) {
      said.append(e).append('\n');
    }
    ready.offer(false);
  }

  /** Everything printed so far. */
  String said() {
    return said.toString();
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** SIGTERM; returns the exit status. */
  int terminate(long limitMs) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(limitMs, TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running " + limitMs + " ms after SIGTERM:\n" + said);
    }
    return process.exitValue();
  }

  /** Waits for its end by itself; returns the exit status. */
  int awaitEnd(long limitMs) throws InterruptedException {
    if (!process.waitFor(limitMs, TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running after " + limitMs + " ms:\n" + said);
    }
    return process.exitValue();
  }

  /** Starts again on the same ports and folder after a {@link #kill} or {@link #terminate}. */
  void restart() throws IOException, InterruptedException {
    process = launch();
    awaitReady();
  }

  HttpResponse<String> elastic(String method, String path, String body)
      throws IOException, InterruptedException {
    return http(elastic, method, path, body);
  }

  HttpResponse<String> admin(String method, String path, String body)
      throws IOException, InterruptedException {
    return http(admin, method, path, body);
  }

  private static HttpResponse<String> http(int port, String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  String bootstrap() {
    return "127.0.0.1:" + kafka;
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      process.waitFor();
    }
  }
}
