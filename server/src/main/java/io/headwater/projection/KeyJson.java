package io.headwater.projection;

import io.headwater.bytes.Memory;
import io.headwater.projection.DerivedJson.Underivable;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A key's value as JSON: a hash as an object of strings, a string as the object it holds. */
final class KeyJson {
  private static final byte[] NOTHING = {};

  private KeyJson() {}

  /**
   * The JSON object of a key that is there.
   *
   * @throws Underivable if its value has none
   */
  static byte[] object(Keyspace keyspace, Key key) throws Underivable {
    return object(keyspace, key, Integer.MAX_VALUE);
  }

  /** The same, which ends as soon as a hash's JSON has more than this many bytes. */
  static byte[] object(Keyspace keyspace, Key key, int maxBytes) throws Underivable {
    long entry = keyspace.peek(key);
    DerivedJson.requireUtf8(key.toBytes().array(), "the key");
    int type = Entry.type(entry);
    if (type == Entry.STRING) {
      byte[] json = string(entry);
      DerivedJson.requireObject(json);
      return json;
    }
    requireMemcached(entry);
    return hash(keyspace, key, maxBytes);
  }

  /** Fails for types that neither an index nor memcached has a word for. */
  static byte[] requireMemcached(long entry) throws Underivable {
    if (Entry.type(entry) != Entry.STRING && Entry.type(entry) != Entry.HASH) {
      throw new Underivable(
          "only topics take a " + typeName(entry) + "; this takes hashes and strings");
    }
    return NOTHING;
  }

  /** What a type is called; for messages. */
  static String typeName(long entry) {
    return switch (Entry.type(entry)) {
      case Entry.STRING -> "string";
      case Entry.HASH -> "hash";
      case Entry.LIST -> "list";
      case Entry.SET -> "set";
      case Entry.ZSET -> "sorted set";
      default -> "stream";
    };
  }

  private static byte[] hash(Keyspace keyspace, Key key, int maxBytes) throws Underivable {
    DerivedJson.ObjectWriter json = new DerivedJson.ObjectWriter();
    Underivable[] failure = new Underivable[1];
    keyspace
        .hashes()
        .read(keyspace.peek(key))
        .forEach((array, from, length, valueFrom, valueLength) -> {
          if (failure[0] != null) {
            return;
          }
          try {
            if ((long) json.size() + length + valueLength > maxBytes) {
              throw new TopicJson.TooLarge(maxBytes);
            }
            byte[] name = Arrays.copyOfRange(array, from, from + length);
            byte[] text = Arrays.copyOfRange(array, valueFrom, valueFrom + valueLength);
            DerivedJson.requireUtf8(name, "a field's name");
            DerivedJson.requireUtf8(text, "a field's value");
            json.field(name, text);
          } catch (Underivable e) {
            failure[0] = e;
          }
        });
    if (failure[0] != null) {
      throw failure[0];
    }
    return json.finish();
  }

  /** A string's bytes, for a dead letter; nothing for other types. */
  static byte[] stringOrEmpty(Keyspace keyspace, Key key) {
    long entry = keyspace.peek(key);
    return entry != 0 && Entry.type(entry) == Entry.STRING ? string(entry) : new byte[0];
  }

  /**
   * Strings as they are, hashes as JSON; null for anything else, as memcached has no word for it.
   */
  static byte @Nullable [] forMemcached(Keyspace keyspace, Key key) {
    long entry = keyspace.peek(key);
    if (entry == 0) {
      return null;
    }
    if (Entry.type(entry) == Entry.STRING) {
      return string(entry);
    }
    if (Entry.type(entry) != Entry.HASH) {
      return null;
    }
    DerivedJson.ObjectWriter json = new DerivedJson.ObjectWriter();
    keyspace
        .hashes()
        .read(entry)
        .forEach((array, from, length, valueFrom, valueLength) ->
            json.field(
                Arrays.copyOfRange(array, from, from + length),
                Arrays.copyOfRange(array, valueFrom, valueFrom + valueLength)));
    return json.finish();
  }

  private static byte[] string(long entry) {
    return Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry));
  }
}
