package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

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

  private int run(String... args) {
    return Main.run(args, new PrintStream(out, true), new PrintStream(err, true));
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
