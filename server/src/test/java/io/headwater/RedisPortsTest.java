package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CONFIG SET port and bind on a running server: its errors are a redis-server's. */
class RedisPortsTest {
  private static final String FAILED = "-ERR CONFIG SET failed (possibly related to argument ";
  private static final String PORT_TAKEN =
      FAILED + "'port') - Unable to listen on this port. Check server logs.";
  private static final String NO_ADDRESS =
      FAILED + "'bind') - Failed to bind to specified addresses.";

  @TempDir Path data;

  /** A client that sends a line and reads a line. */
  private static final class Client implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;

    Client(String host, int port) throws IOException {
      socket = new Socket(InetAddress.getByName(host), port);
      socket.setSoTimeout(60_000);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    }

    String call(String line) throws IOException {
      socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
      return in.readLine();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static ServerSocket taken() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  private static int free() throws IOException {
    try (ServerSocket socket = taken()) {
      return socket.getLocalPort();
    }
  }

  private Server start(String network, int port) throws Exception {
    return Server.start(
        ServeOptions.parse(
            List.of(
                "--data",
                data.toString(),
                "--set",
                "network=" + network,
                "--redis-port",
                Integer.toString(port),
                "--memcached-port",
                "0",
                "--kafka-port",
                "0",
                "--elastic-port",
                "0",
                "--admin-port",
                "0")),
        Throwable::printStackTrace);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "nio"})
  void thePortMovesAndClientsStay(String network) throws Exception {
    int first = free();
    int second = free();
    try (Server server = start(network, first);
        Client client = new Client("127.0.0.1", first);
        ServerSocket taken = taken()) {
      assertThat(server.ports().getFirst().protocol()).isEqualTo("redis");
      assertThat(client.call("CONFIG SET port " + taken.getLocalPort())).isEqualTo(PORT_TAKEN);
      assertThat(client.call("CONFIG SET timeout 7 port " + taken.getLocalPort()))
          .isEqualTo(PORT_TAKEN);
      try (Client other = new Client("127.0.0.1", first)) {
        assertThat(other.call("PING")).isEqualTo("+PONG");
      }

      assertThat(client.call("CONFIG SET port " + second)).isEqualTo("+OK");

      try (Client moved = new Client("127.0.0.1", second)) {
        assertThat(moved.call("PING")).isEqualTo("+PONG");
        assertThat(client.call("PING")).as("who was connected stays").isEqualTo("+PONG");
        assertThatThrownBy(() -> new Client("127.0.0.1", first))
            .isInstanceOf(ConnectException.class);
        assertThat(moved.call("CONFIG SET port 0")).isEqualTo("+OK");
        assertThatThrownBy(() -> new Client("127.0.0.1", second))
            .isInstanceOf(ConnectException.class);
        assertThat(moved.call("CONFIG SET port " + first)).isEqualTo("+OK");
        try (Client back = new Client("127.0.0.1", first)) {
          assertThat(back.call("PING")).isEqualTo("+PONG");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto"})
  void theAddressesMove(String network) throws Exception {
    int port = free();
    try (Server server = start(network, port);
        Client client = new Client("127.0.0.1", port)) {
      assertThat(server.ports()).isNotEmpty();
      assertThat(client.call("CONFIG SET bind 203.0.113.7")).isEqualTo(NO_ADDRESS);
      assertThat(client.call("CONFIG SET bind \"127.0.0.1 no.such.host.invalid\""))
          .isEqualTo(NO_ADDRESS);
      assertThat(client.call("CONFIG SET bind \"127.0.0.2 -203.0.113.7\"")).isEqualTo("+OK");
      assertThatThrownBy(() -> new Client("127.0.0.1", port)).isInstanceOf(ConnectException.class);
      try (Client moved = new Client("127.0.0.2", port)) {
        assertThat(moved.call("CONFIG SET bind *")).isEqualTo("+OK");
      }
      try (Client any = new Client("127.0.0.1", port)) {
        assertThat(any.call("CONFIG SET bind 127.0.0.1")).isEqualTo("+OK");
      }
      assertThatThrownBy(() -> new Client("127.0.0.2", port)).isInstanceOf(ConnectException.class);
      assertThat(client.call("CONFIG SET bind \"127.0.0.2 127.0.0.3\" port " + free()))
          .isEqualTo("+OK");
      assertThat(client.call("PING")).isEqualTo("+PONG");
    }
  }
}
