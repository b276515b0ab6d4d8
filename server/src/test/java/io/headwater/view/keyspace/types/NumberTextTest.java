package io.headwater.view.keyspace.types;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumberTextTest {
  @ParameterizedTest
  @CsvSource({
    "3, 3",
    "-0.0, -0",
    "0.1, 0.10000000000000001",
    "1e22, 1e+22",
    "1.5e300, 1.5000000000000001e+300",
    "123456789012345680, 1.2345678901234568e+17",
    "12345678901234568, 12345678901234568",
    "100000000000000000000, 1e+20",
    "3.0e-7, 2.9999999999999999e-07",
    "5e-324, 4.9406564584124654e-324",
    "0.0001, 0.0001",
    "0.00001, 1.0000000000000001e-05",
    "-2.5, -2.5",
    "1234567.891, 1234567.8910000001",
    "Infinity, inf",
    "-Infinity, -inf",
  })
  void printsAsRedisDoes(double value, String text) {
    assertThat(new String(FloatText.format(value), UTF_8)).isEqualTo(text);
  }

  @Test
  void printsLikeCWithSeventeenDigits() {
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        byte[] text = FloatText.format(value);
        assertThat(FloatText.parse(text, 0, text.length)).isEqualTo(value);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "+1.5, 1.5",
    ".5, 0.5",
    "5., 5",
    "1e3, 1000",
    "1E+3, 1000",
    "0x10, 16",
    "0x1.8p1, 3",
    "inf, Infinity",
    "+inf, Infinity",
    "-Infinity, -Infinity",
    "INF, Infinity",
    "007, 7",
    "-0, -0.0",
    "0e-999, 0"
  })
  void readsWhatStrtodReads(String text, double value) {
    byte[] bytes = text.getBytes(UTF_8);
    assertThat(FloatText.parse(bytes, 0, bytes.length)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " 1", "1 ", "1d", "1f", "nan", "1e", "e5", ".", "-", "+", "1e+", "0x", "1.2.3", "abc",
        "1e400", "1e-400", "--1", "1e5.5", "\u0661"
      })
  void refusesWhatStrtodRefuses(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    assertThat(FloatText.parse(bytes, 0, bytes.length)).isNaN();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1e20, 100000000000000000000",
    "100000000000000000000, 0.1, 100000000000000000000",
    "0, 3.0e-10, 0.0000000003",
    "10.50, 0.1, 10.6",
    "5.0e3, 2.0e2, 5200",
    "1, -1, 0",
    "0.1, 0.2, 0.3",
    "3.3, -1.1, 2.2",
    "1e18, 0.25, 1000000000000000000.25",
  })
  void addsInEightyBits(String a, String b, String sum) {
    LongDouble left = Objects.requireNonNull(LongDouble.parse(a.getBytes(UTF_8), 0, a.length()));
    LongDouble right = Objects.requireNonNull(LongDouble.parse(b.getBytes(UTF_8), 0, b.length()));
    LongDouble result = Objects.requireNonNull(left.plus(right));
    assertThat(new String(result.format(), UTF_8)).isEqualTo(sum);
  }
}
