package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The collections on the heap, by the handle that their entry holds: handles of removed values are
 * used again. Also knows how each type reads itself from a checkpoint.
 */
final class LargeValues {
  /** Reads what {@link LargeValue#write} of one type wrote. */
  interface Reader {
    LargeValue read(ByteReader in);
  }

  private final @Nullable Reader[] readers = new Reader[Entry.TYPE_MASK + 1];
  private final List<@Nullable LargeValue> values = new ArrayList<>();
  private final List<Long> bytes = new ArrayList<>();
  private final ArrayList<Integer> free = new ArrayList<>();
  private long heapBytes;

  /** Each type's class announces itself when the keyspace is built. */
  void register(int type, Reader reader) {
    readers[type] = reader;
  }

  LargeValue read(int type, ByteReader in) {
    Reader reader = readers[type];
    if (reader == null) {
      throw new io.headwater.bytes.MalformedBytes("a large value of unknown type " + type);
    }
    return reader.read(in);
  }

  int add(LargeValue value) {
    long size = value.heapBytes();
    heapBytes += size;
    if (free.isEmpty()) {
      values.add(value);
      bytes.add(size);
      return values.size() - 1;
    }
    int handle = free.removeLast();
    values.set(handle, value);
    bytes.set(handle, size);
    return handle;
  }

  LargeValue get(int handle) {
    LargeValue value = values.get(handle);
    if (value == null) {
      throw new IllegalStateException("handle " + handle + " is free");
    }
    return value;
  }

  void remove(int handle) {
    heapBytes -= bytes.get(handle);
    values.set(handle, null);
    free.add(handle);
  }

  /** Counts a value's bytes anew after it changed in place. */
  void changed(int handle) {
    long size = get(handle).heapBytes();
    heapBytes += size - bytes.get(handle);
    bytes.set(handle, size);
  }

  long heapBytes() {
    return heapBytes;
  }
}
