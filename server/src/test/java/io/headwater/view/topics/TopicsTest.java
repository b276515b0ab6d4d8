package io.headwater.view.topics;

import static io.headwater.view.topics.TopicsNode.batch;
import static io.headwater.view.topics.TopicsNode.idempotent;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Disk;
import io.headwater.host.RealDisk;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Topic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicsTest {
  @TempDir Path folder;
  private final TopicsNode.TestClock clock = new TopicsNode.TestClock();
  private Disk disk;
  private TopicsNode node;

  @BeforeEach
  void open() throws IOException {
    disk = RealDisk.at(folder);
    node = TopicsNode.open(disk, clock);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
    assertThat(node.failures).isEmpty();
  }

  private void restart() throws IOException {
    node.close();
    node = TopicsNode.open(disk, clock);
  }

  @Test
  void whatWasProducedIsConsumedOnceItIsDurable() throws IOException {
    int stream = node.create("orders", 1, Map.of()).streams().getFirst();

    Produced.Result first = node.produce("orders", 0, batch("a", "b"));
    Produced.Result second = node.produce("orders", 0, batch("c"));

    assertThat(first.baseOffset()).isEqualTo(0);
    assertThat(second.baseOffset()).isEqualTo(2);
    assertThat(node.topics.endOffset(stream)).isEqualTo(3);
    assertThat(node.topics.highWatermark(stream)).isZero();
    assertThat(node.topics.read(stream, 0, 100, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER).length())
        .isZero();
    node.settle();
    assertThat(node.topics.highWatermark(stream)).isEqualTo(3);
    assertThat(node.consume(stream, 0)).containsExactly("0=a", "1=b", "2=c");
    assertThat(node.consume(stream, 1)).containsExactly("1=b", "2=c");
  }

  @Test
  void severalPartitionsOfARequestShareAFrameAndFailOneByOne() throws IOException {
    Topic topic = node.create("orders", 2, Map.of());

    Produced produced =
        node.topics.produce(
            List.of(
                new ProduceWrite("orders", 0, batch("a")),
                new ProduceWrite("orders", 7, batch("x")),
                new ProduceWrite("orders", 1, batch("b"))));
    node.settle();

    assertThat(produced.partitions())
        .extracting(Produced.Result::error)
        .containsExactly(Errors.NONE, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.NONE);
    assertThat(produced.position()).isEqualTo(node.journal.appended());
    assertThat(node.consume(topic.streams().get(0), 0)).containsExactly("0=a");
    assertThat(node.consume(topic.streams().get(1), 0)).containsExactly("0=b");
  }

  @Test
  void aRestartReplaysTheLogAndRefillsTheSegments() throws IOException {
    int stream = node.create("orders", 1, Map.of()).streams().getFirst();
    for (int i = 0; i < 50; i++) {
      node.produce("orders", 0, batch("v" + i));
    }
    node.settle();
    List<String> before = node.consume(stream, 0);

    restart();

    assertThat(node.consume(stream, 0)).isEqualTo(before).hasSize(50);
    assertThat(node.produce("orders", 0, batch("next")).baseOffset()).isEqualTo(50);
  }

  @Test
  void aRestartAfterACheckpointReplaysOnlyWhatCameAfterIt() throws IOException {
    int stream = node.create("orders", 1, Map.of("segment.bytes", "300")).streams().getFirst();
    node.produce("orders", 0, batch("a"));
    node.produce("orders", 0, batch("b"));
    long position = node.checkpoint();
    node.produce("orders", 0, batch("c"));
    for (int i = 0; i < 20; i++) {
      node.produce("orders", 0, batch("v" + i));
    }
    node.settle();
    List<String> before = node.consume(stream, 0);

    restart();

    assertThat(node.replayedFrom).isEqualTo(position);
    assertThat(node.consume(stream, 0)).isEqualTo(before).hasSize(23);
  }

  @Test
  void duplicatesAreAnsweredWithTheirFirstOffsetsAlsoAfterARestart() throws IOException {
    int stream = node.create("orders", 1, Map.of()).streams().getFirst();
    for (int i = 0; i < 6; i++) {
      assertThat(node.produce("orders", 0, idempotent(9, 0, i * 2, "a", "b")).error())
          .isEqualTo(Errors.NONE);
    }

    for (int round = 0; round < 3; round++) {
      Produced.Result again = node.produce("orders", 0, idempotent(9, 0, 8, "a", "b"));
      assertThat(again.error()).isEqualTo(Errors.NONE);
      assertThat(again.baseOffset()).isEqualTo(8);
      // Too old to be remembered, so it cannot be told from a gap.
      assertThat(node.produce("orders", 0, idempotent(9, 0, 0, "a", "b")).error())
          .isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
      if (round == 1) {
        node.checkpoint();
      }
      restart();
    }
    assertThat(node.topics.endOffset(stream)).isEqualTo(12);
  }

  @Test
  void sequencesMustFollowEachOtherWithinAnEpochAndBeginAtZeroInANewOne() {
    node.create("orders", 1, Map.of());

    assertThat(node.produce("orders", 0, idempotent(9, 3, 40, "a")).error()).isEqualTo(Errors.NONE);
    assertThat(node.produce("orders", 0, idempotent(9, 3, 42, "a")).error())
        .isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    assertThat(node.produce("orders", 0, idempotent(9, 2, 41, "a")).error())
        .isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    assertThat(node.produce("orders", 0, idempotent(9, 4, 41, "a")).error())
        .isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    assertThat(node.produce("orders", 0, idempotent(9, 4, 0, "a")).error()).isEqualTo(Errors.NONE);
    assertThat(node.produce("orders", 0, idempotent(9, 3, 41, "a")).error())
        .isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
  }

  @Test
  void sequencesWrapBehindTheLargestInt() {
    node.create("orders", 1, Map.of());

    int last = Integer.MAX_VALUE;
    assertThat(node.produce("orders", 0, idempotent(9, 0, last - 1, "a", "b")).error())
        .isEqualTo(Errors.NONE);
    assertThat(node.produce("orders", 0, idempotent(9, 0, 0, "c")).error()).isEqualTo(Errors.NONE);
    assertThat(node.produce("orders", 0, idempotent(9, 0, 1, "d")).error()).isEqualTo(Errors.NONE);
  }

  @Test
  void aReadBehindTheEndOrBeforeTheStartIsOutOfRange() {
    int stream = node.create("orders", 1, Map.of()).streams().getFirst();
    node.produce("orders", 0, batch("a", "b", "c"));
    node.settle();
    node.topics.deleteRecords(stream, 2);
    node.settle();

    assertThat(node.topics.read(stream, 1, 100, Topics.FirstBatch.ONLY_IF_IT_FITS).error())
        .isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    assertThat(node.topics.read(stream, 4, 100, Topics.FirstBatch.ONLY_IF_IT_FITS).error())
        .isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    assertThat(node.topics.read(stream, 3, 100, Topics.FirstBatch.ONLY_IF_IT_FITS).error())
        .isEqualTo(Errors.NONE);
    assertThat(node.topics.read(999, 3, 100, Topics.FirstBatch.ONLY_IF_IT_FITS).error())
        .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
  }

  @Test
  void aFetchTakesWholeBatchesOnlyButOneAtLeastWhenAsked() {
    int stream = node.create("orders", 1, Map.of()).streams().getFirst();
    int bytes = batch("aaaa").remaining();
    for (int i = 0; i < 10; i++) {
      node.produce("orders", 0, batch("aaaa"));
    }
    node.settle();

    assertThat(node.topics.read(stream, 0, 1, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER).length())
        .isEqualTo(bytes);
    assertThat(node.topics.read(stream, 0, 1, Topics.FirstBatch.ONLY_IF_IT_FITS).length()).isZero();
    for (int max = bytes; max < 11 * bytes; max += 7) {
      assertThat(node.topics.read(stream, 0, max, Topics.FirstBatch.ONLY_IF_IT_FITS).length())
          .isEqualTo(Math.min(10, max / bytes) * bytes);
    }
  }

  @Test
  void recordsDeletedStayDeletedAfterARestart() throws IOException {
    int stream = node.create("orders", 1, Map.of("segment.bytes", "200")).streams().getFirst();
    for (int i = 0; i < 20; i++) {
      node.produce("orders", 0, batch("v" + i));
    }
    node.settle();

    RecordsDeleted deleted = node.topics.deleteRecords(stream, 13);
    node.settle();

    assertThat(deleted.lowWatermark()).isEqualTo(13);
    assertThat(node.topics.deleteRecords(stream, 21).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    restart();
    assertThat(node.topics.logStartOffset(stream)).isEqualTo(13);
    assertThat(node.consume(stream, 13)).hasSize(7);
    node.topics.deleteRecords(stream, -1);
    node.settle();
    node.checkpoint();
    restart();
    assertThat(node.topics.logStartOffset(stream)).isEqualTo(20);
    assertThat(node.produce("orders", 0, batch("next")).baseOffset()).isEqualTo(20);
  }

  @Test
  void retentionBySizeKeepsTheNewestSegments() throws IOException {
    int stream =
        node.create("orders", 1, Map.of("segment.bytes", "200", "retention.bytes", "500"))
            .streams()
            .getFirst();
    for (int i = 0; i < 100; i++) {
      node.produce("orders", 0, batch("value" + i));
    }
    node.settle();
    node.advance(2_000);

    long start = node.topics.logStartOffset(stream);
    assertThat(node.topics.sizeBytes(stream)).isBetween(500L, 800L);
    assertThat(node.consume(stream, start)).hasSize((int) (100 - start));
    restart();
    assertThat(node.topics.logStartOffset(stream)).isEqualTo(start);
    assertThat(node.consume(stream, start)).hasSize((int) (100 - start));
  }

  @Test
  void retentionByAgeTakesEverythingThatIsTooOld() throws IOException {
    int stream = node.create("orders", 1, Map.of("retention.ms", "60000")).streams().getFirst();
    node.produce("orders", 0, batch("old"));
    node.settle();
    node.advance(30_000);
    assertThat(node.consume(stream, 0)).hasSize(1);

    node.advance(40_000);

    assertThat(node.topics.logStartOffset(stream)).isEqualTo(1);
    assertThat(node.topics.sizeBytes(stream)).isZero();
    assertThat(node.produce("orders", 0, batch("new")).baseOffset()).isEqualTo(1);
    node.settle();
    assertThat(node.consume(stream, 1)).containsExactly("1=new");
  }

  @Test
  void aSliceCanBeReadAfterRetentionRemovedItsSegmentAndTheFileGoesLater() throws IOException {
    int stream =
        node.create("orders", 1, Map.of("retention.ms", "1000", "file.delete.delay.ms", "60000"))
            .streams()
            .getFirst();
    node.produce("orders", 0, batch("a"));
    node.settle();
    FetchSlice slice = node.topics.read(stream, 0, 1000, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER);

    node.advance(5_000);

    assertThat(node.topics.logStartOffset(stream)).isEqualTo(1);
    assertThat(slice.copy().remaining()).isEqualTo(slice.length()).isPositive();
    assertThat(segmentFiles()).hasSize(1);
    for (int i = 0; i < 3; i++) {
      node.advance(61_000);
    }
    assertThat(segmentFiles()).isEmpty();
  }

  @Test
  void aSegmentThatACheckpointNamesOutlivesItsTopicUntilTheCheckpointGoes() throws IOException {
    node.create("orders", 1, Map.of("file.delete.delay.ms", "0"));
    node.produce("orders", 0, batch("a"));
    node.settle();
    long before = node.checkpoint();
    node.change(new CatalogEvent.TopicDeleted("orders"));
    node.advance(2_000);
    assertThat(segmentFiles()).hasSize(1);

    long after = node.checkpoint();
    node.advance(2_000);
    assertThat(after).isGreaterThan(before);
    assertThat(segmentFiles()).hasSize(1);
    node.topics.retain(after);
    node.advance(2_000);
    node.advance(2_000);

    assertThat(segmentFiles()).isEmpty();
  }

  private List<String> segmentFiles() throws IOException {
    return disk.list("views/topics").stream().filter(n -> n.endsWith(".log")).toList();
  }

  @Test
  void aDeletedTopicIsGoneAndANewOneOfTheSameNameBeginsAtZero() throws IOException {
    int old = node.create("orders", 1, Map.of()).streams().getFirst();
    node.produce("orders", 0, batch("a"));
    node.settle();

    node.change(new CatalogEvent.TopicDeleted("orders"));
    int stream = node.create("orders", 1, Map.of()).streams().getFirst();

    assertThat(stream).isNotEqualTo(old);
    assertThat(node.topics.highWatermark(old)).isEqualTo(-1);
    assertThat(node.produce("orders", 0, batch("b")).baseOffset()).isZero();
    restart();
    assertThat(node.consume(stream, 0)).containsExactly("0=b");
  }

  @Test
  void listenersHearOfDurableRecordsAndOfTheEnd() {
    int stream = node.create("orders", 1, Map.of()).streams().getFirst();
    List<String> heard = new ArrayList<>();
    HighWatermarkListener listener =
        new HighWatermarkListener() {
          @Override
          public void moved(int moved, long highWatermark) {
            heard.add(moved + " " + highWatermark);
          }

          @Override
          public void deleted(int deleted) {
            heard.add(deleted + " deleted");
          }
        };
    node.topics.listen(stream, listener);

    node.produce("orders", 0, batch("a", "b"));
    node.produce("orders", 0, batch("c"));
    assertThat(heard).isEmpty();
    node.settle();
    node.change(new CatalogEvent.TopicDeleted("orders"));

    assertThat(heard).containsExactly(stream + " 3", stream + " deleted");
  }

  @Test
  void theFirstRecordOfATimeIsFoundAcrossSegmentsAndBatches() throws IOException {
    int stream =
        node.create(
                "orders",
                1,
                Map.of("segment.bytes", "400", "index.interval.bytes", "100", "retention.ms", "-1"))
            .streams()
            .getFirst();
    for (int i = 0; i < 60; i++) {
      node.produce("orders", 0, TopicsNode.keyed(1_600_000_000_000L + 10 * i, "k", "v"));
    }
    node.settle();

    for (int restarts = 0; restarts < 2; restarts++) {
      for (int i = 0; i < 60; i++) {
        long ms = 1_600_000_000_000L + 10 * i;
        assertThat(node.topics.offsetForTimestamp(stream, ms).offset()).isEqualTo(i);
        assertThat(node.topics.offsetForTimestamp(stream, ms - 9).offset()).isEqualTo(i);
      }
      assertThat(node.topics.offsetForTimestamp(stream, 1_600_000_000_591L).offset()).isEqualTo(-1);
      assertThat(node.topics.offsetOfMaxTimestamp(stream))
          .isEqualTo(new ListedOffset(Errors.NONE, 59, 1_600_000_000_590L));
      node.checkpoint();
      restart();
    }
  }

  @Test
  void aBatchThatUnpacksToGigabytesStandsForItsRecordsWhereTimesAreLookedUp() {
    int stream = node.create("orders", 1, Map.of()).streams().getFirst();
    long ms = BatchCheckTest.NOW;
    node.produce("orders", 0, TopicsNode.keyed(ms - 1, "k", "v"));
    ByteBuffer bomb = Bombs.zeros(Compression.gzip().build(), Unpacked.BYTES_MAX + 1);
    assertThat(node.produce("orders", 0, bomb).error()).isEqualTo(Errors.NONE);
    ByteBuffer claims = Bombs.longRecord(Compression.gzip().build());
    assertThat(node.produce("orders", 0, claims).error()).isEqualTo(Errors.NONE);
    node.settle();

    assertThat(node.topics.offsetForTimestamp(stream, ms))
        .isEqualTo(new ListedOffset(Errors.NONE, 1, ms));
    node.topics.deleteRecords(stream, 2);
    assertThat(node.topics.offsetForTimestamp(stream, ms))
        .isEqualTo(new ListedOffset(Errors.NONE, 2, ms));
  }

  @Test
  void theBrokersTimeReplacesTheRecordsTime() throws IOException {
    int stream =
        node.create("orders", 1, Map.of("message.timestamp.type", "LogAppendTime"))
            .streams()
            .getFirst();
    clock.nowMs += 77;

    Produced.Result result = node.produce("orders", 0, batch("a"));
    node.settle();

    assertThat(result.logAppendTimeMs()).isEqualTo(clock.nowMs);
    assertThat(node.consume(stream, 0)).containsExactly("0=a");
    assertThat(node.topics.offsetForTimestamp(stream, clock.nowMs))
        .isEqualTo(new ListedOffset(Errors.NONE, 0, clock.nowMs));
  }

  @Test
  void whatOthersAppendComesThroughTheInboxInLogOrder() throws IOException {
    int stream = node.create("changes", 1, Map.of(), "p").streams().getFirst();
    assertThat(node.produce("changes", 0, batch("x")).error()).isEqualTo(Errors.POLICY_VIOLATION);

    io.headwater.log.Frame frame =
        new io.headwater.log.Frame(io.headwater.log.Frame.Origin.KEYSPACE);
    BatchBuilder builder = new BatchBuilder();
    for (int i = 0; i < 3; i++) {
      frame.clear();
      var part = frame.part(stream);
      for (int b = 0; b < 2; b++) {
        builder.begin(part.payload());
        builder.add(clock.nowMs, TopicsNode.bytes("k" + i), TopicsNode.bytes("v" + b));
        builder.add(clock.nowMs, TopicsNode.bytes("k" + i), null);
        part.addRecords(builder.end());
      }
      node.journal.sync(node.journal.append(frame));
    }
    node.settle();

    List<String> all = node.consume(stream, 0);
    assertThat(all).hasSize(12).startsWith("0=k0:v0", "1=k0:null", "2=k0:v1");
    assertThat(node.topics.applied()).isEqualTo(node.journal.appended());
    restart();
    assertThat(node.consume(stream, 0)).isEqualTo(all);
  }

  @Test
  void producerIdsAreNeverGivenTwice() throws IOException {
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      for (int n = 0; n < 1_200; n++) {
        ids.add(node.await(node.topics.nextProducerId()));
      }
      restart();
    }

    assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id >= 0);
  }

  @Test
  void aCompactedTopicKeepsTheLastRecordOfEachKeyAtItsOffset() throws IOException {
    int stream =
        node.create(
                "state",
                1,
                Map.of(
                    "cleanup.policy", "compact",
                    "segment.bytes", "400",
                    "delete.retention.ms", "10000",
                    "file.delete.delay.ms", "0"))
            .streams()
            .getFirst();
    for (int i = 0; i < 100; i++) {
      String value = i % 5 == 4 && i < 90 ? null : "v" + i;
      node.produce("state", 0, TopicsNode.keyed(clock.nowMs, "k" + i % 5, value));
    }
    node.settle();
    long before = node.topics.sizeBytes(stream);
    assertThat(node.produce("state", 0, batch("keyless")).error()).isEqualTo(Errors.INVALID_RECORD);

    node.advance(2_000);
    node.advance(2_000);
    List<String> left = node.consume(stream, 0);

    assertThat(node.topics.sizeBytes(stream)).isLessThan(before / 4);
    assertThat(left).contains("99=k4:v99", "98=k3:v98").doesNotContain("0=k0:v0", "4=k4:null");
    assertThat(left.size()).isLessThan(20);
    node.checkpoint();
    restart();
    assertThat(node.consume(stream, 0)).isEqualTo(left);
    assertThat(node.produce("state", 0, TopicsNode.keyed(1, "k", "v")).baseOffset()).isEqualTo(100);
  }
}
