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
 * A closed loop of clients on one thread: each connection sends a pipeline, waits for all of its
 * replies and sends the next. Everything that has arrived is read before anything is sent, as
 * independent clients would do it. Latency is from sending to the last reply of a pipeline; for
 * rates only, for a closed loop hides stalls.
 */
final class ClosedLoop implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  /** For all connections together, in one direction. */
  private static final int BUFFERS_BYTES = 256 << 20;

  private static final int FILL_PIPELINE = 200;

  private final Selector selector = Selector.open();
  private final List<Client> clients = new ArrayList<>();
  private final Wire wire;
  private final SplittableRandom random;
  private final int keys;

  /** One connection. */
  private static final class Client {
    final SocketChannel channel;
    final ByteBuffer out;
    final ByteBuffer in;
    int expected;
    long sentNs;

    /** Whether the socket took less than there was. */
    boolean waits;

    Client(SocketChannel channel, int bufferBytes) {
      this.channel = channel;
      this.out = ByteBuffer.allocateDirect(bufferBytes);
      this.in = ByteBuffer.allocateDirect(bufferBytes);
    }
  }

  ClosedLoop(Wire wire, int port, int connections, int keys, long seed) throws IOException {
    this.wire = wire;
    this.keys = keys;
    this.random = new SplittableRandom(seed);
    int bufferBytes = Math.min(BUFFER_BYTES, BUFFERS_BYTES / connections);
    for (int i = 0; i < connections; i++) {
      SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      Client client = new Client(channel, bufferBytes);
      clients.add(client);
      channel.register(selector, SelectionKey.OP_READ, client);
    }
  }

  /** Sends a request for every number once, such as one that sets the key. */
  void fill(Workload workload) throws IOException {
    fill(workload, 0);
  }

  /** The same for as many numbers from {@code first} on. */
  void fill(Workload workload, int first) throws IOException {
    int[] next = {first};
    int end = first + keys;
    drive(
        Long.MAX_VALUE,
        keys,
        client -> {
          int count = Math.min(FILL_PIPELINE, end - next[0]);
          count = Math.min(count, client.out.remaining() / Workload.REQUEST_BYTES_MAX);
          for (int i = 0; i < count; i++) {
            workload.put(client.out, next[0]++, random.nextInt(keys));
          }
          return count;
        },
        new Histogram(3));
  }

  /** Runs for a time with random keys. */
  Results.Sample run(ServerUnderTest server, Workload workload, int pipeline, long durationNs)
      throws IOException {
    Histogram latencyUs = new Histogram(3);
    long cpuUs = server.cpuUs();
    long start = System.nanoTime();
    long operations =
        drive(
            durationNs,
            Long.MAX_VALUE,
            client -> {
              for (int i = 0; i < pipeline; i++) {
                workload.put(client.out, random.nextInt(keys), random.nextInt(keys));
              }
              return pipeline;
            },
            latencyUs);
    long wallNs = System.nanoTime() - start;
    return new Results.Sample(operations, wallNs, server.cpuUs() - cpuUs, latencyUs);
  }

  /** Writes a connection's next pipeline and says how many replies it will get; 0 ends it. */
  private interface Next {
    int pipeline(Client client);
  }

  private long drive(long durationNs, long most, Next next, Histogram latencyUs)
      throws IOException {
    long end = System.nanoTime() + Math.min(durationNs, Long.MAX_VALUE / 4);
    long done = 0;
    int busy = 0;
    for (Client client : clients) {
      busy += send(client, next) ? 1 : 0;
    }
    List<Client> answered = new ArrayList<>();
    while (busy > 0) {
      selector.select();
      for (SelectionKey key : selector.selectedKeys()) {
        Client client = (Client) key.attachment();
        if (key.isWritable()) {
          flush(client);
        }
        if (!key.isReadable() || client.expected == 0) {
          continue;
        }
        int before = client.expected;
        receive(client);
        done += before - client.expected;
        if (client.expected == 0) {
          answered.add(client);
        }
      }
      selector.selectedKeys().clear();
      long now = System.nanoTime();
      for (Client client : answered) {
        latencyUs.recordValue((now - client.sentNs) / 1_000);
        if (done >= most || now >= end || !send(client, next)) {
          busy--;
        }
      }
      answered.clear();
    }
    return done;
  }

  private boolean send(Client client, Next next) throws IOException {
    client.out.clear();
    client.expected = next.pipeline(client);
    client.out.flip();
    client.sentNs = System.nanoTime();
    flush(client);
    return client.expected > 0;
  }

  private void flush(Client client) throws IOException {
    boolean waited = client.waits;
    client.channel.write(client.out);
    client.waits = client.out.hasRemaining();
    if (client.waits != waited) {
      client
          .channel
          .keyFor(selector)
          .interestOps(
              client.waits ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }
  }

  private void receive(Client client) throws IOException {
    if (client.channel.read(client.in) < 0) {
      throw new EOFException("the server closed a connection");
    }
    client.in.flip();
    while (client.expected > 0 && wire.skipReply(client.in)) {
      client.expected--;
    }
    client.in.compact();
  }

  @Override
  public void close() throws IOException {
    for (Client client : clients) {
      client.channel.close();
    }
    selector.close();
  }
}
