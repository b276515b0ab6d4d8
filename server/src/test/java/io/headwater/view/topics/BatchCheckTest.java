package io.headwater.view.topics;

import static io.headwater.view.topics.TopicsNode.batch;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

class BatchCheckTest {
  static final long NOW = 1_700_000_000_000L;

  private static Errors check(ByteBuffer records, Map<String, String> config) {
    TopicConfig topic = TopicConfig.of(config);
    Produced.Result outside = BatchCheck.outside(records, topic);
    if (outside != null) {
      return outside.error();
    }
    byte[] array = new byte[records.remaining() + 7];
    records.duplicate().get(array, 7, records.remaining());
    Produced.Result inside = BatchCheck.inside(array, 7, records.remaining(), topic, NOW);
    return inside == null ? Errors.NONE : inside.error();
  }

  private static Errors check(ByteBuffer records) {
    return check(records, Map.of());
  }

  /** A copy with a changed byte and, if wanted, a checksum that fits. */
  private static ByteBuffer changed(ByteBuffer batch, int at, int value, boolean sealed) {
    byte[] copy = new byte[batch.remaining()];
    batch.duplicate().get(copy);
    copy[at] = (byte) value;
    if (sealed) {
      ByteBuffer.wrap(copy).putInt(17, BatchFormat.checksum(copy, 0, copy.length));
    }
    return ByteBuffer.wrap(copy);
  }

  @Test
  void everyCodecPasses() {
    for (Compression codec :
        new Compression[] {
          Compression.NONE,
          Compression.gzip().build(),
          Compression.lz4().build(),
          Compression.snappy().build(),
          Compression.zstd().build()
        }) {
      Header[] headers = {new RecordHeader("h", new byte[3]), new RecordHeader("n", null)};
      ByteBuffer records =
          MemoryRecords.withRecords(
                  codec,
                  new SimpleRecord(NOW, new byte[0], new byte[400], headers),
                  new SimpleRecord(NOW - 500, new byte[1], null))
              .buffer();
      assertThat(check(records)).isEqualTo(Errors.NONE);
      assertThat(check(records, Map.of("cleanup.policy", "compact"))).isEqualTo(Errors.NONE);
    }
  }

  @Test
  void everyCutOfABatchIsRefused() {
    ByteBuffer whole = batch("one", "two");
    for (int length = 0; length < whole.remaining(); length++) {
      assertThat(check(whole.duplicate().limit(whole.position() + length)))
          .as("%d bytes", length)
          .isIn(Errors.CORRUPT_MESSAGE, Errors.INVALID_RECORD);
    }
  }

  @Test
  void everyFlippedBitIsRefusedButInWhatTheLogSets() {
    ByteBuffer whole = batch("one", "two");
    for (int at = 0; at < whole.remaining(); at++) {
      for (int bit = 0; bit < 8; bit++) {
        int value = whole.get(whole.position() + at) ^ (1 << bit);
        Errors error = check(changed(whole, at, value, false));
        boolean logSets = at < 8 || (at >= 12 && at < 16);
        if (logSets) {
          assertThat(error).isEqualTo(Errors.NONE);
        } else {
          assertThat(error).as("byte %d bit %d", at, bit).isNotEqualTo(Errors.NONE);
        }
      }
    }
  }

