package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Payloads in every form that Redis ever wrote, put together by hand. */
public final class Payloads {
  /** When fields expire. */
  static final long LATER_MS = 4_000_000_000_000L;

  private static final String LONG_TEXT = "long text ".repeat(20);

  private Payloads() {}

  /** By name; those whose forms Redis 7.0 reads too. */
  public static Map<String, byte[]> old() {
    Map<String, byte[]> all = new LinkedHashMap<>();
    all.put("string", payload(RdbType.STRING, w -> string(w, "hello")));
    all.put("integer of 8 bits", payload(RdbType.STRING, w -> w.putByte(0xc0).putByte(-7)));
    all.put("integer of 16 bits", payload(RdbType.STRING, w -> w.putByte(0xc1).putShort(-700)));
    all.put("integer of 32 bits", payload(RdbType.STRING, w -> w.putByte(0xc2).putInt(-70000)));
    all.put("long text", payload(RdbType.STRING, w -> compressed(w, LONG_TEXT)));
    all.put("linked list", payload(RdbType.LIST, w -> strings(w, "a", "12", "", LONG_TEXT)));
    all.put("set", payload(RdbType.SET, w -> strings(w, "a", "12", "b")));
    all.put("set of numbers", payload(RdbType.SET, w -> strings(w, "9", "12", "-5")));
    all.put("sorted set of texts", payload(RdbType.ZSET, Payloads::oldScores));
    all.put(
        "sorted set",
        payload(
            RdbType.ZSET_2,
            w -> {
              w.putByte(2);
              string(w, "a");
              w.putDouble(1.5);
              string(w, "b");
              w.putDouble(Double.NEGATIVE_INFINITY);
            }));
    all.put(
        "hash",
        payload(
            RdbType.HASH,
            w -> {
              w.putByte(2);
              strings2(w, "f", "v", "g", "17");
            }));
    all.put("zipmap", payload(RdbType.HASH_ZIPMAP, w -> blob(w, zipmap())));
    all.put("ziplist list", payload(RdbType.LIST_ZIPLIST, w -> blob(w, ziplist(ALL_KINDS))));
    all.put(
        "ziplist hash",
        payload(RdbType.HASH_ZIPLIST, w -> blob(w, ziplist("f", "v", "12", "300", "g", "70000"))));
    all.put(
        "ziplist sorted set",
        payload(RdbType.ZSET_ZIPLIST, w -> blob(w, ziplist("a", "-1", "b", "1.25", "12", "7"))));
    all.put(
        "quicklist of ziplists",
        payload(
            RdbType.LIST_QUICKLIST,
            w -> {
              w.putByte(2);
              blob(w, ziplist(ALL_KINDS));
              blob(w, ziplist("x"));
            }));
    all.put(
        "quicklist",
        payload(
            RdbType.LIST_QUICKLIST_2,
            w -> {
              w.putByte(2).putByte(2);
              blob(w, listpack(ALL_KINDS));
              w.putByte(1);
              string(w, "plain");
            }));
    all.put("intset", payload(RdbType.SET_INTSET, w -> blob(w, intset(-3, 5, 70))));
    all.put("listpack hash", payload(RdbType.HASH_LISTPACK, w -> blob(w, listpack("f", "v"))));
    all.put(
        "listpack sorted set",
        payload(RdbType.ZSET_LISTPACK, w -> blob(w, listpack("a", "-1", "b", "0.5"))));
    all.put("stream of version 9", payload(RdbType.STREAM_LISTPACKS, w -> stream(w, 1)));
    all.put("stream", payload(RdbType.STREAM_LISTPACKS_2, w -> stream(w, 2)));
    return all;
  }

  /** By name; forms of versions 11 and 12. */
  public static Map<String, byte[]> recent() {
    Map<String, byte[]> all = new LinkedHashMap<>();
    all.put("listpack set", payload(RdbType.SET_LISTPACK, w -> blob(w, listpack("a", "b", "12"))));
    all.put(
        "hash with expiries",
        payload(
            RdbType.HASH_METADATA,
            w -> {
              w.putLong(LATER_MS).putByte(3);
              numbers(w, 1);
              strings2(w, "f", "v");
              numbers(w, 0);
              strings2(w, "g", "17");
              numbers(w, 5001);
              strings2(w, "h", "x");
            }));
    all.put(
        "early hash with expiries",
        payload(
            RdbType.HASH_METADATA_EARLY,
            w -> {
              w.putByte(2);
              numbers(w, LATER_MS);
              strings2(w, "f", "v");
              numbers(w, 0);
              strings2(w, "g", "17");
            }));
    byte[] triples = listpack("f", "v", "" + LATER_MS, "g", "17", "0");
    all.put(
        "listpack hash with expiries",
        payload(RdbType.HASH_LISTPACK_EX, w -> blob(w.putLong(LATER_MS), triples)));
    all.put(
        "early listpack hash with expiries",
        payload(RdbType.HASH_LISTPACK_EX_EARLY, w -> blob(w, triples)));
    all.put("stream of version 11", payload(RdbType.STREAM_LISTPACKS_3, w -> stream(w, 3)));
    return all;
  }

  private static final String[] ALL_KINDS = {
    "0",
    "12",
    "13",
    "-1",
    "127",
    "128",
    "4095",
    "-4096",
    "32767",
    "8388607",
    "-8388608",
    "2147483647",
    "9223372036854775807",
    "-9223372036854775808",
    "",
    "a",
    "b".repeat(63),
    "c".repeat(64),
    "d".repeat(300),
    "e".repeat(5000),
    "f".repeat(20000),
    "end"
  };

  /** What stands between a payload's type and its footer. */
  public interface Body {
    void write(ByteWriter out);
  }

