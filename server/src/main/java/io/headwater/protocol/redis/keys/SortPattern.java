package io.headwater.protocol.redis.keys;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.Hash64;
import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.Call;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.Slice;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What BY or GET names for an element: a string, or a hash's field behind {@code ->}; the element
 * takes the place of the pattern's first star. {@code #} is the element itself.
 */
final class SortPattern {
  private final boolean isElement;
  private final int star;
  private final byte[] text;
  private final int tailEnd;
  private final byte @Nullable [] field;
  private final Key key = new Key();
  private final Slice found = new Slice();
  private byte[] name = new byte[64];
  private byte[] value = new byte[64];

  SortPattern(Bytes pattern) {
    text = pattern.array();
    isElement = text.length == 1 && text[0] == '#';
    star = indexOf('*', 0);
    int arrow = star < 0 ? -1 : indexOf('-', star + 1);
    while (arrow >= 0 && (arrow + 1 == text.length || text[arrow + 1] != '>')) {
      arrow = indexOf('-', arrow + 1);
    }
    boolean namesField = arrow >= 0 && arrow + 2 < text.length;
    tailEnd = namesField ? arrow : text.length;
    field = namesField ? Arrays.copyOfRange(text, arrow + 2, text.length) : null;
  }

  private int indexOf(char c, int from) {
    for (int i = from; i < text.length; i++) {
      if (text[i] == c) {
        return i;
      }
    }
    return -1;
  }

  /** Without a star it is the same for all elements, and sorts nothing. */
  boolean hasStar() {
    return star >= 0;
  }

  /** What the last successful {@link #lookUp} found, until the next one. */
  Slice found() {
    return found;
  }

  /** Returns whether there is such a string or field. */
  boolean lookUp(Call call, byte[] array, int from, int length) {
    if (isElement) {
      found.set(array, from, length);
      return true;
    }
    if (star < 0) {
      return false;
    }
    int size = name(array, from, length);
    long entry = call.find(key.at(call.db(), name, 0, size));
    if (entry == 0 || Entry.type(entry) != (field == null ? Entry.STRING : Entry.HASH)) {
      return false;
    }
    return field == null
        ? showString(entry)
        : call.keyspace().hashes().read(entry).get(field, 0, field.length, found);
  }

  /** Makes the key's name, as long as it returns. */
  private int name(byte[] array, int from, int length) {
    int tail = tailEnd - star - 1;
    int size = star + length + tail;
    if (name.length < size) {
      name = new byte[size * 2];
    }
    System.arraycopy(text, 0, name, 0, star);
    System.arraycopy(array, from, name, star, length);
    System.arraycopy(text, star + 1, name, star + length, tail);
    return size;
  }

  /** Whether it looks keys up. */
  boolean hasKeys() {
    return star >= 0 && !isElement;
  }

  /** Of the key that an element's {@link #lookUp} will look at. */
  long hash(byte[] array, int from, int length) {
    int size = name(array, from, length); // before the array is asked for: it may be another then
    return Hash64.of(name, 0, size);
  }

  private boolean showString(long entry) {
    int length = Entry.valueLength(entry);
    if (value.length < length) {
      value = new byte[length];
    }
    Memory.copy(Entry.value(entry), value, 0, length);
    found.set(value, 0, length);
    return true;
  }
}
