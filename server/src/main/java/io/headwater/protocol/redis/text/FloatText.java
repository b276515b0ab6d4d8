package io.headwater.protocol.redis.text;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** Doubles as Redis reads them: C's strtod over the whole text. */
public final class FloatText {
  private static final int MAX_BYTES = 256;
  private static final int EXACT_DIGITS = 15;
  private static final double[] POWERS_OF_TEN = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
  };

  private FloatText() {}

  /** The number, or NaN if the text is none or is out of range. */
  public static double parse(byte[] text, int from, int length) {
    double plain = parsePlain(text, from, length);
    if (!Double.isNaN(plain)) {
      return plain;
    }
    if (length == 0 || length > MAX_BYTES) {
      return Double.NaN;
    }
    String s = new String(text, from, length, ISO_8859_1);
    boolean negative = s.charAt(0) == '-';
    String body = negative || s.charAt(0) == '+' ? s.substring(1) : s;
    if (body.equalsIgnoreCase("inf") || body.equalsIgnoreCase("infinity")) {
      return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    double value = parseBody(body);
    boolean overflow = Double.isInfinite(value);
    boolean underflow = value == 0 && hasNonZeroDigit(body);
    return overflow || underflow ? Double.NaN : negative ? -value : value;
  }

  /**
   * The usual case without garbage: up to 15 digits, perhaps with a sign and a point; else NaN.
   * Both the digits and the power of ten are exact as doubles, so one division rounds as it should
   * (Clinger, 1990).
   */
  private static double parsePlain(byte[] text, int from, int length) {
    if (length == 0 || length > EXACT_DIGITS + 2) {
      return Double.NaN;
    }
    int at = from;
    int end = from + length;
    boolean negative = text[at] == '-';
    if (negative || text[at] == '+') {
      at++;
    }
    long mantissa = 0;
    int digits = 0;
    int point = -1;
    for (; at < end; at++) {
      int digit = text[at] - '0';
      if (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        digits++;
      } else if (text[at] == '.' && point < 0) {
        point = at;
      } else {
        return Double.NaN;
      }
    }
    if (digits == 0 || digits > EXACT_DIGITS) {
      return Double.NaN;
    }
    double value = point < 0 ? mantissa : mantissa / POWERS_OF_TEN[end - point - 1];
    return negative ? -value : value;
  }

  private static double parseBody(String body) {
    boolean hex = body.startsWith("0x") || body.startsWith("0X");
    int digits = 0;
    int at = hex ? 2 : 0;
    boolean point = false;
    for (; at < body.length(); at++) {
      char c = body.charAt(at);
      if (c == '.' && !point) {
        point = true;
      } else if (Character.digit(c, hex ? 16 : 10) >= 0 && c < 128) {
        digits++;
      } else {
        break;
      }
    }
    if (digits == 0 || !isExponent(body, at, hex ? 'p' : 'e')) {
      return Double.NaN;
    }
    return Double.parseDouble(hex && at == body.length() ? body + "p0" : body);
  }

  /** Whether the rest is nothing, or an exponent with its letter, sign and digits. */
  private static boolean isExponent(String body, int from, char letter) {
    if (from == body.length()) {
      return true;
    }
    int at = from + 1;
    if ((body.charAt(from) | 0x20) != letter || at == body.length()) {
      return false;
    }
    if (body.charAt(at) == '-' || body.charAt(at) == '+') {
      at++;
    }
    boolean digits = at < body.length();
    for (; at < body.length(); at++) {
      digits &= body.charAt(at) >= '0' && body.charAt(at) <= '9';
    }
    return digits;
  }

  private static boolean hasNonZeroDigit(String body) {
    boolean hex = body.startsWith("0x") || body.startsWith("0X");
    for (int i = hex ? 2 : 0; i < body.length(); i++) {
      char c = body.charAt(i);
      if ((c | 0x20) == (hex ? 'p' : 'e')) {
        return false;
      }
      if (c != '0' && c != '.') {
        return true;
      }
    }
    return false;
  }
}
