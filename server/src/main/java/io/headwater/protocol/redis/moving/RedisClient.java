package io.headwater.protocol.redis.moving;

import io.headwater.host.Outgoing;
import io.headwater.protocol.redis.rdb.Payload;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client of another Redis: commands out, answers in, in RESP2. One thread's. */
final class RedisClient implements AutoCloseable {
  private static final int LINE_BYTES_MAX = 64 << 10;
  private static final int BULK_BYTES_MAX = 1 << 30;
  private static final int ITEMS_MAX = 1 << 24;
  private static final int DEPTH_MAX = 8;

  /** A server that answered what it should not have. */
  static final class WrongAnswer extends IOException {
    private static final long serialVersionUID = 1L;

    WrongAnswer(String message) {
      super(message);
    }
  }

  private final Outgoing connection;
  private final InputStream in;
  private final OutputStream out;

  private RedisClient(Outgoing connection) {
    this.connection = connection;
    this.in = connection.in();
    this.out = connection.out();
  }

  static RedisClient connect(String host, int port, int timeoutMs) throws IOException {
    return new RedisClient(Outgoing.connect(host, port, timeoutMs));
  }

  /** Connects and names itself. */
  static RedisClient connect(RedisImport.Address address, int timeoutMs) throws IOException {
    RedisClient client = connect(address.host(), address.port(), timeoutMs);
    String password = address.password();
    if (password != null) {
      String user = address.user();
      Answer answer =
          user == null ? client.call("AUTH", password) : client.call("AUTH", user, password);
      if (answer instanceof Answer.Failed(String line)) {
        client.close();
        throw new WrongAnswer(address + " refused the password: " + line);
      }
    }
    return client;
  }

  Outgoing connection() {
    return connection;
  }

  InputStream in() {
    return in;
  }

  static byte[] word(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Sends a command and waits for its answer; nothing else may be under way. */
  Answer call(String... words) throws IOException {
    byte[][] arguments = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      arguments[i] = word(words[i]);
    }
    send(arguments);
    flush();
    return answer();
  }

  void send(byte[]... arguments) throws IOException {
    head('*', arguments.length);
    for (byte[] argument : arguments) {
      bulk(argument);
    }
  }

  /** RESTORE with a payload that is copied nowhere. */
  void sendRestore(byte[] command, byte[] key, byte[] ttl, Payload payload, List<byte[]> options)
      throws IOException {
    head('*', 4 + options.size());
    bulk(command);
    bulk(key);
    bulk(ttl);
    head('$', payload.bytes());
    out.write(payload.type());
    out.write(payload.array(), payload.from(), payload.length());
    out.write(payload.footer());
    end();
    for (byte[] option : options) {
      bulk(option);
    }
  }

  private void head(char type, int count) throws IOException {
    out.write(type);
    out.write(Integer.toString(count).getBytes(StandardCharsets.US_ASCII));
    end();
  }

  private void bulk(byte[] bytes) throws IOException {
    head('$', bytes.length);
    out.write(bytes);
    end();
  }

  private void end() throws IOException {
    out.write('\r');
    out.write('\n');
  }

  void flush() throws IOException {
    out.flush();
  }

  Answer answer() throws IOException {
    return answer(0);
  }

  /** An answer of one line, from a server that need not be trusted: anything else is wrong. */
  Answer shortAnswer() throws IOException {
    String line = line();
    return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
      case '+' -> new Answer.Text(line.substring(1));
      case '-' -> new Answer.Failed(line.substring(1));
      case ':' -> new Answer.Number(number(line.substring(1), Long.MAX_VALUE));
      default -> throw new WrongAnswer("not the answer to this command");
    };
  }

  private Answer answer(int depth) throws IOException {
    String line = line();
    if (line.isEmpty()) {
      throw new WrongAnswer("an empty answer");
    }
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> new Answer.Text(rest);
      case '-' -> new Answer.Failed(rest);
      case ':' -> new Answer.Number(number(rest, Long.MAX_VALUE));
      case '$' -> bulk((int) number(rest, BULK_BYTES_MAX));
      case '*' -> many((int) number(rest, ITEMS_MAX), depth);
      default -> throw new WrongAnswer("no answer in RESP2: " + line);
    };
  }

  private static long number(String text, long max) throws IOException {
    try {
      long value = Long.parseLong(text);
      if (value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // says below what it was
    }
    throw new WrongAnswer("no number, or too large a one, in an answer: " + text);
  }

  private Answer bulk(int length) throws IOException {
    if (length < 0) {
      return new Answer.Missing();
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the connection ended inside an answer");
    }
    line();
    return new Answer.Bulk(bytes);
  }

  private Answer many(int count, int depth) throws IOException {
    if (count < 0) {
      return new Answer.Missing();
    }
    if (depth == DEPTH_MAX) {
      throw new WrongAnswer("answers within answers");
    }
    List<Answer> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(answer(depth + 1));
    }
    return new Answer.Many(items);
  }

  /** Up to the next line feed; what comes before it is Latin-1. */
  String line() throws IOException {
    return line(in);
  }

  static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the connection ended");
      }
      if (line.length() == LINE_BYTES_MAX) {
        throw new WrongAnswer("a line that does not end");
      }
      line.append((char) b);
    }
    int length = line.length();
    if (length > 0 && line.charAt(length - 1) == '\r') {
      line.setLength(length - 1);
    }
    return line.toString();
  }

  /** The text of a bulk or a line; null of anything else. */
  static @Nullable String text(Answer answer) {
    return switch (answer) {
      case Answer.Text(String line) -> line;
      case Answer.Bulk(byte[] bytes) -> new String(bytes, StandardCharsets.UTF_8);
      case Answer.Number _, Answer.Missing _, Answer.Many _, Answer.Failed _ -> null;
    };
  }

  @Override
  public void close() {
    connection.close();
  }
}
