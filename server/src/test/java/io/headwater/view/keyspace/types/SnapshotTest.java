package io.headwater.view.keyspace.types;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A snapshot shows what was there when it was taken, whatever happens while it is written. */
class SnapshotTest {
  private static final CollectionLimits LIMITS = CollectionLimits.defaults(5);

  static LongStream seeds() {
    return LongStream.range(0, 30);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String text(byte[] array, int from, int length) {
    return new String(array, from, length, UTF_8);
  }

  private static String value(Random random) {
    int length = random.nextInt(20) == 0 ? 3000 : random.nextInt(30);
    return (char) ('a' + random.nextInt(26)) + "v".repeat(length);
  }

  private interface Step {
    void run();
  }

  /** Takes several snapshots, one after the other, while changes go on; returns copies of them. */
  private static <V extends CollectionValue> void compare(
      Random random, V value, V copy, Step change, List<String> expected, List<String> actual) {
    Snapshot snapshot = Settled.settled(value).snapshot();
    ByteWriter pieces = new ByteWriter();
    value.writeHead(pieces);
    copy.readFrom(new ByteReader(pieces.toByteArray()));
    boolean more = true;
    while (more) {
      pieces.clear();
      more = snapshot.write(pieces, 1 + random.nextInt(5000));
      ByteReader in = new ByteReader(pieces.toByteArray());
      copy.readMore(in);
      assertThat(in.remaining()).isZero();
      for (int i = random.nextInt(100); i > 0; i--) {
        change.run();
        Settled.settled(value);
      }
    }
    assertThat(copy.encoding()).isEqualTo(value.encoding());
    actual.addAll(content(copy));
    assertThat(actual).isEqualTo(expected);
  }

  private static List<String> content(CollectionValue value) {
    List<String> content = new ArrayList<>();
    switch (value) {
      case HashValue hash ->
          hash.forEach((array, from, length, valueFrom, valueLength) ->
              content.add(text(array, from, length) + "=" + text(array, valueFrom, valueLength)));
      case SetValue set ->
          set.forEach((array, from, length) -> content.add(text(array, from, length)));
      case ListValue list ->
          list.forEach((array, from, length) -> content.add(text(array, from, length)));
      case ZSetValue zset ->
          zset.forEach(
              (array, from, length, score) -> content.add(text(array, from, length) + score));
    }
    return value instanceof ListValue ? content : List.copyOf(new TreeSet<>(content));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void ofAHash(long seed) {
    Random random = new Random(seed);
    HashValue hash = new HashValue(LIMITS);
    Map<String, String> model = new HashMap<>();
    Step change =
        () -> {
          byte[] field = bytes("field" + random.nextInt(3000));
          if (random.nextInt(3) == 0) {
            hash.remove(field, 0, field.length);
            model.remove(new String(field, UTF_8));
          } else {
            byte[] value = bytes(value(random));
            hash.put(field, 0, field.length, value, 0, value.length);
            model.put(new String(field, UTF_8), new String(value, UTF_8));
          }
        };
    for (int i = 0; i < 3000; i++) {
      change.run();
    }
    for (int round = 0; round < 3; round++) {
      compare(random, hash, new HashValue(LIMITS), change, content(hash), new ArrayList<>());
    }
    TreeSet<String> left = new TreeSet<>();
    model.forEach((field, value) -> left.add(field + "=" + value));
    assertThat(content(hash)).isEqualTo(List.copyOf(left));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void ofASet(long seed) {
    Random random = new Random(seed);
    SetValue set = new SetValue(LIMITS);
    TreeSet<String> model = new TreeSet<>();
    Step change =
        () -> {
          byte[] member = bytes("member" + random.nextInt(4000));
          if (random.nextInt(3) == 0) {
            set.remove(member, 0, member.length);
            model.remove(new String(member, UTF_8));
          } else {
            set.add(member, 0, member.length);
            model.add(new String(member, UTF_8));
          }
        };
    for (int i = 0; i < 4000; i++) {
      change.run();
    }
    for (int round = 0; round < 3; round++) {
      compare(random, set, new SetValue(LIMITS), change, content(set), new ArrayList<>());
    }
    assertThat(content(set)).isEqualTo(List.copyOf(model));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void ofASortedSet(long seed) {
    Random random = new Random(seed);
    ZSetValue zset = new ZSetValue(LIMITS);
    Map<String, Double> model = new HashMap<>();
    Step change =
        () -> {
          byte[] member = bytes("member" + random.nextInt(4000));
          if (random.nextInt(3) == 0) {
            zset.remove(member, 0, member.length);
            model.remove(new String(member, UTF_8));
          } else {
            double score = random.nextInt(1000);
            zset.put(member, 0, member.length, score);
            model.put(new String(member, UTF_8), score);
          }
        };
    for (int i = 0; i < 4000; i++) {
      change.run();
    }
    for (int round = 0; round < 3; round++) {
      compare(random, zset, new ZSetValue(LIMITS), change, content(zset), new ArrayList<>());
    }
    TreeSet<String> left = new TreeSet<>();
    model.forEach((member, score) -> left.add(member + score));
    assertThat(content(zset)).isEqualTo(List.copyOf(left));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void ofAList(long seed) {
    Random random = new Random(seed);
    ListValue list = new ListValue();
    List<String> model = new ArrayList<>();
    Step change = () -> change(random, list, model);
    for (int i = 0; i < 3000; i++) {
      change.run();
    }
    for (int round = 0; round < 3; round++) {
      compare(random, list, new ListValue(), change, content(list), new ArrayList<>());
    }
    assertThat(content(list)).isEqualTo(model);
  }

  private static void change(Random random, ListValue list, List<String> model) {
    String text = value(random);
    byte[] element = bytes(text);
    int index = model.isEmpty() ? 0 : random.nextInt(model.size());
    switch (model.size() < 500 ? random.nextInt(2) : random.nextInt(8)) {
      case 0 -> {
        list.pushFirst(element, 0, element.length);
        model.addFirst(text);
      }
      case 1 -> {
        list.pushLast(element, 0, element.length);
        model.addLast(text);
      }
      case 2 -> {
        list.set(index, element, 0, element.length);
        model.set(index, text);
      }
      case 3 -> {
        list.insert(index, element, 0, element.length);
        model.add(index, text);
      }
      case 4 -> {
        int count = Math.min(random.nextInt(5) + 1, model.size() - index);
        list.remove(index, count);
        model.subList(index, index + count).clear();
      }
      case 5 -> {
        list.removeEqual(1, element, 0, element.length);
        model.remove(text);
      }
      case 6 -> {
        list.remove(0, 1);
        model.removeFirst();
      }
      default -> {
        list.remove(model.size() - 1, 1);
        model.removeLast();
      }
    }
  }
}
