package io.headwater.protocol.redis;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Memory;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.LargeValue;
import io.headwater.view.keyspace.types.HashValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** All that a keyspace holds, so that two can be compared. */
public final class KeyspaceContents {
  private KeyspaceContents() {}

  /** Every key's type, encoding, expiry and value; bytes of large sets sorted. */
  public static Map<String, String> of(Keyspace keyspace) {
    Map<String, String> contents = new TreeMap<>();
    for (int db = 0; db <= Keyspace.LIBRARIES; db++) {
      int d = db;
      long cursor = 0;
      do {
        cursor =
            keyspace.scan(
                db,
                cursor,
                1000,
                entry ->
                    contents.put(
                        d
                            + "/"
                            + latin1(Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry))),
                        Entry.type(entry)
                            + " "
                            + Entry.encoding(entry)
                            + " "
                            + Entry.expiresAtMs(entry)
                            + " "
                            + value(keyspace, entry)));
      } while (cursor != 0);
    }
    return contents;
  }

  private static String value(Keyspace keyspace, long entry) {
    if (!Entry.isLarge(entry)) {
      return latin1(Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry)));
    }
    if (Entry.type(entry) == Entry.HASH) {
      return fields(keyspace, entry);
    }
    LargeValue large = keyspace.large(entry);
    ByteWriter out = new ByteWriter();
    large.write(out);
    byte[] bytes = out.toByteArray();
    if (large.type() == Entry.SET) {
      Arrays.sort(bytes); // the order of its members is the table's own
    }
    return latin1(bytes);
  }

  /** Of a hash that is not small, past their time or not. */
  private static String fields(Keyspace keyspace, long entry) {
    HashValue hash = keyspace.hashes().read(entry);
    hash.hideDue(0);
    Map<String, String> fields = new TreeMap<>();
    hash.forEach((array, from, length, valueFrom, valueLength) ->
        fields.put(
            latin1(Arrays.copyOfRange(array, from, from + length)),
            latin1(Arrays.copyOfRange(array, valueFrom, valueFrom + valueLength))));
    hash.forEachExpiry((array, from, length, time) ->
        fields.merge(
            latin1(Arrays.copyOfRange(array, from, from + length)),
            " until " + (long) time,
            String::concat));
    return hash.encoding() + fields;
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
