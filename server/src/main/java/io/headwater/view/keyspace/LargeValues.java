package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import java.util.Arrays;
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
  private @Nullable LargeValue[] values = new LargeValue[64];
  private long[] bytes = new long[64];
  private int[] free = new int[64];

  /** Handles given out so far, and how many of them are free again. */
  private int count;

  private int freeCount;
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
    int handle = freeCount > 0 ? free[--freeCount] : count++;
    if (handle == values.length) {
      values = Arrays.copyOf(values, handle * 2);
      bytes = Arrays.copyOf(bytes, handle * 2);
    }
    values[handle] = value;
    bytes[handle] = size;
    return handle;
  }

  LargeValue get(int handle) {
    LargeValue value = handle >= 0 && handle < count ? values[handle] : null;
    if (value == null) {
      throw new IllegalStateException("handle " + handle + " is free");
    }
    return value;
  }

  void remove(int handle) {
    heapBytes -= bytes[handle];
    values[handle] = null;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, freeCount * 2);
    }
    free[freeCount++] = handle;
  }

  /** Counts a value's bytes anew after it changed in place. */
  void changed(int handle) {
    long size = get(handle).heapBytes();
    heapBytes += size - bytes[handle];
    bytes[handle] = size;
  }

  long heapBytes() {
    return heapBytes;
  }

  /** Bytes of the handles themselves. */
  long handleBytes() {
    return 12L * values.length + 4L * free.length;
  }
}
