package io.headwater.view.keyspace.types;

/** Integers as Redis takes them for numbers: canonical decimal, 64 bits, no sign but minus. */
final class IntegerText {
  /** The longest text, that of {@link Long#MIN_VALUE}. */
  static final int MAX_BYTES = 20;

  private IntegerText() {}

  /** Whether {@link #parse} may be asked. */
  static boolean isInteger(byte[] text, int from, int length) {
    if (length == 0 || length > MAX_BYTES) {
      return false;
    }
    int at = from;
    int end = from + length;
    boolean negative = text[at] == '-';
    if (negative) {
      at++;
    }
    int digits = end - at;
    if (digits == 0 || digits > 19) {
      return false;
    }
    if (text[at] == '0') {
      return length == 1;
    }
    for (int i = at; i < end; i++) {
      if (text[i] < '0' || text[i] > '9') {
        return false;
      }
    }
    if (digits < 19) {
      return true;
    }
    long value = parse(text, at, digits);
    return value >= 0 || (negative && value == Long.MIN_VALUE);
  }

  /** The value of a text for which {@link #isInteger} holds. */
  static long parse(byte[] text, int from, int length) {
    int at = from;
    boolean negative = text[at] == '-';
    if (negative) {
      at++;
    }
    long value = 0;
    for (int end = from + length; at < end; at++) {
      value = value * 10 + (text[at] - '0');
    }
    return negative ? -value : value;
  }

  /** Writes the text so that it ends before {@code end}; returns where it begins. */
  static int writeBefore(byte[] target, int end, long value) {
    int at = end;
    long left = value;
    do {
      target[--at] = (byte) ('0' + Math.abs(left % 10));
      left /= 10;
    } while (left != 0);
    if (value < 0) {
      target[--at] = '-';
    }
    return at;
  }
}
