package io.headwater.log;

import io.headwater.host.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * What a segment file begins with: where it stands, and what a reader must know that the segments
 * before it would tell. A segment gets its name only after its header was synced and everything
 * before its base was durable, so a named segment proves both.
 *
 * <pre>{@code
 *  0  u64  magic "HWSEGM01"
 *  8  u32  CRC32C of the header from byte 12 to its end
 * 12  u32  bytes of the header, a multiple of 4096; frames begin there
 * 16  u64  bytes of the file
 * 24  u64  base: the address of the first frame's first byte
 * 32  u64  the log's epoch
 * 40  u64  generation of the frame before
 * 48  u64  the log's time of the last data frame before
 * 56  u64  position of the last data frame before
 * 64  u32  streams with records before; u32 0
 * 72  for each: u32 stream, u64 next offset; then zeros
 * }</pre>
 *
 * @param headerBytes where frames begin in the file
 * @param fileBytes size of the file
 * @param timeMs the log's time before the segment
 * @param appended the end of the last data frame before the segment
 * @param offsets next offsets at the segment's start
 */
record SegmentHeader(
    int headerBytes,
    long fileBytes,
    long base,
    long epoch,
    long generation,
    long timeMs,
    long appended,
    StreamOffsets offsets) {
  static final int BLOCK_BYTES = 4096;

  private static final long MAGIC = 0x3130_4d47_4553_5748L;
  private static final int CRC_FROM = 12;
  private static final int FIXED_BYTES = 72;
  private static final int ENTRY_BYTES = 12;
  private static final int BYTES_MAX = bytes(StreamOffsets.STREAM_MAX + 1);

  /** The header's size for so many streams. */
  static int bytes(int streams) {
    return (FIXED_BYTES + ENTRY_BYTES * streams + BLOCK_BYTES - 1) & -BLOCK_BYTES;
  }

  /** The address after the last byte that the file has room for. */
  long end() {
    return base + fileBytes - headerBytes;
  }

  byte[] encode() {
    byte[] out = new byte[headerBytes];
    FrameFormat.putLong(out, 0, MAGIC);
    FrameFormat.putInt(out, 12, headerBytes);
    FrameFormat.putLong(out, 16, fileBytes);
    FrameFormat.putLong(out, 24, base);
    FrameFormat.putLong(out, 32, epoch);
    FrameFormat.putLong(out, 40, generation);
    FrameFormat.putLong(out, 48, timeMs);
    FrameFormat.putLong(out, 56, appended);
    FrameFormat.putInt(out, 64, offsets.used());
    int at = FIXED_BYTES;
    for (int stream = 0; stream < offsets.limit(); stream++) {
      if (offsets.get(stream) != 0) {
        FrameFormat.putInt(out, at, stream);
        FrameFormat.putLong(out, at + 4, offsets.get(stream));
        at += ENTRY_BYTES;
      }
    }
    FrameFormat.putInt(out, 8, crc(out));
    return out;
  }

  /**
   * Reads a segment's header.
   *
   * @throws DamagedLogException if it does not check out
   */
  static SegmentHeader read(DiskFile file, String path) throws IOException {
    long size = file.size();
    if (size < BLOCK_BYTES) {
      throw new DamagedLogException(path, 0, "segment of only " + size + " bytes");
    }
    byte[] first = new byte[BLOCK_BYTES];
    file.readFully(ByteBuffer.wrap(first), 0);
    if (FrameFormat.getLong(first, 0) != MAGIC) {
      throw new DamagedLogException(path, 0, "not a segment: wrong magic number");
    }
    int headerBytes = FrameFormat.getInt(first, 12);
    if (headerBytes < BLOCK_BYTES
        || headerBytes % BLOCK_BYTES != 0
        || headerBytes > BYTES_MAX
        || headerBytes > size) {
      throw new DamagedLogException(path, 12, "segment header of " + headerBytes + " bytes");
    }
    byte[] in = new byte[headerBytes];
    file.readFully(ByteBuffer.wrap(in), 0);
    if (FrameFormat.getInt(in, 8) != crc(in)) {
      throw new DamagedLogException(path, 8, "segment header fails its checksum");
    }
    if (FrameFormat.getLong(in, 16) != size) {
      throw new DamagedLogException(
          path, size, "file of " + size + " bytes should have " + FrameFormat.getLong(in, 16));
    }
    StreamOffsets offsets = new StreamOffsets();
    int streams = FrameFormat.getInt(in, 64);
    for (int i = 0; i < streams; i++) {
      int at = FIXED_BYTES + ENTRY_BYTES * i;
      offsets.take(FrameFormat.getInt(in, at), FrameFormat.getLong(in, at + 4));
    }
    return new SegmentHeader(
        headerBytes,
        size,
        FrameFormat.getLong(in, 24),
        FrameFormat.getLong(in, 32),
        FrameFormat.getLong(in, 40),
        FrameFormat.getLong(in, 48),
        FrameFormat.getLong(in, 56),
        offsets);
  }

  private static int crc(byte[] header) {
    CRC32C crc = new CRC32C();
    crc.update(header, CRC_FROM, header.length - CRC_FROM);
    return (int) crc.getValue();
  }
}
