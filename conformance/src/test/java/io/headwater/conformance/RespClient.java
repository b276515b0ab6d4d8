package io.headwater.conformance;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A bare connection to a Redis server: what is sent and what comes back are bytes. */
final class RespClient implements AutoCloseable {
  private static final int REPLY_MS_MAX = 120_000;
  private final Socket socket;
  private final InputStream in;
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();

  RespClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(REPLY_MS_MAX);
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
  }

  /** Keeps a command until {@link #flush}. Arguments are Latin-1. */
  void send(List<String> command) {
    latin("*" + command.size() + "\r\n");
    for (String argument : command) {
      latin("$" + argument.length() + "\r\n" + argument + "\r\n");
    }
  }

  /** Keeps a line until {@link #flush}: words as a human types them, and the line's end. */
  void sendInline(String line) {
    latin(line);
  }

  private void latin(String text) {
    unsent.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void flush() throws IOException {
    unsent.writeTo(socket.getOutputStream());
    unsent.reset();
  }

  String call(String... command) throws IOException {
    return call(List.of(command));
  }

  String call(List<String> command) throws IOException {
    send(command);
    flush();
    return reply();
  }

  /** Whether something has come that was not read. */
  boolean hasInput() throws IOException {
    return in.available() > 0;
  }

  /** One whole reply as it came, as Latin-1. */
  String reply() throws IOException {
    StringBuilder out = new StringBuilder();
    read(out);
    return out.toString();
  }

  /** The next line that is not empty, of what is no reply. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n' || line.isEmpty(); b = in.read()) {
      if (b < 0) {
        throw new IOException("closed by the server after: " + line);
      }
      if (b != '\n' && b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  private void read(StringBuilder out) throws IOException {
    int from = out.length();
    readLine(out);
    char type = out.charAt(from);
    int count =
        "$*%~>=|".indexOf(type) < 0
            ? 0
            : Integer.parseInt(out.substring(from + 1, out.length() - 2));
    switch (type) {
      case '$', '=' -> {
        if (count >= 0) {
          out.append(new String(in.readNBytes(count + 2), StandardCharsets.ISO_8859_1));
        }
      }
      case '*', '~', '>' -> read(out, count);
      case '%' -> read(out, 2 * count);
      default -> {}
    }
  }

  private void read(StringBuilder out, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      read(out);
    }
  }

  private void readLine(StringBuilder out) throws IOException {
    int last = 0;
    for (int b = in.read(); ; b = in.read()) {
      if (b < 0) {
        throw new IOException("closed by the server after: " + out);
      }
      out.append((char) b);
      if (last == '\r' && b == '\n') {
        return;
      }
      last = b;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
