package io.headwater.log;

import static io.headwater.host.DiskFile.BLOCK_BYTES;

import io.headwater.bytes.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Frames that were appended and not written yet, all of one segment. A journal has two: appends
 * fill one while the other is written.
 *
 * <p>Files are written in whole blocks, so that a write can pass the page cache by. The first byte
 * seldom begins a block: room is left for the block's earlier bytes, which are written once more.
 *
 * <p>Its beginning, which is all that a sync of many small frames uses, lies in a huge page: a disk
 * is given that as one piece instead of one for each 4 KiB, and is done a third sooner.
 */
final class Staging {
  /** At {@link #lead} bytes from a block's start; the memory is aligned too. */
  final ByteBuffer bytes;

  private final int capacity;

  /** Where they belong. */
  Segment segment;

  /** The address of the first byte. */
  long from;

  /** The end of the last data frame up to the end of these bytes. */
  long appended;

  /** Bytes of the first block that belong before {@link #from}. */
  private int lead;

  Staging(int capacity, Segment segment) {
    this.bytes =
        Memory.bufferFromHugePage(capacity + 4 * BLOCK_BYTES)
            .alignedSlice(BLOCK_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    this.capacity = capacity;
    this.segment = segment;
  }

  void reset(Segment to, long address) {
    segment = to;
    from = address;
    lead = (int) (to.offset(address) % BLOCK_BYTES);
    bytes.limit(lead + capacity).position(lead);
  }

  /** Gives its memory back; the next bytes take it anew. Only while it is empty. */
  void discard() {
    Memory.discard(bytes);
  }

  int capacity() {
    return capacity;
  }

  boolean isEmpty() {
    return bytes.position() == lead;
  }

  /** The address after the last byte. */
  long end() {
    return from + bytes.position() - lead;
  }

  /**
   * Makes whole blocks of it, ready to be written from the start of the first one.
   *
   * @param lastBlock what stands in the file's block up to {@link #from}; afterwards the same for
   *     {@link #end}
   * @return where in the file they belong
   */
  long seal(byte[] lastBlock) {
    int end = bytes.position();
    int blocks = (end + BLOCK_BYTES - 1) & -BLOCK_BYTES;
    bytes.limit(blocks);
    bytes.put(0, lastBlock, 0, lead);
    while (bytes.hasRemaining()) {
      bytes.put((byte) 0);
    }
    bytes.flip();
    int last = end & -BLOCK_BYTES;
    bytes.get(last, lastBlock, 0, end - last);
    return segment.offset(from) - lead;
  }
}
