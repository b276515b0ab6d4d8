package io.headwater.protocol.redis.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.host.RealDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamEndTest {
  private static final StreamEnd END =
      new StreamEnd("0123456789abcdef0123456789abcdef01234567", Long.MAX_VALUE, 77, -5);

  @TempDir Path folder;
  private Disk disk;

  @BeforeEach
  void open() throws IOException {
    disk = RealDisk.at(folder);
  }

  @Test
  void isTakenOnceAsItWasKept() throws IOException {
    END.keep(disk);

    assertThat(StreamEnd.take(disk)).isEqualTo(END);

    assertThat(StreamEnd.take(disk)).as("a crash behind this must not find it").isNull();
  }

  @Test
  void isNoneWhereABitIsWrongOrItsEndIsMissing() throws IOException {
    END.keep(disk);
    byte[] whole = disk.readAll("views/replicas");
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] wrong = whole.clone();
      wrong[bit / 8] ^= (byte) (1 << bit % 8);
      disk.replace("views/replicas", wrong);
      assertThat(StreamEnd.take(disk)).as("bit " + bit).isNull();
    }
    for (int length = 0; length < whole.length; length++) {
      try (DiskFile file = disk.open("views/replicas", Disk.Mode.CREATE)) {
        file.write(ByteBuffer.wrap(whole, 0, length), 0);
      }
      assertThat(StreamEnd.take(disk)).as(length + " bytes").isNull();
    }
  }
}
