package io.headwater.protocol.redis.moving;

import io.headwater.host.Clock;
import io.headwater.protocol.redis.rdb.RdbFile;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * Copies a live Redis as one of its replicas: {@code PSYNC ? -1} gives an RDB file of one moment
 * and then every later write, so nothing is missed and nothing is seen half done.
 *
 * <p>After {@code +FULLRESYNC id offset} comes {@code $length} and the file, or {@code $EOF:} with
 * a mark of 40 bytes and the file with the mark behind it; line feeds may come before either, to
 * keep the connection.
 */
final class ReplicaSource {
  private static final int MARK_BYTES = 40;
  private static final int ACK_EVERY_MS = 1_000;
  private static final int ARGUMENTS_MAX = 1 << 20;
  private static final int ARGUMENT_BYTES_MAX = 1 << 30;

  /** The server does not let itself be followed. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String line) {
      super(line);
    }
  }

  private final RedisImport.Address address;
  private final RedisClient client;
  private final RestoreTarget target;
  private final Tally tally;
  private final Clock clock;
  private final BooleanSupplier stopped;
  private long offset;
  private long ackedNanos;
  private int db;

  ReplicaSource(
      RedisImport.Address address,
      RedisClient client,
      RestoreTarget target,
      Tally tally,
      Clock clock,
      BooleanSupplier stopped) {
    this.stopped = stopped;
    this.address = address;
    this.client = client;
    this.target = target;
    this.tally = tally;
    this.clock = clock;
  }

  /**
   * Copies, and applies what came meanwhile.
   *
   * @param follows whether to go on until the source ends the connection
   */
  void run(boolean follows) throws IOException, Refused {
    client.call("REPLCONF", "capa", "eof", "capa", "psync2");
    client.send(RedisClient.word("PSYNC"), RedisClient.word("?"), RedisClient.word("-1"));
    client.flush();
    client.connection().setReadTimeoutMs(RedisImport.ANSWER_MS_MAX);
    String line = lineBehindFeeds();
    if (!line.startsWith("+FULLRESYNC ")) {
      throw new Refused(line.startsWith("-") ? line.substring(1) : line);
    }
    offset = Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
    InputStream stream = load(lineBehindFeeds());
    target.settle();
    ack();
    try {
      catchUp(stream, follows);
    } catch (SocketException e) {
      if (!follows) {
        throw e;
      }
    }
    target.settle(); // which says so if it was the target that ended its connection
  }

  private String lineBehindFeeds() throws IOException {
    String line = client.line();
    while (line.isEmpty()) {
      line = client.line();
    }
    return line;
  }

  /** Returns what comes behind the file. */
  private InputStream load(String head) throws IOException {
    if (head.startsWith("$EOF:") && head.length() == 5 + MARK_BYTES) {
      InputStream rest = RdbFile.read(new Counted(client.in(), Long.MAX_VALUE), target);
      byte[] mark = rest.readNBytes(MARK_BYTES);
      if (!new String(mark, StandardCharsets.ISO_8859_1).equals(head.substring(5))) {
        throw new RedisClient.WrongAnswer("the file does not end with its mark");
      }
      return rest;
    }
    if (!head.matches("\\$[0-9]{1,18}")) {
      throw new RedisClient.WrongAnswer("neither a file's length nor its mark: " + head);
    }
    long length = Long.parseLong(head.substring(1));
    tally.expect(length, 0);
    Counted file = new Counted(client.in(), length);
    if (RdbFile.read(file, target).read() >= 0) {
      throw new RedisClient.WrongAnswer("the file ends before its length");
    }
    return client.in();
  }

  /** Reads at most so many bytes and counts them. */
  private final class Counted extends FilterInputStream {
    private long left;

    Counted(InputStream in, long left) {
      super(in);
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int read = super.read(target, from, (int) Math.min(left, length));
      if (read > 0) {
        left -= read;
        tally.read(read);
      }
      return read;
    }
  }

  private void ack() throws IOException {
    client.send(
        RedisClient.word("REPLCONF"),
        RedisClient.word("ACK"),
        RedisClient.word(Long.toString(offset)));
    client.flush();
    ackedNanos = clock.nanos();
  }

  /** Applies the stream until everything is in that the source had when the file was loaded. */
  private void catchUp(InputStream stream, boolean follows) throws IOException {
    long goal = follows ? Long.MAX_VALUE : goal();
    boolean idle = false;
    while (offset < goal
        && !stopped.getAsBoolean()
        && !(idle && goal == Long.MAX_VALUE && !follows)) {
      if ((clock.nanos() - ackedNanos) / 1_000_000 >= ACK_EVERY_MS) {
        target.settle();
        ack();
      }
      client.connection().setReadTimeoutMs(ACK_EVERY_MS);
      int first;
      try {
        first = stream.read();
      } catch (SocketTimeoutException e) {
        idle = true;
        continue;
      }
      if (first < 0) {
        if (follows) {
          return;
        }
        throw new EOFException("the source ended the connection");
      }
      client.connection().setReadTimeoutMs(RedisImport.ANSWER_MS_MAX);
      idle = false;
      if (first == '\n') {
        offset++;
      } else {
        command(first, stream);
      }
    }
  }

  /** The source's offset now, or no end if it does not say. */
  private long goal() {
    try (RedisClient second = RedisClient.connect(address, RedisImport.TIMEOUT_MS)) {
      String info = RedisClient.text(second.call("INFO", "replication"));
      for (String line : info == null ? new String[0] : info.split("\r\n", -1)) {
        if (line.startsWith("master_repl_offset:")) {
          return Long.parseLong(line.substring(line.indexOf(':') + 1));
        }
      }
    } catch (IOException | NumberFormatException e) {
      tally.remark("the source did not say how far it is: the copy ended when it was silent");
    }
    return Long.MAX_VALUE;
  }

  private void command(int first, InputStream stream) throws IOException {
    int count = count(first, '*', stream, ARGUMENTS_MAX);
    byte[][] arguments = new byte[count][];
    for (int i = 0; i < count; i++) {
      int length = count(stream.read(), '$', stream, ARGUMENT_BYTES_MAX);
      arguments[i] = stream.readNBytes(length);
      if (arguments[i].length < length || stream.read() != '\r' || stream.read() != '\n') {
        throw new EOFException("the stream ended inside a command");
      }
      offset += length + 2;
    }
    if (count > 0) {
      apply(arguments);
    }
  }

  private int count(int first, char type, InputStream stream, int max) throws IOException {
    String line = RedisClient.line(stream);
    offset += line.length() + 3L; // with the type and the line's end
    if (first != type || !line.matches("[0-9]{1,10}") || Long.parseLong(line) > max) {
      throw new RedisClient.WrongAnswer("no command in the stream: " + (char) first + line);
    }
    return Integer.parseInt(line);
  }

  private void apply(byte[][] arguments) throws IOException {
    String name = new String(arguments[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
    switch (name) {
      case "PING" -> {}
      case "REPLCONF" -> {
        target.settle();
        ack(); // it asks for just that
      }
      case "SELECT" -> db = Integer.parseInt(new String(arguments[1], StandardCharsets.US_ASCII));
      default -> {
        if (target.takes(db)) {
          target.forward(db, arguments);
        }
      }
    }
  }
}
