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
import java.util.stream.Stream;

/**
 * A short life of a server, for the JVM's ahead-of-time cache (JEP 483, 514): start, a little of
 * each protocol, end. The classes it loads are loaded from the cache at every later start, and
 * methods are compiled early and well with what was learned here (JEP 515).
 */
final class Training {
  private static final int PORTS = 5;

  /** Long enough that the cache also holds what the compiler learned about each command. */
  private static final long WARM_UP_MS = 3_000;

  private Training() {}

  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    if (!arguments.isEmpty()) {
      err.println("headwater: aot-train takes no arguments");
      return 2;
    }
    try {
      Path folder = Files.createTempDirectory("headwater-training");
      try {
        List<Integer> ports = freePorts();
        List<String> options = new ArrayList<>();
        options.addAll(List.of("--data", folder.resolve("data").toString()));
        List<String> names = List.of("redis", "memcached", "kafka", "elastic", "admin");
        for (int i = 0; i < PORTS; i++) {
          options.addAll(List.of("--" + names.get(i) + "-port", "" + ports.get(i)));
        }
        try (Server server =
            Server.start(ServeOptions.parse(options), failure -> err.println(failure))) {
          server.ports().forEach(port -> out.println(port.protocol()));
          Demo.exercise(ports);
        }
        WarmUp.run(NetworkLoop.Sockets.AUTO, WARM_UP_MS);
        return 0;
      } finally {
        delete(folder);
      }
    } catch (WrongSetting | CannotStart | IOException e) {
      err.println("headwater: aot-train: " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static List<Integer> freePorts() throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < PORTS; i++) {
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
