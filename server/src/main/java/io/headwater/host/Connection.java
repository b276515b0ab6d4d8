package io.headwater.host;

import io.headwater.bytes.ByteWriter;
import java.net.InetSocketAddress;

/**
 * A session's way back to its client. Only the loop's thread calls it. Output is sent at the end of
 * the turn, in order.
 */
public interface Connection {
  /** Pending output from which a connection is {@link #congested}. */
  long CONGESTED_BYTES = 1 << 20;

  /** Unique in this process, counted from 1. */
  long id();

  InetSocketAddress remote();

  InetSocketAddress local();

  Loop loop();

  /** Append replies here. The loop sends and clears it; do not keep it. */
  ByteWriter out();

  /** Queues a range of a file behind what was written to {@link #out} so far. */
  void send(DiskFile file, long position, long count);

  /** Everything written so far and not yet held leaves only when {@code position} is released. */
  void hold(long position);

  /** Bytes written and not yet sent, files included. */
  long pendingBytes();

  /** Bytes sent since it was opened. */
  default long sentBytes() {
    return 0;
  }

  /** Bytes held of input that is no whole request yet, or may not run yet. */
  default long inputBytes() {
    return 0;
  }

  /** Bytes of the array that holds them, which is there only while there are some. */
  default long inputBufferBytes() {
    return 0;
  }

  /**
   * Whether so much output waits that the loop reads nothing more from this client for now. A
   * session with many requests at hand looks at this between them and may stop consuming: the rest
   * comes again when the client has taken its replies.
   */
  default boolean congested() {
    return pendingBytes() >= CONGESTED_BYTES;
  }

  /** Stops reading from the client (back-pressure); bytes already received wait. */
  void pauseReading();

  void resumeReading();

  /** Closes at once; {@link Session#closed} follows. */
  void close();

  /** Closes when everything written so far has been sent; reads nothing more. */
  void closeAfterFlush();

  boolean isClosed();
}
