package io.headwater.host;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The Java library's selector and channels: runs everywhere. */
final class NioPoller implements Poller {
  private static final int BUFFER_BYTES = 256 << 10;

  private final Selector selector = Selector.open();
  private final ArrayList<SelectionKey> ready = new ArrayList<>();
  private final Consumer<SelectionKey> collect = ready::add;

  /** Java copies between heap and socket through such a buffer; this one serves all sockets. */
  private final ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER_BYTES);

  NioPoller() throws IOException {}

  @Override
  public Poller.Port bind(InetSocketAddress address, int backlog) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, backlog);
      return new NioPort(channel, (InetSocketAddress) channel.getLocalAddress());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public void add(Poller.Port port, Object attachment) throws IOException {
    NioPort nio = (NioPort) port;
    nio.key = nio.channel.register(selector, SelectionKey.OP_ACCEPT, attachment);
  }

  @Override
  public int select(long waitNs) throws IOException {
    ready.clear();
    if (waitNs == 0) {
      selector.selectNow(collect);
    } else if (waitNs == Long.MAX_VALUE) {
      selector.select(collect, 0);
    } else {
      selector.select(collect, Math.max(1, (waitNs + 999_999) / 1_000_000));
    }
    return ready.size();
  }

  @Override
  public @Nullable Object attachment(int index) {
    SelectionKey key = ready.get(index);
    return key.isValid() ? key.attachment() : null;
  }

  @Override
  public int operations(int index) {
    SelectionKey key = ready.get(index);
    int operations = key.isValid() ? key.readyOps() & key.interestOps() : 0;
    return ((operations & SelectionKey.OP_READ) != 0 ? READ : 0)
        | ((operations & SelectionKey.OP_WRITE) != 0 ? WRITE : 0);
  }

  @Override
  public void wakeup() {
    selector.wakeup();
  }

  @Override
  public void close() throws IOException {
    selector.close();
  }

  private final class NioPort implements Poller.Port {
    private final ServerSocketChannel channel;
    private final InetSocketAddress address;
    private @Nullable SelectionKey key;

    private NioPort(ServerSocketChannel channel, InetSocketAddress address) {
      this.channel = channel;
      this.address = address;
    }

    @Override
    public InetSocketAddress address() {
      return address;
    }

    @Override
    public Poller.@Nullable Socket accept() throws IOException {
      while (true) {
        SocketChannel accepted = channel.accept();
        if (accepted == null) {
          return null;
        }
        try {
          accepted.configureBlocking(false);
          accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
          accepted.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
          return new NioSocket(accepted, accepted.register(selector, SelectionKey.OP_READ));
        } catch (IOException e) { // reset before it was accepted
          accepted.close();
        }
      }
    }

    @Override
    public void interest(boolean on) {
      SelectionKey registered = key;
      if (registered != null && registered.isValid()) {
        registered.interestOps(on ? SelectionKey.OP_ACCEPT : 0);
      }
    }

    /** The selector lets go of the socket, and so the system of the port, in a select only. */
    @Override
    public void close() throws IOException {
      channel.close();
      if (key != null && selector.isOpen()) {
        selector.selectNow(_ -> {}); // what is ready is so in the next one too
      }
    }
  }

  private final class NioSocket implements Poller.Socket {
    private final SocketChannel channel;
    private final SelectionKey key;
    private final InetSocketAddress remote;
    private final InetSocketAddress local;

    private NioSocket(SocketChannel channel, SelectionKey key) throws IOException {
      this.channel = channel;
      this.key = key;
      this.remote = (InetSocketAddress) channel.getRemoteAddress();
      this.local = (InetSocketAddress) channel.getLocalAddress();
    }

    @Override
    public InetSocketAddress remote() {
      return remote;
    }

    @Override
    public InetSocketAddress local() {
      return local;
    }

    @Override
    public void attach(Object attachment) {
      key.attach(attachment);
    }

    @Override
    public void interest(int operations) {
      if (key.isValid()) {
        key.interestOps(
            ((operations & READ) != 0 ? SelectionKey.OP_READ : 0)
                | ((operations & WRITE) != 0 ? SelectionKey.OP_WRITE : 0));
      }
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      direct.clear().limit(Math.min(BUFFER_BYTES, length));
      int count = channel.read(direct);
      if (count > 0) {
        direct.get(0, target, from, count);
      }
      return count;
    }

    @Override
    public int write(byte[] source, int from, int length) throws IOException {
      int wanted = Math.min(length, BUFFER_BYTES);
      direct.clear();
      direct.put(source, from, wanted).flip();
      return channel.write(direct);
    }

    @Override
    public long send(DiskFile file, long position, long count) throws IOException {
      return file.transferTo(position, count, channel);
    }

    @Override
    public boolean isSent() {
      return true;
    }

    @Override
    public void shutdownOutput() throws IOException {
      channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
      key.cancel();
      channel.close();
    }
  }
}
