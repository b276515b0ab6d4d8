package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Wire.Command;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * A closed loop of clients on one thread: each connection sends a pipeline, waits for all of its
 * replies and sends the next. Latency is from sending to the last reply of a pipeline; for rates
 * only, for a closed loop hides stalls.
 */
final class ClosedLoop implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final Selector selector = Selector.open();
  private final List<Client> clients = new ArrayList<>();
  private final Wire wire;
  private final SplittableRandom random;
  private final byte[] value;
  private final int keys;

  /** One connection. */
  private static final class Client {
    final SocketChannel channel;
    final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);
    final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
    int expected;
    long sentNs;

    Client(SocketChannel channel) {
      this.channel = channel;
    }
  }

  ClosedLoop(Wire wire, int port, int connections, int keys, int valueBytes, long seed)
      throws IOException {
    this.wire = wire;
    this.keys = keys;
    this.random = new SplittableRandom(seed);
    this.value = "x".repeat(valueBytes).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < connections; i++) {
      SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      Client client = new Client(channel);
      clients.add(client);
      channel.register(selector, SelectionKey.OP_READ, client);
    }
  }

  /** Sets every key once. */
  void fill() throws IOException {
    int[] next = {0};
    drive(
        Long.MAX_VALUE,
        keys,
        client -> {
          int count = Math.min(200, keys - next[0]);
          for (int i = 0; i < count; i++) {
            wire.put(client.out, Command.SET, next[0]++, value);
          }
          return count;
        },
        new Histogram(3));
  }

  /** Runs for a time with random keys. */
  Results.Sample run(ServerUnderTest server, Command command, int pipeline, long durationNs)
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
                wire.put(client.out, command, random.nextInt(keys), value);
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
    while (busy > 0) {
      selector.select();
      for (SelectionKey key : selector.selectedKeys()) {
        Client client = (Client) key.attachment();
        if (key.isWritable()) {
          flush(client, key);
        }
        if (!key.isReadable() || client.expected == 0) {
          continue;
        }
        int before = client.expected;
        receive(client);
        done += before - client.expected;
        if (client.expected == 0) {
          latencyUs.recordValue((System.nanoTime() - client.sentNs) / 1_000);
          boolean more = done < most && System.nanoTime() < end;
          if (!more || !send(client, next)) {
            busy--;
          }
        }
      }
      selector.selectedKeys().clear();
    }
    return done;
  }

  private boolean send(Client client, Next next) throws IOException {
    client.out.clear();
    client.expected = next.pipeline(client);
    client.out.flip();
    client.sentNs = System.nanoTime();
    flush(client, client.channel.keyFor(selector));
    return client.expected > 0;
  }

  private static void flush(Client client, SelectionKey key) throws IOException {
    client.channel.write(client.out);
    key.interestOps(
        client.out.hasRemaining()
            ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
            : SelectionKey.OP_READ);
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
