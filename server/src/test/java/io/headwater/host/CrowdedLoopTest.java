package io.headwater.host;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Listeners.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that read late, send while nobody listens, or come all at once. */
@Timeout(300)
@ParameterizedClass
@MethodSource("allSockets")
class CrowdedLoopTest {
  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private final BlockingQueue<Dispenser> opened = new LinkedBlockingQueue<>();
  private final List<Socket> sockets = new ArrayList<>();
  @Parameter private NetworkLoop.Sockets way;
  private NetworkLoop loop;
  private InetSocketAddress address;

  static Stream<NetworkLoop.Sockets> allSockets() {
    return NetworkLoopTest.allSockets();
  }

  @BeforeEach
  void listen() throws IOException {
    loop = new NetworkLoop("test", Clock.system(), failures::add, way);
    address =
        loop.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Limits(10_000, 64 << 20, 64L << 20),
            Dispenser::new);
    loop.start();
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    loop.close();
    assertThat(failures).isEmpty();
  }

  /** Answers a number with as many bytes; all bytes of a connection follow one pattern. */
  private final class Dispenser implements Session {
    private final Connection connection;
    private volatile long written;
    private volatile int lines;

    private Dispenser(Connection connection) {
      this.connection = connection;
      opened.add(this);
    }

    @Override
    public int receive(byte[] buffer, int from, int to) {
      int start = from;
      for (int i = from; i < to; i++) {
        if (buffer[i] == '\n') {
          line(new String(buffer, start, i - start, US_ASCII));
          lines = lines + 1;
          start = i + 1;
        }
      }
      return start - from;
    }

    private void line(String line) {
      switch (line) {
        case "pause" -> connection.pauseReading();
        case "bye" -> connection.closeAfterFlush();
        default -> {
          int count = Integer.parseInt(line.strip());
          for (int i = 0; i < count; i++) {
            connection.out().putByte(pattern(written + i));
          }
          written = written + count;
        }
      }
    }

    @Override
    public void closed() {}
  }

  private static byte pattern(long offset) {
    return (byte) (offset * 31 + (offset >>> 8) * 7);
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    socket.setReceiveBufferSize(8 << 10);
    socket.connect(address, 10_000);
    socket.setSoTimeout(60_000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private <T> T onLoop(Callable<T> call) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.execute(() -> {
      try {
        result.complete(call.call());
      } catch (Exception e) {
        result.completeExceptionally(e);
      }
    });
    return result.get(60, TimeUnit.SECONDS);
  }

  /** Reads so many bytes of the pattern from its start. */
  private static void check(Socket client, long count) throws IOException {
    InputStream in = client.getInputStream();
    byte[] piece = new byte[32 << 10];
    for (long at = 0; at < count; ) {
      int length = in.read(piece, 0, (int) Math.min(piece.length, count - at));
      assertThat(length).as("of %d at %d", count, at).isPositive();
      for (int i = 0; i < length; i++) {
        if (piece[i] != pattern(at + i)) {
          assertThat(piece[i]).as("at %d", at + i).isEqualTo(pattern(at + i));
        }
      }
      at += length;
    }
  }

  /**
   * One request in each turn, of a random size, until more waits than the machine's buffers hold.
   */
  private Dispenser fillSlowReader(Socket client, int sizeMax) throws Exception {
    Dispenser session = opened.poll(60, TimeUnit.SECONDS);
    long seed = 11;
    Random random = new Random(seed);
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    for (int lines = 1; !onLoop(session.connection::congested); lines++) {
      send(client, 1 + random.nextInt(sizeMax) + "\n");
      while (session.lines < lines && !onLoop(session.connection::congested)) {
        assertThat(System.nanoTime()).as("deadline").isLessThan(deadlineNs);
      }
    }
    return session;
  }

  @Test
  void aClientThatReadsLateGetsEveryByteOnce() throws Exception {
    for (int sizeMax : List.of(3_000, 40_000)) {
      Socket client = connect();
      Dispenser session = fillSlowReader(client, sizeMax);
      long written = onLoop(() -> session.written);

      check(client, written);

      send(client, "5\n");
      assertThat(client.getInputStream().readNBytes(5)).hasSize(5);
      client.close();
    }
  }

  @Test
  void aClientThatReadsLateGetsEveryByteBeforeTheEnd() throws Exception {
    for (int sizeMax : List.of(3_000, 40_000)) {
      Socket client = connect();
      Dispenser session = fillSlowReader(client, sizeMax);
      onLoop(() -> {
        session.connection.closeAfterFlush();
        return null;
      });

      check(client, session.written);

      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.close();
    }
  }

  @Test
  void whatPausedConnectionsAreSentStaysInTheMachineAndHindersNobody() throws Exception {
    String number = "0".repeat(99) + "\n";
    int lines = 30_000;
    List<Thread> senders = new ArrayList<>();
    List<Dispenser> paused = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Socket client = connect();
      paused.add(opened.poll(60, TimeUnit.SECONDS));
      senders.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  send(client, "pause\n" + number.repeat(lines));
                } catch (IOException e) {
                  failures.add(e);
                }
              }));
    }
    for (Dispenser session : paused) {
      while (session.lines == 0) {
        Thread.onSpinWait();
      }
    }
    Socket other = connect();
    for (int i = 0; i < 100; i++) {
      send(other, "1\n");
      assertThat(other.getInputStream().readNBytes(1)).hasSize(1);
    }
    for (Dispenser session : paused) {
      assertThat(onLoop(session.connection::inputBytes)).isLessThan(3L << 20);
      loop.execute(session.connection::resumeReading);
    }
    for (Thread sender : senders) {
      sender.join();
    }
    for (Dispenser session : paused) {
      while (session.lines < lines + 1) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void moreConnectionsThanThereAreBuffersMayBeReadyAtOnce() throws Exception {
    int clients = 1_500;
    for (int i = 0; i < clients; i++) {
      connect();
    }
    for (int round = 0; round < 3; round++) {
      CountDownLatch sent = new CountDownLatch(1);
      CountDownLatch held = new CountDownLatch(1);
      loop.execute(() -> {
        held.countDown();
        try {
          assertThat(sent.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      });
      assertThat(held.await(60, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < clients; i++) {
        send(sockets.get(i), i % 100 == 0 ? " ".repeat(50_000) + "3\n" : "3\n");
      }
      sent.countDown();
      for (Socket client : sockets) {
        assertThat(client.getInputStream().readNBytes(3)).hasSize(3);
      }
    }
  }
}
