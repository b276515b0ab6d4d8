package io.headwater.view.cache;

/** Unsigned 64-bit decimals as memcached reads and writes them in values. */
final class Decimal {
  static final int DIGITS_MAX = 20;

  private static final long TENTH = Long.divideUnsigned(-1L, 10);

  private Decimal() {}

  /** Whether the bytes are spaces, digits of a number below 2^64, then nothing or a space. */
  static boolean isNumber(byte[] array, int length) {
    int first = firstDigit(array, length);
    long number = 0;
    int at = first;
    for (; at < length && isDigit(array[at]); at++) {
      int digit = array[at] - '0';
      int tenth = Long.compareUnsigned(number, TENTH);
      if (tenth > 0 || (tenth == 0 && digit > 5)) {
        return false;
      }
      number = number * 10 + digit;
    }
    return at > first && (at == length || isSpace(array[at]));
  }

  /** The number in bytes that {@link #isNumber}. */
  static long number(byte[] array, int length) {
    long number = 0;
    for (int at = firstDigit(array, length); at < length && isDigit(array[at]); at++) {
      number = number * 10 + (array[at] - '0');
    }
    return number;
  }

  /** Writes the digits to the array's beginning; returns how many. */
  static int print(long unsigned, byte[] target) {
    String digits = Long.toUnsignedString(unsigned);
    for (int i = 0; i < digits.length(); i++) {
      target[i] = (byte) digits.charAt(i);
    }
    return digits.length();
  }

  private static int firstDigit(byte[] array, int length) {
    int at = 0;
    while (at < length && isSpace(array[at])) {
      at++;
    }
    return at < length && array[at] == '+' ? at + 1 : at;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }
}
