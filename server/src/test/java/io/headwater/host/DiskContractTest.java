package io.headwater.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.simulation.SimulatedDisk;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the real disk and the simulated one have in common. */
class DiskContractTest {
  private enum Made {
    REAL,
    /** As on a file system without O_DIRECT. */
    REAL_CACHED,
    SIMULATED
  }

  @TempDir Path folder;

  private Disk disk(Made made) throws IOException {
    return switch (made) {
      case REAL -> RealDisk.at(folder.resolve("data"));
      case REAL_CACHED -> {
        RealDisk disk = RealDisk.at(folder.resolve("data"));
        disk.directRefused();
        yield disk;
      }
      case SIMULATED -> new SimulatedDisk(1);
    };
  }

  @ParameterizedTest
  @EnumSource
  void modesSayWhatMustExist(Made made) throws Exception {
    Disk disk = disk(made);
    for (Disk.Mode mode : List.of(Disk.Mode.READ, Disk.Mode.WRITE)) {
      assertThatThrownBy(() -> disk.open("file", mode)).isInstanceOf(IOException.class);
    }
    assertThat(disk.exists("file")).isFalse();
    disk.open("file", Disk.Mode.CREATE).close();
    assertThat(disk.exists("file")).isTrue();
    assertThatThrownBy(() -> disk.open("file", Disk.Mode.CREATE)).isInstanceOf(IOException.class);
    write(disk, "file", "kept");
    disk.open("file", Disk.Mode.CREATE_OR_OPEN).close();
    disk.open("other", Disk.Mode.CREATE_OR_OPEN).close();
    assertThat(text(disk, "file")).isEqualTo("kept");
    assertThatThrownBy(() -> disk.open("no/folder", Disk.Mode.CREATE))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource
  void pathsNeverLeaveTheDisk(Made made) throws Exception {
    Disk disk = disk(made);
    for (String path : List.of("../out", "a/../../out", "/etc/passwd")) {
      assertThatThrownBy(() -> disk.exists(path)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> disk.open(path, Disk.Mode.READ))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void foldersListTheirNamesSorted(Made made) throws Exception {
    Disk disk = disk(made);
    assertThat(disk.list("nowhere")).isEmpty();
    disk.createFolder("a/b/c");
    disk.createFolder("a/b/c");
    write(disk, "a/z", "1");
    write(disk, "a/m", "2");
    write(disk, "a/b/x", "3");

    assertThat(disk.list("a")).containsExactly("b", "m", "z");
    assertThat(disk.list("")).containsExactly("a");
    assertThat(disk.isFolder("a/b")).isTrue();
    assertThat(disk.isFolder("a/m")).isFalse();
    assertThat(disk.isFolder("a/q")).isFalse();
    assertThatThrownBy(() -> disk.open("a", Disk.Mode.READ)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.createFolder("a/m")).isInstanceOf(IOException.class);
    disk.syncFolder("");
    disk.syncFolder("a/b");
    assertThatThrownBy(() -> disk.syncFolder("a/q")).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource
  void deletingTakesFilesAndEmptyFoldersOnly(Made made) throws Exception {
    Disk disk = disk(made);
    disk.createFolder("a");
    write(disk, "a/file", "1");

    assertThatThrownBy(() -> disk.delete("a")).isInstanceOf(IOException.class);
    disk.delete("a/file");
    disk.delete("a/file");
    disk.delete("a");

    assertThat(disk.exists("a")).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void aRenameReplacesItsTarget(Made made) throws Exception {
    Disk disk = disk(made);
    write(disk, "new", "new");
    write(disk, "old", "old and longer");

    disk.rename("new", "old");

    assertThat(text(disk, "old")).isEqualTo("new");
    assertThat(disk.exists("new")).isFalse();
    assertThatThrownBy(() -> disk.rename("new", "old")).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource
  void aFolderCanBeRenamedWithAllInIt(Made made) throws Exception {
    Disk disk = disk(made);
    disk.createFolder("a/b");
    write(disk, "a/b/file", "x");

    disk.rename("a", "c");

    assertThat(text(disk, "c/b/file")).isEqualTo("x");
    assertThat(disk.exists("a")).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void anOpenFileOutlivesItsName(Made made) throws Exception {
    Disk disk = disk(made);
    write(disk, "file", "contents");
    try (DiskFile file = disk.open("file", Disk.Mode.READ)) {
      disk.delete("file");

      assertThat(file.size()).isEqualTo(8);
      ByteBuffer bytes = ByteBuffer.allocate(8);
      file.readFully(bytes, 0);
      assertThat(new String(bytes.array(), StandardCharsets.UTF_8)).isEqualTo("contents");
    }
  }

  @ParameterizedTest
  @EnumSource
  void replaceWritesWholeFiles(Made made) throws Exception {
    Disk disk = disk(made);
    disk.replace("file", "one".getBytes(StandardCharsets.UTF_8));
    disk.replace("file", "2".getBytes(StandardCharsets.UTF_8));

    assertThat(text(disk, "file")).isEqualTo("2");
    assertThat(disk.list("")).containsExactly("file");
  }

  @ParameterizedTest
  @EnumSource
  void bytesAreReadAsTheyWereWritten(Made made) throws Exception {
    Disk disk = disk(made);
    SplittableRandom random = new SplittableRandom(4);
    byte[] expected = new byte[3 << 20];
    try (DiskFile file = disk.open("file", Disk.Mode.CREATE)) {
      for (int i = 0; i < 40; i++) {
        byte[] bytes = new byte[random.nextInt(i % 10 == 0 ? 2 << 20 : 5_000)];
        random.nextBytes(bytes);
        int at = random.nextInt(expected.length - bytes.length);
        ByteBuffer source = i % 2 == 0 ? ByteBuffer.wrap(bytes) : direct(bytes);
        file.write(source, at);
        assertThat(source.hasRemaining()).isFalse();
        System.arraycopy(bytes, 0, expected, at, bytes.length);
      }
      file.write(ByteBuffer.allocate(1), expected.length - 1);
      expected[expected.length - 1] = 0;
      file.sync();
      assertThat(file.size()).isEqualTo(expected.length);
      for (ByteBuffer target :
          List.of(
              ByteBuffer.allocate(expected.length), ByteBuffer.allocateDirect(expected.length))) {
        file.readFully(target, 0);
        assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(expected));
      }
    }
    assertThat(disk.readAll("file")).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void blocksAndOtherBytesAreWrittenByTurns(Made made) throws Exception {
    Disk disk = disk(made);
    SplittableRandom random = new SplittableRandom(5);
    byte[] expected = new byte[1 << 20];
    try (DiskFile file = disk.open("file", Disk.Mode.CREATE)) {
      file.write(ByteBuffer.allocate(expected.length), 0);
      for (int i = 0; i < 60; i++) {
        int unit = i % 2 == 0 ? DiskFile.BLOCK_BYTES : 1;
        byte[] bytes = new byte[random.nextInt(100_000) / unit * unit];
        random.nextBytes(bytes);
        int at = random.nextInt(expected.length - bytes.length) / unit * unit;
        if (unit == 1) {
          file.write(ByteBuffer.wrap(bytes), at);
        } else {
          ByteBuffer blocks = blocks(bytes);
          file.writeBlocks(blocks, at);
          assertThat(blocks.hasRemaining()).isFalse();
        }
        System.arraycopy(bytes, 0, expected, at, bytes.length);
        assertThat(disk.readAll("file")).isEqualTo(expected);
      }
      file.sync();
    }
    assertThat(disk.readAll("file")).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void onlyWholeBlocksAreWrittenAsBlocks(Made made) throws Exception {
    try (DiskFile file = disk(made).open("file", Disk.Mode.CREATE)) {
      ByteBuffer blocks = blocks(new byte[2 * DiskFile.BLOCK_BYTES]);

      assertThatThrownBy(() -> file.writeBlocks(blocks, 512))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> file.writeBlocks(blocks.duplicate().limit(5000), 0))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(file.size()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsAllocatedReadsAsZerosAndKeepsWhatWasThere(Made made) throws Exception {
    Disk disk = disk(made);
    write(disk, "file", "0123456789");
    try (DiskFile file = disk.open("file", Disk.Mode.WRITE)) {
      boolean could = file.allocate(100_000);
      file.sync();

      byte[] expected = Arrays.copyOf("0123456789".getBytes(StandardCharsets.UTF_8), 100_000);
      assertThat(disk.readAll("file")).isEqualTo(could ? expected : Arrays.copyOf(expected, 10));
      file.allocate(5);
      assertThat(file.size()).isEqualTo(could ? 100_000 : 10);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theEndOfAFileIsTheEnd(Made made) throws Exception {
    Disk disk = disk(made);
    write(disk, "file", "0123456789");
    try (DiskFile file = disk.open("file", Disk.Mode.WRITE)) {
      ByteBuffer target = ByteBuffer.allocate(8);
      assertThat(file.read(target, 10)).isEqualTo(-1);
      assertThat(file.read(target, 7)).isEqualTo(3);
      assertThat(file.read(ByteBuffer.allocate(0), 3)).isZero();
      assertThatThrownBy(() -> file.readFully(ByteBuffer.allocate(8), 5))
          .isInstanceOf(EOFException.class);
      file.truncate(4);
      assertThat(file.size()).isEqualTo(4);
      file.truncate(100);
      assertThat(file.size()).isEqualTo(4);
      file.write(ByteBuffer.wrap(new byte[] {'x'}), 6);
    }
    assertThat(text(disk, "file")).isEqualTo("0123\0\0x");
  }

  @ParameterizedTest
  @EnumSource
  void transferSendsARange(Made made) throws Exception {
    Disk disk = disk(made);
    write(disk, "file", "0123456789");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DiskFile file = disk.open("file", Disk.Mode.READ)) {
      assertThat(file.transferTo(2, 5, Channels.newChannel(out))).isEqualTo(5);
      assertThat(file.transferTo(10, 5, Channels.newChannel(out))).isZero();
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("23456");
  }

  @ParameterizedTest
  @EnumSource
  void aFileOpenedForReadingIsNotWritten(Made made) throws Exception {
    Disk disk = disk(made);
    write(disk, "file", "x");
    try (DiskFile file = disk.open("file", Disk.Mode.READ)) {
      assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 0))
          .isInstanceOf(RuntimeException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClosedFileDoesNothingMore(Made made) throws Exception {
    Disk disk = disk(made);
    DiskFile file = disk.open("file", Disk.Mode.CREATE);
    file.close();
    file.close();

    for (Call call :
        Stream.<Call>of(
                () -> file.write(ByteBuffer.allocate(1), 0),
                file::sync,
                file::size,
                () -> file.read(ByteBuffer.allocate(1), 0))
            .toList()) {
      assertThatThrownBy(call::run).isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void thereIsSpace(Made made) throws Exception {
    assertThat(disk(made).freeBytes()).isPositive();
  }

  /** In memory that begins where a block does. */
  private static ByteBuffer blocks(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length + DiskFile.BLOCK_BYTES)
        .alignedSlice(DiskFile.BLOCK_BYTES)
        .put(bytes)
        .flip();
  }

  private interface Call {
    void run() throws IOException;
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static void write(Disk disk, String path, String text) throws IOException {
    try (DiskFile file = disk.open(path, Disk.Mode.CREATE_OR_OPEN)) {
      file.truncate(0);
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }
  }

  private static String text(Disk disk, String path) throws IOException {
    return new String(disk.readAll(path), StandardCharsets.UTF_8);
  }
}
