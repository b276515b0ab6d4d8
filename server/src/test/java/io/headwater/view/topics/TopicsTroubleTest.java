package io.headwater.view.topics;

import static io.headwater.view.topics.TopicsNode.batch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.DiskFile;
import io.headwater.host.RealDisk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicsTroubleTest {
  @TempDir Path folder;
  private final TopicsNode.TestClock clock = new TopicsNode.TestClock();
  private FullDisk disk;
  private TopicsNode node;
  private int stream;

  @BeforeEach
  void open() throws IOException {
    disk = new FullDisk(RealDisk.at(folder));
    node = TopicsNode.open(disk, clock);
    stream = node.create("orders", 1, Map.of()).streams().getFirst();
  }

  @Test
  void aFullDiskRefusesWritesLosesNothingAndGoesOnWhenThereIsSpace() throws IOException {
    node.produce("orders", 0, batch("a"));
    node.settle();
    disk.full = true;
    node.produce("orders", 0, batch("b"));
    node.settle();

    assertThatThrownBy(() -> node.produce("orders", 0, batch("c")))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.ReadOnly.class));
    assertThat(node.consume(stream, 0)).containsExactly("0=a", "1=b");
    CompletableFuture<Long> checkpoint = node.topics.checkpoint();
    node.settle();
    assertThat(checkpoint).isCompletedExceptionally();

    disk.full = false;
    node.advance(2_000);
    assertThat(node.produce("orders", 0, batch("c")).baseOffset()).isEqualTo(2);
    node.settle();
    assertThat(node.consume(stream, 0)).containsExactly("0=a", "1=b", "2=c");
    assertThat(node.failures).isEmpty();
    node.checkpoint();
    node.close();
  }

  @Test
  void aRestartOnAFullDiskKeepsWhatTheLogHoldsAndAnswersReadOnly() throws IOException {
    node.produce("orders", 0, batch("a"));
    node.settle();
    node.close();
    disk.full = true;
    node = TopicsNode.open(disk, clock);

    assertThatThrownBy(() -> node.produce("orders", 0, batch("b")))
        .isInstanceOf(FailureException.class);
    assertThat(node.consume(stream, 0)).containsExactly("0=a");
    FetchSlice slice = node.topics.read(stream, 0, 1000, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER);
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    slice.file().transferTo(slice.position(), slice.length(), Channels.newChannel(sent));
    assertThat(ByteBuffer.wrap(sent.toByteArray())).isEqualTo(slice.copy());
    disk.full = false;
    node.advance(2_000);
    assertThat(node.consume(stream, 0)).containsExactly("0=a");
    node.close();
  }

  @Test
  void anIoErrorStopsTheViewAndARestartHasEverything() throws IOException {
    node.produce("orders", 0, batch("a"));
    node.settle();
    disk.broken = true;
    node.produce("orders", 0, batch("b"));
    node.settle();

    assertThat(node.failures).hasSize(1);
    assertThatThrownBy(() -> node.produce("orders", 0, batch("c")))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.LogDead.class));
    disk.broken = false;
    node.close();
    node = TopicsNode.open(disk, clock);
    assertThat(node.consume(stream, 0)).containsExactly("0=a", "1=b");
    node.close();
  }

  @Test
  void aFailedSyncOfACheckpointStopsTheView() throws IOException {
    node.produce("orders", 0, batch("a"));
    node.settle();
    disk.broken = true;

    CompletableFuture<Long> checkpoint = node.topics.checkpoint();
    node.settle();

    assertThat(checkpoint).isCompletedExceptionally();
    disk.broken = false;
    node.close();
    node = TopicsNode.open(disk, clock);
    assertThat(node.replayedFrom).isZero();
    assertThat(node.consume(stream, 0)).containsExactly("0=a");
    node.close();
  }

  @Test
  void aSegmentShorterThanItsCheckpointCountsIsNamed() throws IOException {
    node.produce("orders", 0, batch("a", "b"));
    node.settle();
    node.checkpoint();
    node.close();
    String path = "views/topics/" + Segment.name(stream, 0, 0);
    try (DiskFile file = disk.open(path, io.headwater.host.Disk.Mode.WRITE)) {
      file.truncate(10);
    }

    assertThatThrownBy(() -> TopicsNode.open(disk, clock))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(path);
  }

  @Test
  void aDamagedSegmentIsAnErrorOfTheFetchAndNotOfTheServer() throws IOException {
    for (int i = 0; i < 3; i++) {
      node.produce("orders", 0, batch("a", "b"));
    }
    node.settle();
    node.checkpoint();
    node.close();
    String path = "views/topics/" + Segment.name(stream, 0, 0);
    disk.delete(Segment.indexPath(path));
    try (DiskFile file = disk.open(path, io.headwater.host.Disk.Mode.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {9}), 16);
    }
    node = TopicsNode.open(disk, clock);

    FetchSlice slice = node.topics.read(stream, 1, 100, Topics.FirstBatch.ONLY_IF_IT_FITS);

    assertThat(slice.error())
        .isEqualTo(org.apache.kafka.common.protocol.Errors.KAFKA_STORAGE_ERROR);
    node.close();
  }
}
