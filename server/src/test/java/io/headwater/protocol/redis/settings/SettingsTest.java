package io.headwater.protocol.redis.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private final Settings settings = new Settings(Map.of());

  private void set(String... namesAndValues) throws Settings.ChangeRefused {
    List<Settings.Change> changes = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      changes.add(new Settings.Change(namesAndValues[i], namesAndValues[i + 1]));
    }
    settings.change(changes);
  }

  @Test
  void everyDefaultIsAValueOfItsParameter() {
    for (Parameter parameter : settings.table().all()) {
      assertThat(parameter.kind().canonical(parameter.fallback(), parameter.fallback()))
          .as(parameter.name())
          .isEqualTo(parameter.fallback());
    }
  }

  @Test
  void aFollowerHearsTheValueAtOnceAndAfterAChange() throws Settings.ChangeRefused {
    List<String> heard = new ArrayList<>();
    settings.follow("appendfsync", heard::add);

    set("appendfsync", "NO", "proto-max-bulk-len", "2mb");

    assertThat(heard).containsExactly("always", "no");
    assertThat(settings.bulkBytesMax()).isEqualTo(2 << 20);
  }

  @Test
  void ofSeveralChangesAllAreMadeOrNone() {
    List<String> heard = new ArrayList<>();
    settings.follow("appendfsync", heard::add);

    assertThatThrownBy(() -> set("appendfsync", "no", "proto-max-bulk-len", "x"))
        .isInstanceOf(Settings.ChangeRefused.class);

    assertThat(settings.text("appendfsync")).isEqualTo("always");
    assertThat(heard).containsExactly("always");
  }

  @Test
  void aFollowerThatRefusesUndoesTheOthersToo() {
    List<String> heard = new ArrayList<>();
    settings.follow("appendfsync", heard::add);
    settings.followNumber(
        "proto-max-bulk-len",
        bytes -> {
          if (bytes == 3 << 20) {
            throw new Refused("not three");
          }
        });

    assertThatThrownBy(() -> set("appendfsync", "no", "proto-max-bulk-len", "3mb"))
        .hasMessage(
            "ERR CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - not"
                + " three");

    assertThat(heard).containsExactly("always", "no", "always");
    assertThat(settings.bulkBytesMax()).isEqualTo(512 << 20);
  }

  @Test
  void aParameterWithoutMeaningTakesItsDefaultOnly() {
    assertThatCode(() -> set("cluster-require-full-coverage", "yes")).doesNotThrowAnyException();
    assertThatThrownBy(() -> set("cluster-require-full-coverage", "no"))
        .hasMessageContaining("there is no cluster");
  }

  @Test
  void sizesHaveThousandsAndUnitsOf1024() {
    assertThat(Kind.Size.bytes("1k")).isEqualTo(1000);
    assertThat(Kind.Size.bytes("1KB")).isEqualTo(1024);
    assertThat(Kind.Size.bytes("2Gb")).isEqualTo(2L << 30);
    assertThat(Kind.Size.bytes("99999999999999999999")).isEqualTo(-2);
    assertThat(Kind.Size.bytes("1.5gb")).isEqualTo(-1);
    assertThat(Kind.Size.bytes("-1")).isEqualTo(-1);
    assertThat(Kind.Size.bytes("")).isZero();
  }

  @Test
  void bufferLimitsOfClassesThatAreNotNamedStay() {
    String before = settings.text("client-output-buffer-limit");

    assertThat(Readers.outputBufferLimit("replica 1mb 2kb 60", before))
        .isEqualTo("normal 0 0 0 slave 1048576 2048 60 pubsub 33554432 8388608 60");
  }
}
