package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void helpNamesEveryCommand() {
    assertThat(run("--help")).isZero();

    assertThat(text(out)).startsWith("usage: headwater").contains("--help", "--version");
    assertThat(text(err)).isEmpty();
  }

  @Test
  void versionIsOneLine() {
    assertThat(run("--version")).isZero();

    assertThat(text(out).lines()).singleElement().asString().startsWith("headwater ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"help", "-h", "--help"})
  void helpIsThereByEachNameThatPeopleTry(String name) {
    assertThat(run(name)).isZero();
    assertThat(text(out)).startsWith("usage: headwater");
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "-v", "--version"})
  void soIsTheVersion(String name) {
    assertThat(run(name)).isZero();
    assertThat(text(out)).startsWith("headwater ");
  }

  @Test
  void aRedisConfWithoutItsOptionIsRefusedWithTheOption() {
    assertThat(run("serve", "/etc/redis/redis.conf")).isEqualTo(2);

    assertThat(text(err)).contains("--redis-conf /etc/redis/redis.conf");
  }

  @Test
  void aDataFolderThatCannotBeMadeIsRefusedWithWhatIsInTheWay(@TempDir Path folder)
      throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThat(run("serve", "--data", file.resolve("data/x").toString())).isEqualTo(2);

    assertThat(text(err)).contains("cannot create the data folder", "not a folder: " + file);
  }

  @Test
  void unknownCommandIsRefusedWithOneLineThatNamesIt() {
    assertThat(run("sevre")).isEqualTo(2);

    assertThat(text(out)).isEmpty();
    assertThat(text(err).lines()).singleElement().asString().contains("'sevre'", "--help");
  }

  @Test
  void noCommandAtAllShowsTheUsageAsAnError() {
    assertThat(run()).isEqualTo(2);

    assertThat(text(out)).isEmpty();
    assertThat(text(err)).startsWith("usage: headwater");
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 127.0.0.1", "::1, [::1]", "fe80::1, [fe80:0:0:0:0:0:0:1]"})
  void addressesAreShownAsTheyAreWritten(String address, String shown) {
    assertThat(Main.shown(new InetSocketAddress(address, 1))).isEqualTo(shown);
  }

  private int run(String... args) {
    return Main.run(args, new PrintStream(out, true), new PrintStream(err, true));
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
