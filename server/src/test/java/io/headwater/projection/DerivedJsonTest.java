package io.headwater.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.headwater.bytes.Bytes;
import io.headwater.projection.DerivedJson.Underivable;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class DerivedJsonTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void anyTextSurvivesBeingAFieldOfAnObject() throws Exception {
    Random random = new Random(2);
    for (int i = 0; i < 500; i++) {
      StringBuilder text = new StringBuilder();
      for (int c = random.nextInt(40); c > 0; c--) {
        text.appendCodePoint(random.nextInt(8) == 0 ? 0x1F600 + c : random.nextInt(0xD7FF));
      }
      DerivedJson.ObjectWriter object = new DerivedJson.ObjectWriter();
      object.field(utf8("a\"b"), utf8(text.toString()));
      object.field(utf8("second"), utf8(""));

      assertThat(new ObjectMapper().readValue(object.finish(), Map.class))
          .isEqualTo(Map.of("a\"b", text.toString(), "second", ""));
    }
  }

  @Test
  void anObjectBecomesFields() throws Exception {
    assertThat(
            DerivedJson.fields(
                utf8("{\"s\":\"x\",\"n\":1.50,\"b\":true,\"z\":null,\"o\":{\"a\":[1,2]}}")))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                Bytes.utf8("s"), Bytes.utf8("x"),
                Bytes.utf8("n"), Bytes.utf8("1.50"),
                Bytes.utf8("b"), Bytes.utf8("true"),
                Bytes.utf8("o"), Bytes.utf8("{\"a\":[1,2]}")));
  }

  @Test
  void whatIsNoObjectIsUnderivable() {
    for (String bad :
        new String[] {"", "[1]", "1", "{", "{\"a\":1", "{\"a\":1}x", "{\"a\":1,\"a\":2}"}) {
      assertThatThrownBy(() -> DerivedJson.requireObject(utf8(bad)))
          .as(bad)
          .isInstanceOf(Underivable.class);
      assertThatThrownBy(() -> DerivedJson.fields(utf8(bad)))
          .as(bad)
          .isInstanceOf(Underivable.class);
    }
    String bomb = "{\"a\":".repeat(1_000) + "1" + "}".repeat(1_000);
    assertThatThrownBy(() -> DerivedJson.requireObject(utf8(bomb))).isInstanceOf(Underivable.class);
    assertThatThrownBy(() -> DerivedJson.requireUtf8(new byte[] {(byte) 0xc3, 0x28}, "the key"))
        .hasMessageContaining("the key");
  }

  @Test
  void keysGoToThePartitionThatKafkasOwnPartitionerChooses() {
    Random random = new Random(3);
    for (int i = 0; i < 2_000; i++) {
      byte[] key = new byte[random.nextInt(50)];
      random.nextBytes(key);
      int partitions = 1 + random.nextInt(20);

      assertThat(KeyPartition.of(key, partitions))
          .isEqualTo(Utils.toPositive(Utils.murmur2(key)) % partitions);
    }
  }
}
