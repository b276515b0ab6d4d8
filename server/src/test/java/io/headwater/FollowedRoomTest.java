package io.headwater;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.view.catalog.Catalog.Decision;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.ProduceWrite;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What projections say of keys has room in the frame of the change, 8 MiB here, however many keys a
 * script changes: a write that would leave none is refused.
 */
class FollowedRoomTest {
  private SimulatedNode node;

  @BeforeEach
  void open() throws Exception {
    node = SimulatedNode.open(new SimulatedDisk(1), new SimulatedClock(), new SplittableRandom(1));
    String json =
        "{\"from\":{\"keys\":\"k:*\"},\"to\":[{\"topic\":\"changes\"},{\"index\":\"docs\"}]}";
    node.await(node.node.projections.create("p", json.getBytes(UTF_8)));
    node.settle();
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  private static String eval(String script) {
    return "EVAL \"" + script + "\" 0\r\n";
  }

  @Test
  void aScriptThatChangesTooManyKeysIsRefusedTheRest() {
    String many = "for i=1,100000 do redis.call('set','k:'..i,'no object') end";

    assertThat(node.redis(eval(many))).startsWith("-ERR frame of ");
    String size = node.redis("DBSIZE\r\n");
    assertThat(Integer.parseInt(size.strip().substring(1))).isBetween(1_000, 99_999);

    assertThat(node.redis("SET k:more '{}'\r\n")).isEqualTo("+OK\r\n");
  }

  @Test
  void entriesOfOneStreamAreRefusedToo() {
    String many = "for i=1,200000 do redis.call('xadd','k:s','*','f','v') end";

    assertThat(node.redis(eval(many))).startsWith("-ERR frame of ");

    assertThat(node.redis("XADD k:s * f v\r\n")).startsWith("$");
  }

  @Test
  void aCommandOfManyKeysIsRefusedTheRoomOfAllOfThem() {
    StringBuilder many = new StringBuilder("MSET");
    for (int i = 0; i < 10_000; i++) {
      many.append(" k:").append(i).append(" x");
    }

    assertThat(node.redis(many + "\r\n")).startsWith("-ERR frame of ");
    assertThat(node.redis("DBSIZE\r\n")).isEqualTo(":0\r\n");
    assertThat(node.redis("MSET k:1 x k:2 x\r\n")).isEqualTo("+OK\r\n");
  }

  @Test
  void recordsThatUnpackToMoreThanAFrameAreRefused() {
    node.await(
        node.node.catalog.change(state ->
            new Decision.Accept(
                List.of(
                    new CatalogEvent.TopicCreated(
                        new Topic(
                            "feed",
                            1,
                            state.nextStream(),
                            List.of(state.nextStream()),
                            Map.of("retention.ms", "-1"),
                            null,
                            0))))));
    String json =
        "{\"from\":{\"topic\":\"feed\"},\"to\":[{\"keys\":\"fed:*\"},{\"index\":\"fed\"}]}";
    node.await(node.node.projections.create("fed", json.getBytes(UTF_8)));
    node.settle();
    SimpleRecord large =
        new SimpleRecord(
            1L, "k".getBytes(UTF_8), ("{\"f\":\"" + "x".repeat(1 << 20) + "\"}").getBytes(UTF_8));
    SimpleRecord[] many = new SimpleRecord[9];
    Arrays.fill(many, large);

    assertThatThrownBy(() -> produce(many)).hasMessageContaining("TooLarge");
    produce(large);

    assertThat(node.failed()).isEmpty();
    assertThat(node.redis("EXISTS fed:k\r\n")).isEqualTo(":1\r\n");
  }

  private void produce(SimpleRecord... records) {
    ByteBuffer batch = MemoryRecords.withRecords(Compression.gzip().build(), records).buffer();
    node.node.topics.produce(List.of(new ProduceWrite("feed", 0, batch)));
    node.settle();
  }

  @Test
  void keysOutsideTheProjectionHaveAllTheRoom() {
    String many = "for i=1,100000 do redis.call('set','o:'..i,'no object') end return 'end'";

    assertThat(node.redis(eval(many))).isEqualTo("$3\r\nend\r\n");
  }

  @Test
  void aFlushWhoseTombstonesFindNoRoomIsRefused() {
    for (int from = 1; from <= 120_000; from += 1_500) {
      String some =
          "for i=" + from + "," + (from + 1_499) + " do redis.call('set','k:'..i,'{}') end";
      assertThat(node.redis(eval(some))).isEqualTo("$-1\r\n");
    }
    assertThat(node.redis("DBSIZE\r\n")).isEqualTo(":120000\r\n");

    assertThat(node.redis("FLUSHALL\r\n")).startsWith("-ERR frame of ");
    assertThat(node.redis("FLUSHDB\r\n")).startsWith("-ERR frame of ");
    assertThat(node.redis("DBSIZE\r\n")).isEqualTo(":120000\r\n");

    assertThat(node.redis("DEL k:1 k:2\r\n")).isEqualTo(":2\r\n");
  }
}
