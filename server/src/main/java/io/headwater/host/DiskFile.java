package io.headwater.host;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** An open file. Positions are bytes from its start. */
public interface DiskFile extends AutoCloseable {
  /** What {@link #writeBlocks} counts in. */
  int BLOCK_BYTES = 4096;

  /** Writes all remaining bytes of {@code source} at {@code position}. */
  void write(ByteBuffer source, long position) throws IOException;

  /**
   * Writes like {@link #write}, and past the page cache where the file system lets us: for what is
   * synced at once and not read soon. As durable as any write, which is not at all before {@link
   * #sync}.
   *
   * @param source direct; its address, its remaining bytes and {@code position} are multiples of
   *     {@link #BLOCK_BYTES}
   */
  default void writeBlocks(ByteBuffer source, long position) throws IOException {
    write(source, position);
  }

  /**
   * Makes the file at least so large and takes the room for it, without writing: what is new reads
   * as zeros, and writing there needs no more room, but makes the next {@link #sync} dearer once.
   *
   * @return false if this file system cannot; then nothing has changed
   * @throws DiskFullException if there is no room; the file may have grown by a part
   */
  default boolean allocate(long bytes) throws IOException {
    return false;
  }

  /** Reads some bytes; -1 at the end. */
  int read(ByteBuffer target, long position) throws IOException;

  /**
   * Makes all that was written durable (fdatasync). After a failure this file must not be trusted.
   */
  void sync() throws IOException;

  long size() throws IOException;

  void truncate(long size) throws IOException;

  /** Sends a range to a channel, in the kernel where it can; returns bytes sent, perhaps 0. */
  long transferTo(long position, long count, WritableByteChannel target) throws IOException;

  @Override
  void close() throws IOException;

  /** Fills {@code target} or throws {@link EOFException}. */
  default void readFully(ByteBuffer target, long position) throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int n = read(target, at);
      if (n < 0) {
        throw new EOFException("end of file at " + at + " with " + target.remaining() + " to read");
      }
      at += n;
    }
  }
}
