package io.headwater;

import io.headwater.Config.WrongSetting;
import io.headwater.Server.CannotStart;
import io.headwater.demo.Demo;
import io.headwater.host.NetworkLoop;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A short life of a server, for the JVM's ahead-of-time cache (JEP 483, 514): start, a little of
 * each protocol, end. The classes it loads are loaded from the cache at every later start, and
 * methods are compiled early and well with what was learned here (JEP 515).
 *
 * <p>All classes of a cache take memory in every server that starts from it, used or not. So the
 * clients run in a process of their own, and servers for Redis and memcached alone have a cache of
 * their own.
 */
final class Training {
  private static final List<String> PROTOCOLS =
      List.of("redis", "memcached", "kafka", "elastic", "admin");

  /** How many of those a server for keys alone has. */
  private static final int KEYS_PROTOCOLS = 2;

  /** Long enough that the cache also holds what the compiler learned about each command. */
  private static final long WARM_UP_MS = 3_000;

  private static final long CLIENTS_S_MAX = 120;

  private Training() {}

  /**
   * With {@code all} or {@code keys}: the life of such a server. With {@code clients PORT...}: its
   * clients, on ports in the order of {@link #PROTOCOLS}; 0 is none.
   */
  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    try {
      switch (arguments.isEmpty() ? "" : arguments.getFirst()) {
        case "all" -> train(PROTOCOLS.size(), out, err);
        case "keys" -> train(KEYS_PROTOCOLS, out, err);
        case "clients" -> Demo.exercise(arguments.stream().skip(1).map(Integer::valueOf).toList());
        default -> {
          err.println("headwater: aot-train needs all, keys or clients PORT...");
          return 2;
        }
      }
      return 0;
    } catch (WrongSetting | CannotStart | IOException | NumberFormatException e) {
      err.println("headwater: aot-train: " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static void train(int protocols, PrintStream out, PrintStream err)
      throws WrongSetting, CannotStart, IOException, InterruptedException {
    Path folder = Files.createTempDirectory("headwater-training");
    try {
      List<Integer> free = freePorts(protocols);
      List<String> ports = new ArrayList<>();
      List<String> options = new ArrayList<>(List.of("--data", folder.resolve("data").toString()));
      for (int i = 0; i < PROTOCOLS.size(); i++) {
        ports.add(i < protocols ? free.get(i).toString() : "0");
        options.addAll(List.of("--" + PROTOCOLS.get(i) + "-port", ports.get(i)));
      }
      try (Server server =
          Server.start(ServeOptions.parse(options), failure -> err.println(failure))) {
        server.ports().forEach(port -> out.println(port.protocol()));
        runClients(ports);
      }
      WarmUp.run(NetworkLoop.Sockets.AUTO, WARM_UP_MS);
    } finally {
      delete(folder);
    }
  }

  private static void runClients(List<String> ports) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("aot-train", "clients"));
    command.addAll(ports);
    Process clients =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      if (!clients.waitFor(CLIENTS_S_MAX, TimeUnit.SECONDS) || clients.exitValue() != 0) {
        throw new IOException("the clients failed");
      }
    } finally {
      clients.destroyForcibly();
    }
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

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
