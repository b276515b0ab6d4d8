package io.headwater.host;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;

/**
 * A connection to another server, with blocking streams: for work that has a thread of its own.
 * Owned by that thread; only {@link #close} may come from another, and ends what it waits for.
 */
public final class Outgoing implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private Outgoing(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
    this.out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
  }

  /**
   * Connects, or fails within {@code timeoutMs}.
   *
   * @throws IOException naming the address
   */
  public static Outgoing connect(String host, int port, int timeoutMs) throws IOException {
    Socket socket = new Socket();
    try {
      InetSocketAddress address = new InetSocketAddress(host, port);
      if (address.isUnresolved()) {
        throw new UnknownHostException("no such host");
      }
      socket.connect(address, timeoutMs);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(timeoutMs);
      return new Outgoing(socket);
    } catch (IOException e) {
      socket.close();
      throw new IOException("cannot connect to " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  /** Buffered. */
  public InputStream in() {
    return in;
  }

  /** Buffered: what is written leaves when it is flushed. */
  public OutputStream out() {
    return out;
  }

  /** After so long without a byte a read throws {@link java.net.SocketTimeoutException}. */
  public void setReadTimeoutMs(int timeoutMs) throws IOException {
    socket.setSoTimeout(timeoutMs);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // nothing was promised of what is not read yet
    }
  }
}
