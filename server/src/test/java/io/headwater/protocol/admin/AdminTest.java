package io.headwater.protocol.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AdminTest {
  /** Run with {@code -Dheadwater.docs.write=true} to bring the page up to date. */
  @Test
  void theMatrixIsTrue() throws IOException {
    Path page = docs().resolve("protocols/admin.md");
    if (Boolean.getBoolean("headwater.docs.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, Admin.matrix());
    }
    assertThat(page).content().isEqualTo(Admin.matrix());
  }

  private static Path docs() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("docs/decisions"))) {
      folder = folder.getParent();
    }
    return folder.resolve("docs");
  }
}
