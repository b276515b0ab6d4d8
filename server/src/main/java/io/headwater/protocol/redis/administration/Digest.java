package io.headwater.protocol.redis.administration;

import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.text.Numbers;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.types.StreamCursor;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Redis's own fingerprint of values and of the whole dataset, so that a Headwater and a
 * redis-server that hold the same answer the same to DEBUG DIGEST. Built of SHA-1 by two
 * operations: {@link #add}, after which the order of what was added does not matter, and {@link
 * #mix}, after which it does.
 */
final class Digest {
  private static final int BYTES = 20;

  /** By {@link Entry}'s types: Redis's own numbers. */
  private static final int[] TYPES = {0, 1, 2, 3, 4, 6};

  private final byte[] sum = new byte[BYTES];
  private final MessageDigest sha;

  private Digest() {
    try {
      sha = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Of everything there is. Looks at every value: slow. */
  static String ofAll(Keyspace keyspace) {
    Digest all = new Digest();
    for (int db = 0; db < Keyspace.DATABASES; db++) {
      if (keyspace.size(db) == 0) {
        continue;
      }
      all.mixInt(db);
      long cursor = 0;
      do {
        cursor =
            keyspace.scan(db, cursor, 1000, entry -> all.add(ofEntry(keyspace, entry), 0, BYTES));
      } while (cursor != 0);
    }
    return all.toString();
  }

  /** Of one value; of a missing key it is zero. */
  static String ofValue(Keyspace keyspace, Key key) {
    Digest digest = new Digest();
    long entry = keyspace.peek(key);
    if (entry != 0) {
      digest.value(keyspace, entry);
    }
    return digest.toString();
  }

  private static byte[] ofEntry(Keyspace keyspace, long entry) {
    Digest digest = new Digest();
    byte[] key = Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry));
    digest.mix(key, 0, key.length);
    digest.value(keyspace, entry);
    return digest.sum;
  }

  private void value(Keyspace keyspace, long entry) {
    mixInt(TYPES[Entry.type(entry)]);
    switch (Entry.type(entry)) {
      case Entry.STRING -> {
        byte[] text = Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry));
        mix(text, 0, text.length);
      }
      case Entry.LIST -> keyspace.lists().read(entry).forEach(this::mix);
      case Entry.SET -> keyspace.sets().read(entry).forEach(this::add);
      case Entry.ZSET ->
          keyspace
              .sortedSets()
              .read(entry)
              .forEach((array, from, length, score) -> {
                byte[] text = Numbers.format(score).getBytes(StandardCharsets.US_ASCII);
                Digest pair = new Digest();
                pair.mix(array, from, length);
                pair.mix(text, 0, text.length);
                add(pair.sum, 0, BYTES);
              });
      case Entry.HASH ->
          keyspace
              .hashes()
              .read(entry)
              .forEach((array, from, length, valueFrom, valueLength) -> {
                Digest pair = new Digest();
                pair.mix(array, from, length);
                pair.mix(array, valueFrom, valueLength);
                add(pair.sum, 0, BYTES);
              });
      case Entry.STREAM -> {
        StreamCursor cursor = keyspace.streams().read(entry).cursor().seek(0, 0);
        while (cursor.next()) {
          byte[] id =
              (Long.toUnsignedString(cursor.entry().ms())
                      + "."
                      + Long.toUnsignedString(cursor.entry().seq()))
                  .getBytes(StandardCharsets.US_ASCII);
          mix(id, 0, id.length);
          cursor.entry().forEach(this::mix);
        }
      }
      default -> throw new IllegalStateException("type " + Entry.type(entry));
    }
    if (Entry.hasExpiry(entry)) {
      byte[] mark = "!!expire!!".getBytes(StandardCharsets.US_ASCII);
      add(mark, 0, mark.length);
    }
  }

  /** XORs a hash of these bytes. */
  private void add(byte[] array, int from, int length) {
    sha.update(array, from, length);
    byte[] hash = sha.digest();
    for (int i = 0; i < BYTES; i++) {
      sum[i] ^= hash[i];
    }
  }

  /** Adds these bytes and hashes the whole. */
  private void mix(byte[] array, int from, int length) {
    add(array, from, length);
    sha.update(sum);
    try {
      sha.digest(sum, 0, BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException(e);
    }
  }

  private void mixInt(int value) {
    byte[] bytes = {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
    mix(bytes, 0, bytes.length);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(sum);
  }
}
