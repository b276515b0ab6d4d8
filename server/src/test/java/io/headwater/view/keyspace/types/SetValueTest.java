package io.headwater.view.keyspace.types;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SetValueTest {
  private static final CollectionLimits LIMITS = CollectionLimits.defaults(43);

  static LongStream seeds() {
    return LongStream.range(0, 24);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void behavesLikeASetWhileItGrowsAndShrinks(long seed) {
    Random random = new Random(seed);
    int members = 1 << random.nextInt(13);
    int texts = random.nextInt(3) == 0 ? 0 : random.nextInt(200);
    long stretch = random.nextInt(3) == 0 ? 1 : random.nextInt(3) == 0 ? 100_000 : 1L << 45;
    SetValue set = new SetValue(LIMITS);
    Set<Bytes> model = new HashSet<>();
    int steps = Math.min(20_000, members * 20);
    for (int step = 0; step < steps; step++) {
      boolean shrinking = step > steps * 2 / 3;
      long number = (random.nextInt(members) - members / 3) * stretch;
      Bytes member = Bytes.utf8((random.nextInt(1000) < texts ? "t" : "") + number);
      if (random.nextInt(10) < (shrinking ? 8 : 2)) {
        assertThat(set.remove(member.array(), 0, member.length())).isEqualTo(model.remove(member));
      } else {
        assertThat(set.add(member.array(), 0, member.length())).isEqualTo(model.add(member));
      }
      assertThat(set.size()).isEqualTo(model.size());
      if (Settled.settled(set).isPacked() && random.nextInt(10) == 0) {
        set = reloaded(set);
      }
      if (step % 1000 == 0) {
        assertSame(set, model);
      }
    }
    assertSame(set, model);
    assertSame(copied(set), model);
    assertThat(copied(set).encoding()).isEqualTo(set.encoding());
  }

  @Test
  void encodingFollowsRedissLimits() {
    SetValue set = new SetValue(LIMITS);
    for (int i = 0; i < 512; i++) {
      add(set, "" + i);
    }
    assertThat(set.encoding()).isEqualTo("intset");
    add(set, "512");
    assertThat(set.encoding()).isEqualTo("hashtable");

    for (String text : new String[] {"x", "01", "-0", "+1", "", "9223372036854775808", " 1"}) {
      SetValue mixed = new SetValue(LIMITS);
      add(mixed, "9223372036854775807");
      add(mixed, "-9223372036854775808");
      assertThat(mixed.encoding()).isEqualTo("intset");
      add(mixed, text);
      assertThat(mixed.encoding()).as(text).isEqualTo("hashtable");
      assertSame(
          mixed,
          Set.of(
              Bytes.utf8("9223372036854775807"),
              Bytes.utf8("-9223372036854775808"),
              Bytes.utf8(text)));
    }
  }

  @Test
  void aSetOfOneMillionTakesLessThanRedissTable() {
    SetValue set = new SetValue(LIMITS);
    for (int i = 0; i < 200_000; i++) {
      add(set, "member:" + (1_000_000 + i));
    }

    assertThat(set.memoryBytes() / 200_000).isLessThan(56);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void drawsOnlyMembers(long seed) {
    Random random = new Random(seed);
    SetValue set = new SetValue(LIMITS);
    Set<Bytes> model = new HashSet<>();
    for (int i = random.nextInt(2000); i >= 0; i--) {
      String member = (seed % 3 == 0 ? "" : "m") + random.nextInt();
      add(set, member);
      model.add(Bytes.utf8(member));
    }
    Set<Bytes> drawn = new HashSet<>();
    for (int i = model.size() * 40; i > 0; i--) {
      set.random(random, (array, from, length) -> drawn.add(Bytes.copyOf(array, from, length)));
    }

    assertThat(drawn).isEqualTo(model);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void refusesBytesThatAreNoSet(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      if (bytes.length > 2) {
        bytes[0] = (byte) random.nextInt(4);
        bytes[1] = (byte) random.nextInt(bytes.length);
        bytes[2] = (byte) random.nextInt(2);
      }
      SetValue set = new SetValue(LIMITS);
      try {
        set.readFrom(new ByteReader(bytes));
        set.forEach((array, from, length) -> {});
      } catch (MalformedBytes expected) {
        assertThat(expected).hasMessageMatching(".+");
      }
    }
  }

  private static void add(SetValue set, String member) {
    byte[] m = member.getBytes(UTF_8);
    set.add(m, 0, m.length);
  }

  private static SetValue reloaded(SetValue set) {
    Settled.settled(set);
    Slice slice = new Slice();
    set.packed(slice);
    SetValue again = new SetValue(LIMITS);
    again.load(slice.array(), slice.from(), slice.length());
    return again;
  }

  private static SetValue copied(SetValue set) {
    Settled.settled(set);
    ByteWriter out = new ByteWriter();
    set.writeTo(out);
    SetValue again = new SetValue(LIMITS);
    ByteReader in = new ByteReader(out.toByteArray());
    again.readFrom(in);
    assertThat(in.remaining()).isZero();
    return again;
  }

  private static void assertSame(SetValue set, Set<Bytes> model) {
    Set<Bytes> content = new HashSet<>();
    set.forEach((array, from, length) -> content.add(Bytes.copyOf(array, from, length)));
    assertThat(content).isEqualTo(model);
    model.forEach(m -> assertThat(set.contains(m.array(), 0, m.length())).isTrue());
    assertThat(set.contains("absent".getBytes(UTF_8), 0, 6)).isFalse();
    Set<Bytes> scanned = new HashSet<>();
    long cursor = 0;
    do {
      cursor =
          set.scan(
              cursor, 10, (array, from, length) -> scanned.add(Bytes.copyOf(array, from, length)));
    } while (cursor != 0);
    assertThat(scanned).isEqualTo(model);
  }
}
