package io.headwater.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class RealDiskTest {
  @TempDir Path folder;

  @Test
  void theFolderAndItsParentsAreCreated() throws Exception {
    RealDisk disk = RealDisk.at(folder.resolve("a/b"));

    assertThat(disk.realFolder()).contains(folder.resolve("a/b").toRealPath());
  }

  @Test
  void theFolderIsLockedOnceInThisProcess() throws Exception {
    RealDisk disk = RealDisk.at(folder);
    RealDisk.Lock lock = disk.tryLock().orElseThrow();
    assertThat(RealDisk.at(folder).tryLock()).isEmpty();

    lock.close();

    Optional<RealDisk.Lock> again = disk.tryLock();
    assertThat(again).isPresent();
    again.get().close();
  }

  @Test
  void anotherProcessThatHoldsTheLockIsNoticedUntilItEnds() throws Exception {
    Process other = lockHolder();
    try {
      assertThat(other.getInputStream().read()).isEqualTo('L');
      RealDisk disk = RealDisk.at(folder);
      assertThat(disk.tryLock()).isEmpty();

      other.destroyForcibly().waitFor(30, TimeUnit.SECONDS);

      Optional<RealDisk.Lock> lock = disk.tryLock();
      assertThat(lock).isPresent();
      lock.get().close();
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void aSecondAttemptOfThisProcessDoesNotLetAnotherProcessIn() throws Exception {
    try (RealDisk.Lock _ = RealDisk.at(folder).tryLock().orElseThrow()) {
      assertThat(RealDisk.at(folder).tryLock()).isEmpty();
      Process other = lockHolder();
      try {
        assertThat(other.getInputStream().read()).isEqualTo('N');
      } finally {
        other.destroyForcibly();
      }
    }
  }

  private Process lockHolder() throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            LockHolder.class.getName(),
            folder.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Holds the lock until it is killed. */
  static final class LockHolder {
    private LockHolder() {}

    public static void main(String[] args) throws Exception {
      System.out.write(RealDisk.at(Path.of(args[0])).tryLock().isPresent() ? 'L' : 'N');
      System.out.flush();
      Thread.sleep(60_000);
    }
  }

  @Test
  void anInterruptedThreadDoesNotTakeTheFileWithIt() throws Exception {
    RealDisk disk = RealDisk.at(folder);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    AtomicInteger written = new AtomicInteger();
    try (DiskFile file = disk.open("file", Disk.Mode.CREATE)) {
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int i = 0; i < 3_000; i++) {
                    written.set(i);
                    file.write(ByteBuffer.allocate(100), i * 100L);
                    if (i % 100 == 0) {
                      file.sync();
                    }
                  }
                  if (!Thread.currentThread().isInterrupted()) {
                    failure.set(new IllegalStateException("the interrupt was swallowed"));
                  }
                } catch (IOException | RuntimeException e) {
                  failure.set(e);
                }
              });
      int next = 0;
      while (writer.isAlive()) {
        if (written.get() >= next) {
          writer.interrupt();
          next = written.get() + 3;
        }
        file.size();
      }
      assertThat(failure.get()).isNull();
      assertThat(file.size()).isEqualTo(300_000);
    }
  }

  @Test
  void aFullDiskHasAnExceptionOfItsOwnInAnyLanguage() throws Exception {
    RealDisk disk = RealDisk.at(folder);

    assertThat(disk.explained(Path.of("x"), new IOException("No space left on device")))
        .isInstanceOf(DiskFullException.class)
        .hasMessage("x: No space left on device");
    assertThat(disk.explained(Path.of("x"), new IOException("Input/output error")))
        .isNotInstanceOf(DiskFullException.class);
  }

  @Test
  void aRealFullDeviceIsRecognised() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    RealDisk disk = RealDisk.at(full.getParent());
    try (DiskFile file = disk.open("full", Disk.Mode.WRITE)) {
      assertThatThrownBy(() -> file.write(ByteBuffer.allocate(10), 0))
          .isInstanceOf(DiskFullException.class);
    }
  }
}
