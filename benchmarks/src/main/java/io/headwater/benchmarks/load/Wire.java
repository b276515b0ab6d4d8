package io.headwater.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** How replies of a key-value server's protocol are told apart. */
enum Wire {
  REDIS {
    @Override
    int replyEnd(ByteBuffer in, int from) throws IOException {
      int end = lineEnd(in, from);
      if (end < 0) {
        return -1;
      }
      boolean nil = in.get(from + 1) == '-';
      switch (in.get(from)) {
        case '-' -> throw new IOException("error reply: " + line(in, from, end));
        case '$' -> {
          int all = nil ? end : end + number(in, from + 1, '\r') + 2;
          return all > in.limit() ? -1 : all;
        }
        case '*' -> {
          int count = nil ? 0 : number(in, from + 1, '\r');
          for (int i = 0; i < count && end >= 0; i++) {
            end = end == in.limit() ? -1 : replyEnd(in, end);
          }
          return end;
        }
        default -> {
          return end;
        }
      }
    }
  },

  MEMCACHED {
    /** {@code STORED}, {@code END}, a number, or {@code VALUE key flags bytes}, data and END. */
    @Override
    int replyEnd(ByteBuffer in, int from) throws IOException {
      int end = lineEnd(in, from);
      if (end < 0) {
        return -1;
      }
      switch (in.get(from)) {
        case 'V' -> {
          int bytes = end - 2;
          while (in.get(bytes - 1) != ' ') {
            bytes--;
          }
          int all = end + number(in, bytes, '\r') + 2 + "END\r\n".length();
          return all > in.limit() ? -1 : all;
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
      return end;
    }
  };

  /**
   * The index behind the reply that starts at {@code from}, or -1 if it is not all there.
   *
   * @throws IOException if it is an error
   */
  abstract int replyEnd(ByteBuffer in, int from) throws IOException;

  /**
   * Passes over one whole reply; false, and nothing passed, if it is not all there.
   *
   * @throws IOException if it is an error
   */
  final boolean skipReply(ByteBuffer in) throws IOException {
    int end = in.hasRemaining() ? replyEnd(in, in.position()) : -1;
    if (end >= 0) {
      in.position(end);
    }
    return end >= 0;
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
}
