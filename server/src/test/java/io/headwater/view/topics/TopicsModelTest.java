package io.headwater.view.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.host.RealDisk;
import io.headwater.log.Frame;
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
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random operations against a list for each partition, with restarts before which everything that
 * no checkpoint made durable is destroyed in the segments.
 */
class TopicsModelTest {
  private static final int STEPS = 400;

  @TempDir Path folder;
  private final TopicsNode.TestClock clock = new TopicsNode.TestClock();
  private final Map<Integer, List<String>> model = new HashMap<>();
  private final Map<Integer, Integer> sequences = new HashMap<>();
  private final List<Integer> streams = new ArrayList<>();
  private final Map<String, Long> durableSizes = new HashMap<>();
  private Random random = new Random(0);
  private Disk disk;
  private TopicsNode node;
  private int derivedStream;
  private int written;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 25);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void partitionsEqualTheirModelWhateverHappens(long seed) throws IOException {
    random = new Random(seed);
    disk = RealDisk.at(folder);
    node = TopicsNode.open(disk, clock);
    Map<String, String> config =
        Map.of("segment.bytes", "600", "index.interval.bytes", "150", "file.delete.delay.ms", "50");
    streams.addAll(node.create("plain", 3, config).streams());
    derivedStream = node.create("derived", 1, config, "p").streams().getFirst();
    streams.add(derivedStream);
    streams.forEach(stream -> model.put(stream, new ArrayList<>()));

    for (int i = 0; i < STEPS; i++) {
      step();
    }
    restart();

    streams.forEach(this::check);
    assertThat(node.failures).isEmpty();
    node.close();
  }

  private void step() throws IOException {
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5, 6 -> produce();
      case 7, 8 -> project();
      case 9, 10, 11 -> node.settle();
      case 12, 13, 14 -> readSomewhere();
      case 15 -> deleteSome();
      case 16 -> checkpoint();
      case 17 -> node.advance(random.nextInt(1_500));
      case 18 -> {
        if (random.nextInt(4) == 0) {
          node.topics.retain(node.journal.durable());
        }
      }
      default -> {
        if (random.nextInt(4) == 0) {
          restart();
        }
      }
    }
  }

  private void produce() {
    List<ProduceWrite> writes = new ArrayList<>();
    Map<Integer, List<String>> expected = new HashMap<>();
    for (int partition = 0; partition < 3; partition++) {
      if (random.nextBoolean()) {
        String[] values = values();
        int stream = streams.get(partition);
        ByteBuffer batch = TopicsNode.batch(values);
        if (random.nextBoolean()) {
          int sequence = sequences.getOrDefault(stream, 0);
          sequences.put(stream, sequence + values.length);
          batch = TopicsNode.idempotent(5, 0, sequence, values);
        }
        writes.add(new ProduceWrite("plain", partition, batch));
        expected.put(stream, List.of(values));
      }
    }
    Produced produced = node.topics.produce(writes);
    int i = 0;
    for (ProduceWrite write : writes) {
      int stream = streams.get(write.partition());
      Produced.Result result = produced.partitions().get(i++);
      assertThat(result.error()).isEqualTo(Errors.NONE);
      assertThat(result.baseOffset()).isEqualTo(model.get(stream).size());
      model.get(stream).addAll(expected.get(stream));
    }
    if (!writes.isEmpty() && random.nextInt(5) == 0) { // the client did not hear and tries again
      Produced again = node.topics.produce(writes.subList(0, 1));
      if (MemoryBatch.producerId(writes.getFirst().records()) >= 0) {
        assertThat(again.partitions().getFirst().baseOffset())
            .isEqualTo(produced.partitions().getFirst().baseOffset());
      } else {
        int stream = streams.get(writes.getFirst().partition());
        model.get(stream).addAll(expected.get(stream));
      }
    }
  }

  private static final class MemoryBatch {
    static long producerId(ByteBuffer batch) {
      return batch.getLong(batch.position() + 43);
    }
  }

  private String[] values() {
    String[] values = new String[1 + random.nextInt(4)];
    for (int i = 0; i < values.length; i++) {
      values[i] = "v" + written++ + "x".repeat(random.nextInt(60));
    }
    return values;
  }

  private void project() {
    Frame frame = new Frame(Frame.Origin.KEYSPACE);
    Frame.Part part = frame.part(derivedStream);
    BatchBuilder builder = new BatchBuilder();
    for (int batches = 1 + random.nextInt(2); batches > 0; batches--) {
      builder.begin(part.payload());
      for (String value : values()) {
        builder.add(clock.nowMs, null, TopicsNode.bytes(value));
        model.get(derivedStream).add(value);
      }
      part.addRecords(builder.end());
    }
    node.journal.append(frame);
    node.journal.syncSoon();
  }

  private void readSomewhere() throws IOException {
    int stream = streams.get(random.nextInt(streams.size()));
    long start = node.topics.logStartOffset(stream);
    long watermark = node.topics.highWatermark(stream);
    long from = start + random.nextInt((int) (watermark - start) + 1);
    assertThat(node.consume(stream, from)).isEqualTo(expected(stream, from, watermark));
  }

  private List<String> expected(int stream, long from, long to) {
    List<String> expected = new ArrayList<>();
    for (long offset = from; offset < to; offset++) {
      expected.add(offset + "=" + model.get(stream).get((int) offset));
    }
    return expected;
  }

  private void deleteSome() {
    int stream = streams.get(random.nextInt(streams.size()));
    long start = node.topics.logStartOffset(stream);
    long watermark = node.topics.highWatermark(stream);
    if (watermark > start && random.nextInt(3) == 0) {
      long to = start + random.nextInt((int) (watermark - start) + 1);
      assertThat(node.topics.deleteRecords(stream, to).lowWatermark()).isEqualTo(to);
    }
  }

  private void checkpoint() throws IOException {
    node.settle();
    node.checkpoint();
    durableSizes.clear();
    for (String name : disk.list(Segment.FOLDER)) {
      if (name.endsWith(Segment.ENDING)) {
        try (DiskFile file = disk.open(Segment.FOLDER + "/" + name, Disk.Mode.READ)) {
          durableSizes.put(name, file.size());
        }
      }
    }
  }

  /** All frames are durable, but of the segments only what the last checkpoint synced is left. */
  private void restart() throws IOException {
    Map<Integer, Long> starts = new HashMap<>();
    streams.forEach(stream -> starts.put(stream, node.topics.logStartOffset(stream)));
    if (random.nextInt(3) == 0) { // a config change on the way
      node.change(
          new CatalogEvent.TopicConfigured(
              "plain", Map.of("segment.bytes", "" + (500 + random.nextInt(500)))));
    }
    node.close();
    loseUnsynced();
    node = TopicsNode.open(disk, clock);
    for (int stream : streams) {
      assertThat(node.topics.logStartOffset(stream)).isEqualTo(starts.get(stream));
      check(stream);
    }
  }

  private void check(int stream) {
    Topic topic = node.topics.topic(stream == derivedStream ? "derived" : "plain");
    assertThat(topic).isNotNull();
    assertThat(node.topics.endOffset(stream)).isEqualTo(model.get(stream).size());
    assertThat(node.topics.highWatermark(stream)).isEqualTo(model.get(stream).size());
    long start = node.topics.logStartOffset(stream);
    try {
      assertThat(node.consume(stream, start))
          .isEqualTo(expected(stream, start, model.get(stream).size()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void loseUnsynced() throws IOException {
    for (String name : disk.list(Segment.FOLDER)) {
      if (name.endsWith(".checkpoint")) {
        continue;
      }
      String path = Segment.FOLDER + "/" + name;
      Long durable = durableSizes.get(name);
      if (name.endsWith(Segment.INDEX_ENDING) && random.nextInt(3) == 0) {
        disk.delete(path);
      } else if (durable == null) {
        if (random.nextBoolean()) {
          disk.delete(path);
        }
      } else {
        try (DiskFile file = disk.open(path, Disk.Mode.WRITE)) {
          if (random.nextBoolean()) {
            file.truncate(durable);
          }
          byte[] garbage = new byte[random.nextInt(300)];
          random.nextBytes(garbage);
          file.write(ByteBuffer.wrap(garbage), durable);
        }
      }
    }
  }
}
