package io.headwater.lua;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** C's {@code %e}, {@code %f}, {@code %g} and {@code %a} of doubles, exact in every digit. */
final class NumberFormat {
  private NumberFormat() {}

  private static String special(double value) {
    if (Double.isNaN(value)) {
      return Double.doubleToRawLongBits(value) < 0 ? "-nan" : "nan";
    }
    return value > 0 ? "inf" : "-inf";
  }

  private static String sign(double value) {
    return Double.doubleToRawLongBits(value) < 0 ? "-" : "";
  }

  /**
   * @param keepZeros {@code #}: zeros at the end stay
   */
  static String general(double value, int precision, boolean keepZeros) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    if (value == 0) {
      return sign(value) + (keepZeros ? "0." + "0".repeat(Math.max(0, precision - 1)) : "0");
    }
    BigDecimal exact = LuaNumbers.rounded(Math.abs(value), precision);
    String digits = exact.unscaledValue().toString();
    int exponent = digits.length() - 1 - exact.scale();
    StringBuilder out = new StringBuilder(digits);
    while (out.length() < precision) {
      out.append('0');
    }
    out.setLength(precision);
    if (!keepZeros) {
      int end = out.length();
      while (end > 1 && out.charAt(end - 1) == '0') {
        end--;
      }
      out.setLength(end);
    }
    if (exponent < -4 || exponent >= precision) {
      if (out.length() > 1 || keepZeros) {
        out.insert(1, '.');
      }
      return sign(value) + out + exponent(exponent);
    }
    if (exponent < 0) {
      return sign(value) + "0." + "0".repeat(-exponent - 1) + out;
    }
    while (out.length() < exponent + 1) {
      out.append('0');
    }
    if (out.length() > exponent + 1 || keepZeros) {
      out.insert(exponent + 1, '.');
    }
    return sign(value) + out;
  }

  private static String exponent(int exponent) {
    int size = Math.abs(exponent);
    return (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
  }

  static String scientific(double value, int precision, boolean point) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    String digits = "0".repeat(precision + 1);
    int exponent = 0;
    if (value != 0) {
      BigDecimal exact = LuaNumbers.rounded(Math.abs(value), precision + 1);
      digits = exact.unscaledValue().toString();
      exponent = digits.length() - 1 - exact.scale();
      digits =
          digits.length() > precision
              ? digits.substring(0, precision + 1)
              : digits + "0".repeat(precision + 1 - digits.length());
    }
    String mantissa = digits.charAt(0) + (precision > 0 || point ? "." : "") + digits.substring(1);
    return sign(value) + mantissa + exponent(exponent);
  }

  static String fixed(double value, int precision, boolean point) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    String text =
        new BigDecimal(Math.abs(value)).setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
    return sign(value) + text + (point && precision == 0 ? "." : "");
  }

  /** Hexadecimal; precision below 0 is exact. */
  static String hexadecimal(double value, int precision, boolean point) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    if (value == 0) {
      String zeros = precision > 0 ? "." + "0".repeat(precision) : point ? "." : "";
      return sign(value) + "0x0" + zeros + "p+0";
    }
    int exponent = Math.max(Math.getExponent(value), -1022);
    long mantissa = Double.doubleToRawLongBits(value) & 0xfffffffffffffL;
    long lead = Math.getExponent(value) < -1022 ? 0 : 1;
    if (precision >= 0 && precision < 13) {
      int drop = (13 - precision) * 4;
      long all = lead << 52 | mantissa;
      long half = 1L << drop - 1;
      long rest = all & (1L << drop) - 1;
      all >>>= drop;
      if (rest > half || rest == half && (all & 1) == 1) {
        all++;
      }
      all <<= drop;
      lead = all >>> 52;
      mantissa = all & 0xfffffffffffffL;
    }
    String digits = String.format(Locale.ROOT, "%013x", mantissa);
    if (precision < 0) {
      digits = digits.replaceAll("0+$", "");
    } else {
      digits =
          precision <= 13 ? digits.substring(0, precision) : digits + "0".repeat(precision - 13);
    }
    String fraction = digits.isEmpty() ? (point ? "." : "") : "." + digits;
    return sign(value) + "0x" + lead + fraction + "p" + (exponent < 0 ? "" : "+") + exponent;
  }
}