  /** With its footer. */
  public static byte[] payload(int type, Body body) {
    ByteWriter out = new ByteWriter();
    out.putByte(type);
    body.write(out);
    RdbWriter.footer(out, 0);
    return out.toByteArray();
  }

  /** Makes the checksum right again after changes. */
  public static byte[] signed(byte[] payload) {
    if (payload.length < RdbType.FOOTER_BYTES) {
      return payload;
    }
    ByteWriter out = new ByteWriter();
    out.put(payload, 0, payload.length - Long.BYTES);
    out.putLong(Crc64.update(0, out.array(), 0, out.size()));
    return out.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void string(ByteWriter out, String text) {
    blob(out, utf8(text));
  }

  private static void blob(ByteWriter out, byte[] bytes) {
    RdbWriter.length(out, bytes.length);
    out.put(bytes);
  }

  private static void compressed(ByteWriter out, String text) {
    new RdbWriter().string(out, utf8(text), 0, text.length());
  }

  private static void strings(ByteWriter out, String... texts) {
    RdbWriter.length(out, texts.length);
    strings2(out, texts);
  }

  private static void strings2(ByteWriter out, String... texts) {
    for (String text : texts) {
      compressed(out, text);
    }
  }

  private static void oldScores(ByteWriter out) {
    out.putByte(4);
    string(out, "a");
    string(out, "1.5");
    string(out, "b");
    string(out, "-17");
    string(out, "c");
    out.putByte(254);
    string(out, "d");
    out.putByte(255);
  }

  /** Three entries, one of them deleted, one with fields of its own; a group, two consumers. */
  private static void stream(ByteWriter out, int form) {
    out.putByte(1).putByte(16);
    rawId(out, 5, 1);
    blob(
        out,
        listpack(
            "2", "1", "1", "f", "0", //
            "2", "0", "0", "v", "4", //
            "3", "0", "1", "w", "4", //
            "0", "10", "-1", "2", "f", "x", "g", "y", "8"));
    numbers(out, 2, 15, 0);
    if (form > 1) {
      numbers(out, 5, 1, 5, 2, 3);
    }
    out.putByte(1);
    string(out, "group");
    numbers(out, 15, 0);
    if (form > 1) {
      numbers(out, 3);
    }
    out.putByte(2);
    rawId(out, 5, 1);
    out.putLong(1_700_000_000_000L).putByte(1);
    rawId(out, 15, 0);
    out.putLong(1_700_000_000_001L).putByte(2);
    out.putByte(2);
    for (int consumer = 0; consumer < 2; consumer++) {
      string(out, "consumer" + consumer);
      out.putLong(1_700_000_000_002L);
      if (form > 2) {
        out.putLong(1_700_000_000_000L);
      }
      out.putByte(1);
      rawId(out, consumer == 0 ? 5 : 15, consumer == 0 ? 1 : 0);
    }
  }

  private static void numbers(ByteWriter out, long... numbers) {
    for (long number : numbers) {
      RdbWriter.length(out, number);
    }
  }

  private static void rawId(ByteWriter out, long ms, long seq) {
    out.putLong(Long.reverseBytes(ms)).putLong(Long.reverseBytes(seq));
  }

  private static byte[] zipmap() {
    ByteWriter out = new ByteWriter();
    out.putByte(2);
    out.putByte(1).putAscii("f").putByte(3).putByte(2).putAscii("abcXX");
    String value = "v".repeat(300);
    out.putByte(1).putAscii("g").putByte(0xfe).putInt(300).putByte(0).putAscii(value);
    return out.putByte(0xff).toByteArray();
  }

  private static byte[] intset(int... values) {
    ByteWriter out = new ByteWriter();
    out.putInt(2).putInt(values.length);
    for (int value : values) {
      out.putShort(value);
    }
    return out.toByteArray();
  }

  static byte[] listpack(String... entries) {
    ByteWriter out = new ByteWriter();
    Listpack.Writer writer = new Listpack.Writer(out);
    writer.begin();
    for (String entry : entries) {
      writer.append(utf8(entry), 0, entry.length());
    }
    writer.end();
    return out.toByteArray();
  }

  static byte[] ziplist(String... entries) {
    ByteWriter out = new ByteWriter();
    out.putInt(0).putInt(0).putShort(entries.length);
    int before = 0;
    int last = 10;
    for (String entry : entries) {
      last = out.size();
      if (before < 254) {
        out.putByte(before);
      } else {
        out.putByte(254).putInt(before);
      }
      ziplistValue(out, entry);
      before = out.size() - last;
    }
    out.putByte(0xff);
    out.setInt(0, out.size());
    out.setInt(4, last);
    return out.toByteArray();
  }

  private static void ziplistValue(ByteWriter out, String entry) {
    int length = entry.length();
    if (entry.matches("0|-?[1-9][0-9]{0,18}")) {
      long value = Long.parseLong(entry);
      if (value >= 0 && value <= 12) {
        out.putByte(0xf1 + (int) value);
      } else if (value == (byte) value) {
        out.putByte(0xfe).putByte((int) value);
      } else if (value == (short) value) {
        out.putByte(0xc0).putShort((int) value);
      } else if (value >= -(1 << 23) && value < 1 << 23) {
        out.putByte(0xf0).putShort((int) value).putByte((int) (value >> 16));
      } else if (value == (int) value) {
        out.putByte(0xd0).putInt((int) value);
      } else {
        out.putByte(0xe0).putLong(value);
      }
      return;
    }
    if (length < 64) {
      out.putByte(length);
    } else if (length < 1 << 14) {
      out.putByte(0x40 | length >> 8).putByte(length);
    } else {
      out.putByte(0x80).putInt(Integer.reverseBytes(length));
    }
    out.putAscii(entry);
  }
}
