package io.headwater.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.Bytes;
import io.headwater.failure.FailureException;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.catalog.Projection.Target;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectionJsonTest {
  private static final String GOOD =
      "{\"from\": {\"keys\": \"product:*\"}, \"to\": [{\"index\": \"products\"}, {\"topic\":"
          + " \"product-changes\", \"value\": \"change\"}, {\"topic\": \"products\", \"value\":"
          + " \"full\"}, {\"memcached\": true}]}";

  private static Projection parse(String json) {
    return ProjectionJson.parse("p", json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theDesignsExampleParses() {
    Projection projection = parse(GOOD);

    assertThat(projection.source()).isEqualTo(new Source.Keys(Bytes.utf8("product:")));
    assertThat(projection.targets())
        .containsExactly(
            new Target.ToIndex("products"),
            new Target.ToTopic("product-changes", Projection.Form.CHANGE),
            new Target.ToTopic("products", Projection.Form.FULL),
            new Target.ToMemcached());
    assertThat(projection.filled()).isFalse();
  }

  @Test
  void whatIsWrittenParsesToTheSame() {
    String written = ProjectionJson.write(parse(GOOD), 7);

    assertThat(written).contains("\"dead_letters\":7").contains("\"filled\":false");
    String asPut = written.replaceAll("\"name\":\"p\",|,\"filled\".*\\}$", "") + "}";
    assertThat(parse(asPut)).isEqualTo(parse(GOOD));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|needs [from]",
        "[]|JSON object",
        "{\"from\":{\"keys\":\"a*\"}}|at least one target",
        "{\"from\":{\"keys\":\"a\"},\"to\":[{\"index\":\"i\"}]}|followed by one '*'",
        "{\"from\":{\"keys\":\"*\"},\"to\":[{\"index\":\"i\"}]}|followed by one '*'",
        "{\"from\":{\"keys\":\"a?*\"},\"to\":[{\"index\":\"i\"}]}|followed by one '*'",
        "{\"from\":{\"table\":\"a\"},\"to\":[{\"index\":\"i\"}]}|unknown source [table]",
        "{\"from\":{\"keys\":\"a*\"},\"to\":[{\"queue\":\"i\"}]}|unknown target [queue]",
        "{\"from\":{\"keys\":\"a*\"},\"to\":[{}]}|names no target",
        "{\"from\":{\"keys\":\"a*\"},\"to\":[{\"value\":\"full\"}]}|names no target",
        "{\"from\":{\"keys\":\"a*\"},\"to\":[{\"topic\":\"t\",\"value\":\"new\"}]}|or \"change\"",
        "{\"from\":{\"keys\":\"a*\"},\"to\":[{\"index\":\"i\",\"value\":\"full\"}]}|beside [topic]"
            + " only",
        "{\"from\":{\"keys\":\"a*\"},\"to\":[{\"memcached\":false}]}|can only be true",
        "{\"from\":{\"keys\":\"a*\"},\"to\":[{\"index\":\"i\"}],\"x\":1}|unknown field [x]",
        "{\"from\":{\"keys\":\"a*\"},\"to\":[{\"index\":\"i\"}]} x|not valid JSON"
      })
  void whatIsWrongIsNamed(String json, String reason) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void everyTruncationAndRandomBytesAreRefused() {
    byte[] good = GOOD.getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < good.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(good, length);
      assertThatThrownBy(() -> ProjectionJson.parse("p", cut)).isInstanceOf(FailureException.class);
    }
    Random random = new Random(1);
    for (int i = 0; i < 1_000; i++) {
      byte[] garbage = new byte[random.nextInt(100)];
      random.nextBytes(garbage);
      assertThatThrownBy(() -> ProjectionJson.parse("p", garbage))
          .isInstanceOf(FailureException.class);
    }
  }
}
