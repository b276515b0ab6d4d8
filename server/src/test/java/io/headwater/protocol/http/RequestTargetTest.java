package io.headwater.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {
  @Test
  void segmentsAreDecodedAfterTheyAreSplit() throws Exception {
    assertThat(RequestTarget.segments("/a%2Fb//c+d/%C3%A9/")).containsExactly("a/b", "c+d", "é");
    assertThat(RequestTarget.segments("/")).isEmpty();
    assertThat(RequestTarget.segments("")).isEmpty();
  }

  @Test
  void queriesKeepTheirOrderAndTheirLastValue() throws Exception {
    assertThat(RequestTarget.query("b=1+2&a&b=%26=&&c="))
        .containsExactly(Map.entry("b", "&="), Map.entry("a", ""), Map.entry("c", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/%", "/a%4", "/%zz", "/%ff", "/%C3", "/%+1"})
  void whatCannotBeDecodedIsRefused(String path) {
    assertThatThrownBy(() -> RequestTarget.segments(path))
        .isInstanceOf(RequestTarget.Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anyTextSurvivesEncoding(long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < 1_000; i++) {
      StringBuilder text = new StringBuilder("x");
      for (int n = random.nextInt(10); n > 0; n--) {
        text.appendCodePoint(
            random.nextBoolean() ? random.nextInt(1, 128) : random.nextInt(0xd800));
      }
      String encoded = URLEncoder.encode(text.toString(), StandardCharsets.UTF_8);
      assertThat(RequestTarget.query("k=" + encoded)).containsEntry("k", text.toString());
      assertThat(RequestTarget.segments("/" + encoded.replace("+", "%20")))
          .containsExactly(text.toString());
    }
  }
}
