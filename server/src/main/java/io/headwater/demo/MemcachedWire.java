package io.headwater.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A memcached text client of three lines. */
final class MemcachedWire implements AutoCloseable {
  private final Socket socket;
  private final BufferedReader in;
  private final OutputStream out;

  MemcachedWire(InetSocketAddress address) throws IOException {
    socket = new Socket();
    socket.connect(address, 5_000);
    socket.setSoTimeout(60_000);
    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    out = socket.getOutputStream();
  }

  /** The item's data, one line as the demo's values are, or null. */
  @Nullable String get(String key) throws IOException {
    out.write(("get " + key + "\r\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
    String head = in.readLine();
    if (head == null || head.equals("END")) {
      return null;
    }
    if (!head.startsWith("VALUE ")) {
      throw new IOException("memcached answered: " + head);
    }
    String data = in.readLine();
    in.readLine(); // END
    return data;
  }

  /** Sends a set and returns the server's line. */
  String set(String key, String value) throws IOException {
    int bytes = value.getBytes(StandardCharsets.UTF_8).length;
    String request = "set " + key + " 0 0 " + bytes + "\r\n" + value + "\r\n";
    out.write(request.getBytes(StandardCharsets.UTF_8));
    out.flush();
    return String.valueOf(in.readLine());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
