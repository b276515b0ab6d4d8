package io.headwater.conformance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The packaged server, run as a user runs it: its own JVM, started from the jar. */
final class HeadwaterProcess {
  private static final int LIMIT_SECONDS = 60;

  private HeadwaterProcess() {}

  /** What a finished command printed, both streams together, and its exit status. */
  record Finished(int status, String output) {}

  /** Runs a command that ends by itself. */
  static Finished run(String... arguments) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(commandLine(arguments)).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("still running after " + LIMIT_SECONDS + " s: " + output);
    }
    return new Finished(process.exitValue(), output);
  }

  private static List<String> commandLine(String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.add("-jar");
    line.add(System.getProperty("headwater.jar"));
    line.addAll(List.of(arguments));
    return line;
  }
}
