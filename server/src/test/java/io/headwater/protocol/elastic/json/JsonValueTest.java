package io.headwater.protocol.elastic.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.protocol.elastic.error.ElasticException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValueTest {
  private static final String ALL_KINDS =
      "{\"a\":[1,-2.5e3,\"\\u00e9\\n\",true,false,null,{}],\"b\":{\"c\":[[]]},"
          + "\"d\":123456789012345678901234567890}";

  private static JsonValue parse(String json) {
    byte[] bytes = json.getBytes(UTF_8);
    return JsonValue.parse(bytes, 0, bytes.length);
  }

  @Test
  void whatIsReadIsWrittenBack() {
    assertThat(parse(ALL_KINDS).json()).isEqualTo(ALL_KINDS.replace("\\u00e9", "é"));
  }

  @Test
  void valuesKnowWhereTheyStood() {
    JsonValue.Obj object = JsonValue.object(parse("{\n  \"a\": 7}"));
    assertThat(object.fields().get("a").at()).isEqualTo(new JsonValue.Place(2, 8));
  }

  @Test
  void everyCutIsRefused() {
    byte[] whole = ALL_KINDS.getBytes(UTF_8);
    for (int length = 0; length < whole.length; length++) {
      int cut = length;
      assertThatThrownBy(() -> JsonValue.parse(whole, 0, cut))
          .as("length %d", cut)
          .isInstanceOf(ElasticException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anyBytesAreReadOrRefused(long seed) {
    Random random = new Random(seed);
    byte[] whole = ALL_KINDS.getBytes(UTF_8);
    for (int i = 0; i < 5_000; i++) {
      byte[] damaged = Arrays.copyOf(whole, whole.length);
      for (int n = random.nextInt(1, 4); n > 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        JsonValue value = JsonValue.parse(damaged, 0, damaged.length);
        assertThat(parse(value.json()).json()).as("seed %d", seed).isEqualTo(value.json());
      } catch (ElasticException e) {
        assertThat(e.error().status()).isEqualTo(400);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":"})
  void bombsAreRefusedByTheirDepth(String open) {
    String bomb = open.repeat(1_000_000);
    assertThatThrownBy(() -> parse(bomb))
        .isInstanceOf(ElasticException.class)
        .hasMessageContaining("nesting depth (101)");
  }

  @Test
  void longNumbersAndRepeatedFieldsAreRefused() {
    assertThatThrownBy(() -> parse("1".repeat(10_000))).isInstanceOf(ElasticException.class);
    assertThatThrownBy(() -> parse("{\"a\":1,\"a\":2}"))
        .isInstanceOf(ElasticException.class)
        .hasMessageContaining("Duplicate field 'a'");
    assertThatThrownBy(() -> parse("{} {}")).hasMessageContaining("unexpected content");
  }
}
