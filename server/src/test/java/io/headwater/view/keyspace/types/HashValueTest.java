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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HashValueTest {
  private static final CollectionLimits LIMITS = CollectionLimits.defaults(42);

  static LongStream seeds() {
    return LongStream.range(0, 24);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void behavesLikeAMapWhileItGrowsAndShrinks(long seed) {
    Random random = new Random(seed);
    int keys = 1 << random.nextInt(13);
    int maxValue = random.nextInt(4) == 0 ? 5000 : 80;
    HashValue hash = new HashValue(LIMITS);
    Map<Bytes, Bytes> model = new LinkedHashMap<>();
    int steps = Math.min(20_000, keys * 20);
    for (int step = 0; step < steps; step++) {
      boolean shrinking = step > steps * 2 / 3;
      Bytes field = Bytes.utf8("f" + random.nextInt(keys));
      if (random.nextInt(10) < (shrinking ? 8 : 2)) {
        assertThat(hash.remove(field.array(), 0, field.length()))
            .isEqualTo(model.remove(field) != null);
      } else {
        byte[] value = new byte[random.nextInt(maxValue)];
        random.nextBytes(value);
        boolean added = hash.put(field.array(), 0, field.length(), value, 0, value.length);
        assertThat(added).isEqualTo(model.put(field, Bytes.wrap(value)) == null);
      }
      assertThat(hash.size()).isEqualTo(model.size());
      if (Settled.settled(hash).isPacked() && random.nextInt(10) == 0) {
        hash = reloaded(hash);
      }
      if (step % 1000 == 0) {
        assertSame(hash, model);
      }
    }
    assertSame(hash, model);
    assertSame(copied(hash), model);
    assertThat(copied(hash).encoding()).isEqualTo(hash.encoding());
  }

  @Test
  void keepsTheOrderOfItsFieldsWhilePacked() {
    HashValue hash = new HashValue(LIMITS);
    for (int i = 0; i < 512; i++) {
      put(hash, "field" + (i * 7919 % 512), "v" + i);
    }
    List<Bytes> fields = new ArrayList<>();
    hash.forEach((array, from, length, _, _) -> fields.add(Bytes.copyOf(array, from, length)));

    assertThat(hash.encoding()).isEqualTo("listpack");
    assertThat(fields.get(1)).isEqualTo(Bytes.utf8("field" + 7919 % 512));
  }

  @Test
  void encodingFollowsRedissLimits() {
    HashValue hash = new HashValue(LIMITS);
    for (int i = 0; i < 512; i++) {
      put(hash, "f" + i, "v");
    }
    assertThat(hash.encoding()).isEqualTo("listpack");
    put(hash, "one more", "v");
    assertThat(hash.encoding()).isEqualTo("hashtable");

    HashValue wide = new HashValue(LIMITS);
    put(wide, "f", "v".repeat(64));
    assertThat(wide.encoding()).isEqualTo("listpack");
    put(wide, "f", "v".repeat(65));
    assertThat(wide.encoding()).isEqualTo("hashtable");
    put(wide, "f", "v");
    assertThat(wide.encoding()).isEqualTo("hashtable");
    assertThat(wide.isPacked()).isTrue();
    assertThat(reloaded(wide).encoding()).isEqualTo("hashtable");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aScanSeesWhatIsThereThroughoutExactlyOnce(long seed) {
    Random random = new Random(seed);
    HashValue hash = new HashValue(LIMITS);
    int stable = 600 + random.nextInt(3000);
    Set<Bytes> wanted = new HashSet<>();
    for (int i = 0; i < stable; i++) {
      put(hash, "stable" + i, "v");
      wanted.add(Bytes.utf8("stable" + i));
    }
    Map<Bytes, Integer> seen = new HashMap<>();
    long cursor = 0;
    int moving = 0;
    do {
      cursor =
          hash.scan(
              cursor,
              10,
              (array, from, length, _, _) ->
                  seen.merge(Bytes.copyOf(array, from, length), 1, Integer::sum));
      for (int i = random.nextInt(200); i > 0 && moving < 20_000; i--) {
        byte[] name = ("moving" + moving++).getBytes(UTF_8);
        if (seed % 2 == 0) {
          hash.put(name, 0, name.length, name, 0, name.length);
        } else {
          byte[] gone = ("moving" + random.nextInt(moving)).getBytes(UTF_8);
          hash.put(name, 0, name.length, name, 0, name.length);
          hash.remove(gone, 0, gone.length);
        }
      }
    } while (cursor != 0);

    assertThat(seen.keySet()).containsAll(wanted);
    assertThat(seen.values()).allMatch(times -> times == 1);
  }

  @Test
  void eachFieldIsDrawnAboutAsOften() {
    Random random = new Random(7);
    HashValue hash = new HashValue(LIMITS);
    for (int i = 0; i < 3000; i++) {
      put(hash, "f" + i, "v");
    }
    Map<Bytes, Integer> drawn = new HashMap<>();
    for (int i = 0; i < 300_000; i++) {
      hash.random(
          random,
          (array, from, length, _, _) ->
              drawn.merge(Bytes.copyOf(array, from, length), 1, Integer::sum));
    }

    assertThat(drawn).hasSize(3000);
    assertThat(drawn.values()).allMatch(times -> times > 40 && times < 190);
  }

  @Test
  void memoryComesBackWhenMostFieldsGo() {
    HashValue hash = new HashValue(LIMITS);
    for (int i = 0; i < 50_000; i++) {
      put(hash, "field:" + i, "some value of some length");
    }
    long full = hash.memoryBytes();
    for (int i = 0; i < 49_000; i++) {
      byte[] field = ("field:" + i).getBytes(UTF_8);
      hash.remove(field, 0, field.length);
    }

    assertThat(full / 50_000).isLessThan(75);
    assertThat(hash.memoryBytes()).isLessThan(full / 5);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void refusesBytesThatAreNoHash(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      if (bytes.length > 1) {
        bytes[0] = (byte) random.nextInt(4);
        bytes[1] = (byte) random.nextInt(bytes.length);
      }
      HashValue hash = new HashValue(LIMITS);
      try {
        hash.readFrom(new ByteReader(bytes));
        hash.forEach((array, from, length, valueFrom, valueLength) -> {});
      } catch (MalformedBytes expected) {
        assertThat(expected).hasMessageMatching(".+");
      }
    }
  }

  private static void put(HashValue hash, String field, String value) {
    byte[] f = field.getBytes(UTF_8);
    byte[] v = value.getBytes(UTF_8);
    hash.put(f, 0, f.length, v, 0, v.length);
  }

  private static HashValue reloaded(HashValue hash) {
    Settled.settled(hash);
    Slice slice = new Slice();
    hash.packed(slice);
    HashValue again = new HashValue(LIMITS);
    again.load(slice.array(), slice.from(), slice.length());
    return again;
  }

  private static HashValue copied(HashValue hash) {
    Settled.settled(hash);
    ByteWriter out = new ByteWriter();
    hash.writeTo(out);
    HashValue again = new HashValue(LIMITS);
    ByteReader in = new ByteReader(out.toByteArray());
    again.readFrom(in);
    assertThat(in.remaining()).isZero();
    return again;
  }

  private static void assertSame(HashValue hash, Map<Bytes, Bytes> model) {
    Map<Bytes, Bytes> content = new HashMap<>();
    hash.forEach((array, from, length, valueFrom, valueLength) ->
        content.put(
            Bytes.copyOf(array, from, length), Bytes.copyOf(array, valueFrom, valueLength)));
    assertThat(content).isEqualTo(model);
    Slice out = new Slice();
    model.forEach((field, value) -> {
      assertThat(hash.get(field.array(), 0, field.length(), out)).isTrue();
      assertThat(out.toBytes()).isEqualTo(value);
    });
    assertThat(hash.contains("absent".getBytes(UTF_8), 0, 6)).isFalse();
  }
}
