package io.headwater.lua;

import io.headwater.bytes.ByteWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers and their texts, as C's strtod and printf have them. */
public final class LuaNumbers {
  /**
   * Stands where a value is looked for and is a number: the number itself is in the {@code double}
   * beside. Nothing outside of this package sees it.
   */
  static final Object UNBOXED = new LightValue();

  private static final double PLAIN_MAX = 1e14;

  /** Digits that strtod could ever look at; a longer text cannot change the value. */
  private static final int DIGITS_MAX = 800;

  private LuaNumbers() {}

  static boolean isTrue(@Nullable Object value) {
    return value != null && value != Boolean.FALSE;
  }

  static double arithmetic(int opcode, double a, double b) {
    return switch (opcode) {
      case Opcode.ADD -> a + b;
      case Opcode.SUB -> a - b;
      case Opcode.MUL -> a * b;
      case Opcode.DIV -> a / b;
      case Opcode.MOD -> modulo(a, b);
      case Opcode.POW -> Math.pow(a, b);
      case Opcode.UNM -> -a;
      default -> throw new IllegalStateException("opcode " + opcode);
    };
  }

  static double modulo(double a, double b) {
    return a - Math.floor(a / b) * b;
  }

  /** A number, or a string that is one; null otherwise. */
  public static @Nullable Double toNumber(@Nullable Object value) {
    return switch (value) {
      case Double number -> number;
      case LuaString string -> parse(string);
      case null, default -> null;
    };
  }

  static @Nullable Double parse(LuaString text) {
    byte[] bytes = text.bytes();
    int length = bytes.length;
    if (length > 0 && length < 16) {
      Double whole = parseDigits(bytes);
      if (whole != null) {
        return whole;
      }
    }
    return parse(text.toString());
  }

  private static @Nullable Double parseDigits(byte[] bytes) {
    long value = 0;
    for (byte b : bytes) {
      if (b < '0' || b > '9') {
        return null;
      }
      value = value * 10 + b - '0';
    }
    return (double) value;
  }

  /** As strtod, with space around, for the whole text; then as strtoul for hexadecimal. */
  static @Nullable Double parse(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    if (from == to) {
      return null;
    }
    boolean negative = text.charAt(from) == '-';
    if (negative || text.charAt(from) == '+') {
      from++;
    }
    String unsigned = text.substring(from, to).toLowerCase(Locale.ROOT);
    Double value = unsigned.startsWith("0x") ? hexadecimal(unsigned) : decimal(unsigned);
    return value == null || !negative ? value : (Double) (-value);
  }

  private static @Nullable Double decimal(String text) {
    switch (text) {
      case "inf", "infinity" -> {
        return Double.POSITIVE_INFINITY;
      }
      case "nan" -> {
        return Double.NaN;
      }
      default -> {}
    }
    int i = 0;
    int digits = 0;
    boolean point = false;
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.' && !point) {
        point = true;
      } else if (c >= '0' && c <= '9') {
        digits++;
      } else {
        break;
      }
    }
    if (digits == 0 || i < text.length() && !isExponent(text, i)) {
      return null;
    }
    return Double.valueOf(text.length() > DIGITS_MAX ? shortened(text, i) : text);
  }

  /** Bounds the time that a text of a million digits would take. */
  private static String shortened(String text, int exponentAt) {
    String digits = text.substring(0, exponentAt);
    int point = digits.indexOf('.');
    String whole = point < 0 ? digits : digits.substring(0, point);
    String fraction = point < 0 ? "" : digits.substring(point + 1);
    int zeros = 0;
    String all = whole + fraction;
    while (zeros < all.length() - 1 && all.charAt(zeros) == '0') {
      zeros++;
    }
    String kept = all.substring(zeros, Math.min(all.length(), zeros + DIGITS_MAX));
    long exponent = (long) whole.length() - zeros - kept.length();
    if (exponentAt < text.length()) {
      String written = text.substring(exponentAt + 1);
      exponent +=
          written.length() > 12
              ? (written.startsWith("-") ? -1L : 1L) << 40
              : Long.parseLong(written);
    }
    return kept + "e" + Math.clamp(exponent, -100_000, 100_000);
  }

  private static boolean isExponent(String text, int from) {
    if (text.charAt(from) != 'e') {
      return false;
    }
    int i = from + 1;
    if (i < text.length() && (text.charAt(i) == '+' || text.charAt(i) == '-')) {
      i++;
    }
    int first = i;
    while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
      i++;
    }
    return i > first && i == text.length();
  }

  private static @Nullable Double hexadecimal(String text) {
    double value = 0;
    int scale = 0;
    int digits = 0;
    boolean point = false;
    int i = 2;
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      int digit = Character.digit(c, 16);
      if (c == '.' && !point) {
        point = true;
      } else if (digit >= 0 && c < 128) {
        value = value * 16 + digit;
        scale -= point ? 4 : 0;
        digits++;
      } else {
        break;
      }
    }
    if (digits == 0) {
      return null;
    }
    if (i < text.length()) {
      if (text.charAt(i) != 'p' || !isExponent("e" + text.substring(i + 1), 0)) {
        return null;
      }
      String written = text.substring(i + 1);
      scale +=
          written.length() > 8
              ? (written.startsWith("-") ? -100_000 : 100_000)
              : Integer.parseInt(written);
    }
    return value == 0 ? value : value * Math.pow(2, scale);
  }

  static boolean isSpace(int c) {
    return c == ' ' || c >= 9 && c <= 13;
  }

  /** As C's cast of a double to a 64-bit integer on this kind of machine. */
  public static long toLong(double value) {
    return value >= -0x1p63 && value < 0x1p63 ? (long) value : Long.MIN_VALUE;
  }

  /** The text of a number: {@code %.14g}. */
  public static String text(double value) {
    long whole = (long) value;
    if (whole == value && Math.abs(value) < PLAIN_MAX) {
      return whole == 0 && 1 / value < 0 ? "-0" : Long.toString(whole);
    }
    return general(value, 14);
  }

  /** The same as bytes. */
  public static byte[] bytes(double value) {
    return text(value).getBytes(StandardCharsets.US_ASCII);
  }

  /** Appends the text of a number. */
  public static void put(ByteWriter out, double value) {
    long whole = (long) value;
    if (whole == value && Math.abs(value) < PLAIN_MAX && (whole != 0 || 1 / value > 0)) {
      putWhole(out, whole);
    } else {
      out.putAscii(general(value, 14));
    }
  }

  private static void putWhole(ByteWriter out, long value) {
    long rest = Math.abs(value);
    int digits = 1;
    for (long limit = 10; rest >= limit; limit *= 10) {
      digits++;
    }
    if (value < 0) {
      out.putByte('-');
    }
    int at = out.ensure(digits);
    byte[] array = out.array();
    for (int i = at + digits - 1; i >= at; i--) {
      array[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    out.advance(digits);
  }

  /** {@code %.<precision>g}. */
  public static String general(double value, int precision) {
    return NumberFormat.general(value, Math.max(1, precision), false);
  }

  /** {@code %e}, {@code %f} or {@code %g}; {@code alternate} is printf's #. */
  public static String formatted(char letter, double value, int precision, boolean alternate) {
    return switch (letter) {
      case 'e' -> NumberFormat.scientific(value, precision, alternate);
      case 'f' -> NumberFormat.fixed(value, precision, alternate);
      case 'g' -> NumberFormat.general(value, Math.max(1, precision), alternate);
      default -> throw new IllegalArgumentException("format " + letter);
    };
  }

  /** Rounds to so many digits, exactly as printf. */
  static BigDecimal rounded(double value, int digits) {
    return new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
  }
}
