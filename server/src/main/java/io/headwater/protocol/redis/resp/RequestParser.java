package io.headwater.protocol.redis.resp;

import io.headwater.protocol.redis.text.Numbers;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Finds the arguments of one request in a buffer, RESP array or inline line. It remembers how far
 * it came in a request that is not whole yet, so that no byte of a large one is looked at twice.
 * Errors are Redis's own texts.
 */
public final class RequestParser {
  public static final int INLINE_BYTES_MAX = 64 << 10;
  public static final int ARGUMENTS_MAX = 1 << 20;
  private static final int GUARDED_ARGUMENTS_MAX = 10;
  private static final int GUARDED_BULK_BYTES_MAX = 16_384;

  /** {@code $123\r\n}. */
  private static final int QUICK_HEAD_BYTES = 6;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** {@code *}, any byte, carriage return, line feed: as a number and what of it is fixed. */
  private static final int ARRAY_HEAD = '*' | '\r' << 16 | '\n' << 24;

  private static final int ARRAY_HEAD_MASK = ~0xff00;

  /** What no client can mend: answered, then the connection is closed. */
  public static final class ProtocolError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ProtocolError(String what) {
      super(what, null, false, false);
    }
  }

  private Arguments arguments = new Arguments();
  private byte[] array = new byte[0];

  /** Whether nobody knows yet who the client is, so that it may send short requests only. */
  private boolean guarded;

  /** Bytes of the unfinished request that are done with, from its start. */
  private int progress;

  /** Where the request started when its arguments were noted. */
  private int origin;

  /** Arguments of the array that are still to come; -1 before its head was read. */
  private int missing = -1;

  /** Length of the bulk being read; -1 before its head was read. */
  private int bulkLength = -1;

  public Arguments arguments() {
    return arguments;
  }

  /** What the arguments are ranges of: the buffer, or a copy for an inline request. */
  public byte[] array() {
    return array;
  }

  /** Gives the arguments of the request just parsed away, and takes others to reuse. */
  public Arguments exchange(Arguments spare) {
    Arguments parsed = arguments;
    arguments = spare;
    return parsed;
  }

  /**
   * Lets only short requests through, enough to sign in with.
   *
   * @param unknown whether nobody knows yet who the client is
   */
  public void guard(boolean unknown) {
    guarded = unknown;
  }

  /** Nothing more will be parsed. */
  public void drop() {
    progress = 0;
    arguments = new Arguments();
    array = new byte[0];
  }

  /** Forgets an unfinished request: it will come again from its start. */
  public void reset() {
    progress = 0;
  }

  /** What the places of an unfinished request's arguments take, if that is much. */
  public long heldBytes() {
    return arguments.heldBytes();
  }

  /** Whether a request has begun that is not whole yet. */
  public boolean isInside() {
    return progress > 0;
  }

  /**
   * Parses the request that starts at {@code from}.
   *
   * @return its end, or -1 if more bytes are needed; then the next call must start at the same byte
   */
  public int parse(byte[] buffer, int from, int to, long bulkBytesMax) {
    if (progress == 0) {
      arguments.clear();
      origin = from;
      missing = -1;
      bulkLength = -1;
    } else if (origin != from) {
      arguments.shift(from - origin);
      origin = from;
    }
    int end =
        buffer[from] == '*' ? array(buffer, from, to, bulkBytesMax) : inline(buffer, from, to);
    if (end >= 0) {
      progress = 0;
    }
    return end;
  }

  /**
   * Parses a whole request of the common form, without a word on what is wrong with it: an array of
   * one to nine bulks of one to 999 bytes each.
   *
   * @param found gets the arguments; they mean nothing if this fails
   * @return its end, or -1: then {@link #parse} has to look at it from its start
   */
  public int parseCommon(byte[] buffer, int from, int to, Arguments found) {
    if (progress != 0 || guarded || to - from < Long.BYTES) {
      return -1;
    }
    int head = (int) INT.get(buffer, from);
    int count = (head >>> 8 & 0xff) - '0';
    if ((head & ARRAY_HEAD_MASK) != ARRAY_HEAD || count < 1 || count > 9) {
      return -1;
    }
    found.clear();
    int at = from + Integer.BYTES;
    for (int i = 0; i < count; i++) {
      if (to - at < Long.BYTES) { // the shortest bulk has seven bytes, this one is not it
        return -1;
      }
      long bulk = (long) LONG.get(buffer, at);
      int length = (int) (bulk >>> 8 & 0xff) - '0';
      int second = (int) (bulk >>> 16 & 0xff);
      if ((bulk & 0xff) != '$' || length < 1 || length > 9) {
        return -1;
      }
      at += 4;
      if (second != '\r') {
        int third = (int) (bulk >>> 24 & 0xff);
        length = length * 10 + second - '0';
        at++;
        if (second < '0' || second > '9') {
          return -1;
        }
        if (third != '\r') {
          length = length * 10 + third - '0';
          at++;
          if (third < '0' || third > '9' || (bulk >>> 32 & 0xff) != '\r') {
            return -1;
          }
        }
      }
      if (to - at - 2 < length) {
        return -1;
      }
      found.add(at, length);
      at += length + 2;
    }
    return at;
  }

  private int array(byte[] buffer, int from, int to, long bulkBytesMax) {
    int at = from + progress;
    if (array != buffer) { // storing a reference costs more
      array = buffer;
    }
    if (missing < 0) {
      int end = lineEnd(buffer, from, to, "too big mbulk count string");
      if (end < 0) {
        return -1;
      }
      long count = Numbers.parse(buffer, from + 1, end - from - 1);
      if (count == Numbers.NOT_A_NUMBER || count > ARGUMENTS_MAX) {
        throw new ProtocolError("invalid multibulk length");
      }
      if (guarded && count > GUARDED_ARGUMENTS_MAX) {
        throw new ProtocolError("unauthenticated multibulk length");
      }
      missing = (int) Math.max(0, count);
      at = end + 2;
      progress = at - from;
    }
    while (missing > 0) {
      if (bulkLength < 0 && to - at >= QUICK_HEAD_BYTES) {
        at = quickHead(buffer, at);
      }
      if (bulkLength < 0) {
        if (at >= to) {
          progress = at - from;
          return -1;
        }
        int end = lineEnd(buffer, at, to, "too big bulk count string");
        if (end < 0) {
          progress = at - from;
          return -1;
        }
        bulkLength = bulkHead(buffer, at, end, bulkBytesMax);
        if (guarded && bulkLength > GUARDED_BULK_BYTES_MAX) {
          throw new ProtocolError("unauthenticated bulk length");
        }
        at = end + 2;
      }
      if (to - at - 2 < bulkLength) {
        progress = at - from;
        return -1;
      }
      arguments.add(at, bulkLength);
      at += bulkLength + 2;
      bulkLength = -1;
      missing--;
    }
    return at;
  }

  /**
   * Reads the head of a bulk whose length has one to three digits, and nothing else.
   *
   * @return behind it, or {@code at} with {@link #bulkLength} as it was
   */
  private int quickHead(byte[] buffer, int at) {
    int first = buffer[at + 1] - '0';
    if (buffer[at] != '$' || first < 1 || first > 9) {
      return at;
    }
    int second = buffer[at + 2];
    if (second == '\r') {
      bulkLength = first;
      return at + 4;
    }
    int third = buffer[at + 3];
    if (second < '0' || second > '9') {
      return at;
    }
    if (third == '\r') {
      bulkLength = first * 10 + second - '0';
      return at + 5;
    }
    if (third < '0' || third > '9' || buffer[at + 4] != '\r') {
      return at;
    }
    bulkLength = first * 100 + (second - '0') * 10 + third - '0';
    return at + 6;
  }

  private static int bulkHead(byte[] buffer, int at, int end, long bulkBytesMax) {
    if (buffer[at] != '$') {
      throw new ProtocolError("expected '$', got '" + (char) (buffer[at] & 0xff) + "'");
    }
    // The common one- and two-digit lengths need no general parsing.
    int digits = end - at - 1;
    if (digits == 1) {
      int digit = buffer[at + 1] - '0';
      if (digit >= 0 && digit <= 9) {
        return digit;
      }
    }
    long length = Numbers.parse(buffer, at + 1, digits);
    if (length < 0 || length > bulkBytesMax) {
      throw new ProtocolError("invalid bulk length");
    }
    return (int) length;
  }

  /** The index of the line's carriage return, with one byte behind it; -1 if it is not there. */
  private static int lineEnd(byte[] buffer, int at, int to, String tooBig) {
    for (int i = at; i < to; i++) {
      if (buffer[i] == '\r') {
        return i + 1 < to ? i : -1;
      }
      if (i - at > INLINE_BYTES_MAX) {
        throw new ProtocolError(tooBig);
      }
    }
    return -1;
  }

  private int inline(byte[] buffer, int from, int to) {
    for (int i = from + progress; i < to; i++) {
      if (buffer[i] == '\n') {
        int end = i > from && buffer[i - 1] == '\r' ? i - 1 : i;
        split(buffer, from, end);
        return i + 1;
      }
    }
    progress = to - from;
    if (progress > INLINE_BYTES_MAX) {
      throw new ProtocolError("too big inline request");
    }
    return -1;
  }

  /** Splits a line at spaces, with quotes and escapes as in Redis's inline commands. */
  private void split(byte[] line, int from, int to) {
    array = new byte[to - from];
    int size = 0;
    int at = from;
    while (true) {
      while (at < to && isSpace(line[at])) {
        at++;
      }
      if (at == to) {
        return;
      }
      int start = size;
      while (at < to && !isSpace(line[at])) {
        byte b = line[at];
        if (b == '"' || b == '\'') {
          int end = closingQuote(line, at, to);
          size = unquote(line, at + 1, end, b == '"', size);
          at = end + 1;
          if (at < to && !isSpace(line[at])) {
            throw unbalanced();
          }
        } else {
          array[size++] = b;
          at++;
        }
      }
      arguments.add(start, size - start);
    }
  }

  private static int closingQuote(byte[] line, int open, int to) {
    byte quote = line[open];
    for (int i = open + 1; i < to; i++) {
      if (line[i] == quote) {
        return i;
      }
      if (line[i] == '\\' && i + 1 < to && (quote == '"' || line[i + 1] == '\'')) {
        i++;
      }
    }
    throw unbalanced();
  }

  private int unquote(byte[] line, int from, int to, boolean escapes, int size) {
    int at = size;
    for (int i = from; i < to; i++) {
      byte b = line[i];
      if (b == '\\' && i + 1 < to && (escapes || line[i + 1] == '\'')) {
        int hex = escapes ? hex(line, i + 1, to) : -1;
        if (hex >= 0) {
          array[at++] = (byte) hex;
          i += 3;
        } else {
          i++;
          array[at++] = escapes ? unescaped(line[i]) : line[i];
        }
      } else {
        array[at++] = b;
      }
    }
    return at;
  }

  /** The value of {@code xHH}, or -1. */
  private static int hex(byte[] line, int at, int to) {
    if (line[at] != 'x' || at + 2 >= to) {
      return -1;
    }
    int high = Character.digit(line[at + 1], 16);
    int low = Character.digit(line[at + 2], 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static byte unescaped(byte b) {
    return (byte)
        switch (b) {
          case 'n' -> '\n';
          case 'r' -> '\r';
          case 't' -> '\t';
          case 'b' -> '\b';
          case 'a' -> 7;
          default -> b;
        };
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b >= 9 && b <= 13 || b == 0;
  }

  private static ProtocolError unbalanced() {
    return new ProtocolError("unbalanced quotes in request");
  }

  @Override
  public String toString() {
    return new String(array, StandardCharsets.ISO_8859_1);
  }
}
