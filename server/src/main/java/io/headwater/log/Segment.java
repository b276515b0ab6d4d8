package io.headwater.log;

import io.headwater.host.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A segment that is written. It exists in memory, and takes frames into staging, a moment before
 * its file has its name: {@link #file} is set by then.
 */
final class Segment {
  static final String FOLDER = "journal";
  static final String ARCHIVE = "archive";
  static final String ENDING = ".log";
  private static final int REWRITE_BYTES = 1 << 20;

  private final SegmentHeader header;
  private @Nullable DiskFile file;

  Segment(SegmentHeader header) {
    this.header = header;
  }

  static String path(long base) {
    return path(FOLDER, base);
  }

  static String path(String folder, long base) {
    return String.format("%s/%020d%s", folder, base, ENDING);
  }

  /** The bases of the segments among a folder's names, in order. */
  static List<Long> bases(List<String> names) {
    List<Long> bases = new ArrayList<>();
    for (String name : names) {
      if (name.length() == 20 + ENDING.length()
          && name.endsWith(ENDING)
          && name.chars().limit(20).allMatch(c -> c >= '0' && c <= '9')) {
        bases.add(Long.parseLong(name.substring(0, 20)));
      }
    }
    return bases;
  }

  SegmentHeader header() {
    return header;
  }

  void opened(DiskFile opened) {
    file = opened;
  }

  /** Room for frames ends here, less the mark that always fits. */
  long dataEnd() {
    return header.end() - FrameFormat.MARK_BYTES;
  }

  /** Where in the file an address is. */
  long offset(long address) {
    return header.headerBytes() + address - header.base();
  }

  /** Whole blocks, to a multiple of their size in the file. */
  void write(ByteBuffer blocks, long offset, SegmentWriter.Then then) throws IOException {
    switch (then) {
      case SYNC -> file().writeBlocks(blocks, offset);
      case NOTHING -> file().write(blocks, offset);
    }
  }

  /** Reads the bytes of an address's block that are before the address. */
  void readBlock(long address, byte[] block) throws IOException {
    long offset = offset(address);
    int bytes = (int) (offset % block.length);
    file().readFully(ByteBuffer.wrap(block, 0, bytes), offset - bytes);
  }

  /** Writes what stands between two addresses once more, which makes the pages dirty. */
  void rewrite(long from, long to) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate((int) Math.min(REWRITE_BYTES, Math.max(0, to - from)));
    for (long at = from; at < to; at += piece.capacity()) {
      piece.clear().limit((int) Math.min(piece.capacity(), to - at));
      file().readFully(piece, offset(at));
      file().write(piece.flip(), offset(at));
    }
  }

  void sync() throws IOException {
    file().sync();
  }

  void close() throws IOException {
    DiskFile open = file;
    file = null;
    if (open != null) {
      open.close();
    }
  }

  private DiskFile file() {
    DiskFile open = file;
    if (open == null) {
      throw new IllegalStateException("segment " + header.base() + " has no file");
    }
    return open;
  }
}
