package io.headwater.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A protocol of a key-value server, as far as a load needs it: keys are numbers. */
enum Wire {
  REDIS {
    @Override
    void put(ByteBuffer out, Command command, int number, byte[] value) {
      switch (command) {
        case GET -> ascii(out, "*2\r\n$3\r\nGET\r\n$16\r\n");
        case SET -> ascii(out, "*3\r\n$3\r\nSET\r\n$16\r\n");
        case INCR -> ascii(out, "*2\r\n$4\r\nINCR\r\n$16\r\n");
      }
      key(out, command, number);
      ascii(out, "\r\n");
      if (command == Command.SET) {
        ascii(out, "$");
        decimal(out, value.length);
        ascii(out, "\r\n");
        out.put(value);
        ascii(out, "\r\n");
      }
    }

    @Override
    boolean skipReply(ByteBuffer in) throws IOException {
      int from = in.position();
      int end = lineEnd(in, from);
      if (end < 0) {
        return false;
      }
      if (in.get(from) == '-') {
        throw new IOException("error reply: " + line(in, from, end));
      }
      if (in.get(from) == '$' && in.get(from + 1) != '-') {
        end += number(in, from + 1, '\r') + 2;
      }
      return passTo(in, end);
    }
  },

  MEMCACHED {
    @Override
    void put(ByteBuffer out, Command command, int number, byte[] value) {
      switch (command) {
        case GET -> ascii(out, "get ");
        case SET -> ascii(out, "set ");
        case INCR -> ascii(out, "incr ");
      }
      key(out, command, number);
      switch (command) {
        case GET -> {}
        case INCR -> ascii(out, " 1");
        case SET -> {
          ascii(out, " 0 0 ");
          decimal(out, value.length);
          ascii(out, "\r\n");
          out.put(value);
        }
      }
      ascii(out, "\r\n");
    }

    /** {@code STORED}, {@code END}, a number, or {@code VALUE key flags bytes}, data and END. */
    @Override
    boolean skipReply(ByteBuffer in) throws IOException {
      int from = in.position();
      int end = lineEnd(in, from);
      if (end < 0) {
        return false;
      }
      switch (in.get(from)) {
        case 'V' -> {
          int bytes = end - 2;
          while (in.get(bytes - 1) != ' ') {
            bytes--;
          }
          end += number(in, bytes, '\r') + 2 + "END\r\n".length();
        }
        case 'S', 'E' -> {
          String line = line(in, from, end);
          if (!line.equals("STORED") && !line.equals("END")) {
            throw new IOException("error reply: " + line);
          }
        }
        default -> {
          if (!Character.isDigit(in.get(from))) {
            throw new IOException("error reply: " + line(in, from, end));
          }
        }
      }
      return passTo(in, end);
    }
  };

  /** Which command is sent. */
  enum Command {
    GET,
    SET,
    INCR
  }

  /** Most bytes of a command beside its value. */
  static final int COMMAND_BYTES = 96;

  /** Appends a request on a key. */
  abstract void put(ByteBuffer out, Command command, int number, byte[] value);

  /**
   * Passes over one whole reply; false, and nothing passed, if it is not all there.
   *
   * @throws IOException if it is an error
   */
  abstract boolean skipReply(ByteBuffer in) throws IOException;

  /** Sixteen bytes. */
  private static void key(ByteBuffer out, Command command, int number) {
    ascii(out, command == Command.INCR ? "count:" : "key:00");
    for (int unit = 1_000_000_000; unit > 0; unit /= 10) {
      out.put((byte) ('0' + number / unit % 10));
    }
  }

  private static void decimal(ByteBuffer out, int number) {
    if (number >= 10) {
      decimal(out, number / 10);
    }
    out.put((byte) ('0' + number % 10));
  }

  private static void ascii(ByteBuffer out, String text) {
    for (int i = 0; i < text.length(); i++) {
      out.put((byte) text.charAt(i));
    }
  }

  /** Behind the line's end, or -1. */
  private static int lineEnd(ByteBuffer in, int from) {
    for (int at = from; at < in.limit(); at++) {
      if (in.get(at) == '\n') {
        return at + 1;
      }
    }
    return -1;
  }

  private static int number(ByteBuffer in, int from, char until) {
    int number = 0;
    for (int at = from; in.get(at) != until; at++) {
      number = number * 10 + in.get(at) - '0';
    }
    return number;
  }

  private static String line(ByteBuffer in, int from, int end) {
    byte[] line = new byte[end - from];
    in.get(from, line);
    return new String(line, StandardCharsets.UTF_8).strip();
  }

  private static boolean passTo(ByteBuffer in, int end) {
    if (end > in.limit()) {
      return false;
    }
    in.position(end);
    return true;
  }
}
