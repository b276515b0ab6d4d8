package io.headwater.view.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.log.Frame;
import io.headwater.simulation.SimulatedDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The process dies in the middle of any change of the disk, also while it recovers, and unsynced
 * bytes vanish, tear or stay. Afterwards each partition is a prefix of what was written, with all
 * that was acknowledged in it.
 */
class TopicsCrashTest {
  private static final int CRASHES = 8;
  private static final Map<String, String> CONFIG =
      Map.of("segment.bytes", "700", "index.interval.bytes", "150", "file.delete.delay.ms", "0");

  private final TopicsNode.TestClock clock = new TopicsNode.TestClock();
  private final Map<Integer, List<String>> written = new HashMap<>();
  private final Map<Integer, Long> acknowledged = new HashMap<>();
  private final Map<Integer, Long> startsAcknowledged = new HashMap<>();
  private final Map<Integer, Long> startsAsked = new HashMap<>();
  private final List<Integer> streams = new ArrayList<>();
  private Random random = new Random(0);
  private int count;
  private int derived;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 150);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whatWasAcknowledgedSurvivesAndNothingIsInvented(long seed) throws IOException {
    random = new Random(seed);
    SimulatedDisk disk = new SimulatedDisk(seed);
    TopicsNode node = TopicsNode.open(disk, clock);
    streams.addAll(node.create("plain", 2, CONFIG).streams());
    derived = node.create("derived", 1, CONFIG, "p").streams().getFirst();
    streams.add(derived);
    streams.forEach(stream -> {
      written.put(stream, new ArrayList<>());
      acknowledged.put(stream, 0L);
      startsAcknowledged.put(stream, 0L);
      startsAsked.put(stream, 0L);
    });
    for (int crash = 0; crash < CRASHES; crash++) {
      SimulatedDisk.Death how =
          random.nextBoolean() ? SimulatedDisk.Death.POWER_LOSS : SimulatedDisk.Death.PROCESS_KILL;
      disk.dieAt(disk.operations() + random.nextInt(120), how);
      work(node, disk);
      disk = disk.restart();
      node = recover(disk);
      while (node == null) {
        disk = disk.restart();
        node = recover(disk);
      }
      check(node);
    }
    node.close();
  }

  /** Opens the node; sometimes the process dies while it does: then null. */
  private TopicsNode recover(SimulatedDisk disk) throws IOException {
    if (random.nextInt(3) == 0) {
      disk.dieAt(disk.operations() + random.nextInt(20), SimulatedDisk.Death.POWER_LOSS);
    }
    try {
      TopicsNode node = TopicsNode.open(disk, clock);
      if (!disk.isDead()) {
        disk.dieAt(-1, SimulatedDisk.Death.POWER_LOSS);
        return node;
      }
    } catch (IOException | RuntimeException e) {
      if (!disk.isDead()) {
        throw e;
      }
    }
    return null;
  }

  private void work(TopicsNode node, SimulatedDisk disk) throws IOException {
    for (int step = 0; step < 10_000 && !disk.isDead(); step++) {
      try {
        step(node, disk);
      } catch (IOException | RuntimeException e) {
        if (!disk.isDead()) {
          throw e;
        }
      }
    }
    if (!disk.isDead()) {
      disk.die(SimulatedDisk.Death.POWER_LOSS);
    }
  }

  private void step(TopicsNode node, SimulatedDisk disk) throws IOException {
    switch (random.nextInt(12)) {
      case 0, 1, 2, 3, 4 -> produce(node);
      case 5 -> project(node);
      case 6, 7 -> settle(node, disk);
      case 8 -> delete(node);
      case 9 -> {
        node.topics.checkpoint();
        settle(node, disk);
      }
      case 10 -> node.topics.retain(node.journal.durable());
      default -> {
        clock.nowMs += 1_001;
        settle(node, disk);
      }
    }
  }

  private void settle(TopicsNode node, SimulatedDisk disk) {
    node.settle();
    if (disk.isDead()) {
      return; // it may have died before it told
    }
    for (int stream : streams) {
      acknowledged.put(stream, node.topics.highWatermark(stream));
      startsAcknowledged.put(stream, node.topics.logStartOffset(stream));
    }
  }

  private void produce(TopicsNode node) {
    int partition = random.nextInt(2);
    int stream = streams.get(partition);
    String[] values = values();
    // Remembered first: a write whose answer never came may be there or not.
    written.get(stream).addAll(List.of(values));
    int sequence = written.get(stream).size() - values.length;
    Produced.Result result =
        node.produce("plain", partition, TopicsNode.idempotent(3, 0, sequence, values));
    assertThat(result.error()).isEqualTo(Errors.NONE);
    assertThat(result.baseOffset()).isEqualTo(sequence);
  }

  private String[] values() {
    String[] values = new String[1 + random.nextInt(3)];
    for (int i = 0; i < values.length; i++) {
      values[i] = "v" + count++ + "x".repeat(random.nextInt(80));
    }
    return values;
  }

  private void project(TopicsNode node) {
    Frame frame = new Frame(Frame.Origin.KEYSPACE);
    Frame.Part part = frame.part(derived);
    BatchBuilder builder = new BatchBuilder();
    builder.begin(part.payload());
    for (String value : values()) {
      builder.add(clock.nowMs, null, TopicsNode.bytes(value));
      written.get(derived).add(value);
    }
    part.addRecords(builder.end());
    node.journal.append(frame);
    node.journal.syncSoon();
  }

  private void delete(TopicsNode node) {
    int stream = streams.get(random.nextInt(streams.size()));
    long start = node.topics.logStartOffset(stream);
    long watermark = node.topics.highWatermark(stream);
    if (watermark > start && random.nextInt(4) == 0) {
      long to = start + random.nextInt((int) (watermark - start) + 1);
      startsAsked.merge(stream, to, Math::max);
      node.topics.deleteRecords(stream, to);
    }
  }

  private void check(TopicsNode node) throws IOException {
    for (int stream : streams) {
      long end = node.topics.endOffset(stream);
      long start = node.topics.logStartOffset(stream);
      List<String> model = written.get(stream);
      assertThat(end).isBetween(acknowledged.get(stream), (long) model.size());
      assertThat(start).isBetween(startsAcknowledged.get(stream), startsAsked.get(stream));
      assertThat(node.topics.highWatermark(stream)).isEqualTo(end);
      model.subList((int) end, model.size()).clear();
      List<String> expected = new ArrayList<>();
      for (long offset = start; offset < end; offset++) {
        expected.add(offset + "=" + model.get((int) offset));
      }
      assertThat(node.consume(stream, start)).isEqualTo(expected);
      acknowledged.put(stream, end);
      startsAcknowledged.put(stream, start);
      startsAsked.put(stream, start);
    }
  }
}
