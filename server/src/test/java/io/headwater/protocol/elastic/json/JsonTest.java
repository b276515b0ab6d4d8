package io.headwater.protocol.elastic.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.ByteWriter;
import io.headwater.protocol.elastic.error.ElasticException;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void rawBytesStandWhereAValueBelongs() {
    for (int length : new int[] {2, 7_000, 8_000, 9_000, 100_000}) {
      String raw = '"' + "x".repeat(length - 2) + '"';
      ByteWriter written =
          Json.write(out -> {
            out.writeStartArray();
            out.writeNumber(1);
            Json.raw(out, raw.getBytes(UTF_8));
            out.writeNumber(2);
            out.writeEndArray();
          });
      assertThat(new String(written.array(), 0, written.size(), UTF_8))
          .isEqualTo("[1," + raw + ",2]");
    }
  }

  @Test
  void answersHaveALimit() {
    byte[] megabyte = ("\"" + "x".repeat(1 << 20) + "\"").getBytes(UTF_8);
    assertThatThrownBy(() ->
            Json.write(out -> {
              out.writeStartArray();
              for (int i = 0; i < 300; i++) {
                Json.raw(out, megabyte);
              }
            }))
        .isInstanceOfSatisfying(
            ElasticException.class, e -> assertThat(e.error().status()).isEqualTo(413));
  }
}
