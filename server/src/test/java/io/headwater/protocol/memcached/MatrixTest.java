package io.headwater.protocol.memcached;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MatrixTest {
  @Test
  void theDocumentationSaysWhatTheTableOfCommandsSays() throws IOException {
    Path page = root().resolve("docs/protocols/memcached.md");
    if (Boolean.getBoolean("headwater.matrix.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, Matrix.text());
    }

    assertThat(page).as("write it anew with -Dheadwater.matrix.write=true").exists();
    assertThat(Files.readString(page)).isEqualTo(Matrix.text());
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve(".mvn"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
