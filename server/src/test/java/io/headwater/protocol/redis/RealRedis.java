package io.headwater.protocol.redis;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A redis-server of the machine, started for a test on a free port. */
public final class RealRedis implements AutoCloseable {
  private static final int START_MS_MAX = 60_000;
  private final Process process;
  private final int port;

  private RealRedis(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Where redis-server is, if the machine has one. */
  public static Optional<Path> program() {
    for (String folder : System.getenv("PATH").split(":", -1)) {
      Path path = Path.of(folder, "redis-server");
      if (Files.isExecutable(path)) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  /**
   * @param options more of the command line's
   */
  public static RealRedis start(Path program, Path folder, String... options) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--enable-debug-command",
                "yes",
                "--dir",
                folder.toString()));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("redis.out").toFile())
            .start();
    long deadline = System.nanoTime() + Duration.ofMillis(START_MS_MAX).toNanos();
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return new RealRedis(process, port);
      } catch (IOException e) {
        if (System.nanoTime() > deadline || !process.isAlive()) {
          process.destroyForcibly();
          throw e;
        }
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Where it listens, on this machine alone. */
  public int port() {
    return port;
  }

  public Client connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(START_MS_MAX);
    return new Client(socket);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** A connection that returns replies as the bytes they came in. */
  public static final class Client implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    private Client(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new java.io.BufferedInputStream(socket.getInputStream());
    }

    public void send(byte[] request) throws IOException {
      socket.getOutputStream().write(request);
    }

    /** One whole reply, nested or not, as Latin-1. */
    public String reply() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      reply(out);
      return out.toString(StandardCharsets.ISO_8859_1);
    }

    private void reply(ByteArrayOutputStream out) throws IOException {
      String line = line();
      out.writeBytes(line.getBytes(StandardCharsets.ISO_8859_1));
      int count =
          line.length() > 3 && "$*%~>=".indexOf(line.charAt(0)) >= 0
              ? Integer.parseInt(line.substring(1, line.length() - 2))
              : -1;
      switch (line.charAt(0)) {
        case '$', '=' -> {
          if (count >= 0) {
            out.writeBytes(in.readNBytes(count + 2));
          }
        }
        case '*', '~', '>' -> {
          for (int i = 0; i < count; i++) {
            reply(out);
          }
        }
        case '%' -> {
          for (int i = 0; i < count * 2; i++) {
            reply(out);
          }
        }
        default -> {}
      }
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      while (line.length() < 2 || line.charAt(line.length() - 1) != '\n') {
        int b = in.read();
        if (b < 0) {
          throw new IOException("closed after: " + line);
        }
        line.append((char) b);
      }
      return line.toString();
    }

    /** Everything until the server closes. */
    public String rest() throws IOException {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
