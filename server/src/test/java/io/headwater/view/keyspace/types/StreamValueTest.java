package io.headwater.view.keyspace.types;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamValueTest {
  private static final int STEPS = 6_000;

  /** A stream as plainly as it can be written down. */
  private static final class Model {
    final TreeMap<StreamId, List<String>> entries = new TreeMap<>();
    final TreeMap<StreamId, String> pending = new TreeMap<>();
    StreamId last = StreamId.ZERO;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void itHoldsWhatAPlainMapHolds(long seed) {
    Random random = new Random(seed);
    StreamLimits limits = new StreamLimits(64 << random.nextInt(6), 1 + random.nextInt(120));
    StreamValue stream = new StreamValue();
    Model model = new Model();
    StreamGroup group = stream.createGroup(Bytes.utf8("g"), StreamId.ZERO, 0);
    Snapshot snapshot = null;
    StreamValue restored = new StreamValue();
    String expected = "";
    for (int step = 0; step < STEPS; step++) {
      change(stream, group, model, limits, random);
      if (snapshot == null && random.nextInt(500) == 0) {
        expected = entries(stream) + pending(group);
        ByteWriter head = new ByteWriter();
        stream.writeHead(head);
        restored = StreamValue.read(new ByteReader(head.toByteArray()));
        snapshot = stream.snapshot();
      } else if (snapshot != null && random.nextInt(10) == 0) {
        ByteWriter piece = new ByteWriter();
        boolean more = snapshot.write(piece, 1 + random.nextInt(2000));
        ByteReader in = new ByteReader(piece.toByteArray());
        restored.readMore(in);
        assertThat(in.hasRemaining()).isFalse();
        if (!more) {
          snapshot = null;
          assertThat(entries(restored) + pending(restored.group(Bytes.utf8("g"))))
              .as("seed %d", seed)
              .isEqualTo(expected);
        }
      }
      if (random.nextInt(50) == 0) {
        check(stream, group, model, random);
      }
    }
    check(stream, group, model, random);
    StreamValue copy = StreamValue.read(new ByteReader(written(stream)));
    assertThat(java.util.Arrays.equals(written(copy), written(stream))).isTrue();
    assertThat(entries(copy)).isEqualTo(entries(stream));
    assertThat(pending(copy.group(Bytes.utf8("g")))).isEqualTo(pending(group));
    assertThat(copy.memoryBytes()).isBetween(stream.memoryBytes() / 2, stream.memoryBytes() * 2);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aCopyAndItsOriginalGoTheirOwnWays(long seed) {
    Random random = new Random(seed);
    StreamLimits limits = new StreamLimits(64 << random.nextInt(6), 1 + random.nextInt(20));
    List<StreamValue> streams = new ArrayList<>(List.of(new StreamValue()));
    List<TreeMap<StreamId, List<String>>> models = new ArrayList<>(List.of(new TreeMap<>()));
    for (int step = 0; step < 4_000; step++) {
      int which = random.nextInt(streams.size());
      StreamValue stream = streams.get(which);
      TreeMap<StreamId, List<String>> model = models.get(which);
      if (step % 500 == 499) {
        streams.add(java.util.Objects.requireNonNull(stream.copy()));
        models.add(new TreeMap<>(model));
      }
      int kind = random.nextInt(10);
      if (kind == 0 && !model.isEmpty()) {
        stream.removeFirst(1);
        model.pollFirstEntry();
      } else if (kind < 4 && !model.isEmpty()) {
        List<StreamId> ids = List.copyOf(model.keySet());
        StreamId id = ids.get(random.nextInt(ids.size()));
        stream.delete(id.ms(), id.seq());
        model.remove(id);
      } else {
        StreamId id = nextId(stream.last(), random);
        List<String> fields = fields(random);
        ByteWriter body = body(fields);
        stream.append(id.ms(), id.seq(), body.array(), 0, body.size(), limits);
        model.put(id, fields);
      }
    }
    for (int i = 0; i < streams.size(); i++) {
      StreamValue plain = new StreamValue();
      models
          .get(i)
          .forEach((id, fields) -> {
            ByteWriter body = body(fields);
            plain.append(id.ms(), id.seq(), body.array(), 0, body.size(), limits);
          });
      assertThat(entries(streams.get(i))).as("seed %d", seed).isEqualTo(entries(plain));
    }
    streams.getFirst().createGroup(Bytes.utf8("g"), StreamId.ZERO, 0);
    assertThat(streams.getFirst().copy()).isNull();
  }

  private static void change(
      StreamValue stream, StreamGroup group, Model model, StreamLimits limits, Random random) {
    switch (random.nextInt(12)) {
      case 0 -> {
        StreamId id = anyId(model, random);
        assertThat(stream.delete(id.ms(), id.seq())).isEqualTo(model.entries.remove(id) != null);
      }
      case 1 -> {
        long wanted = random.nextInt(60) == 0 ? model.entries.size() : random.nextInt(4);
        long count = Math.min(model.entries.size(), wanted);
        stream.removeFirst(count);
        for (long i = 0; i < count; i++) {
          model.entries.pollFirstEntry();
        }
      }
      case 2 -> {
        Bytes name = Bytes.utf8("c" + random.nextInt(4));
        StreamConsumer consumer = group.consumer(name);
        if (consumer == null) {
          consumer = group.createConsumer(name, 5);
        }
        for (int i = random.nextInt(40); i > 0; i--) {
          StreamId id = anyId(model, random);
          group.put(new Pending(id.ms(), id.seq(), consumer, random.nextInt(9), i));
          model.pending.put(id, name.utf8() + i);
        }
        if (random.nextInt(40) == 0) {
          group.deleteConsumer(consumer);
          model.pending.values().removeIf(p -> p.startsWith(name.utf8()));
        }
      }
      case 3, 4 -> {
        StreamId id = random.nextInt(3) == 0 ? firstPending(model) : anyId(model, random);
        boolean there = model.pending.remove(id) != null;
        assertThat(group.acknowledge(id.ms(), id.seq())).isEqualTo(there);
      }
      default -> {
        StreamId id = nextId(model.last, random);
        List<String> fields = fields(random);
        ByteWriter body = body(fields);
        stream.append(id.ms(), id.seq(), body.array(), 0, body.size(), limits);
        model.entries.put(id, fields);
        model.last = id;
      }
    }
  }

  private static StreamId firstPending(Model model) {
    return model.pending.isEmpty() ? StreamId.ZERO : model.pending.firstKey();
  }

  private static StreamId anyId(Model model, Random random) {
    if (model.entries.isEmpty() || random.nextInt(4) == 0) {
      return new StreamId(random.nextInt(5000), random.nextInt(3));
    }
    StreamId high = model.entries.lastKey();
    StreamId from = new StreamId((long) (random.nextDouble() * high.ms()), random.nextInt(4));
    StreamId found = model.entries.ceilingKey(from);
    return found == null ? high : found;
  }

  private static StreamId nextId(StreamId last, Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> new StreamId(last.ms() + 1 + random.nextInt(3), 0);
      case 1 -> new StreamId(last.ms() + random.nextInt(100_000), last.seq() + 1);
      case 2 -> new StreamId(last.ms() + 1, random.nextLong() >>> random.nextInt(64));
      case 3 ->
          random.nextInt(2000) == 0 && last.ms() >= 0
              ? new StreamId(last.ms() + (1L << 61), 1)
              : last.next();
      default -> last.next();
    };
  }

  private static List<String> fields(Random random) {
    List<String> fields = new ArrayList<>();
    int count = random.nextInt(4) == 0 ? 1 + random.nextInt(6) : 2;
    for (int i = 0; i < count; i++) {
      fields.add(random.nextInt(9) == 0 ? "other" + random.nextInt(3) : "f" + i);
      fields.add(
          switch (random.nextInt(6)) {
            case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
            case 1 -> Integer.toString(random.nextInt(100));
            case 2 -> "-0";
            case 3 -> "";
            case 4 -> "v".repeat(random.nextInt(300));
            default -> "value " + random.nextInt(100);
          });
    }
    return fields;
  }

  private static ByteWriter body(List<String> pieces) {
    ByteWriter body = new ByteWriter();
    body.putVarint(pieces.size() / 2);
    pieces.forEach(body::putString);
    return body;
  }

  private static void check(StreamValue stream, StreamGroup group, Model model, Random random) {
    assertThat(stream.size()).isEqualTo(model.entries.size());
    assertThat(stream.last()).isEqualTo(model.last);
    StringBuilder plain = new StringBuilder();
    model.entries.forEach((id, fields) -> plain.append(id).append(fields).append('\n'));
    assertThat(entries(stream)).isEqualTo(plain.toString());
    StreamId from = anyId(model, random);
    StreamId to = anyId(model, random);
    if (from.compareTo(to) <= 0) {
      assertThat(stream.count(from, to, Long.MAX_VALUE))
          .isEqualTo(model.entries.subMap(from, true, to, true).size());
    }
    StreamCursor cursor = stream.cursor().seekBack(to.ms(), to.seq());
    for (StreamId id : model.entries.headMap(to, true).descendingKeySet()) {
      assertThat(cursor.previous()).isTrue();
      assertThat(cursor.entry().id()).isEqualTo(id);
    }
    assertThat(cursor.previous()).isFalse();
    cursor = stream.cursor().seek(from.ms(), from.seq());
    for (StreamId id : model.entries.tailMap(from, true).keySet()) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.entry().id()).isEqualTo(id);
    }
    assertThat(cursor.next()).isFalse();
    assertThat(stream.below(to)).isEqualTo(model.entries.headMap(to, false).size());
    assertThat(group.pending().size()).isEqualTo(model.pending.size());
    StringBuilder pending = new StringBuilder();
    model.pending.forEach((id, owner) -> pending.append(id).append(owner).append('\n'));
    assertThat(pending(group)).isEqualTo(pending.toString());
    int ofConsumers = 0;
    for (StreamConsumer consumer : group.consumers()) {
      ofConsumers += consumer.pending().size();
    }
    assertThat(ofConsumers).isEqualTo(model.pending.size());
  }

  private static String entries(StreamValue stream) {
    StringBuilder all = new StringBuilder();
    StreamCursor cursor = stream.cursor().seek(0, 0);
    while (cursor.next()) {
      List<String> pieces = new ArrayList<>();
      cursor
          .entry()
          .forEach((array, from, length) ->
              pieces.add(new String(array, from, length, StandardCharsets.UTF_8)));
      all.append(cursor.entry().id()).append(pieces).append('\n');
    }
    return all.toString();
  }

  private static String pending(StreamGroup group) {
    StringBuilder all = new StringBuilder();
    for (Pending p = group.pending().first(); p != null; ) {
      all.append(p.id()).append(p.consumer().name()).append(p.deliveries()).append('\n');
      StreamId after = p.id().next();
      p = group.pending().atOrAfter(after.ms(), after.seq());
    }
    return all.toString();
  }

  private static byte[] written(StreamValue stream) {
    ByteWriter out = new ByteWriter();
    stream.writeTo(out);
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void damagedBytesAreRefusedOrReadable(long seed) {
    Random random = new Random(seed);
    StreamValue stream = new StreamValue();
    StreamGroup group = stream.createGroup(Bytes.utf8("g"), StreamId.ZERO, 0);
    Model model = new Model();
    for (int i = 0; i < 60; i++) {
      change(stream, group, model, new StreamLimits(200, 10), random);
    }
    byte[] good = written(stream);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad =
          java.util.Arrays.copyOf(good, random.nextInt(5) == 0 ? i % good.length : good.length);
      for (int k = random.nextInt(3); k >= 0 && bad.length > 0; k--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      try {
        StreamValue read = StreamValue.read(new ByteReader(bad));
        entries(read);
        read.groups().forEach(StreamValueTest::pending);
      } catch (MalformedBytes e) {
        // refused
      }
    }
  }

  @Test
  void aSmallEntryTakesFewBytes() {
    StreamValue stream = new StreamValue();
    for (int i = 0; i < 100_000; i++) {
      ByteWriter body = body(List.of("sensor", "1234", "temperature", "21." + i % 10));
      stream.append(
          1_700_000_000_000L + i / 3, i % 3, body.array(), 0, body.size(), StreamLimits.DEFAULTS);
    }
    assertThat(stream.memoryBytes() / 100_000).isLessThan(14);
  }
}
