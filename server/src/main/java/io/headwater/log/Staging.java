package io.headwater.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Frames that were appended and not written yet, all of one segment. A journal has two: appends
 * fill one while the other is written.
 */
final class Staging {
  final ByteBuffer bytes;

  /** Where they belong. */
  Segment segment;

  /** The address of the first byte. */
  long from;

  /** The end of the last data frame up to the end of these bytes. */
  long appended;

  Staging(int capacity, Segment segment) {
    this.bytes = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
    this.segment = segment;
  }

  void reset(Segment to, long address) {
    bytes.clear();
    segment = to;
    from = address;
  }

  /** The address after the last byte. */
  long end() {
    return from + bytes.position();
  }
}
