package io.headwater.view.topics;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A sparse index of one segment: for a batch every few kilobytes its offset, where it begins, and
 * the highest timestamp of all batches before it. All three rise, so each is found by bisection;
 * the batches from there on are walked. The first batch always has an entry.
 *
 * <p>As a file: {@code HWTIDX01}, count (4), CRC32C of the rest (4), then for each entry the offset
 * less the segment's (4), the position (4), the timestamp (8), little-endian.
 */
final class SegmentIndex {
  static final int ENTRY_BYTES = 16;
  private static final long MAGIC = 0x3130_5844_4954_5748L; // "HWTIDX01", little-endian

  private int count;
  private int[] offsets = new int[4];
  private int[] positions = new int[4];
  private long[] maxTimestampsBefore = new long[4];

  int count() {
    return count;
  }

  long memoryBytes() {
    return (long) offsets.length * ENTRY_BYTES;
  }

  /** Where the newest entry's batch begins; -1 if there is none. */
  int lastPosition() {
    return count == 0 ? -1 : positions[count - 1];
  }

  int position(int entry) {
    return positions[entry];
  }

  int relativeOffset(int entry) {
    return offsets[entry];
  }

  long maxTimestampBefore(int entry) {
    return maxTimestampsBefore[entry];
  }

  void add(int relativeOffset, int position, long maxTimestampBefore) {
    assert count == 0 || position > positions[count - 1];
    if (count == offsets.length) {
      int more = count * 2;
      offsets = Arrays.copyOf(offsets, more);
      positions = Arrays.copyOf(positions, more);
      maxTimestampsBefore = Arrays.copyOf(maxTimestampsBefore, more);
    }
    offsets[count] = relativeOffset;
    positions[count] = position;
    maxTimestampsBefore[count] = maxTimestampBefore;
    count++;
  }

  /** The last entry at or before an offset less the segment's; 0 if that is before all. */
  int floorOffset(long relativeOffset) {
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (offsets[middle] <= relativeOffset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** The last entry at or before a position in the file; 0 if that is before all. */
  int floorPosition(long position) {
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (positions[middle] <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** The last entry before which every timestamp is lower than the given one. */
  int floorTimestamp(long timestampMs) {
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (maxTimestampsBefore[middle] < timestampMs) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  byte[] encode() {
    ByteWriter out = new ByteWriter(16 + count * ENTRY_BYTES);
    out.putLong(MAGIC).putInt(count).putInt(0);
    for (int i = 0; i < count; i++) {
      out.putInt(offsets[i]).putInt(positions[i]).putLong(maxTimestampsBefore[i]);
    }
    out.setInt(12, crc(out.array(), out.size()));
    return out.toByteArray();
  }

  /**
   * Reads the entries of batches that begin before {@code trustedBytes}; null if the file is
   * damaged, which costs no more than walking the segment.
   */
  static @Nullable SegmentIndex decode(byte[] file, long trustedBytes) {
    if (file.length < 16) {
      return null;
    }
    ByteReader in = new ByteReader(file);
    long magic = in.getLong();
    int count = in.getInt();
    int crc = in.getInt();
    if (magic != MAGIC
        || (long) count * ENTRY_BYTES != in.remaining()
        || crc != crc(file, file.length)) {
      return null;
    }
    SegmentIndex index = new SegmentIndex();
    for (int i = 0; i < count; i++) {
      int offset = in.getInt();
      int position = in.getInt();
      long timestamp = in.getLong();
      if (position >= trustedBytes) {
        break;
      }
      index.add(offset, position, timestamp);
    }
    return index;
  }

  private static int crc(byte[] file, int size) {
    CRC32C crc = new CRC32C();
    crc.update(file, 16, size - 16);
    return (int) crc.getValue();
  }
}
