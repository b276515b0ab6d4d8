package io.headwater.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.HeapBudget;
import io.headwater.host.Listeners.Limits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a network loop promises, on each way to reach sockets that this machine has. */
@Timeout(300)
@ParameterizedClass
@MethodSource("allSockets")
class NetworkLoopTest {
  private static final Limits LIMITS = new Limits(10_000, 1 << 20, 64L << 20);
  private static final long KEPT_BYTES_MAX = 32 << 20;
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private final BlockingQueue<Conversation> opened = new LinkedBlockingQueue<>();
  private final List<Socket> sockets = new ArrayList<>();
  @Parameter private NetworkLoop.Sockets way;
  private NetworkLoop loop;

  static Stream<NetworkLoop.Sockets> allSockets() {
    return Stream.of(NetworkLoop.Sockets.URING, NetworkLoop.Sockets.EPOLL, NetworkLoop.Sockets.NIO)
        .filter(NetworkLoopTest::isHere);
  }

  private static boolean isHere(NetworkLoop.Sockets way) {
    try (NetworkLoop unstarted = new NetworkLoop("probe", Clock.system(), e -> {}, way)) {
      return true;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  @BeforeEach
  void createLoop() {
    loop =
        new NetworkLoop(
            "test", Clock.system(), failures::add, way, new HeapBudget(4 * KEPT_BYTES_MAX));
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    loop.close();
    assertThat(failures).isEmpty();
  }

  /** A line protocol: echoes lines, or does what a line says. */
  private class Conversation implements Session {
    final Connection connection;
    final AtomicInteger closedCalls = new AtomicInteger();
    final CountDownLatch closed = new CountDownLatch(1);
    volatile int lines;
    boolean saidBye;

    Conversation(Connection connection) {
      this.connection = connection;
      opened.add(this);
    }

    @Override
    public int receive(byte[] buffer, int from, int to) {
      int start = from;
      for (int i = from; i < to && !saidBye && !connection.congested(); i++) {
        if (buffer[i] == '\n') {
          lines = lines + 1;
          line(new String(buffer, start, i - start, UTF_8));
          start = i + 1;
        }
      }
      return start - from;
    }

    void line(String line) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "throw" -> throw new IllegalStateException("asked to throw");
        case "close" -> connection.close();
        case "bye" -> {
          saidBye = true;
          connection.closeAfterFlush();
        }
        case "pause" -> connection.pauseReading();
        case "fill" -> connection.out().put(new byte[Integer.parseInt(words[1])]);
        case "hold" -> {
          connection.out().putAscii("held " + words[1] + "\n");
          connection.hold(Long.parseLong(words[1]));
        }
        default -> connection.out().put((line + "\n").getBytes(UTF_8));
      }
    }

    @Override
    public void closed() {
      closedCalls.incrementAndGet();
      closed.countDown();
    }
  }

  private InetSocketAddress serve() throws IOException {
    return serve(LIMITS);
  }

  private InetSocketAddress serve(Limits limits) throws IOException {
    InetSocketAddress address = loop.listen(ANY_PORT, limits, Conversation::new);
    loop.start();
    return address;
  }

