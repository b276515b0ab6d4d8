package io.headwater.view.keyspace.types;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZSetValueTest {
  private static final CollectionLimits LIMITS = CollectionLimits.defaults(44);

  private record Scored(double score, Bytes member) implements Comparable<Scored> {
    @Override
    public int compareTo(Scored other) {
      int byScore = Double.compare(score, other.score);
      return byScore != 0 ? byScore : member.compareTo(other.member);
    }
  }

  static LongStream seeds() {
    return LongStream.range(0, 32);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void behavesLikeASortedMapWhileItGrowsAndShrinks(long seed) {
    Random random = new Random(seed);
    int members = 1 << random.nextInt(14);
    int scores = new int[] {1, 20, 100_000}[random.nextInt(3)];
    ZSetValue zset = new ZSetValue(LIMITS);
    Map<Bytes, Double> model = new HashMap<>();
    TreeSet<Scored> order = new TreeSet<>();
    int steps = Math.min(30_000, members * 20);
    for (int step = 0; step < steps; step++) {
      boolean shrinking = step > steps * 2 / 3;
      Bytes member = Bytes.utf8("member:" + random.nextInt(members));
      Double old = model.get(member);
      if (random.nextInt(10) < (shrinking ? 8 : 1)) {
        assertThat(zset.remove(member.array(), 0, member.length())).isEqualTo(old != null);
        model.remove(member);
      } else {
        double score = score(random, scores);
        assertThat(zset.put(member.array(), 0, member.length(), score)).isEqualTo(old == null);
        model.put(member, score);
        order.add(new Scored(score, member));
      }
      if (old != null && !old.equals(model.get(member))) {
        order.remove(new Scored(old, member));
      }
      assertThat(zset.size()).isEqualTo(model.size());
      if (Settled.settled(zset).isPacked() && random.nextInt(10) == 0) {
        zset = reloaded(zset);
      }
      if (step % 2000 == 0) {
        assertSame(random, zset, order);
      }
    }
    assertSame(random, zset, order);
    assertSame(random, copied(zset), order);
    assertThat(copied(zset).encoding()).isEqualTo(zset.encoding());
    removeRanges(random, zset, order);
  }

  private static void removeRanges(Random random, ZSetValue zset, TreeSet<Scored> order) {
    while (!order.isEmpty()) {
      int rank = random.nextInt(order.size());
      int count = random.nextInt(Math.min(500, order.size() - rank)) + 1;
      List<Scored> all = new ArrayList<>(order);
      all.subList(rank, rank + count).forEach(order::remove);
      zset.removeRange(rank, count);
      assertThat(zset.size()).isEqualTo(order.size());
      if (zset.size() > 0) {
        assertThat(content(zset)).isEqualTo(List.copyOf(order));
      }
    }
    assertThat(zset.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void isWholeAfterLargeRangesAreRemovedAndOthersAdded(long seed) {
    Random random = new Random(seed);
    ZSetValue zset = new ZSetValue(LIMITS);
    TreeSet<Scored> order = new TreeSet<>();
    for (int round = 0; round < 12; round++) {
      for (int i = 0; i < 10_000; i++) {
        byte[] member =
            ("member:" + round + ":" + i + "x".repeat(random.nextInt(30))).getBytes(UTF_8);
        double score = seed % 2 == 0 ? random.nextInt(1000) : round * 10_000 + i;
        zset.put(member, 0, member.length, score);
        order.add(new Scored(score, Bytes.wrap(member)));
      }
      int rank = random.nextInt(order.size());
      int count = random.nextInt(Math.min(18_000, order.size() - rank)) + 1;
      List<Scored> all = new ArrayList<>(order);
      all.subList(rank, rank + count).forEach(order::remove);

      zset.removeRange(rank, count);

      assertSame(random, zset, order);
    }
    assertThat(content(zset)).isEqualTo(List.copyOf(order));
    zset.removeRange(0, order.size());
    assertThat(zset.isEmpty()).isTrue();
  }

  private static double score(Random random, int scores) {
    return switch (random.nextInt(12)) {
      case 0 -> random.nextGaussian() * 1e6;
      case 1 -> random.nextInt(10) == 0 ? Double.POSITIVE_INFINITY : 1e300;
      case 2 -> random.nextInt(10) == 0 ? Double.NEGATIVE_INFINITY : -Math.pow(2, 53);
      default -> random.nextInt(scores) - scores / 3;
    };
  }

  @Test
  void keepsEveryExactIntegerScorePacked() {
    for (int bits = 0; bits < 62; bits++) {
      for (long value : new long[] {1L << bits, -(1L << bits), (1L << bits) - 1, ~(1L << bits)}) {
        ZSetValue zset = new ZSetValue(LIMITS);
        zset.put(new byte[] {'m'}, 0, 1, (double) value);
        assertThat(reloaded(zset).score(new byte[] {'m'}, 0, 1)).isEqualTo((double) value);
      }
    }
  }

  @Test
  void countsRangesOfBytesAmongEqualScores() {
    for (int n : new int[] {60, 100, 2000}) {
      ZSetValue zset = new ZSetValue(LIMITS);
      TreeSet<Bytes> model = new TreeSet<>();
      for (int i = 0; i < n; i++) {
        byte[] m = ("m" + i * 31 % n).getBytes(UTF_8);
        zset.put(m, 0, m.length, 0);
        model.add(Bytes.wrap(m));
      }
      for (int i = 0; i < n; i++) {
        Bytes edge = Bytes.utf8("m" + i + (i % 2 == 0 ? "" : "x"));
        assertThat(zset.countBelow(edge.array(), 0, edge.length(), false))
            .isEqualTo(model.headSet(edge, false).size());
        assertThat(zset.countBelow(edge.array(), 0, edge.length(), true))
            .isEqualTo(model.headSet(edge, true).size());
      }
    }
  }

  @Test
  void encodingFollowsRedissLimits() {
    ZSetValue zset = new ZSetValue(LIMITS);
    for (int i = 0; i < 128; i++) {
      zset.put(("m" + i).getBytes(UTF_8), 0, 2, i);
      byte[] m = ("member" + i).getBytes(UTF_8);
      zset.put(m, 0, m.length, i);
      if (zset.size() == 128) {
        break;
      }
    }
    assertThat(zset.encoding()).isEqualTo("listpack");
    zset.put("one more".getBytes(UTF_8), 0, 8, 3);
    assertThat(zset.encoding()).isEqualTo("skiplist");

    ZSetValue wide = new ZSetValue(LIMITS);
    wide.put("m".repeat(65).getBytes(UTF_8), 0, 65, 1);
    assertThat(wide.encoding()).isEqualTo("skiplist");
    assertThat(wide.isPacked()).isTrue();
    assertThat(reloaded(wide).encoding()).isEqualTo("skiplist");
  }

  @Test
  void aLargeOneTakesLessThanRedissSkipList() {
    ZSetValue zset = new ZSetValue(LIMITS);
    Random random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      byte[] m = ("member:" + (1_000_000 + i)).getBytes(UTF_8);
      zset.put(m, 0, m.length, random.nextInt());
    }

    assertThat(zset.memoryBytes() / 200_000).isLessThan(85);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aLargeOneStaysDenseWhateverMovesAndShrinks(long seed) {
    Random random = new Random(seed);
    ZSetValue zset = new ZSetValue(CollectionLimits.defaults(random.nextLong()));
    int members = 1_000 + random.nextInt(20_000);
    for (int i = 0; i < 3 * members; i++) {
      byte[] m = ("member:" + (1_000_000 + i % members)).getBytes(UTF_8);
      zset.put(m, 0, m.length, random.nextInt());
    }

    assertThat(zset.memoryBytes() / members).isLessThan(67); // of them 24 for the record

    while (zset.size() > 100) {
      zset.removeRange(random.nextInt(zset.size() - 50), 50);
    }
    assertThat(zset.memoryBytes()).isLessThan(members * 67L / 4);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void refusesBytesThatAreNoSortedSet(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      if (bytes.length > 1) {
        bytes[0] = (byte) random.nextInt(4);
        bytes[1] = (byte) random.nextInt(bytes.length);
      }
      ZSetValue zset = new ZSetValue(LIMITS);
      try {
        zset.readFrom(new ByteReader(bytes));
        zset.forEach((array, from, length, score) -> {});
      } catch (MalformedBytes expected) {
        assertThat(expected).hasMessageMatching(".+");
      }
    }
  }

  private static ZSetValue reloaded(ZSetValue zset) {
    Settled.settled(zset);
    Slice slice = new Slice();
    zset.packed(slice);
    ZSetValue again = new ZSetValue(LIMITS);
    again.load(slice.array(), slice.from(), slice.length());
    return again;
  }

  private static ZSetValue copied(ZSetValue zset) {
    Settled.settled(zset);
    ByteWriter out = new ByteWriter();
    zset.writeTo(out);
    ZSetValue again = new ZSetValue(LIMITS);
    ByteReader in = new ByteReader(out.toByteArray());
    again.readFrom(in);
    assertThat(in.remaining()).isZero();
    return again;
  }

  private static List<Scored> content(ZSetValue zset) {
    List<Scored> content = new ArrayList<>();
    zset.forEach((array, from, length, score) ->
        content.add(new Scored(score, Bytes.copyOf(array, from, length))));
    return content;
  }

  private static void assertSame(Random random, ZSetValue zset, TreeSet<Scored> order) {
    List<Scored> model = List.copyOf(order);
    assertThat(content(zset)).isEqualTo(model);
    List<Scored> down = new ArrayList<>();
    if (!model.isEmpty()) {
      zset.forRangeDown(
          model.size() - 1,
          model.size(),
          (array, from, length, score) ->
              down.add(new Scored(score, Bytes.copyOf(array, from, length))));
    }
    assertThat(down.reversed()).isEqualTo(model);
    for (int i = 0; i < 50 && !model.isEmpty(); i++) {
      int rank = random.nextInt(model.size());
      Scored some = model.get(rank);
      Bytes member = some.member;
      assertThat(zset.rank(member.array(), 0, member.length())).isEqualTo(rank);
      assertThat(zset.score(member.array(), 0, member.length())).isEqualTo(some.score);
      assertThat(zset.countBelow(some.score, false))
          .isEqualTo((int) model.stream().filter(s -> s.score < some.score).count());
      assertThat(zset.countBelow(some.score, true))
          .isEqualTo((int) model.stream().filter(s -> s.score <= some.score).count());
    }
    assertThat(zset.score("absent".getBytes(UTF_8), 0, 6)).isNaN();
    Set<Scored> scanned = new HashSet<>();
    long cursor = 0;
    do {
      cursor =
          zset.scan(
              cursor,
              10,
              (array, from, length, score) ->
                  scanned.add(new Scored(score, Bytes.copyOf(array, from, length))));
    } while (cursor != 0);
    assertThat(scanned).isEqualTo(order);
  }
}
