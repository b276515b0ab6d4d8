package io.headwater.protocol.redis.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FloatTextTest {
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
}
