package io.headwater.view.keyspace.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * The 80-bit floating point numbers in which Redis computes INCRBYFLOAT and HINCRBYFLOAT, on top of
 * {@link BigDecimal}: every text and every sum is rounded to a significand of 64 bits, and printing
 * rounds to 17 decimals ({@code %.17Lf} with the trailing zeros cut off).
 */
public final class LongDouble {
  private static final int SIGNIFICAND_BITS = 64;
  private static final int MAX_EXPONENT10 = 4932;
  private static final int MIN_EXPONENT10 = -4950;
  private static final int MAX_BYTES = 5 * 1024 - 1;
  private static final int DECIMALS = 17;

  private final BigDecimal value;

  private LongDouble(BigDecimal value) {
    this.value = value;
  }

  /** The number, or null if the text is none, is infinite or is out of range. */
  public static @Nullable LongDouble parse(byte[] text, int from, int length) {
    if (length == 0 || length > MAX_BYTES || !isDecimal(text, from, length)) {
      return null;
    }
    String s = new String(text, from, length, ISO_8859_1);
    BigDecimal exact;
    try {
      exact = new BigDecimal(s.endsWith(".") ? s + "0" : s);
    } catch (NumberFormatException e) {
      return null; // an exponent past the range of an int, or a form that C knows and we do not
    }
    if (exact.signum() == 0) {
      return new LongDouble(BigDecimal.ZERO);
    }
    long exponent = (long) exact.precision() - exact.scale() - 1;
    if (exponent > MAX_EXPONENT10 || exponent < MIN_EXPONENT10) {
      return null;
    }
    return new LongDouble(round(exact));
  }

  private static boolean isDecimal(byte[] text, int from, int length) {
    for (int i = from; i < from + length; i++) {
      byte b = text[i];
      boolean digit = b >= '0' && b <= '9';
      if (!digit && b != '.' && b != '-' && b != '+' && b != 'e' && b != 'E') {
        return false;
      }
    }
    return true;
  }

  /** The sum, rounded; null if it is out of range. */
  public @Nullable LongDouble plus(LongDouble other) {
    BigDecimal sum = round(value.add(other.value));
    long exponent = (long) sum.precision() - sum.scale() - 1;
    return exponent > MAX_EXPONENT10 ? null : new LongDouble(sum);
  }

  private static BigDecimal round(BigDecimal exact) {
    if (exact.signum() == 0) {
      return BigDecimal.ZERO;
    }
    BigInteger numerator = exact.unscaledValue().abs();
    BigInteger denominator = BigInteger.ONE;
    if (exact.scale() > 0) {
      denominator = BigInteger.TEN.pow(exact.scale());
    } else {
      numerator = numerator.multiply(BigInteger.TEN.pow(-exact.scale()));
    }
    // The quotient gets two bits more than the significand; what is below them only says "more".
    int shift = SIGNIFICAND_BITS + 2 - numerator.bitLength() + denominator.bitLength();
    BigInteger[] parts =
        shift >= 0
            ? numerator.shiftLeft(shift).divideAndRemainder(denominator)
            : numerator.divideAndRemainder(denominator.shiftLeft(-shift));
    int drop = parts[0].bitLength() - SIGNIFICAND_BITS;
    BigInteger kept = parts[0].shiftRight(drop);
    BigInteger dropped = parts[0].subtract(kept.shiftLeft(drop));
    int half = dropped.compareTo(BigInteger.ONE.shiftLeft(drop - 1));
    boolean above = half > 0 || (half == 0 && parts[1].signum() != 0);
    if (above || (half == 0 && kept.testBit(0))) {
      kept = kept.add(BigInteger.ONE);
    }
    int exponent = drop - shift;
    BigDecimal magnitude =
        exponent >= 0
            ? new BigDecimal(kept.shiftLeft(exponent))
            : new BigDecimal(kept).divide(new BigDecimal(BigInteger.ONE.shiftLeft(-exponent)));
    return exact.signum() < 0 ? magnitude.negate() : magnitude;
  }

  /** The text that Redis stores and replies. */
  public byte[] format() {
    String text = value.setScale(DECIMALS, RoundingMode.HALF_EVEN).toPlainString();
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    if (text.charAt(end - 1) == '.') {
      end--;
    }
    return text.substring(0, end).getBytes(ISO_8859_1);
  }
}
