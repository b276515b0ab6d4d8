package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.FilePages.Range;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilePagesTest {
  @TempDir Path folder;

  private static String mapping(String head, int changedKb) {
    return head
        + "\nSize:                 64 kB\nRss:                  12 kB\nAnonymous:          "
        + changedKb
        + " kB\nAnonHugePages:         0 kB\nVmFlags: rd mr mw me\n";
  }

  private static List<Range> unchanged(String smaps) throws IOException {
    return FilePages.unchanged(new ByteArrayInputStream(smaps.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void onlyFilesThatNobodyMayWriteToAndNobodyChangedAreGivenBack() throws IOException {
    String smaps =
        mapping("801c10000-804534000 r--p 01c10000 fe:00 21 /x/headwater.aot", 0)
            + mapping("800001000-801c10000 rw-p 00001000 fe:00 21 /x/headwater.aot", 0)
            + mapping("7f0000000000-7f0000010000 r-xp 00000000 fe:00 22 /x/lib jvm.so", 0)
            + mapping("7f0000010000-7f0000020000 r--p 00010000 fe:00 22 /x/libjvm.so", 4)
            + mapping("7f0000020000-7f0000030000 r--s 00000000 fe:00 23 /x/modules", 0)
            + mapping("7f0000030000-7f0000040000 r--p 00000000 00:00 0 ", 0)
            + mapping("7ffc0a5e1000-7ffc0a5e3000 r-xp 00000000 00:00 0 [vdso]", 0)
            + mapping("ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0 /last", 0);

    assertThat(unchanged(smaps))
        .containsExactly(
            new Range(0x801c10000L, 0x804534000L),
            new Range(0x7f0000000000L, 0x7f0000010000L),
            new Range(0xffffffffff600000L, 0xffffffffff601000L));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "1-2 r--p\n",
        "1-2 r--p 0 0 0 /x\n",
        "1-2 r--p 0 0 0 /x\nAnonymous:",
        "1-2 r--p 0 0 0 /x\nAnonymous:   ",
        "1-2 r--p 0 0 0 /x\nAnonymous:   08 kB\n",
        "1-2 r--p 0 0 0 /x\nAnonymousPages:  0 kB\n",
        "Anonymous:   0 kB\n"
      })
  void figuresThatAreNotKnownGiveNothingBack(String smaps) throws IOException {
    assertThat(unchanged(smaps)).isEmpty();
  }

  @Test
  void namesOfAnyLengthAreNames() throws IOException {
    String smaps = mapping("1000-2000 r--p 0 fe:00 1 /" + "Anonymous: 0 kB ".repeat(1_000), 0);

    assertThat(unchanged(smaps)).containsExactly(new Range(0x1000, 0x2000));
  }

  /** On Linux it is this process's own library that is given back, while it runs on it. */
  @Test
  void mappedFilesReadTheSameAfterwards() throws IOException {
    byte[] bytes = new byte[300_000];
    new java.util.SplittableRandom(1).nextBytes(bytes);
    Path file = Files.write(folder.resolve("mapped"), bytes);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes.length);

      FilePages.discard();
      FilePages.discard();

      byte[] read = new byte[bytes.length];
      mapped.get(read);
      assertThat(read).isEqualTo(bytes);
    }
  }
}
