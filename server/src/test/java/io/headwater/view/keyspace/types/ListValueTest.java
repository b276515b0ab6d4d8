package io.headwater.view.keyspace.types;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ListValueTest {
  static LongStream seeds() {
    return LongStream.range(0, 40);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void behavesLikeAListWhileItGrowsAndShrinks(long seed) {
    Random random = new Random(seed);
    int maxLength = new int[] {4, 30, 200, 3000, 20_000}[random.nextInt(5)];
    int steps = 3000;
    ListValue list = new ListValue();
    List<Bytes> model = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      boolean shrinking = (step / 500) % 3 == 2;
      change(random, maxLength, shrinking, list, model);
      assertThat(list.size()).isEqualTo(model.size());
      if (list.isPacked() && random.nextInt(5) == 0) {
        list = reloaded(list);
      }
      if (step % 100 == 0) {
        assertSame(list, model);
      }
    }
    assertSame(list, model);
    assertSame(copied(list), model);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aCopyAndItsOriginalGoTheirOwnWays(long seed) {
    Random random = new Random(seed);
    List<ListValue> lists = new ArrayList<>(List.of(new ListValue()));
    List<List<Bytes>> models = new ArrayList<>(List.of(new ArrayList<>()));
    while (lists.getFirst().isPacked()) {
      change(random, 200, false, lists.getFirst(), models.getFirst());
    }
    for (int step = 0; step < 3000; step++) {
      int which = random.nextInt(lists.size());
      if (step % 300 == 0) {
        lists.add(lists.get(which).copy());
        models.add(new ArrayList<>(models.get(which)));
      } else if (random.nextInt(400) == 0) {
        lists.get(which).snapshot();
      }
      change(random, 200, random.nextInt(4) == 0, lists.get(which), models.get(which));
    }
    for (int i = 0; i < lists.size(); i++) {
      assertSame(lists.get(i), models.get(i));
      assertSame(copied(lists.get(i)), models.get(i));
    }
  }

  private static void change(
      Random random, int maxLength, boolean shrinking, ListValue list, List<Bytes> model) {
    Bytes element = element(random, maxLength);
    byte[] e = element.array();
    int kind = random.nextInt(shrinking ? 16 : 9);
    if (kind < 3) {
      list.pushLast(e, 0, e.length);
      model.add(element);
    } else if (kind < 6) {
      list.pushFirst(e, 0, e.length);
      model.addFirst(element);
    } else if (kind == 6) {
      int index = random.nextInt(model.size() + 1);
      list.insert(index, e, 0, e.length);
      model.add(index, element);
    } else if (!model.isEmpty() && kind == 7) {
      int index = random.nextInt(model.size());
      list.set(index, e, 0, e.length);
      model.set(index, element);
    } else if (!model.isEmpty() && kind == 8 && shrinking) {
      int index = random.nextInt(model.size());
      int count = random.nextInt(Math.min(300, model.size() - index)) + 1;
      list.remove(index, count);
      model.subList(index, index + count).clear();
    } else if (!model.isEmpty() && kind == 9) {
      Bytes wanted = model.get(random.nextInt(model.size()));
      long limit = random.nextInt(7) - 3;
      int removed = removeEqual(model, limit, wanted);
      assertThat(list.removeEqual(limit, wanted.array(), 0, wanted.length())).isEqualTo(removed);
    } else if (!model.isEmpty() && kind < 13) {
      list.remove(0, 1);
      model.removeFirst();
    } else if (!model.isEmpty()) {
      list.remove(model.size() - 1, 1);
      model.removeLast();
    }
  }

  private static int removeEqual(List<Bytes> model, long limit, Bytes wanted) {
    int removed = 0;
    if (limit < 0) {
      Collections.reverse(model);
    }
    for (int i = 0; i < model.size() && (limit == 0 || removed < Math.abs(limit)); ) {
      if (model.get(i).equals(wanted)) {
        model.remove(i);
        removed++;
      } else {
        i++;
      }
    }
    if (limit < 0) {
      Collections.reverse(model);
    }
    return removed;
  }

  @Test
  void findsEqualElementsFromBothEnds() {
    ListValue list = new ListValue();
    for (int i = 0; i < 1000; i++) {
      byte[] e = ("element " + i % 100).getBytes(UTF_8);
      list.pushLast(e, 0, e.length);
    }
    byte[] wanted = "element 7".getBytes(UTF_8);
    List<Integer> forwards = new ArrayList<>();
    List<Integer> backwards = new ArrayList<>();
    list.findEqual(false, 500, wanted, 0, wanted.length, forwards::add);
    list.findEqual(
        true,
        1000,
        wanted,
        0,
        wanted.length,
        i -> {
          backwards.add(i);
          return backwards.size() < 2;
        });

    assertThat(forwards).containsExactly(7, 107, 207, 307, 407);
    assertThat(backwards).containsExactly(907, 807);
  }

  @Test
  void aLongListTakesLittleMoreThanItsElements() {
    ListValue list = new ListValue();
    byte[] e = "x".repeat(100).getBytes(UTF_8);
    for (int i = 0; i < 100_000; i++) {
      list.pushFirst(e, 0, e.length);
    }

    assertThat(list.memoryBytes() / 100_000).isLessThan(104);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void refusesBytesThatAreNoList(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      if (bytes.length > 1) {
        bytes[0] = (byte) random.nextInt(3);
        bytes[1] = (byte) random.nextInt(bytes.length);
      }
      ListValue list = new ListValue();
      try {
        list.readFrom(new ByteReader(bytes));
        list.forEach((array, from, length) -> {});
      } catch (MalformedBytes expected) {
        assertThat(expected).hasMessageMatching(".+");
      }
    }
  }

  private static Bytes element(Random random, int maxLength) {
    if (random.nextInt(3) == 0) {
      return Bytes.utf8("common" + random.nextInt(5));
    }
    byte[] bytes = new byte[random.nextInt(maxLength)];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  private static ListValue reloaded(ListValue list) {
    Slice slice = new Slice();
    list.packed(slice);
    ListValue again = new ListValue();
    again.load(slice.array(), slice.from(), slice.length());
    return again;
  }

  private static ListValue copied(ListValue list) {
    ByteWriter out = new ByteWriter();
    list.writeTo(out);
    ListValue again = new ListValue();
    ByteReader in = new ByteReader(out.toByteArray());
    again.readFrom(in);
    assertThat(in.remaining()).isZero();
    return again;
  }

  private static void assertSame(ListValue list, List<Bytes> model) {
    List<Bytes> content = new ArrayList<>();
    list.forEach((array, from, length) -> content.add(Bytes.copyOf(array, from, length)));
    assertThat(content).isEqualTo(model);
    Slice out = new Slice();
    for (int i = 0; i < model.size(); i += 1 + model.size() / 50) {
      list.get(i, out);
      assertThat(out.toBytes()).isEqualTo(model.get(i));
    }
  }
}
