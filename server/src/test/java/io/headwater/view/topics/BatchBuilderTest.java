package io.headwater.view.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class BatchBuilderTest {
  @Test
  void kafkasReaderFindsWhatWasBuilt() {
    Random random = new Random(11);
    BatchBuilder builder = new BatchBuilder();
    for (int round = 0; round < 300; round++) {
      ByteWriter out = new ByteWriter();
      out.put(new byte[random.nextInt(50)]);
      int from = out.size();
      List<String> expected = new ArrayList<>();
      builder.begin(out);
      int records = 1 + random.nextInt(200);
      for (int i = 0; i < records; i++) {
        long timestampMs = 1_700_000_000_000L + random.nextInt(100_000) - 50_000;
        byte[] key = random.nextInt(4) == 0 ? null : random(random, 40);
        byte[] value = random.nextInt(4) == 0 ? null : random(random, 300);
        if (random.nextBoolean()) {
          byte[] header = random(random, 20);
          builder.add(timestampMs, key, value, TopicsNode.bytes("name"), header);
          expected.add(line(i, timestampMs, key, value, "name" + Arrays.toString(header)));
        } else {
          builder.add(timestampMs, key, value);
          expected.add(line(i, timestampMs, key, value, ""));
        }
      }
      int size = builder.sizeInBytes();
      assertThat(builder.end()).isEqualTo(records);
      assertThat(out.size() - from).isEqualTo(size);

      assertThat(
              BatchCheck.inside(out.array(), from, size, TopicConfig.DEFAULT, 1_700_000_100_000L))
          .isNull();
      assertThat(read(ByteBuffer.wrap(out.array(), from, size).slice())).isEqualTo(expected);
    }
  }

  private static byte[] random(Random random, int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String line(long offset, long timestamp, byte[] key, byte[] value, String header) {
    return offset + "@" + timestamp + Arrays.toString(key) + Arrays.toString(value) + header;
  }

  private static List<String> read(ByteBuffer bytes) {
    List<String> lines = new ArrayList<>();
    for (MutableRecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
      batch.ensureValid();
      long max = Long.MIN_VALUE;
      for (Record record : batch) {
        max = Math.max(max, record.timestamp());
        StringBuilder headers = new StringBuilder();
        for (Header header : record.headers()) {
          headers.append(header.key()).append(Arrays.toString(header.value()));
        }
        lines.add(
            line(
                record.offset(),
                record.timestamp(),
                Utils.toNullableArray(record.key()),
                Utils.toNullableArray(record.value()),
                headers.toString()));
      }
      assertThat(batch.maxTimestamp()).isEqualTo(max);
    }
    return lines;
  }

  @Test
  void aBatchWithoutRecordsLeavesNothing() {
    ByteWriter out = new ByteWriter();
    out.putInt(7);
    BatchBuilder builder = new BatchBuilder();

    builder.begin(out);

    assertThat(builder.end()).isZero();
    assertThat(out.size()).isEqualTo(4);
  }
}
