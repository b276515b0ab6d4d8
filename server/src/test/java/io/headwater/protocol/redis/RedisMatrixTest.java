package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.protocol.redis.table.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RedisMatrixTest {
  /** {@code -Dredis.matrix=write} writes the page anew. */
  @Test
  void thePageOfWhatIsSupportedSaysWhatTheTableSays() throws Exception {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(root.resolve("docs/protocols"))) {
      root = root.getParent();
    }
    Path page = root.resolve("docs/protocols/redis.md");
    if ("write".equals(System.getProperty("redis.matrix"))) {
      Files.writeString(page, Commands.matrix());
    }
    assertThat(Files.readString(page)).isEqualTo(Commands.matrix());
  }
}
