package io.headwater.protocol.memcached;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.headwater.bytes.ByteWriter;

/** The lines that memcached answers, and numbers in them. */
final class Replies {
  static final byte[] CRLF = line("");
  static final byte[] STORED = line("STORED");
  static final byte[] NOT_STORED = line("NOT_STORED");
  static final byte[] EXISTS = line("EXISTS");
  static final byte[] NOT_FOUND = line("NOT_FOUND");
  static final byte[] DELETED = line("DELETED");
  static final byte[] TOUCHED = line("TOUCHED");
  static final byte[] OK = line("OK");
  static final byte[] END = line("END");
  static final byte[] RESET = line("RESET");
  static final byte[] ERROR = line("ERROR");
  static final byte[] NO_OP = line("MN");
  static final byte[] NOTHING_FOUND = line("EN");
  static final byte[] BAD_FORMAT = line("CLIENT_ERROR bad command line format");
  static final byte[] BAD_DELETE =
      line("CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]");
  static final byte[] BAD_DATA = line("CLIENT_ERROR bad data chunk");
  static final byte[] BAD_EXPTIME = line("CLIENT_ERROR invalid exptime argument");
  static final byte[] BAD_DELTA = line("CLIENT_ERROR invalid numeric delta argument");
  static final byte[] NOT_NUMERIC =
      line("CLIENT_ERROR cannot increment or decrement non-numeric value");
  static final byte[] TOO_LARGE = line("SERVER_ERROR object too large for cache");
  static final byte[] NO_SHUTDOWN = line("ERROR: shutdown not enabled");
  static final byte[] LINE_TOO_LONG = line("CLIENT_ERROR line too long");
  static final byte[] NOT_HTTP = line("CLIENT_ERROR this is memcached's port, not HTTP's");
  static final byte[] NOT_TLS = line("CLIENT_ERROR TLS is not supported on this port");
  static final byte[] TOO_MANY_ERRORS = line("CLIENT_ERROR too many errors in a row");

  private Replies() {}

  static byte[] line(String text) {
    return (text + "\r\n").getBytes(ISO_8859_1);
  }

  /** Appends an unsigned number in decimal. */
  static void number(ByteWriter out, long unsigned) {
    if (unsigned < 0) {
      out.putAscii(Long.toUnsignedString(unsigned));
      return;
    }
    int digits = 1;
    for (long rest = unsigned; rest >= 10; rest /= 10) {
      digits++;
    }
    int at = out.ensure(digits);
    byte[] array = out.array();
    long rest = unsigned;
    for (int i = at + digits - 1; i >= at; i--) {
      array[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    out.advance(digits);
  }

  static void stat(ByteWriter out, String name, long value) {
    stat(out, name, Long.toString(value));
  }

  static void stat(ByteWriter out, String name, String value) {
    out.putAscii("STAT ").putAscii(name).putByte(' ').putAscii(value).put(CRLF);
  }

  /** Tells that something known is not done here. */
  static void notSupported(ByteWriter out, String what) {
    out.putAscii("SERVER_ERROR ").putAscii(what).putAscii(" is not supported").put(CRLF);
  }

  /** Tells that a key takes no direct writes. */
  static void derived(ByteWriter out, String source) {
    out.putAscii("CLIENT_ERROR key is derived from keys ").putAscii(source).put(CRLF);
  }
}
