package io.headwater;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.topics.Bombs;
import io.headwater.view.topics.ProduceWrite;
import io.headwater.view.topics.Produced;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Records that would be the end of a process that believes them, in a topic that is projected. */
class HostileRecordsTest {
  private static final Compression GZIP = Compression.gzip().build();
  private static final String PROJECTION =
      "{\"from\":{\"topic\":\"t\"},\"to\":[{\"topic\":\"out\"}]}";

  @RegisterExtension private final ProjectionRig rig = new ProjectionRig();

  private Produced.Result produce(ByteBuffer batch) {
    rig.node.settle();
    return rig.node
        .node
        .topics
        .produce(List.of(new ProduceWrite("t", 0, batch)))
        .partitions()
        .getFirst();
  }

  private static ByteBuffer document() {
    return MemoryRecords.withRecords(
            GZIP, new SimpleRecord(1, new byte[] {'k'}, "{}".getBytes(UTF_8)))
        .buffer();
  }

  @Test
  void whatCannotBeOpenedIsADeadLetterOfTheFillAndWhatFollowsIsDerived() throws Exception {
    rig.createTopic("t");
    assertThat(produce(Bombs.zeros(GZIP, 129 << 20)).error()).isEqualTo(Errors.NONE);
    assertThat(produce(Bombs.longRecord(GZIP)).error()).isEqualTo(Errors.NONE);
    assertThat(produce(Bombs.manyRecords(GZIP, 100_000)).error()).isEqualTo(Errors.NONE);
    assertThat(produce(Bombs.snappyBlock()).error()).isEqualTo(Errors.NONE);
    assertThat(produce(document()).error()).isEqualTo(Errors.NONE);

    rig.project(PROJECTION);

    List<String> letters = rig.records("p-dead-letters", String::valueOf);
    assertThat(letters).hasSize(4);
    assertThat(letters.getFirst()).startsWith("0-0 ").contains("unpacked");
    assertThat(rig.records("out", String::valueOf)).containsExactly("k {}");
  }

  @Test
  void whatUnpacksToTooMuchIsRefusedWhereItIsProjectedAtOnce() throws Exception {
    rig.createTopic("t");
    rig.project(PROJECTION);

    assertThatThrownBy(() -> produce(Bombs.zeros(GZIP, 129 << 20)))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.TooLarge.class));
    assertThat(produce(Bombs.zeros(GZIP, 10 << 20)).error()).isEqualTo(Errors.NONE);
    assertThat(produce(document()).error()).isEqualTo(Errors.NONE);

    assertThat(rig.records("p-dead-letters", String::valueOf))
        .singleElement()
        .asString()
        .hasSizeLessThan(500)
        .contains("a value of 10485760 bytes");
  }
}
