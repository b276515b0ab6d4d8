package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.view.keyspace.types.ListMemory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The large collections, by the handle that their entry holds: handles of removed values are used
 * again. Also knows how each type reads itself from a checkpoint.
 */
final class LargeValues {
  /** Reads what {@link LargeValue#write} of one type wrote. */
  interface Reader {
    LargeValue read(ByteReader in);
  }

  private final @Nullable Reader[] readers = new Reader[Entry.TYPE_MASK + 1];
  private @Nullable LargeValue[] values = new LargeValue[64];
  private long[] bytes = new long[64];
  private long[] outside = new long[64];
  private int[] free = new int[64];

  /** Handles given out so far, and how many of them are free again. */
  private int count;

  private int freeCount;
  private long allBytes;
  private long outsideBytes;
  private final ListMemory lists = new ListMemory();

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
    value.adopt(lists);
    int handle = freeCount > 0 ? free[--freeCount] : count++;
    if (handle == values.length) {
      values = Arrays.copyOf(values, handle * 2);
      bytes = Arrays.copyOf(bytes, handle * 2);
      outside = Arrays.copyOf(outside, handle * 2);
    }
    values[handle] = value;
    count(handle, value.bytes(), value.outsideBytes());
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
    LargeValue value = get(handle);
    count(handle, 0, 0);
    values[handle] = null;
    value.abandon();
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, freeCount * 2);
    }
    free[freeCount++] = handle;
  }

  /** Counts a value's bytes anew after it changed in place. */
  void changed(int handle) {
    LargeValue value = get(handle);
    count(handle, value.bytes(), value.outsideBytes());
  }

  private void count(int handle, long ofValue, long ofItOutside) {
    allBytes += ofValue - bytes[handle];
    bytes[handle] = ofValue;
    outsideBytes += ofItOutside - outside[handle];
    outside[handle] = ofItOutside;
  }

  /** What all of them take. */
  long bytes() {
    return allBytes;
  }

  /** Of {@link #bytes}: on the heap. */
  long heapBytes() {
    return allBytes - outsideBytes;
  }

  /** Where nodes of long lists lie, those included that nobody has come to free. */
  ListMemory lists() {
    return lists;
  }

  /** Bytes of the handles themselves. */
  long handleBytes() {
    return 20L * values.length + 4L * free.length;
  }
}