  @Test
  void garbageUnderARightChecksumNeverThrowsAndNeverBreaksTheWalk() {
    Random random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      ByteBuffer whole = batch("one", "two", "three");
      int at = 21 + random.nextInt(whole.remaining() - 21);
      ByteBuffer wrong = changed(whole, at, random.nextInt(256), true);
      Errors error =
          check(wrong, random.nextBoolean() ? Map.of() : Map.of("cleanup.policy", "compact"));
      if (error == Errors.NONE && (wrong.getShort(21) & 7) == 0) {
        wrong.rewind();
        int records = 0;
        for (var record : MemoryRecords.readableRecords(wrong).records()) {
          assertThat(record.offset()).isEqualTo(records++);
        }
        assertThat(records).isEqualTo(3);
      }
    }
  }

  @Test
  void randomBytesAreRefused() {
    Random random = new Random(3);
    for (int round = 0; round < 5_000; round++) {
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      if (bytes.length > 16 && random.nextBoolean()) {
        bytes[16] = 2;
      }
      assertThat(check(ByteBuffer.wrap(bytes))).isNotEqualTo(Errors.NONE);
    }
  }

  @Test
  void twoBatchesInOneWriteAreRefused() {
    ByteBuffer one = batch("a");
    ByteBuffer two = ByteBuffer.allocate(2 * one.remaining());
    two.put(one.duplicate()).put(one.duplicate()).flip();

    assertThat(check(two)).isEqualTo(Errors.INVALID_RECORD);
  }

  @Test
  void oldFormatsAndForeignAttributesAreRefusedByName() {
    assertThat(check(changed(batch("a"), 16, 1, false)))
        .isEqualTo(Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT);
    assertThat(check(changed(batch("a"), 22, 5, true)))
        .isEqualTo(Errors.UNSUPPORTED_COMPRESSION_TYPE);
    assertThat(check(changed(batch("a"), 22, 0x20, true))).isEqualTo(Errors.INVALID_RECORD);
    assertThat(check(changed(batch("a"), 22, 0x10, true))).isEqualTo(Errors.INVALID_TXN_STATE);
    assertThat(check(changed(batch("a"), 22, 0x08, true))).isEqualTo(Errors.INVALID_TIMESTAMP);
  }

  @Test
  void limitsOfTheTopicHold() {
    ByteBuffer small = batch("a");

    assertThat(check(small, Map.of("max.message.bytes", "69"))).isEqualTo(Errors.NONE);
    assertThat(check(small, Map.of("max.message.bytes", "68"))).isEqualTo(Errors.MESSAGE_TOO_LARGE);
    assertThat(check(small, Map.of("segment.bytes", "60"))).isEqualTo(Errors.RECORD_LIST_TOO_LARGE);
    assertThat(check(small, Map.of("cleanup.policy", "compact"))).isEqualTo(Errors.INVALID_RECORD);
  }

  @Test
  void timestampsFarFromNowAreRefused() {
    ByteBuffer future = TopicsNode.keyed(NOW + 3_600_001, "k", "v");
    ByteBuffer past = TopicsNode.keyed(NOW - 5_000, "k", "v");

    assertThat(check(future)).isEqualTo(Errors.INVALID_TIMESTAMP);
    assertThat(check(future, Map.of("message.timestamp.type", "LogAppendTime")))
        .isEqualTo(Errors.NONE);
    assertThat(check(past)).isEqualTo(Errors.NONE);
    assertThat(check(past, Map.of("message.timestamp.before.max.ms", "4000")))
        .isEqualTo(Errors.INVALID_TIMESTAMP);
  }

  @Test
  void aCompressedBatchOfGarbageIsRefusedWhereItsRecordsMatter() {
    ByteBuffer buffer = ByteBuffer.allocate(1024);
    try (MemoryRecordsBuilder builder =
        MemoryRecords.builder(
            buffer,
            RecordBatch.MAGIC_VALUE_V2,
            Compression.gzip().build(),
            TimestampType.CREATE_TIME,
            0)) {
      builder.append(NOW, new byte[1], new byte[50]);
      ByteBuffer records = builder.build().buffer();
      ByteBuffer wrong = changed(records, 61, 0x55, true);

      assertThat(check(wrong, Map.of("cleanup.policy", "compact")))
          .isIn(Errors.CORRUPT_MESSAGE, Errors.INVALID_RECORD);
    }
  }

  private static final Map<String, String> COMPACTED = Map.of("cleanup.policy", "compact");

  private static final List<Compression> CODECS =
      List.of(
          Compression.gzip().build(),
          Compression.lz4().build(),
          Compression.snappy().build(),
          Compression.zstd().build());

  @Test
  void aBatchThatUnpacksToTooMuchIsRefusedWhereItsRecordsAreLookedAt() {
    Map<String, String> large =
        Map.of("cleanup.policy", "compact", "max.message.bytes", "10000000");
    for (Compression codec : CODECS) {
      ByteBuffer fits = Bombs.zeros(codec, Compaction.UNPACKED_BYTES_MAX - 100);
      ByteBuffer bomb = Bombs.zeros(codec, Compaction.UNPACKED_BYTES_MAX + 1);

      assertThat(check(fits, large)).as(codec.type().name).isEqualTo(Errors.NONE);
      assertThat(check(bomb, large)).as(codec.type().name).isEqualTo(Errors.MESSAGE_TOO_LARGE);
    }
  }

  /** What Kafka's own iterators would make arrays for: each of these ended the process. */
  @Test
  void lengthsAndNumbersThatABatchClaimsAreNotBelieved() {
    for (Compression codec : CODECS) {
      assertThat(check(Bombs.longRecord(codec), COMPACTED)).isEqualTo(Errors.INVALID_RECORD);
      assertThat(check(Bombs.manyRecords(codec, 1_000_000), COMPACTED))
          .isEqualTo(Errors.INVALID_RECORD);
      assertThat(check(Bombs.manyRecords(codec, Integer.MAX_VALUE)))
          .isEqualTo(Errors.INVALID_RECORD);
    }
    assertThat(check(Bombs.snappyBlock(), COMPACTED)).isEqualTo(Errors.MESSAGE_TOO_LARGE);
  }
}
