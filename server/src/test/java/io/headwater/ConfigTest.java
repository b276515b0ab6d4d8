package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.Config.WrongSetting;
import io.headwater.protocol.redis.settings.RedisConf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {
  @Test
  void defaultsAreThoseOfThePeers() throws Exception {
    Config config = Config.of(Map.of());

    assertThat(config.redis().port()).isEqualTo(6379);
    assertThat(config.memcached().port()).isEqualTo(11211);
    assertThat(config.kafka().port()).isEqualTo(9092);
    assertThat(config.elastic().port()).isEqualTo(9200);
    assertThat(config.redis().appendfsync()).isEqualTo("always");
    assertThat(config.memcached().memoryBytes()).isEqualTo(64L << 20);
  }

  @Test
  void theCommandLineWinsOverTheFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("headwater.conf");
    Files.writeString(file, "# ports\nredis.port = 1\nkafka.port=2\nlog.segment = 16m\n");

    Config config =
        ServeOptions.parse(
            List.of("--redis-port", "7", "--config", file.toString(), "--set", "elastic.port=9"));

    assertThat(config.redis().port()).isEqualTo(7);
    assertThat(config.kafka().port()).isEqualTo(2);
    assertThat(config.elastic().port()).isEqualTo(9);
    assertThat(config.log().segmentBytes()).isEqualTo(16 << 20);
  }

  @Test
  void whatIsWrongIsNamed() {
    assertThatThrownBy(() -> Config.of(Map.of("redis.prot", "1")))
        .isInstanceOf(WrongSetting.class)
        .hasMessageContaining("redis.prot");
    assertThatThrownBy(() -> Config.of(Map.of("redis.port", "70000")))
        .hasMessageContaining("redis.port")
        .hasMessageContaining("65535");
    assertThatThrownBy(() -> Config.of(Map.of("log.segment", "1x")))
        .hasMessageContaining("log.segment");
    assertThatThrownBy(() -> Config.of(Map.of("redis.appendfsync", "sometimes")))
        .hasMessageContaining("everysec");
    assertThatThrownBy(() -> ServeOptions.parse(List.of("--redis-port")))
        .hasMessageContaining("needs a value");
    assertThatThrownBy(() -> ServeOptions.parse(List.of("--set", "x")))
        .hasMessageContaining("KEY=VALUE");
  }

  @Test
  void parametersOfRedisAreOptionsToo() throws Exception {
    Config config =
        ServeOptions.parse(
            List.of(
                "--requirepass",
                "two words",
                "--redis",
                "maxmemory 1gb",
                "--port",
                "7001",
                "--save",
                "60 1000",
                "--appendfsync",
                "everysec"));
    assertThat(config.redis().port()).isEqualTo(7001);
    assertThat(config.redis().appendfsync()).isEqualTo("everysec");
    RedisConf conf = java.util.Objects.requireNonNull(config.redis().conf());
    assertThat(conf.values())
        .containsEntry("requirepass", "two words")
        .containsEntry("maxmemory", "1073741824")
        .containsEntry("save", "60 1000");
    assertThatThrownBy(() -> ServeOptions.parse(List.of("--maxmemory", "much")))
        .hasMessageContaining("maxmemory");
    assertThatThrownBy(() -> ServeOptions.parse(List.of("--maxmemori", "1gb")))
        .hasMessageContaining("unknown option '--maxmemori'");
  }
}
