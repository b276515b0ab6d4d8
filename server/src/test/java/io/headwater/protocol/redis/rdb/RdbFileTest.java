package io.headwater.protocol.redis.rdb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.fail;

import io.headwater.bytes.ByteWriter;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RDB files put together by hand: every opcode, every cut, damage, and values too large to hold.
 */
class RdbFileTest {
  private static final int MUTATIONS = 2_000;

  /** Notes what came, in lines. */
  private static final class Collected implements RdbFile.Contents {
    final List<String> lines = new ArrayList<>();
    int fields;

    @Override
    public void note(String name, String value) {
      lines.add("note " + name + "=" + value);
    }

    @Override
    public void sizes(int db, long keys, long expiring) {
      lines.add("sizes " + db + " " + keys + " " + expiring);
    }

    @Override
    public void library(byte[] code) {
      lines.add("library " + new String(code, ISO_8859_1));
    }

    @Override
    public void value(RdbFile.Head head, Payload payload) {
      lines.add(line(head) + " type " + payload.type() + " bytes " + payload.length());
    }

    private static String line(RdbFile.Head head) {
      return head.db()
          + " "
          + new String(head.key(), ISO_8859_1)
          + " "
          + head.kind()
          + " at "
          + head.expiresAtMs()
          + " idle "
          + head.idleSeconds()
          + " freq "
          + head.frequency();
    }

    @Override
    public void command(RdbFile.Head head, byte[][] arguments) {
      String name = new String(arguments[0], ISO_8859_1);
      if (name.equals("HSET")) {
        fields += arguments.length / 2 - 1;
      } else {
        lines.add(name);
      }
    }

    @Override
    public void built(RdbFile.Head head) {
      lines.add("built " + line(head));
    }

    @Override
    public void refused(RdbFile.@Nullable Head head, String what) {
      lines.add("refused " + (head == null ? "" : line(head) + " ") + what);
    }
  }

  /** A few bytes at a time. */
  private static final class Trickle extends FilterInputStream {
    private final Random random = new Random(5);

    Trickle(byte[] bytes) {
      super(new ByteArrayInputStream(bytes));
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      return super.read(target, from, Math.min(length, 1 + random.nextInt(7)));
    }
  }

  private static void text(ByteWriter out, String text) {
    RdbWriter.length(out, text.length());
    out.putAscii(text);
  }

  private static byte[] file(int version, Consumer<ByteWriter> body) {
    ByteWriter out = new ByteWriter();
    out.putAscii(String.format("REDIS%04d", version));
    body.accept(out);
    out.putByte(RdbType.END);
    if (version >= 5) {
      out.putLong(Crc64.update(0, out.array(), 0, out.size()));
    }
    return out.toByteArray();
  }

  private static void everything(ByteWriter out) {
    out.putByte(RdbType.AUX);
    text(out, "redis-ver");
    out.putByte(0xc0).putByte(7);
    out.putByte(RdbType.FUNCTION_2);
    text(out, "code");
    out.putByte(RdbType.MODULE_AUX);
    moduleId(out);
    out.putByte(2).putByte(1);
    out.putByte(5);
    text(out, "state");
    out.putByte(0);
    out.putByte(RdbType.SELECT_DB).putByte(3);
    out.putByte(RdbType.RESIZE_DB).putByte(9).putByte(2);
    out.putByte(RdbType.SLOT_INFO).putByte(1).putByte(2).putByte(3);
    out.putByte(RdbType.EXPIRES_AT_MS).putLong(4_000_000_000_000L);
    out.putByte(RdbType.IDLE).putByte(40);
    value(out, "first", Payloads.old().get("string"));
    out.putByte(RdbType.EXPIRES_AT_S).putInt(2_000_000_000);
    out.putByte(RdbType.FREQ).putByte(200);
    value(out, "second", Payloads.old().get("long text"));
    out.putByte(RdbType.MODULE_2);
    text(out, "third");
    moduleId(out);
    out.putByte(1).putByte(5).putByte(3).putInt(0).putByte(4).putLong(0).putByte(0);
    Map<String, byte[]> all = new TreeMap<>(Payloads.old());
    all.putAll(Payloads.recent());
    all.forEach((name, payload) -> value(out, name, payload));
  }

  private static void moduleId(ByteWriter out) {
    RdbWriter.length(out, 0x4081_0000_0000_0401L);
  }

  private static void value(ByteWriter out, String key, byte[] payload) {
    out.putByte(payload[0]);
    text(out, key);
    out.put(payload, 1, payload.length - 1 - RdbType.FOOTER_BYTES);
  }

  private static List<String> read(byte[] file) throws IOException {
    Collected collected = new Collected();
    RdbFile.read(new ByteArrayInputStream(file), collected);
    return collected.lines;
  }

