package io.headwater.view.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Disk;
import io.headwater.host.RealDisk;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Topic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compaction against a list of all records: what is left is right, and enough is gone. */
class CompactionTest {
  private static final Map<String, String> CONFIG =
      Map.of(
          "cleanup.policy", "compact",
          "segment.bytes", "1500",
          "index.interval.bytes", "200",
          "delete.retention.ms", "5000",
          "file.delete.delay.ms", "10");

  @TempDir Path folder;
  private final TopicsNode.TestClock clock = new TopicsNode.TestClock();
  private final List<String> written = new ArrayList<>();
  private final Map<String, Integer> lastOffset = new HashMap<>();
  private Disk disk;
  private TopicsNode node;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 10);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theLastRecordOfEachKeyStaysAndNothingIsInvented(long seed) throws IOException {
    Random random = new Random(seed);
    disk = RealDisk.at(folder);
    node = TopicsNode.open(disk, clock);
    int stream = node.create("state", 1, CONFIG).streams().getFirst();
    for (int i = 0; i < 300; i++) {
      switch (random.nextInt(12)) {
        case 0 -> node.advance(random.nextInt(3_000));
        case 1 -> node.checkpoint();
        case 2 -> {
          if (random.nextInt(6) == 0) {
            node.settle();
            node.close();
            node = TopicsNode.open(disk, clock);
          }
        }
        default -> write(random);
      }
      if (i % 50 == 49) {
        check(stream);
      }
    }
    node.advance(1_001);
    check(stream);
    assertThat(node.topics.sizeBytes(stream)).isLessThan(8_000);
    assertThat(node.failures).isEmpty();
    node.close();
  }

  private void write(Random random) {
    SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(6)];
    for (int i = 0; i < records.length; i++) {
      String key = "k" + random.nextInt(12);
      String value = random.nextInt(5) == 0 ? null : "v" + written.size();
      lastOffset.put(key, written.size());
      written.add(key + ":" + value);
      records[i] =
          new SimpleRecord(
              clock.nowMs,
              TopicsNode.bytes(key),
              value == null ? null : TopicsNode.bytes(value + "x".repeat(30)));
    }
    Compression codec = random.nextBoolean() ? Compression.NONE : Compression.lz4().build();
    ByteBuffer batch = MemoryRecords.withRecords(codec, records).buffer();
    assertThat(node.produce("state", 0, batch).error()).isEqualTo(Errors.NONE);
  }

  private void check(int stream) throws IOException {
    node.settle();
    Map<Integer, String> left = new HashMap<>();
    for (String line : node.consume(stream, 0)) {
      int equals = line.indexOf('=');
      left.put(Integer.valueOf(line.substring(0, equals)), line.substring(equals + 1));
    }
    left.forEach(
        (offset, text) -> assertThat(text.replace("x", "")).isEqualTo(written.get(offset)));
    lastOffset.forEach((_, offset) -> {
      if (!written.get(offset).endsWith(":null")) {
        assertThat(left).containsKey(offset);
      }
    });
    // Without its tombstone an older value must not come back.
    for (Map.Entry<Integer, String> entry : left.entrySet()) {
      String key = written.get(entry.getKey()).substring(0, 3).replace(":", "");
      int last = lastOffset.get(key);
      if (entry.getKey() < last && written.get(last).endsWith(":null")) {
        assertThat(left).containsKey(last);
      }
    }
  }

  @Test
  void tombstonesGoWhenTheyWereSeenLongEnough() throws IOException {
    disk = RealDisk.at(folder);
    node = TopicsNode.open(disk, clock);
    int stream = node.create("state", 1, CONFIG).streams().getFirst();
    node.produce("state", 0, TopicsNode.keyed(clock.nowMs, "gone", "v"));
    node.produce("state", 0, TopicsNode.keyed(clock.nowMs, "gone", null));
    fill();
    node.advance(2_000);
    assertThat(node.consume(stream, 0)).contains("1=gone:null").doesNotContain("0=gone:v");

    fill();
    node.advance(6_000);
    fill();
    node.advance(2_000);

    assertThat(node.consume(stream, 0)).noneMatch(line -> line.contains("gone"));
    node.close();
  }

  private void fill() {
    for (int i = 0; i < 60; i++) {
      node.produce("state", 0, TopicsNode.keyed(clock.nowMs, "k" + i % 3, "v" + i));
    }
    node.settle();
  }

  @Test
  void aTopicDeletedWhileItIsCompactedLeavesNoSegmentBehind() throws IOException {
    disk = RealDisk.at(folder);
    node = TopicsNode.open(disk, clock);
    node.create("state", 1, CONFIG);
    fill();
    node.defersBackground = true;
    node.advance(2_000);
    node.change(new io.headwater.view.catalog.CatalogEvent.TopicDeleted("state"));
    node.runBackground();
    node.defersBackground = false;
    for (int i = 0; i < 3; i++) {
      node.advance(2_000);
    }

    assertThat(disk.list(Segment.FOLDER)).noneMatch(name -> name.endsWith(".log"));
    node.close();
  }

  @Test
  void aRunThatMeetsAFullDiskLeavesNoFileAndIsTriedAgain() throws IOException {
    FullDisk full = new FullDisk(RealDisk.at(folder));
    node = TopicsNode.open(full, clock);
    int stream = node.create("state", 1, CONFIG).streams().getFirst();
    fill();
    int files = full.list(Segment.FOLDER).size();
    full.full = true;
    node.advance(3_000);
    assertThat(full.list(Segment.FOLDER)).hasSize(files);

    full.full = false;
    node.advance(2_000);
    assertThat(node.consume(stream, 0)).contains("59=k2:v59").hasSizeLessThan(40);
    node.close();
  }

  @Test
  void whatDoesNotFitTheMapIsCompactedInTheNextRun() throws IOException {
    disk = RealDisk.at(folder);
    node =
        new TopicsNode(disk, clock, new TopicsConfig(1_000, 4, 4096, 4096, 0, 1_000, 86_400_000L));
    int stream = node.create("state", 1, CONFIG).streams().getFirst();
    for (int i = 0; i < 400; i++) {
      node.produce("state", 0, TopicsNode.keyed(clock.nowMs, "k" + i % 100, "v" + i));
    }
    node.settle();
    for (int i = 0; i < 30; i++) {
      node.advance(1_001);
    }

    assertThat(node.consume(stream, 0)).contains("399=k99:v399").hasSizeLessThan(250);
    node.close();
  }

  @Test
  void aBatchThatUnpacksToTooMuchOrToTooManyRecordsStaysWhole() throws IOException {
    disk = RealDisk.at(folder);
    node = TopicsNode.open(disk, clock);
    Topic topic =
        node.create("state", 1, Map.of("segment.bytes", "1000000", "max.message.bytes", "1000000"));
    int stream = topic.streams().getFirst();
    Compression gzip = Compression.gzip().build();
    List<ByteBuffer> batches =
        List.of(
            Bombs.zeros(gzip, Compaction.UNPACKED_BYTES_MAX + 1),
            Bombs.tinyRecords(gzip, 200_000),
            TopicsNode.keyed(clock.nowMs, "k", "old"),
            TopicsNode.keyed(clock.nowMs, "k", "new"));
    for (ByteBuffer batch : batches) {
      assertThat(node.produce("state", 0, batch).error()).isEqualTo(Errors.NONE);
    }
    node.change(new CatalogEvent.TopicConfigured("state", CONFIG));
    fill();
    for (int i = 0; i < 5; i++) {
      node.advance(1_001);
      fill();
    }

    long[] offsets = {0, 1, 200_001, 200_002};
    for (int i = 0; i < 2; i++) {
      FetchSlice slice =
          node.topics.read(stream, offsets[i], 1, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER);
      assertThat(slice.copy().position(20)).isEqualTo(batches.get(i).duplicate().position(20));
    }
    assertThat(node.consume(stream, 200_001)).noneMatch(line -> line.endsWith("old"));
    assertThat(node.failures).isEmpty();
    node.close();
  }
}
