package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.protocol.redis.settings.SettingsPage;
import io.headwater.protocol.redis.table.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code -Dredis.matrix=write} writes the pages anew. */
class RedisMatrixTest {
  private static void requirePage(String name, String text) throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(root.resolve("docs/protocols"))) {
      root = root.getParent();
    }
    Path page = root.resolve("docs/protocols").resolve(name);
    if ("write".equals(System.getProperty("redis.matrix"))) {
      Files.writeString(page, text);
    }
    assertThat(Files.readString(page)).isEqualTo(text);
  }

  @Test
  void thePageOfWhatIsSupportedSaysWhatTheTableSays() throws Exception {
    requirePage("redis.md", Commands.matrix());
  }

  @Test
  void thePageOfParametersSaysWhatTheirTableSays() throws Exception {
    requirePage("redis-config.md", SettingsPage.text());
  }
}
