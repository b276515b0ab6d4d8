package io.headwater.protocol.redis.rdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.fail;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.view.keyspace.types.StreamValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The codec alone: what it reads, what it refuses, and that nothing it is given can hurt. */
class RdbValuesTest {
  private static final int MUTATIONS = 4_000;

  static LongStream seeds() {
    return LongStream.range(0, Long.getLong("rdb.seeds", 6));
  }

  /** What came out, and how much of it. */
  private static final class Collected implements ValueSink {
    final List<String> items = new ArrayList<>();
    long bytes;

    private boolean add(String item) {
      bytes += item.length();
      items.add(item);
      return true;
    }

    private static String text(byte[] array, int from, int length) {
      return new String(array, from, length, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void string(byte[] array, int from, int length) {
      add(text(array, from, length));
    }

    @Override
    public void element(byte[] array, int from, int length) {
      add(text(array, from, length));
    }

    @Override
    public boolean member(byte[] array, int from, int length) {
      return add(text(array, from, length));
    }

    @Override
    public boolean scored(byte[] array, int from, int length, double score) {
      return add(text(array, from, length) + "=" + score);
    }

    @Override
    public void stream(StreamValue stream) {
      add(stream.size() + " entries, " + stream.groupCount() + " groups");
    }

    @Override
    public boolean field(Piece field, Piece value, long expiresAtMs) {
      return add(
          text(field.array(), field.from(), field.length())
              + "="
              + text(value.array(), value.from(), value.length())
              + (expiresAtMs == 0 ? "" : "@" + expiresAtMs));
    }
  }

  private static Collected read(byte[] payload) {
    Collected collected = new Collected();
    RdbInput in = RdbInput.of(payload, 0, payload.length - RdbType.FOOTER_BYTES);
    new RdbValues().read(in, in.getByte(), collected);
    return collected;
  }

  private static Map<String, byte[]> all() {
    Map<String, byte[]> all = new TreeMap<>(Payloads.old());
    all.putAll(Payloads.recent());
    return all;
  }

  @Test
  void checksumsAreThoseOfRedis() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertThat(Crc64.update(0, digits, 0, 9)).isEqualTo(0xe9c6d914c4b8d9caL);
    byte[] many = new byte[1000];
    new Random(1).nextBytes(many);
    long whole = Crc64.update(0, many, 0, 1000);
    for (int cut = 0; cut < 30; cut++) {
      assertThat(Crc64.update(Crc64.update(0, many, 0, cut), many, cut, 1000 - cut))
          .isEqualTo(whole);
    }
  }

  @Test
  void everyFormIsReadAndPassedOver() {
    all()
        .forEach((name, payload) -> {
          assertThat(read(payload).items).as(name).isNotEmpty();
          RdbInput in = RdbInput.of(payload, 0, payload.length);
          new RdbValues().skip(in, in.getByte(), _ -> {});
          assertThat(in.position()).as(name).isEqualTo(payload.length - RdbType.FOOTER_BYTES);
        });
    assertThat(read(Payloads.old().get("zipmap")).items)
        .containsExactly("f=abc", "g=" + "v".repeat(300));
    assertThat(read(Payloads.old().get("sorted set of texts")).items)
        .containsExactly("a=1.5", "b=-17.0", "c=Infinity", "d=-Infinity");
    assertThat(read(Payloads.recent().get("hash with expiries")).items)
        .containsExactly("f=v@4000000000000", "g=17", "h=x@4000000005000");
    assertThat(read(Payloads.recent().get("listpack hash with expiries")).items)
        .containsExactly("f=v@4000000000000", "g=17");
    assertThat(read(Payloads.old().get("quicklist of ziplists")).items)
        .startsWith("0", "12", "13", "-1")
        .endsWith("end", "x");
  }

  @Test
  void everyPrefixIsRefused() {
    all()
        .forEach((name, payload) -> {
          for (int cut = 1;
              cut < payload.length - RdbType.FOOTER_BYTES;
              cut += cut < 300 ? 1 : 97) {
            RdbInput in = RdbInput.of(payload, 0, cut);
            int type = in.getByte();
            assertThatThrownBy(() -> new RdbValues().read(in, type, new Collected()))
                .as("%s, cut at %d", name, cut)
                .isInstanceOf(MalformedBytes.class);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whateverItIsGivenItReadsOrRefuses(long seed) {
    Random random = new Random(seed);
    List<Map.Entry<String, byte[]>> all = List.copyOf(all().entrySet());
    for (int i = 0; i < MUTATIONS; i++) {
      Map.Entry<String, byte[]> one = all.get(random.nextInt(all.size()));
      byte[] mutant = mutant(one.getValue(), random);
      Collected collected = new Collected();
      RdbInput in = RdbInput.of(mutant, 0, mutant.length - RdbType.FOOTER_BYTES);
      try {
        new RdbValues().read(in, in.getByte(), collected);
      } catch (MalformedBytes e) {
        // as it should be
      } catch (RuntimeException | OutOfMemoryError e) {
        fail("seed " + seed + ", mutation " + i + " of " + one.getKey(), e);
      }
      assertThat(collected.bytes).isLessThan(200L * mutant.length + 1000);
    }
  }

  private static byte[] mutant(byte[] payload, Random random) {
    byte[] mutant = payload.clone();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int at = random.nextInt(Math.min(mutant.length - 10, random.nextBoolean() ? 16 : 1 << 20));
      mutant[at] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) (mutant[at] ^ 1 << random.nextInt(8));
            case 1 -> (byte) 0xff;
            case 2 -> (byte) random.nextInt(256);
            default -> (byte) (mutant[at] + random.nextInt(5) - 2);
          };
    }
    return mutant;
  }

  @Test
  void lengthsThatPromiseTooMuchTakeNoMemory() {
    byte[] billions = Payloads.payload(RdbType.LIST, w -> RdbWriter.length(w, 4_000_000_000L));
    byte[] negative = Payloads.payload(RdbType.HASH, w -> RdbWriter.length(w, -1));
    byte[] bomb =
        Payloads.payload(
            RdbType.STRING,
            w -> {
              w.putByte(0xc3);
              RdbWriter.length(w, 6);
              RdbWriter.length(w, 500_000_000);
              w.put(new byte[6]);
            });
    byte[] nothing = Payloads.payload(RdbType.SET, w -> w.putByte(0));
    byte[] unsorted =
        Payloads.payload(
            RdbType.SET_INTSET, w -> w.putByte(12).putInt(2).putInt(2).putShort(5).putShort(4));
    for (byte[] payload : List.of(billions, negative, bomb, nothing, unsorted)) {
      assertThatThrownBy(() -> read(payload)).isInstanceOf(MalformedBytes.class);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whatIsCompressedComesBack(long seed) {
    Random random = new Random(seed);
    RdbWriter writer = new RdbWriter();
    for (int i = 0; i < 300; i++) {
      byte[] text = new byte[random.nextInt(random.nextInt(20) == 0 ? 50_000 : 600)];
      int kinds = 1 + random.nextInt(random.nextBoolean() ? 4 : 200);
      for (int k = 0; k < text.length; k++) {
        text[k] = (byte) (k > 50 && random.nextInt(3) > 0 ? text[k - 50] : random.nextInt(kinds));
      }
      ByteWriter out = new ByteWriter();
      writer.string(out, text, 0, text.length);
      Piece piece = new Piece();
      RdbInput in = RdbInput.of(out.array(), 0, out.size());
      in.getString(piece);
      assertThat(piece.toByteArray()).as("seed %d, %d", seed, i).isEqualTo(text);
      assertThat(in.position()).isEqualTo(out.size());
    }
  }
}
