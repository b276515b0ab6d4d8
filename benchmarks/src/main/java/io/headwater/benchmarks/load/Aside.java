package io.headwater.benchmarks.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A client of a Redis server beside an {@link OpenLoop}, driven by the loop's own thread: a thread
 * of its own would take the core from the loop and show as the server's stall. One command at a
 * time; a reply of any size is passed over in small reads.
 */
final class Aside implements AutoCloseable {
  /** Sent behind each command, so that its reply's end is known without parsing. */
  private static final String MARK = "the-reply-ends-here";

  private static final byte[] END =
      ("$" + MARK.length() + "\r\n" + MARK + "\r\n").getBytes(StandardCharsets.US_ASCII);

  private static final int READ_BYTES = 128 << 10;
  private static final int LINE_BYTES_MAX = 256;

  private final SocketChannel channel;
  private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
  private final byte[] tail = new byte[END.length];
  private final StringBuilder head = new StringBuilder();

  Aside(int port) throws IOException {
    channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
  }

  /** Sends a command whose words have no spaces or quotes; the one before must have its reply. */
  void send(String command) throws IOException {
    Arrays.fill(tail, (byte) 0);
    head.setLength(0);
    String both = command + "\r\nPING " + MARK + "\r\n";
    ByteBuffer out = ByteBuffer.wrap(both.getBytes(StandardCharsets.US_ASCII));
    while (out.hasRemaining()) {
      channel.write(out);
    }
  }

  /**
   * Reads what is there, at most 128 KiB.
   *
   * @return the reply's first line once all of it is there, else null
   * @throws IOException also if it is an error
   */
  @Nullable String poll() throws IOException {
    in.clear();
    int count = channel.read(in);
    if (count < 0) {
      throw new EOFException("the server closed a connection");
    }
    for (int i = 0; i < count && head.length() < LINE_BYTES_MAX; i++) {
      head.append((char) in.get(i));
    }
    int kept = Math.max(0, tail.length - count);
    System.arraycopy(tail, tail.length - kept, tail, 0, kept);
    in.get(Math.max(0, count - tail.length), tail, kept, tail.length - kept);
    if (!Arrays.equals(tail, END)) {
      return null;
    }
    String line = head.substring(0, head.indexOf("\r\n"));
    if (line.startsWith("-")) {
      throw new IOException("error reply: " + line);
    }
    return line;
  }

  /** Sends a command and waits; what is returned is its whole reply, or the first 256 bytes. */
  String ask(String command) throws IOException {
    send(command);
    while (poll() == null) {
      Thread.onSpinWait();
    }
    return head.toString();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
