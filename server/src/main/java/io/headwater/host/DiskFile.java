package io.headwater.host;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** An open file. Positions are bytes from its start. */
public interface DiskFile extends AutoCloseable {
  /** Writes all remaining bytes of {@code source} at {@code position}. */
  void write(ByteBuffer source, long position) throws IOException;

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
