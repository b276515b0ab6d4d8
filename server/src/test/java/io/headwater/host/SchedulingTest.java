package io.headwater.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SchedulingTest {
  private static final Path THREADS = Path.of("/proc/self/task");
  private static final String OTHER = "0";
  private static final String BATCH = "3";

  /** Of {@code /proc/PID/task/TID/stat}, counted from behind the name: proc_pid_stat(5), no. 41. */
  private static final int POLICY = 38;

  @Test
  void aLoopThatStartsMakesTheCompilersYieldToItAndStaysAnOrdinaryThread() {
    assumeTrue(LinuxSockets.isSupported());
    CompletableFuture<TreeMap<String, String>> seen = new CompletableFuture<>();
    try (NetworkLoop loop =
        new NetworkLoop("patient", Clock.system(), seen::completeExceptionally)) {
      loop.start();
      loop.execute(() -> {
        try {
          seen.complete(policies());
        } catch (IOException e) {
          seen.completeExceptionally(e);
        }
      });

      TreeMap<String, String> policies = seen.orTimeout(10, TimeUnit.SECONDS).join();
      assertThat(policies.get("patient")).isEqualTo(OTHER);
      assertThat(policies.get("C1 CompilerThre")).isEqualTo(BATCH);
    }
  }

  /** Linux's number for the policy of each thread of this process. */
  private static TreeMap<String, String> policies() throws IOException {
    List<Path> threads;
    try (Stream<Path> listed = Files.list(THREADS)) {
      threads = listed.toList();
    }
    TreeMap<String, String> policies = new TreeMap<>();
    for (Path thread : threads) {
      try {
        String stat = Files.readString(thread.resolve("stat"));
        int nameEnd = stat.lastIndexOf(')');
        policies.put(
            stat.substring(stat.indexOf('(') + 1, nameEnd),
            stat.substring(nameEnd + 2).split(" ", -1)[POLICY]);
      } catch (IOException e) {
        continue; // the thread has ended
      }
    }
    return policies;
  }
}
