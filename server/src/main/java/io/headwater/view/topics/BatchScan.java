package io.headwater.view.topics;

import io.headwater.host.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Walks the headers of the batches in a range of a segment, reading a few kilobytes at a time. Its
 * array can be asked through {@link BatchFormat} at {@link #at} for more.
 */
final class BatchScan {
  private static final int WINDOW_BYTES = 8 * 1024;

  private final DiskFile file;
  private final String path;
  private final long limit;
  private final byte[] window;
  private long windowFrom;
  private int windowBytes;
  private long next;
  private long position;
  private int size;
  private int at;

  /**
   * @param from where a batch begins
   * @param limit where the last batch to walk ends
   */
  BatchScan(DiskFile file, String path, long from, long limit) {
    this.file = file;
    this.path = path;
    this.limit = limit;
    this.next = from;
    this.windowFrom = from;
    this.window = new byte[(int) Math.max(0, Math.min(WINDOW_BYTES, limit - from))];
  }

  /**
   * Moves to the next batch; false at the limit.
   *
   * @throws IOException naming file and place if what stands there is no batch
   */
  boolean next() throws IOException {
    if (next >= limit) {
      return false;
    }
    position = next;
    if (limit - position < BatchFormat.HEADER_BYTES) {
      throw damaged("the rest is too short for a batch");
    }
    long inWindow = position - windowFrom;
    if (inWindow < 0 || windowBytes - inWindow < BatchFormat.HEADER_BYTES) {
      windowFrom = position;
      windowBytes = (int) Math.min(window.length, limit - position);
      file.readFully(ByteBuffer.wrap(window, 0, windowBytes), position);
      inWindow = 0;
    }
    at = (int) inWindow;
    long bytes = BatchFormat.sizeInBytes(window, at);
    if (BatchFormat.magic(window, at) != BatchFormat.MAGIC
        || bytes < BatchFormat.HEADER_BYTES
        || bytes > limit - position
        || BatchFormat.lastOffsetDelta(window, at) < 0) {
      throw damaged("no batch begins here");
    }
    size = (int) bytes;
    next = position + size;
    return true;
  }

  private IOException damaged(String what) {
    return new IOException("damaged segment: " + path + " at byte " + position + ": " + what);
  }

  byte[] array() {
    return window;
  }

  /** Where the current batch's header begins in {@link #array}. */
  int at() {
    return at;
  }

  /** Where the current batch begins in the file. */
  long position() {
    return position;
  }

  int size() {
    return size;
  }

  /** Where the current batch ends in the file. */
  long end() {
    return next;
  }

  long baseOffset() {
    return BatchFormat.baseOffset(window, at);
  }

  long nextOffset() {
    return BatchFormat.nextOffset(window, at);
  }

  long maxTimestampMs() {
    return BatchFormat.maxTimestampMs(window, at);
  }
}
