package io.headwater.protocol.redis.text;

import io.headwater.bytes.ByteWriter;
import java.math.BigDecimal;

/** Numbers as Redis reads and writes them. */
public final class Numbers {
  /** What {@link #parse} answers for text that is no canonical 64-bit integer. */
  public static final long NOT_A_NUMBER = Long.MIN_VALUE + 1;

  private static final String NOT_A_NUMBER_TEXT = Long.toString(NOT_A_NUMBER);

  private Numbers() {}

  public static int digits(long value) {
    if (value < 0) {
      return value == Long.MIN_VALUE ? 20 : 1 + digits(-value);
    }
    int digits = 1;
    for (long limit = 10; digits < 19 && value >= limit; limit *= 10) {
      digits++;
    }
    return digits;
  }

  /** Appends the decimal text. */
  public static void write(ByteWriter out, long value) {
    int length = digits(value);
    int at = out.ensure(length);
    write(out.array(), at, length, value);
    out.advance(length);
  }

  /** Writes the decimal text of known length. */
  public static void write(byte[] array, int at, int length, long value) {
    long rest = value < 0 ? value : -value; // the negative range holds them all
    int end = value < 0 ? at + 1 : at;
    for (int i = at + length - 1; i >= end; i--) {
      array[i] = (byte) ('0' - rest % 10);
      rest /= 10;
    }
    if (value < 0) {
      array[at] = '-';
    }
  }

  /**
   * Whether the bytes are a 64-bit integer in the only form that Redis takes: no spaces, plus or
   * leading zeros.
   */
  public static boolean isInteger(byte[] array, int from, int length) {
    return parse(array, from, length) != NOT_A_NUMBER || isThatNumber(array, from, length);
  }

  /** The integer, or {@link #NOT_A_NUMBER}; ask {@link #isInteger} if it is that very number. */
  public static long parse(byte[] array, int from, int length) {
    if (length == 0 || length > 20) {
      return NOT_A_NUMBER;
    }
    int i = from;
    int end = from + length;
    boolean negative = array[i] == '-';
    if (negative) {
      i++;
    }
    if (i == end) {
      return NOT_A_NUMBER;
    }
    if (array[i] == '0') {
      return length == 1 ? 0 : NOT_A_NUMBER;
    }
    long value = 0; // negated
    for (; i < end; i++) {
      int digit = array[i] - '0';
      if (digit < 0 || digit > 9 || value < Long.MIN_VALUE / 10) {
        return NOT_A_NUMBER;
      }
      value = value * 10 - digit;
      if (value > 0) {
        return NOT_A_NUMBER;
      }
    }
    if (negative) {
      return value;
    }
    return value == Long.MIN_VALUE ? NOT_A_NUMBER : -value;
  }

  private static boolean isThatNumber(byte[] array, int from, int length) {
    if (length != NOT_A_NUMBER_TEXT.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (array[from + i] != NOT_A_NUMBER_TEXT.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** A double as Redis 7.0 writes it: {@code %.17g}, integers without a point, inf, -inf, nan. */
  public static String format(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e17) {
      return Long.toString((long) value);
    }
    return general(new BigDecimal(value), 17);
  }

  /** C's {@code %.<precision>g} of an exact decimal. */
  public static String general(BigDecimal exact, int precision) {
    BigDecimal rounded = exact.round(new java.math.MathContext(precision));
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent < -4 || exponent >= precision) {
      String digits = rounded.unscaledValue().abs().toString().replaceAll("0+$", "");
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      String sign = rounded.signum() < 0 ? "-" : "";
      String power = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : "" + Math.abs(exponent);
      return sign + digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + power;
    }
    return rounded.stripTrailingZeros().toPlainString();
  }
}
