package io.headwater.protocol.redis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One real redis-server for all tests of a class, which are skipped where the machine has none. */
public final class SharedRealRedis implements BeforeAllCallback, AfterAllCallback {
  private RealRedis server;
  private Path folder;

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    Optional<Path> program = RealRedis.program();
    assumeTrue(program.isPresent(), "no redis-server on the PATH to compare with");
    folder = Files.createTempDirectory("real-redis");
    server = RealRedis.start(program.orElseThrow(), folder);
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (server != null) {
      server.close();
    }
    if (folder != null) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  public RealRedis server() {
    return Objects.requireNonNull(server, "not started");
  }
}
