package io.headwater.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.HeapBudget;
import io.headwater.host.Listeners.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that fill the buffers of a loop: they get a share of the heap, and the others go on. */
@Timeout(300)
class CrowdedHeapTest {
  private static final int SHARE_BYTES = 32 << 20;
  private static final int SMALL_BYTES = 64 << 10;

  private final HeapBudget heap = new HeapBudget(4 * SHARE_BYTES);
  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private final List<Socket> sockets = new ArrayList<>();
  private final AtomicInteger full = new AtomicInteger();

  /** Takes whole lines of one digit: as many megabytes come back, and a byte. */
  private final class Answers implements Session {
    private final Connection connection;

    private Answers(Connection connection) {
      this.connection = connection;
    }

    @Override
    public int receive(byte[] buffer, int from, int to) {
      if (to - from < 2 || buffer[from + 1] != '\n') {
        return 0;
      }
      int mark = connection.out().size();
      try {
        connection.out().put(new byte[(buffer[from] - '0') << 20]);
      } catch (BufferFull e) {
        connection.out().truncate(mark);
        full.incrementAndGet();
      }
      connection.out().putByte('.');
      return 2;
    }

    @Override
    public void closed() {}
  }

  private NetworkLoop serve(NetworkLoop.Sockets way) {
    return new NetworkLoop("test", Clock.system(), failures::add, way, heap);
  }

  private Socket connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    socket.connect(address, 10_000);
    socket.setSoTimeout(60_000);
    return socket;
  }

  private InetSocketAddress listen(NetworkLoop loop) throws IOException {
    InetSocketAddress address =
        loop.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Limits(10_000, Integer.MAX_VALUE, Long.MAX_VALUE),
            Answers::new);
    loop.start();
    return address;
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    assertThat(failures).isEmpty();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20); !condition.getAsBoolean(); ) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      Thread.sleep(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = NetworkLoop.Sockets.class,
      names = {"AUTO", "NIO"})
  void smallRequestsThatNeverEnd(NetworkLoop.Sockets way) throws Exception {
    try (NetworkLoop loop = serve(way)) {
      InetSocketAddress address = listen(loop);
      Socket other = connect(address);
      byte[] unfinished = new byte[200 << 10];
      int wanted = 2 * (SHARE_BYTES / unfinished.length);

      for (int i = 0; i < wanted; i++) {
        try {
          connect(address).getOutputStream().write(unfinished);
        } catch (IOException e) {
          // closed in the middle of its request: the share is full
        }
      }

      await(() -> loop.stats().connections() < wanted * 3L / 4);
      other.getOutputStream().write("0\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(other.getInputStream().read()).isEqualTo('.');
      assertThat(heap.heldBytes()).isBetween(SHARE_BYTES / 2L, (long) SHARE_BYTES + SMALL_BYTES);
      close();
      await(() -> heap.heldBytes() < SMALL_BYTES);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = NetworkLoop.Sockets.class,
      names = {"AUTO", "NIO"})
  void manyLargeRepliesAtOnceLeaveInSeveralTurns(NetworkLoop.Sockets way) throws Exception {
    AtomicLong mostInATurn = new AtomicLong();
    AtomicInteger ended = new AtomicInteger();
    try (NetworkLoop loop =
        new NetworkLoop("test", Clock.system(), failures::add, way, new HeapBudget(1L << 30))) {
      loop.addTurnHook(
          new Loop.TurnHook() {
            private long sent;

            @Override
            public void beforeTurn() {
              long now = loop.stats().bytesOut();
              mostInATurn.accumulateAndGet(now - sent, Math::max);
              sent = now;
            }

            @Override
            public void afterTurn() {}

            @Override
            public void turnEnded() {
              ended.incrementAndGet();
            }
          });
      InetSocketAddress address =
          loop.listen(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              new Limits(100, 1000, Long.MAX_VALUE),
              connection -> {
                connection.out().put(new byte[4 << 20]);
                connection.hold(1);
                return new Answers(connection);
              });
      loop.start();
      for (int i = 0; i < 40; i++) {
        connect(address);
      }
      await(() -> loop.stats().connections() == 40);

      loop.release(1);
      for (Socket socket : sockets) {
        assertThat(socket.getInputStream().readNBytes(4 << 20)).hasSize(4 << 20);
      }

      assertThat(mostInATurn.get()).isBetween(1L << 20, 20L << 20);
      assertThat(ended.get()).isGreaterThanOrEqualTo(8);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = NetworkLoop.Sockets.class,
      names = {"AUTO", "NIO"})
  void repliesThatNobodyTakes(NetworkLoop.Sockets way) throws Exception {
    try (NetworkLoop loop = serve(way)) {
      InetSocketAddress address = listen(loop);
      Socket other = connect(address);

      for (int i = 0; i < 30; i++) {
        Socket client = connect(address);
        client.getOutputStream().write("8\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }

      await(() -> full.get() > 0);
      other.getOutputStream().write("0\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(other.getInputStream().read()).isEqualTo('.');
      assertThat(heap.heldBytes()).isLessThanOrEqualTo(SHARE_BYTES + SMALL_BYTES);
      close();
      await(() -> heap.heldBytes() < SMALL_BYTES);
    }
  }
}
