package io.headwater.benchmarks.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Clients that send on schedule, whether or not the last reply has come, all on one spinning
 * thread. Latency counts from when a request was due: a server that stalls shows the whole stall in
 * every request that fell into it.
 */
final class OpenLoop implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  /** Requests of one connection that wait for a reply; a power of two. */
  private static final int WAITING_MAX = 1 << 14;

  /** How far a server may fall behind the schedule before the run is given up. */
  private static final long BEHIND_NS_MAX = 20_000_000_000L;

  /** When a run has lasted long enough. */
  interface Until {
    /**
     * Asked in every turn until it says yes; then nothing more is sent. May drive another client,
     * but must not wait.
     */
    boolean reached(long elapsedNs) throws IOException;
  }

  /** Hears of each turn of the loop and of each reply. */
  interface Watcher {
    /** Nobody. */
    Watcher NONE =
        new Watcher() {
          @Override
          public void turned(long nowNs) {}

          @Override
          public void waited(long dueNs, long repliedNs) {}
        };

    /** At the beginning of a turn. */
    void turned(long nowNs);

    /** A reply came; times as {@link System#nanoTime} has them. */
    void waited(long dueNs, long repliedNs);
  }

  private final Selector selector = Selector.open();
  private final List<Client> clients = new ArrayList<>();
  private final Wire wire;
  private final SplittableRandom random;
  private final int keys;
  private Watcher watcher = Watcher.NONE;

  /** One connection; {@code due} is a ring of the times at which its requests were due. */
  private static final class Client {
    final SocketChannel channel;
    final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);
    final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
    final long[] due = new long[WAITING_MAX];
    int sent;
    int received;

    Client(SocketChannel channel) {
      this.channel = channel;
    }
  }

  OpenLoop(Wire wire, int port, int connections, int keys, long seed) throws IOException {
    this.wire = wire;
    this.keys = keys;
    this.random = new SplittableRandom(seed);
    for (int i = 0; i < connections; i++) {
      SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      Client client = new Client(channel);
      clients.add(client);
      channel.register(selector, SelectionKey.OP_READ, client);
    }
  }

  /** From the next run on. */
  void watchedBy(Watcher newWatcher) {
    watcher = newWatcher;
  }

  /**
   * Sends at a fixed rate with random keys, the workloads by turns.
   *
   * @throws IOException also if the server falls 20 s behind
   */
  Results.Sample run(ServerUnderTest server, List<Workload> workloads, int perSecond, Until until)
      throws IOException {
    Histogram latencyUs = new Histogram(3);
    System.gc(); // so that none falls into the run
    double intervalNs = 1e9 / perSecond;
    long cpuUs = server.cpuUs();
    long start = System.nanoTime();
    long sent = 0;
    long done = 0;
    boolean sending = true;
    while (sending || done < sent) {
      long now = System.nanoTime() - start;
      watcher.turned(now + start);
      sending = sending && !until.reached(now);
      if (sending) {
        sent = sendDue(workloads, start, now, sent, intervalNs);
      }
      for (Client client : clients) {
        flush(client);
      }
      if (selector.selectNow() > 0) {
        for (SelectionKey key : selector.selectedKeys()) {
          done += receive((Client) key.attachment(), latencyUs);
        }
        selector.selectedKeys().clear();
      }
      if (now - done * intervalNs > BEHIND_NS_MAX) {
        throw new IOException(server.name() + " cannot keep " + perSecond + "/s");
      }
    }
    long wallNs = System.nanoTime() - start;
    return new Results.Sample(done, wallNs, server.cpuUs() - cpuUs, latencyUs);
  }

  private long sendDue(
      List<Workload> workloads, long start, long now, long from, double intervalNs) {
    long next = from;
    int full = 0;
    while (next * intervalNs <= now && full < clients.size()) {
      Client client = clients.get((int) ((next + full) % clients.size()));
      boolean room =
          client.sent - client.received < WAITING_MAX
              && client.out.remaining() >= Workload.REQUEST_BYTES_MAX;
      if (!room) {
        full++;
        continue;
      }
      Workload workload = workloads.get((int) (next % workloads.size()));
      workload.put(client.out, random.nextInt(keys), random.nextInt(keys));
      client.due[client.sent++ & (WAITING_MAX - 1)] = start + (long) (next * intervalNs);
      next++;
    }
    return next;
  }

  private static void flush(Client client) throws IOException {
    if (client.out.position() > 0) {
      client.out.flip();
      client.channel.write(client.out);
      client.out.compact();
    }
  }

  private int receive(Client client, Histogram latencyUs) throws IOException {
    if (client.channel.read(client.in) < 0) {
      throw new EOFException("the server closed a connection");
    }
    client.in.flip();
    long now = System.nanoTime();
    int count = 0;
    while (client.received != client.sent && wire.skipReply(client.in)) {
      long due = client.due[client.received++ & (WAITING_MAX - 1)];
      latencyUs.recordValue((now - due) / 1_000);
      watcher.waited(due, now);
      count++;
    }
    client.in.compact();
    return count;
  }

  @Override
  public void close() throws IOException {
    for (Client client : clients) {
      client.channel.close();
    }
    selector.close();
  }
}