  @Test
  void everyOpcodeIsRead() throws Exception {
    byte[] file = file(12, RdbFileTest::everything);
    List<String> lines = read(file);
    assertThat(lines.subList(0, 7))
        .containsExactly(
            "note redis-ver=7",
            "library code",
            "refused data of module QIEAAAAAB",
            "sizes 3 9 2",
            "3 first string at 4000000000000 idle 40 freq -1 type 0 bytes 6",
            lines.get(5),
            "refused 3 third module at 0 idle -1 freq -1 value of module QIEAAAAAB");
    assertThat(lines.get(5)).startsWith("3 second string at 2000000000000 idle -1 freq 200");
    assertThat(lines).hasSize(7 + Payloads.old().size() + Payloads.recent().size());
    Collected trickled = new Collected();
    InputStream rest = RdbFile.read(new Trickle(file), trickled);
    assertThat(trickled.lines).isEqualTo(lines);
    assertThat(rest.read()).isEqualTo(-1);
  }

  @Test
  void whatFollowsTheFileIsStillThere() throws Exception {
    byte[] file = file(9, out -> value(out, "k", Payloads.old().get("hash")));
    byte[] more = java.util.Arrays.copyOf(file, file.length + 3);
    System.arraycopy("end".getBytes(ISO_8859_1), 0, more, file.length, 3);
    InputStream rest = RdbFile.read(new ByteArrayInputStream(more), new Collected());
    assertThat(rest.readAllBytes()).asString(ISO_8859_1).isEqualTo("end");
  }

  @Test
  void damageIsFoundAndNamed() throws Exception {
    byte[] file = file(10, RdbFileTest::everything);
    for (int cut = 0; cut < file.length; cut += cut < 400 ? 1 : 61) {
      byte[] prefix = java.util.Arrays.copyOf(file, cut);
      assertThatThrownBy(() -> read(prefix)).isInstanceOf(IOException.class);
    }
    byte[] wrong = file.clone();
    wrong[wrong.length - 1] ^= 1;
    assertThatThrownBy(() -> read(wrong)).hasMessageContaining("the checksum is wrong");
    assertThatThrownBy(() -> read(file(13, out -> {}))).hasMessageContaining("RDB version 13");
    assertThatThrownBy(() -> read("no RDB file".getBytes(ISO_8859_1)))
        .hasMessageContaining("does not begin with REDIS");
    assertThatThrownBy(() -> read(file(10, out -> out.putByte(200).putByte(0))))
        .hasMessageContaining("a value of type 200");
    assertThat(read(file(3, out -> value(out, "k", Payloads.old().get("zipmap"))))).hasSize(1);
  }

  /** Every place where a length may stand, with lengths that no file has. */
  @Test
  void lengthsThatPromiseTooMuchAreRefused() {
    byte[] file = file(4, RdbFileTest::everything);
    for (long length : new long[] {1L << 60, -1, Integer.MAX_VALUE, 512L << 20}) {
      ByteWriter promise = new ByteWriter();
      promise.putByte(0x81).putLong(Long.reverseBytes(length));
      for (int at = 9; at < 1000; at++) {
        ByteWriter mutant = new ByteWriter();
        mutant.put(file, 0, at).put(promise.array(), 0, promise.size());
        mutant.put(file, at + 1, file.length - at - 1);
        try {
          read(mutant.toByteArray());
        } catch (IOException e) {
          assertThat(e).as("%d at %d", length, at).hasMessageContaining("damaged at byte");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 26, 27, 28, 100, 200, 243})
  void whatLaterVersionsWriteIsRefusedByItsNumber(int type) {
    assertThatThrownBy(() -> read(file(12, out -> out.putByte(type).putByte(0))))
        .hasMessageContaining("a value of type " + type);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whateverItIsGivenItReadsOrRefuses(long seed) {
    Random random = new Random(seed);
    byte[] file = file(4, RdbFileTest::everything); // no checksum stands in the way
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutant = file.clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        int at = random.nextInt(mutant.length);
        mutant[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : mutant[at] ^ 1 << n);
      }
      try {
        read(mutant);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("damaged at byte");
      } catch (RuntimeException | OutOfMemoryError e) {
        fail("seed " + seed + ", mutation " + i, e);
      }
    }
  }

  @Test
  void aValueTooLargeToHoldComesAsCommands() throws Exception {
    int fields = 40_000;
    byte[] filler = new byte[600];
    byte[] file =
        file(
            10,
            out -> {
              out.putByte(RdbType.EXPIRES_AT_MS).putLong(4_000_000_000_000L);
              out.putByte(RdbType.HASH);
              text(out, "large");
              RdbWriter.length(out, fields);
              for (int i = 0; i < fields; i++) {
                text(out, "field " + i);
                RdbWriter.length(out, filler.length);
                out.put(filler);
              }
              value(out, "behind", Payloads.old().get("string"));
            });
    Collected collected = new Collected();
    RdbFile.read(new ByteArrayInputStream(file), collected);
    assertThat(collected.lines)
        .containsExactly(
            "DEL",
            "PEXPIREAT",
            "built 0 large hash at 4000000000000 idle -1 freq -1",
            "0 behind string at 0 idle -1 freq -1 type 0 bytes 6");
    assertThat(collected.fields).isEqualTo(fields);
  }
}