  private Socket connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    socket.connect(address, 10_000);
    socket.setSoTimeout(60_000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static String readLine(Socket socket) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    InputStream in = socket.getInputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("closed after: " + line);
      }
      line.write(b);
    }
    return line.toString(UTF_8);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadlineNs);
      Thread.onSpinWait();
      Thread.yield();
    }
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

  @Test
  void requestsAreAnsweredInOrderHoweverTheyAreSplit() throws Exception {
    Socket client = connect(serve());
    Conversation session = opened.take();
    String text = "one\ntwo words\nthree\n";
    int before = 0;
    for (int split = 0; split <= text.length(); split++) {
      String head = text.substring(0, split);
      send(client, head);
      int lines = before + (int) head.chars().filter(c -> c == '\n').count();
      await(() -> session.lines == lines);
      send(client, text.substring(split));
      assertThat(readLine(client)).isEqualTo("one");
      assertThat(readLine(client)).isEqualTo("two words");
      assertThat(readLine(client)).isEqualTo("three");
      before += 3;
    }
  }

  @Test
  void aRequestMayBeLargerThanTheReadBuffer() throws Exception {
    Socket client = connect(serve());
    String line = "x".repeat(700_000);

    send(client, line + "\nnext\n");

    assertThat(readLine(client)).isEqualTo(line);
    assertThat(readLine(client)).isEqualTo("next");
  }

  @Test
  void aRequestPastTheLimitClosesItsConnectionOnly() throws Exception {
    InetSocketAddress address = serve(new Limits(10, 1000, 1 << 20));
    Socket other = connect(address);
    Socket client = connect(address);

    send(client, "y".repeat(5000));

    assertThat(client.getInputStream().read()).isEqualTo(-1);
    send(other, "still here\n");
    assertThat(readLine(other)).isEqualTo("still here");
  }

  @Test
  void aRequestThatMemoryCannotHoldClosesItsConnectionOnly() throws Exception {
    InetSocketAddress address =
        loop.listen(
            ANY_PORT,
            new Limits(10, Integer.MAX_VALUE, 1 << 20),
            connection ->
                new Conversation(connection) {
                  @Override
                  public int receive(byte[] buffer, int from, int to) {
                    return buffer[from] == 0 ? 0 : super.receive(buffer, from, to);
                  }
                });
    loop.start();
    Socket other = connect(address);
    Socket client = connect(address);
    byte[] piece = new byte[1 << 20];
    long more = KEPT_BYTES_MAX / piece.length + 80; // the kernel's buffers hold some

    assertThatThrownBy(
            () -> {
              for (long i = 0; i < more; i++) {
                client.getOutputStream().write(piece);
              }
            })
        .isInstanceOf(IOException.class);
    send(other, "still here\n");
    assertThat(readLine(other)).isEqualTo("still here");
  }

  @Test
  void aSessionThatThrowsLosesItsConnectionOnly() throws Exception {
    InetSocketAddress address = serve();
    Socket other = connect(address);
    send(other, "hello\n");
    assertThat(readLine(other)).isEqualTo("hello");
    Conversation first = opened.take();
    Socket client = connect(address);

    send(client, "throw\n");

    assertThatThrownBy(() -> readLine(client)).isInstanceOf(IOException.class);
    Conversation second = opened.take();
    assertThat(second.closed.await(60, TimeUnit.SECONDS)).isTrue();
    send(other, "still here\n");
    assertThat(readLine(other)).isEqualTo("still here");
    assertThat(first.closedCalls).hasValue(0);
  }

  @Test
  void closedIsToldOnceForEveryEnd() throws Exception {
    InetSocketAddress address = serve();
    for (String end : List.of("close\n", "bye\n", "throw\n", "reset", "half", "gone")) {
      Socket client = connect(address);
      Conversation session = opened.take();
      switch (end) {
        case "reset" -> {
          client.setSoLinger(true, 0);
          client.close();
        }
        case "half" -> client.shutdownOutput();
        case "gone" -> client.close();
        default -> send(client, end);
      }
      assertThat(session.closed.await(60, TimeUnit.SECONDS)).as(end).isTrue();
      onLoop(() -> null);
      assertThat(session.closedCalls).as(end).hasValue(1);
      assertThat(onLoop(session.connection::isClosed)).isTrue();
    }
    await(() -> loop.stats().connections() == 0);
    assertThat(loop.stats().accepted()).isEqualTo(6);
  }

  @Test
  void aHalfClosingClientGetsItsReplies() throws Exception {
    Socket client = connect(serve());

    send(client, "a\nb\nunfinished");
    client.shutdownOutput();

    assertThat(new String(client.getInputStream().readAllBytes(), UTF_8)).isEqualTo("a\nb\n");
  }

  @Test
  void theLastReplyArrivesThoughTheClientGoesOnSending() throws Exception {
    Socket client = connect(serve());
    Thread sender =
        Thread.ofVirtual()
            .start(() -> {
              try {
                send(client, "error text\nbye\n" + "z\n".repeat(300_000));
              } catch (IOException e) {
                assertThat(e).isInstanceOf(SocketException.class); // it was told to go
              }
            });

    assertThat(readLine(client)).isEqualTo("error text");
    assertThat(client.getInputStream().read()).isEqualTo(-1);
    client.close();
    sender.join();
  }

  @Test
  void heldOutputLeavesWhenItsPositionIsReleasedAndKeepsItsOrder() throws Exception {
    Socket client = connect(serve());
    send(client, "first\n");
    assertThat(readLine(client)).isEqualTo("first");

    send(client, "hold 10\nhold 20\nfree\n");
    Conversation session = opened.take();
    await(() -> session.lines == 4);
    assertThat(onLoop(session.connection::pendingBytes)).isEqualTo(8 + 8 + 5);
    assertThat(client.getInputStream().available()).isZero();

    loop.release(9);
    onLoop(() -> null);
    assertThat(client.getInputStream().available()).isZero();
    loop.release(10);
    assertThat(readLine(client)).isEqualTo("held 10");
    onLoop(() -> null);
    assertThat(client.getInputStream().available()).isZero();
    loop.release(15);
    loop.release(25);
    loop.release(3); // releases never go back
    assertThat(readLine(client)).isEqualTo("held 20");
    assertThat(readLine(client)).isEqualTo("free");
    send(client, "hold 25\n");
    assertThat(readLine(client)).isEqualTo("held 25");
  }

  @Test
  void outputHeldAfterTheTurnIsReleasedByTheTurnsOwnSync() throws Exception {
    List<Connection> written = new ArrayList<>();
    loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {}

          @Override
          public void afterTurn() {
            for (Connection connection : written) {
              connection.hold(7);
            }
            written.clear();
            loop.release(7);
          }
        });
    InetSocketAddress address =
        loop.listen(
            ANY_PORT,
            LIMITS,
            connection ->
                new Conversation(connection) {
                  @Override
                  void line(String line) {
                    super.line(line);
                    written.add(connection);
                  }
                });
    loop.start();
    Socket client = connect(address);
    send(client, "durable\n");

    assertThat(readLine(client)).isEqualTo("durable");
  }

  @Test
  void aSlowReaderIsClosedAtTheLimitAndCostsNobodyElse() throws Exception {
    InetSocketAddress address = serve(new Limits(10, 1 << 20, 8 << 20));
    Socket slow = connect(address);
    Socket other = connect(address);

    send(slow, "fill 60000000\n");

    Conversation session = opened.take();
    assertThat(session.closed.await(60, TimeUnit.SECONDS)).isTrue();
    send(other, "alive\n");
    assertThat(readLine(other)).isEqualTo("alive");
  }

  @Test
  void aClientThatDoesNotReadIsNotRead() throws Exception {
    Socket client = connect(serve(new Limits(10, 1 << 20, 64L << 20)));
    int requests = 400;
    Thread sender =
        Thread.ofVirtual()
            .start(() -> {
              try {
                send(client, "fill 100000\n".repeat(requests));
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    Conversation session = opened.take();
    await(() -> session.lines > 10);
    long pending = onLoop(session.connection::pendingBytes);
    assertThat(pending).isLessThan(2 * Connection.CONGESTED_BYTES);

    byte[] replies = client.getInputStream().readNBytes(requests * 100_000);

    assertThat(replies).hasSize(requests * 100_000);
    sender.join();
    assertThat(onLoop(session.connection::pendingBytes)).isZero();
  }

  @Test
  void pausedInputWaitsAndComesWhenReadingResumes() throws Exception {
    Socket client = connect(serve());
    send(client, "pause\n");
    Conversation session = opened.take();
    await(() -> session.lines == 1);

    send(client, "later\n");
    for (int i = 0; i < 5; i++) {
      onLoop(() -> null);
    }
    assertThat(session.lines).isEqualTo(1);
    loop.execute(session.connection::resumeReading);

    assertThat(readLine(client)).isEqualTo("later");
  }

  @Test
  void filesGoOutBetweenTheBytesAroundThem(@TempDir Path folder) throws Exception {
    byte[] contents = new byte[9_000_000];
    new Random(1).nextBytes(contents);
    Path path = Files.write(folder.resolve("segment"), contents);
    try (OpenFile file = new OpenFile(path)) {
      InetSocketAddress address =
          loop.listen(
              ANY_PORT,
              LIMITS,
              connection ->
                  new Conversation(connection) {
                    @Override
                    void line(String line) {
                      connection.out().putAscii("<");
                      connection.send(file, 100, 8_000_000);
                      connection.out().putAscii("|");
                      connection.send(file, 5, 10);
                      connection.send(file, 0, 3);
                      connection.out().putAscii(">");
                    }
                  });
      loop.start();
      Socket client = connect(address);
      send(client, "a\nb\n");

      for (int i = 0; i < 2; i++) {
        byte[] reply = client.getInputStream().readNBytes(1 + 8_000_000 + 1 + 10 + 3 + 1);
        ByteArrayOutputStream wanted = new ByteArrayOutputStream();
        wanted.write('<');
        wanted.write(contents, 100, 8_000_000);
        wanted.write('|');
        wanted.write(contents, 5, 10);
        wanted.write(contents, 0, 3);
        wanted.write('>');
        assertThat(Arrays.equals(reply, wanted.toByteArray())).isTrue();
      }
    }
  }

  @Test
  void aFileThatIsShorterThanPromisedClosesTheConnection(@TempDir Path folder) throws Exception {
    Path path = Files.write(folder.resolve("segment"), new byte[10]);
    try (OpenFile file = new OpenFile(path)) {
      InetSocketAddress address =
          loop.listen(
              ANY_PORT,
              LIMITS,
              connection ->
                  new Conversation(connection) {
                    @Override
                    void line(String line) {
                      connection.send(file, 5, 10);
                    }
                  });
      loop.start();
      Socket client = connect(address);
      send(client, "a\n");

      assertThat(client.getInputStream().readAllBytes()).hasSize(5);
    }
  }

  /** What the tests need of a file. */
  private record OpenFile(FileChannel channel) implements DiskFile {
    OpenFile(Path path) throws IOException {
      this(FileChannel.open(path, StandardOpenOption.READ));
    }

    @Override
    public void write(ByteBuffer source, long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return channel.read(target, position);
    }

    @Override
    public void sync() {}

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return channel.transferTo(position, count, target);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Test
  void connectionsOverTheLimitAreClosedAtOnce() throws Exception {
    InetSocketAddress address = serve(new Limits(2, 1 << 20, 1 << 20));
    Socket first = connect(address);
    Socket second = connect(address);
    send(second, "in\n");
    assertThat(readLine(second)).isEqualTo("in");

    assertThat(connect(address).getInputStream().read()).isEqualTo(-1);

    first.close();
    await(() -> loop.stats().connections() == 1);
    Socket third = connect(address);
    send(third, "in\n");
    assertThat(readLine(third)).isEqualTo("in");
    assertThat(loop.stats().refused()).isEqualTo(1);
  }

  @Test
  void twoThousandConnectionsAreServed() throws Exception {
    InetSocketAddress address = serve();
    for (int i = 0; i < 2000; i++) {
      connect(address);
    }
    for (int round = 0; round < 2; round++) {
      for (Socket socket : sockets) {
        send(socket, "ping " + round + "\n");
      }
      for (Socket socket : sockets) {
        assertThat(readLine(socket)).isEqualTo("ping " + round);
      }
    }
    assertThat(loop.stats().connections()).isEqualTo(2000);
  }

  /** Descriptors are given to the next connection while events of the last are under way. */
  @Test
  void connectionsThatComeAndGoByResetAndByEndGetTheirOwnReplies() throws Exception {
    InetSocketAddress address = serve();
    BlockingQueue<Throwable> wrong = new LinkedBlockingQueue<>();
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < 4; c++) {
      int client = c;
      clients.add(Thread.ofPlatform().start(() -> comeAndGo(address, client, wrong)));
    }
    for (Thread client : clients) {
      client.join();
    }

    assertThat(wrong).isEmpty();
    await(() -> loop.stats().connections() == 0);
  }

  private static void comeAndGo(
      InetSocketAddress address, int client, BlockingQueue<Throwable> wrong) {
    Random random = new Random(client);
    try {
      for (int i = 0; i < 300; i++) {
        try (Socket socket = new Socket()) {
          socket.connect(address, 10_000);
          socket.setSoTimeout(60_000);
          String line = "client " + client + " visit " + i;
          send(socket, line + "\n");
          assertThat(readLine(socket)).isEqualTo(line);
          if (random.nextBoolean()) {
            send(socket, "never read\n");
            socket.setSoLinger(true, 0); // close is a reset
          }
        }
      }
    } catch (IOException | AssertionError e) {
      wrong.add(e);
    }
  }

  @Test
  void timersRunInTheOrderOfTheirDeadlinesAndCancelledOnesNever() throws Exception {
    loop.start();
    BlockingQueue<String> ran = new LinkedBlockingQueue<>();
    loop.schedule(30, () -> ran.add("30"));
    loop.schedule(10, () -> ran.add("10"));
    Loop.Timer cancelled = loop.schedule(15, () -> ran.add("15"));
    loop.schedule(20, () -> ran.add("20"));
    cancelled.cancel();

    assertThat(ran.poll(60, TimeUnit.SECONDS)).isEqualTo("10");
    assertThat(ran.poll(60, TimeUnit.SECONDS)).isEqualTo("20");
    assertThat(ran.poll(60, TimeUnit.SECONDS)).isEqualTo("30");
    assertThat(ran).isEmpty();
  }

  @Test
  void anIdleLoopTakesNoTurns() throws Exception {
    connect(serve());
    opened.take();
    long turns = onLoop(() -> loop.stats().turns());

    assertThat(new CountDownLatch(1).await(200, TimeUnit.MILLISECONDS)).isFalse();

    assertThat(loop.stats().turns()).isLessThan(turns + 5);
  }

  @Test
  void wakingFromManyThreadsAlwaysLeadsToATurn() throws Exception {
    AtomicInteger seen = new AtomicInteger();
    AtomicInteger wanted = new AtomicInteger();
    loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {
            seen.set(wanted.get());
          }

          @Override
          public void afterTurn() {}
        });
    loop.start();
    for (int i = 0; i < 20_000; i++) {
      int value = wanted.incrementAndGet();
      loop.wake();
      if (i % 10 == 0) {
        await(() -> seen.get() >= value);
      }
    }
    await(() -> seen.get() == wanted.get());
  }

  @Test
  void drainingSendsWhatIsWrittenAndWaitsForWhatIsHeld() throws Exception {
    InetSocketAddress address = serve();
    Socket client = connect(address);
    send(client, "hold 5\n");
    Conversation session = opened.take();
    await(() -> session.lines == 1);

    assertThat(loop.drain(50)).isFalse();
    assertThatThrownBy(() -> connect(address)).isInstanceOf(IOException.class);
    loop.release(5);

    assertThat(loop.drain(20_000)).isTrue();
    assertThat(readLine(client)).isEqualTo("held 5");
    assertThat(client.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void closingRunsWhatIsQueuedAndRefusesMore() throws Exception {
    Socket client = connect(serve());
    Conversation session = opened.take();
    AtomicInteger ran = new AtomicInteger();
    loop.execute(ran::incrementAndGet);

    loop.close();
    loop.close();

    assertThat(ran).hasValue(1);
    assertThat(session.closedCalls).hasValue(1);
    assertThat(client.getInputStream().read()).isEqualTo(-1);
    assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    loop.wake();
  }

  @Test
  void aTaskThatThrowsDoesNotEndTheLoopButAHookThatThrowsDoes() throws Exception {
    AtomicInteger trouble = new AtomicInteger();
    loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {}

          @Override
          public void afterTurn() {
            if (trouble.get() == 1) {
              throw new IllegalStateException("asked to fail");
            }
          }
        });
    loop.start();
    loop.execute(() -> {
      throw new IllegalStateException("a task's trouble");
    });
    onLoop(() -> null);

    trouble.set(1);
    loop.wake();

    assertThat(failures.poll(60, TimeUnit.SECONDS)).hasMessage("asked to fail");
  }

  @Test
  void aTakenPortIsAnErrorAndAnUnstartedLoopFreesIts() throws Exception {
    InetSocketAddress address = loop.listen(ANY_PORT, LIMITS, Conversation::new);
    assertThatThrownBy(() -> loop.listen(address, LIMITS, Conversation::new))
        .isInstanceOf(BindException.class)
        .hasMessageMatching("the port is taken|Address already in use");

    loop.close();

    try (NetworkLoop second = new NetworkLoop("second", Clock.system(), failures::add, way)) {
      assertThat(second.listen(address, LIMITS, Conversation::new)).isEqualTo(address);
    }
  }
}
