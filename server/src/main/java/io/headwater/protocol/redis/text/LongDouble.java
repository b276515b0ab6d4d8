package io.headwater.protocol.redis.text;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The 80-bit numbers that INCRBYFLOAT and HINCRBYFLOAT compute with: 64 bits of mantissa, rounded
 * to even. Exponents past their range are treated as infinite, tiny ones are kept.
 */
public final class LongDouble {
  private static final int MANTISSA_BITS = 64;
  private static final int TEXT_LENGTH_MAX = 5 * 1024 - 1;
  private static final int FRACTION_DIGITS = 17;
  private static final int EXPONENT_MAX = 4932;
  private static final BigDecimal LONG_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  /** Null if infinite. */
  private final @Nullable BigDecimal value;

  private LongDouble(@Nullable BigDecimal value) {
    this.value = value;
  }

  /** Reads what C's strtold reads as a whole, without spaces around it; null if it is no number. */
  public static @Nullable LongDouble parse(byte[] array, int from, int length) {
    if (length == 0 || length > TEXT_LENGTH_MAX) {
      return null;
    }
    String text = new String(array, from, length, StandardCharsets.ISO_8859_1);
    String bare = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    if (bare.equalsIgnoreCase("inf") || bare.equalsIgnoreCase("infinity")) {
      return new LongDouble(null);
    }
    if (bare.matches("0[xX](\\p{XDigit}+\\.?\\p{XDigit}*|\\.\\p{XDigit}+)([pP][+-]?\\d{1,5})?")) {
      BigDecimal exact = hexadecimal(bare.substring(2));
      if (exact == null) {
        return null;
      }
      return new LongDouble(round(text.startsWith("-") ? exact.negate() : exact));
    }
    if (!bare.matches("(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,6})?")) {
      return null;
    }
    BigDecimal exact = new BigDecimal(text);
    int magnitude = exact.precision() - exact.scale();
    if (exact.signum() != 0 && (magnitude > EXPONENT_MAX || magnitude < -EXPONENT_MAX)) {
      return null;
    }
    return new LongDouble(round(exact));
  }

  /** Hexadecimal digits with a point and a binary exponent; null past the range. */
  private static @Nullable BigDecimal hexadecimal(String text) {
    int p = Math.max(text.indexOf('p'), text.indexOf('P'));
    String digits = p < 0 ? text : text.substring(0, p);
    int exponent = p < 0 ? 0 : Integer.parseInt(text.substring(p + 1));
    int point = digits.indexOf('.');
    int fraction = point < 0 ? 0 : digits.length() - point - 1;
    BigInteger mantissa = new BigInteger(digits.replace(".", ""), 16);
    int shift = exponent - 4 * fraction;
    if (Math.abs(shift) > EXPONENT_MAX * 4) {
      return null;
    }
    BigDecimal power = new BigDecimal(BigInteger.ONE.shiftLeft(Math.abs(shift)));
    BigDecimal value = new BigDecimal(mantissa);
    return shift >= 0 ? value.multiply(power) : value.divide(power);
  }

  public LongDouble plus(LongDouble other) {
    return value == null || other.value == null
        ? new LongDouble(null)
        : new LongDouble(round(value.add(other.value)));
  }

  public boolean isFinite() {
    return value != null;
  }

  /**
   * These seconds in milliseconds, rounded up; {@code Long.MIN_VALUE} if a long has not so many.
   */
  public long toMs() {
    if (value == null) {
      return Long.MIN_VALUE;
    }
    BigDecimal ms = round(value.movePointRight(3)).setScale(0, RoundingMode.CEILING);
    return ms.abs().compareTo(LONG_MAX) > 0 ? Long.MIN_VALUE : ms.longValue();
  }

  /** Up to 17 digits behind the point, without zeros at the end. */
  @Override
  public String toString() {
    if (value == null) {
      return "inf";
    }
    BigDecimal rounded = value.setScale(FRACTION_DIGITS, RoundingMode.HALF_EVEN);
    if (rounded.signum() == 0) {
      return "0";
    }
    return rounded.stripTrailingZeros().toPlainString();
  }

  /** The nearest number with 64 bits of mantissa. */
  private static BigDecimal round(BigDecimal exact) {
    if (exact.signum() == 0) {
      return BigDecimal.ZERO;
    }
    BigInteger numerator = exact.unscaledValue().abs();
    BigInteger denominator = BigInteger.ONE;
    if (exact.scale() >= 0) {
      denominator = BigInteger.TEN.pow(exact.scale());
    } else {
      numerator = numerator.multiply(BigInteger.TEN.pow(-exact.scale()));
    }
    // Scale by a power of two until the quotient has 64 or 65 bits.
    int shift = MANTISSA_BITS + 1 - (numerator.bitLength() - denominator.bitLength());
    if (shift > 0) {
      numerator = numerator.shiftLeft(shift);
    } else {
      denominator = denominator.shiftLeft(-shift);
    }
    BigInteger[] division = numerator.divideAndRemainder(denominator);
    BigInteger mantissa = division[0];
    boolean exactSoFar = division[1].signum() == 0;
    int extra = mantissa.bitLength() - MANTISSA_BITS;
    mantissa = roundToEven(mantissa, extra, exactSoFar);
    shift -= extra;
    BigDecimal rounded = new BigDecimal(mantissa);
    rounded =
        shift >= 0
            ? rounded.divide(new BigDecimal(BigInteger.ONE.shiftLeft(shift)))
            : rounded.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(-shift)));
    return exact.signum() < 0 ? rounded.negate() : rounded;
  }

  private static BigInteger roundToEven(BigInteger mantissa, int extra, boolean exactSoFar) {
    if (extra <= 0) {
      return mantissa.shiftLeft(-extra);
    }
    BigInteger kept = mantissa.shiftRight(extra);
    BigInteger rest = mantissa.subtract(kept.shiftLeft(extra));
    int half = rest.compareTo(BigInteger.ONE.shiftLeft(extra - 1));
    boolean up = half > 0 || half == 0 && (!exactSoFar || kept.testBit(0));
    return up ? kept.add(BigInteger.ONE) : kept;
  }
}
