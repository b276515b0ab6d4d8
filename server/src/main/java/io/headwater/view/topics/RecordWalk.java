package io.headwater.view.topics;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of a batch in place, whatever nonsense they hold: no length is believed that
 * does not fit, and headers are passed over.
 *
 * <pre>{@code
 * record:  varint length | attributes 1 | varlong time delta | varint offset delta
 *          | varint key length, key | varint value length, value | varint headers, headers
 * header:  varint key length, key | varint value length, value
 * }</pre>
 */
final class RecordWalk {
  private final byte[] array;
  private final int count;
  private final int limit;
  private final long baseOffset;
  private final long baseTimestampMs;
  private final boolean oneTime;
  private final long maxTimestampMs;
  private int index;
  private int seen;
  private boolean sound;
  private long headers;

  private long offset;
  private long timestampMs;
  private int keyFrom;
  private int keyLength;
  private int valueFrom;
  private int valueLength;

  /** Walks the records of the batch whose header begins at {@code at}. */
  RecordWalk(byte[] batch, int at, Unpacked records) {
    this.array = records.array();
    this.index = records.from();
    this.limit = records.to();
    this.count = BatchFormat.count(batch, at);
    this.baseOffset = BatchFormat.baseOffset(batch, at);
    this.baseTimestampMs = BatchFormat.baseTimestampMs(batch, at);
    this.maxTimestampMs = BatchFormat.maxTimestampMs(batch, at);
    this.oneTime = (BatchFormat.attributes(batch, at) & BatchFormat.LOG_APPEND_TIME) != 0;
    this.sound = count >= 0;
  }

  /** Moves to the next record; false behind the last one and where one does not decode. */
  boolean next() {
    if (!sound || seen == count) {
      return false;
    }
    long size = signed();
    int start = index;
    index++; // attributes, all unused
    timestampMs = baseTimestampMs + signed();
    offset = baseOffset + signed();
    keyLength = sized(-1);
    keyFrom = index - Math.max(0, keyLength);
    valueLength = sized(-1);
    valueFrom = index - Math.max(0, valueLength);
    long more = signed();
    sound &= more >= 0 && more <= limit - index;
    for (long h = 0; h < more && sound; h++) {
      sized(0);
      sized(-1);
    }
    sound &= index <= limit && index - start == size;
    headers += more;
    seen++;
    return sound;
  }

  /** Behind the last record: whether there were as many as the batch says, and nothing else. */
  boolean isSound() {
    return sound && seen == count && index == limit;
  }

  int seen() {
    return seen;
  }

  /** Headers of all records so far. */
  long headers() {
    return headers;
  }

  long offset() {
    return offset;
  }

  long timestampMs() {
    return oneTime ? maxTimestampMs : timestampMs;
  }

  boolean hasKey() {
    return keyLength >= 0;
  }

  /** A copy, or null. */
  byte @Nullable [] key() {
    return keyLength < 0 ? null : Arrays.copyOfRange(array, keyFrom, keyFrom + keyLength);
  }

  /** A copy, or null. */
  byte @Nullable [] value() {
    return valueLength < 0 ? null : Arrays.copyOfRange(array, valueFrom, valueFrom + valueLength);
  }

  private int sized(long least) {
    long length = signed();
    sound &= length >= least && length <= limit - index;
    if (sound && length > 0) {
      index += (int) length;
    }
    return sound ? (int) length : -1;
  }

  private long signed() {
    long value = 0;
    for (int shift = 0; shift < 64 && sound; shift += 7) {
      if (index >= limit) {
        sound = false;
        return 0;
      }
      byte b = array[index++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return (value >>> 1) ^ -(value & 1);
      }
    }
    sound = false;
    return 0;
  }
}
