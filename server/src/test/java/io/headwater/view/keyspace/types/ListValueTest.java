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
    ListMemory memory = new ListMemory();
    List<Bytes> model = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      boolean shrinking = (step / 500) % 3 == 2;
      change(random, maxLength, shrinking, list, model);
      if (!list.isPacked() && seed % 4 != 0 && random.nextInt(50) == 0) {
        list.adopt(memory);
      }
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
    assertEndsOnHeapOnly(list, memory);
    list.abandon();
    assertAllFreed(memory);
  }

  private static long heapElementBytes(ListValue list) {
    long[] elements = {0};
    list.forEach((_, _, length) -> elements[0] += ListNode.entryBytes(length));
    return elements[0] - list.storedBytes();
  }

  /** All but two nodes are stored; and what has no keyspace has stored nothing. */
  private static void assertEndsOnHeapOnly(ListValue list, ListMemory memory) {
    while (memory.freeSlice(1)) {
      // what LTRIM left behind
    }
    assertThat(memory.liveBytes()).isEqualTo(list.storedBytes());
    if (memory.liveBlocks() > 0) {
      assertThat(heapElementBytes(list)).isLessThan(2 * 20_100);
    }
  }

  private static void assertAllFreed(ListMemory memory) {
    while (memory.freeSlice(3)) {
      assertThat(memory.leavingBytes()).isNotNegative();
    }
    assertThat(memory.leavingBytes()).isZero();
    assertThat(memory.liveBlocks()).isZero();
    assertThat(memory.liveBytes()).isZero();
  }

  /** A snapshot that is being written, and what it should show. */
  private record Shot(Snapshot items, ListValue read, List<Bytes> model) {
    /** Returns whether it is over; then it showed what it should. */
    boolean goOn(Random random) {
      ByteWriter out = new ByteWriter();
      boolean more = items.write(out, random.nextInt(10_000) + 1);
      read.readMore(new ByteReader(out.toByteArray()));
      if (!more) {
        assertSame(read, model);
      }
      return !more;
    }

    static Shot of(ListValue list, List<Bytes> model) {
      ListValue head = new ListValue();
      ByteWriter out = new ByteWriter();
      list.writeHead(out);
      head.readFrom(new ByteReader(out.toByteArray()));
      return new Shot(list.snapshot(), head, new ArrayList<>(model));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void listsCopiesAndSnapshotsFreeWhatTheyShareOnce(long seed) {
    Random random = new Random(seed);
    ListMemory memory = new ListMemory();
    List<ListValue> lists = new ArrayList<>();
    List<List<Bytes>> models = new ArrayList<>();
    List<Shot> shots = new ArrayList<>();
    for (int step = 0; step < 3000; step++) {
      int kind = random.nextInt(100);
      int which = lists.isEmpty() ? 0 : random.nextInt(lists.size());
      if (lists.isEmpty() || kind == 0 && lists.size() < 6) {
        lists.add(longer(random));
        models.add(content(lists.getLast()));
        lists.getLast().adopt(memory);
      } else if (kind == 1) {
        lists.remove(which).abandon();
        models.remove(which);
      } else if (kind == 2 && lists.size() < 6) {
        lists.add(lists.get(which).copy());
        models.add(new ArrayList<>(models.get(which)));
        lists.getLast().adopt(memory);
      } else if (kind == 3) {
        shots.add(Shot.of(lists.get(which), models.get(which)));
      } else if (kind < 10 && !shots.isEmpty()) {
        shots.removeIf(shot -> shot.goOn(random));
      } else if (kind == 10 && !shots.isEmpty()) {
        shots.removeFirst().items.abandon();
      } else if (kind < 15) {
        memory.freeSlice(random.nextInt(40));
      } else if (kind == 15 && !models.get(which).isEmpty()) {
        trim(random, lists.get(which), models.get(which));
      } else {
        change(random, 600, random.nextInt(3) == 0, lists.get(which), models.get(which));
      }
    }
    for (int i = 0; i < lists.size(); i++) {
      assertSame(lists.get(i), models.get(i));
    }
    lists.forEach(ListValue::abandon);
    while (!shots.isEmpty()) {
      shots.removeIf(shot -> shot.goOn(random));
    }
    assertAllFreed(memory);
  }

  private static ListValue longer(Random random) {
    ListValue list = new ListValue();
    while (list.isPacked() || random.nextInt(500) > 0) {
      byte[] e = element(random, 600).array();
      list.pushLast(e, 0, e.length);
    }
    return list;
  }

  private static void trim(Random random, ListValue list, List<Bytes> model) {
    int from = random.nextInt(model.size());
    int count = random.nextInt(model.size() - from) + 1;
    list.remove(from, count);
    model.subList(from, from + count).clear();
  }

  @Test
  void whatIsReadOfALongListIsValidAsLongAsItSays() {
    ListMemory memory = new ListMemory();
    ListValue list = new ListValue();
    for (int i = 0; i < 2000; i++) {
      byte[] e = ("element " + "x".repeat(50) + i).getBytes(UTF_8);
      list.pushLast(e, 0, e.length);
    }
    list.adopt(memory);
    List<Bytes> model = content(list);
    Slice one = new Slice();
    Slice other = new Slice();
    list.get(700, one);
    list.get(1400, other);
    int[] i = {0};
    list.forEach((array, from, length) -> {
      assertThat(Bytes.copyOf(array, from, length)).isEqualTo(model.get(i[0]));
      int[] k = {0};
      if (i[0]++ % 500 == 99) {
        list.forEach((inner, at, bytes) ->
            assertThat(Bytes.copyOf(inner, at, bytes)).isEqualTo(model.get(k[0]++)));
      }
    });

    assertThat(one.toBytes()).isEqualTo(model.get(700));
    assertThat(other.toBytes()).isEqualTo(model.get(1400));
    assertThat(i[0]).isEqualTo(2000);
    list.abandon();
    assertAllFreed(memory);
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
    list.adopt(new ListMemory());
    assertThat(heapElementBytes(list)).isLessThan(2 * ListNode.WHOLE_BYTES);
    list.abandon();
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

  private static List<Bytes> content(ListValue list) {
    List<Bytes> content = new ArrayList<>();
    list.forEach((array, from, length) -> content.add(Bytes.copyOf(array, from, length)));
    return content;
  }

  private static void assertSame(ListValue list, List<Bytes> model) {
    assertThat(content(list)).isEqualTo(model);
    Slice out = new Slice();
    for (int i = 0; i < model.size(); i += 1 + model.size() / 50) {
      list.get(i, out);
      assertThat(out.toBytes()).isEqualTo(model.get(i));
    }
  }
}
