package io.headwater.protocol.redis.rdb;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Strings;
import io.headwater.view.keyspace.types.HashValue;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.SetValue;
import io.headwater.view.keyspace.types.StreamValue;
import io.headwater.view.keyspace.types.ZSetValue;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes a keyspace's value of what a payload holds, beside the keyspace, and puts it there. */
final class ValueBuilder implements ValueSink {
  private static final int ITEM_OVERHEAD_BYTES = 8;

  private final Keyspace keyspace;
  private final int type;
  private byte @Nullable [] string;
  private @Nullable ListValue list;
  private @Nullable SetValue set;
  private @Nullable ZSetValue zset;
  private @Nullable HashValue hash;
  private @Nullable StreamValue stream;
  private long bytes;
  private boolean isDue;

  /**
   * @param type one of {@link Entry}'s
   */
  ValueBuilder(Keyspace keyspace, int type) {
    this.keyspace = keyspace;
    this.type = type;
    switch (type) {
      case Entry.LIST -> list = keyspace.lists().empty();
      case Entry.SET -> set = keyspace.sets().empty();
      case Entry.ZSET -> zset = keyspace.sortedSets().empty();
      case Entry.HASH -> hash = keyspace.hashes().empty();
      default -> {}
    }
  }

  /** About how many bytes an event with the value takes. */
  long bytes() {
    return bytes;
  }

  private void count(long more) {
    bytes += more + ITEM_OVERHEAD_BYTES;
    if (bytes > Entry.LENGTH_MAX) {
      throw new FailureException(new Failure.TooLarge("value", bytes, Entry.LENGTH_MAX));
    }
  }

  @Override
  public void string(byte[] array, int from, int length) {
    count(length);
    string = java.util.Arrays.copyOfRange(array, from, from + length);
  }

  @Override
  public void element(byte[] array, int from, int length) {
    count(length);
    Objects.requireNonNull(list).pushLast(array, from, length);
  }

  @Override
  public boolean member(byte[] array, int from, int length) {
    count(length);
    return Objects.requireNonNull(set).add(array, from, length);
  }

  @Override
  public boolean scored(byte[] array, int from, int length, double score) {
    count(length + 8L);
    return Objects.requireNonNull(zset).put(array, from, length, score);
  }

  @Override
  public boolean field(Piece field, Piece value, long expiresAtMs) {
    count((long) field.length() + value.length());
    if (expiresAtMs != 0) {
      count((long) field.length() + Long.BYTES);
    }
    if (expiresAtMs != 0 && expiresAtMs <= keyspace.nowMs()) {
      isDue = true;
      return true;
    }
    HashValue fields = Objects.requireNonNull(hash);
    byte[] name = field.array();
    boolean added =
        fields.put(name, field.from(), field.length(), value.array(), value.from(), value.length());
    if (expiresAtMs != 0) {
      fields.expire(name, field.from(), field.length(), expiresAtMs);
    }
    return added;
  }

  /** Whether it is empty only because what it held has expired. */
  boolean isOver() {
    return isDue && isEmpty();
  }

  @Override
  public void stream(StreamValue value) {
    count(value.writtenBytes());
    stream = value;
  }

  /**
   * Whether nothing is in it: a value that does not exist. A list of packed nodes may come to that.
   */
  boolean isEmpty() {
    return switch (type) {
      case Entry.LIST -> Objects.requireNonNull(list).isEmpty();
      case Entry.SET -> Objects.requireNonNull(set).isEmpty();
      case Entry.ZSET -> Objects.requireNonNull(zset).isEmpty();
      case Entry.HASH -> Objects.requireNonNull(hash).isEmpty();
      default -> false;
    };
  }

  /**
   * Gives a key this value, whatever it held.
   *
   * @param expiresAtMs 0 for never
   */
  void store(Key key, long expiresAtMs) {
    switch (type) {
      case Entry.STRING -> {
        byte[] text = Objects.requireNonNull(string);
        keyspace.strings().set(key, text, 0, text.length, Strings.NATURAL, expiresAtMs);
        return;
      }
      case Entry.LIST -> keyspace.lists().replace(key, Objects.requireNonNull(list));
      case Entry.SET -> keyspace.sets().replace(key, Objects.requireNonNull(set));
      case Entry.ZSET -> keyspace.sortedSets().replace(key, Objects.requireNonNull(zset));
      case Entry.HASH -> keyspace.hashes().replace(key, Objects.requireNonNull(hash));
      case Entry.STREAM -> keyspace.streams().replace(key, Objects.requireNonNull(stream));
      default -> throw new IllegalStateException("type " + type);
    }
    if (expiresAtMs != 0) {
      keyspace.generic().setExpiry(key, expiresAtMs);
    }
  }
}
