package io.headwater.protocol.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headwater.view.groups.GroupsConfig;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** librdkafka, through kcat where it is installed. */
class KcatTest {
  @TempDir Path folder;
  private KafkaNode node;

  @BeforeEach
  void start() throws IOException {
    boolean installed =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "kcat")));
    assumeTrue(installed, "kcat is not on the PATH");
    node = new KafkaNode(folder.resolve("data"), KafkaSettings.DEFAULT, GroupsConfig.DEFAULT);
  }

  @AfterEach
  void stop() throws IOException {
    if (node != null) {
      node.close();
      assertThat(node.failures).isEmpty();
    }
  }

  private List<String> kcat(String input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("kcat", "-b", node.bootstrap()));
    command.addAll(List.of(arguments));
    Path output = folder.resolve("out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(UTF_8));
    }
    boolean ended = process.waitFor(30, TimeUnit.SECONDS);
    process.destroyForcibly();
    List<String> lines = Files.readAllLines(output);
    assertThat(ended).as("%s", lines).isTrue();
    assertThat(process.exitValue()).as("%s", lines).isZero();
    return lines;
  }

  @Test
  void producesConsumesAndLists() throws Exception {
    kcat("one\ntwo\nthree\n", "-P", "-t", "words", "-z", "lz4");
    kcat("four\n", "-P", "-t", "words", "-X", "enable.idempotence=true");

    assertThat(kcat("", "-C", "-t", "words", "-e", "-q"))
        .containsExactly("one", "two", "three", "four");
    assertThat(kcat("", "-L"))
        .anyMatch(line -> line.contains("broker 1 at " + node.bootstrap()))
        .anyMatch(line -> line.contains("topic \"words\" with 1 partitions"));
    assertThat(kcat("", "-Q", "-t", "words:0:-1")).containsExactly("words [0] offset 4");
  }

  @Test
  void aGroupReadsWhatItHasNotReadYet() throws Exception {
    kcat("one\ntwo\n", "-P", "-t", "words");
    List<String> first =
        kcat("", "-G", "readers", "-c", "2", "-X", "auto.offset.reset=earliest", "words");
    assertThat(first).contains("one", "two");

    kcat("three\n", "-P", "-t", "words");
    List<String> second =
        kcat("", "-G", "readers", "-c", "1", "-X", "auto.offset.reset=earliest", "words");
    assertThat(second).contains("three").doesNotContain("one", "two");
  }
}
