package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CommandLineTest {
  @Test
  void thePackagedServerKnowsItsVersion() throws Exception {
    HeadwaterProcess.Finished version = HeadwaterProcess.run("--version");

    assertThat(version.status()).isZero();
    assertThat(version.output().strip()).matches("headwater \\d+\\.\\d+\\.\\d+.*");
  }

  @Test
  void anUnknownCommandEndsWithStatusTwo() throws Exception {
    assertThat(HeadwaterProcess.run("no-such-command").status()).isEqualTo(2);
  }
}
