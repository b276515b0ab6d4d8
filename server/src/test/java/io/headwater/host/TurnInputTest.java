package io.headwater.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Listeners.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What happens to input that one turn takes from several connections before it feeds the first. */
@Timeout(300)
@ParameterizedClass
@MethodSource("allSockets")
class TurnInputTest {
  private static final int CLIENTS = 4;

  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private final List<Socket> clients = new ArrayList<>();
  private final List<Member> members = new ArrayList<>();

  /** What the sessions were told, in order; read when the loop rests. */
  private final List<String> told = new ArrayList<>();

  private final AtomicInteger freed = new AtomicInteger();
  @Parameter private NetworkLoop.Sockets way;
  private NetworkLoop loop;

  static Stream<NetworkLoop.Sockets> allSockets() {
    return NetworkLoopTest.allSockets();
  }

  @BeforeEach
  void connectAll() throws Exception {
    loop = new NetworkLoop("test", Clock.system(), failures::add, way);
    InetSocketAddress address =
        loop.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Limits(100, 1 << 20, 1 << 20),
            Member::new);
    loop.start();
    for (int i = 0; i < CLIENTS; i++) {
      Socket client = new Socket();
      clients.add(client);
      client.connect(address, 10_000);
      client.setSoTimeout(60_000);
      client.setTcpNoDelay(true);
      send(client, "hello\n");
      assertThat(read(client, 6)).isEqualTo("hello\n");
    }
    onLoop(told::clear);
  }

  @AfterEach
  void close() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
    loop.close();
    assertThat(failures).isEmpty();
  }

  /** Echoes its input, after doing what the word says to the others. */
  private final class Member implements Session {
    private final Connection connection;

    private Member(Connection connection) {
      this.connection = connection;
      members.add(this);
    }

    @Override
    public boolean mayInterrupt() {
      return true;
    }

    @Override
    public void foresee(byte[] buffer, int from, int to) {
      told.add("foresee " + new String(buffer, from, to - from, UTF_8).strip());
    }

    @Override
    public int receive(byte[] buffer, int from, int to) {
      String text = new String(buffer, from, to - from, UTF_8);
      told.add("receive " + text.strip());
      switch (text.strip()) {
        case "pause" -> others().forEach(other -> other.connection.pauseReading());
        case "close" -> others().forEach(other -> other.connection.close());
        case "end" -> others().forEach(other -> other.connection.closeAfterFlush());
        case "free" -> freed.incrementAndGet();
        case "busy" -> {
          long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
          while (freed.get() < CLIENTS - 1 && System.nanoTime() - deadlineNs < 0) {
            loop.serveOthers(connection);
          }
        }
        default -> {}
      }
      connection.out().put(text.getBytes(UTF_8));
      return to - from;
    }

    private List<Member> others() {
      return members.stream().filter(other -> other != this).toList();
    }

    @Override
    public void closed() {}
  }

  private static void send(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static String read(Socket client, int bytes) throws IOException {
    return new String(client.getInputStream().readNBytes(bytes), UTF_8);
  }

  private void onLoop(Runnable task) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(() -> {
      task.run();
      done.countDown();
    });
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
  }

  /** All of it has reached the machine before the loop looks for it again. */
  private void sendInOneTurn(String... texts) throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch sent = new CountDownLatch(1);
    loop.execute(() -> {
      held.countDown();
      try {
        assertThat(sent.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    assertThat(held.await(60, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < texts.length; i++) {
      send(clients.get(i), texts[i]);
    }
    sent.countDown();
  }

  @Test
  void everySessionForeseesBeforeTheFirstReceives() throws Exception {
    sendInOneTurn("a\n", "b\n", "c\n", "d\n");

    for (Socket client : clients) {
      assertThat(read(client, 2)).hasSize(2);
    }
    List<String> seen = new ArrayList<>();
    onLoop(() -> seen.addAll(told));
    assertThat(seen).hasSize(2 * CLIENTS);
    assertThat(seen.subList(0, CLIENTS)).allMatch(line -> line.startsWith("foresee"));
    assertThat(seen.subList(CLIENTS, 2 * CLIENTS)).allMatch(line -> line.startsWith("receive"));
  }

  @Test
  void inputOfAConnectionThatAnotherPausedWaitsForItsResumption() throws Exception {
    sendInOneTurn("pause\n", "pause\n", "pause\n", "pause\n");

    awaitToldOfPause(1);
    for (int i = 0; i < 5; i++) {
      assertThat(toldOfPause()).isEqualTo(1);
    }
    for (int fed = 2; fed <= CLIENTS; fed++) { // each pauses the others once more
      onLoop(() -> members.forEach(member -> member.connection.resumeReading()));
      awaitToldOfPause(fed);
    }

    for (Socket client : clients) {
      assertThat(read(client, 6)).isEqualTo("pause\n");
    }
  }

  private void awaitToldOfPause(int times) throws InterruptedException {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (toldOfPause() < times) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadlineNs);
    }
  }

  private long toldOfPause() throws InterruptedException {
    long[] times = {0};
    onLoop(() -> times[0] = told.stream().filter("receive pause"::equals).count());
    return times[0];
  }

  @Test
  void inputOfAConnectionThatAnotherClosedIsDropped() throws Exception {
    sendInOneTurn("close\n", "close\n", "close\n", "close\n");

    int answered = 0;
    for (Socket client : clients) {
      answered += readUntilClosed(client, answered).equals("close\n") ? 1 : 0;
    }
    assertThat(answered).isEqualTo(1);
    List<String> seen = new ArrayList<>();
    onLoop(() -> seen.addAll(told));
    assertThat(seen.stream().filter("receive close"::equals)).hasSize(1);
  }

  @Test
  void inputOfAConnectionThatAnotherEndedIsDropped() throws Exception {
    sendInOneTurn("end\n", "end\n", "end\n", "end\n");

    int answered = 0;
    for (Socket client : clients) {
      answered += readUntilClosed(client, answered).equals("end\n") ? 1 : 0;
    }
    assertThat(answered).isEqualTo(1);
  }

  /** The one that is answered stays open. */
  private static String readUntilClosed(Socket client, int answered) throws IOException {
    try {
      StringBuilder text = new StringBuilder();
      for (int b = client.getInputStream().read(); b >= 0; b = client.getInputStream().read()) {
        text.append((char) b);
        if (b == '\n' && answered == 0) {
          break;
        }
      }
      return text.toString();
    } catch (SocketException e) {
      return "reset";
    }
  }

  @Test
  void inputTakenInTheSameTurnIsServedInTheMiddleOfALongCall() throws Exception {
    sendInOneTurn("busy\n", "free\n", "free\n", "free\n");

    for (Socket client : clients) {
      assertThat(read(client, 5)).endsWith("\n");
    }
    List<String> seen = new ArrayList<>();
    onLoop(() -> seen.addAll(told));
    assertThat(seen.stream().filter(line -> line.startsWith("receive"))).hasSize(CLIENTS);
  }

  @Test
  void moreConnectionsAndBytesThanOneRoundTakesAreAllServed() throws Exception {
    String[] texts = new String[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
      texts[i] = ("" + i).repeat(200_000 + i) + "\n";
    }
    sendInOneTurn(texts);

    for (int i = 0; i < CLIENTS; i++) {
      assertThat(read(clients.get(i), texts[i].length())).isEqualTo(texts[i]);
    }
  }
}
