package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients of Node.js and Python: each is a script in {@code conformance/node} or {@code
 * conformance/python} that prints a line for each step and ends with status 0 if all held.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class ScriptedClientsTest {
  private static final Path HERE = Path.of(System.getProperty("conformance.folder"));
  @AutoClose private RunningServer server;
  private Path node;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = RunningServer.start(data);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ioredis", "node-redis", "bullmq"})
  void nodeClientsDoWhatTheyDo(String script) throws Exception {
    String said = run(installed(), "node", script + ".mjs", "" + server.redis);
    assertThat(said).contains("ok ").doesNotContain("failed");
  }

  @Test
  void redisPyDoesWhatItDoes() throws Exception {
    String said = run(HERE.resolve("python"), "/usr/bin/python3", "redis_py.py", "" + server.redis);
    assertThat(said).contains("ok what operators ask");
  }

  @Test
  void rqKombuAndCeleryWorkOffTheirQueues() throws Exception {
    String said = run(HERE.resolve("python"), "/usr/bin/python3", "queues.py", "" + server.redis);
    assertThat(said).contains("ok RQ", "ok Kombu", "ok Celery");
  }

  /** The Node scripts beside their packages, which npm fetches as the lock file says. */
  private Path installed() throws Exception {
    if (node == null) {
      Path folder = HERE.resolve("target/node");
      Files.createDirectories(folder);
      try (var files = Files.list(HERE.resolve("node"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.write(folder.resolve(file.getFileName()), Files.readAllBytes(file));
        }
      }
      run(
          folder,
          "npm",
          "install",
          "--omit=optional",
          "--ignore-scripts",
          "--no-audit",
          "--no-fund");
      node = folder;
    }
    return node;
  }

  private static String run(Path folder, String... line) throws IOException, InterruptedException {
    Path out = Files.createTempFile("client", ".out");
    try {
      Process process =
          new ProcessBuilder(List.of(line))
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(120, TimeUnit.SECONDS);
      process.destroyForcibly();
      String said = Files.readString(out, StandardCharsets.UTF_8);
      assertThat(ended && process.exitValue() == 0)
          .as("%s in time and with status 0; it said:%n%s", String.join(" ", line), said)
          .isTrue();
      return said;
    } finally {
      Files.delete(out);
    }
  }
}
