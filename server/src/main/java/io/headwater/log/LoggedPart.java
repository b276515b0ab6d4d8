package io.headwater.log;

import io.headwater.bytes.ByteReader;

/**
 * A part as it stands in the log.
 *
 * @param position where its frame ends
 * @param timeMs the log's time of the frame: wall clock, never decreasing
 * @param stream the stream's number
 * @param baseOffset the offset of its first record in the stream
 * @param count how many records it holds
 * @param array holds the payload in {@code [from, from + length)}; read only
 */
public record LoggedPart(
    long position,
    long timeMs,
    int stream,
    long baseOffset,
    int count,
    byte[] array,
    int from,
    int length) {
  /** A copy of a part of a frame that was appended. */
  public static LoggedPart copyOf(long position, long timeMs, Frame.Part part) {
    byte[] payload = part.payload().toByteArray();
    return new LoggedPart(
        position,
        timeMs,
        part.stream(),
        part.baseOffset(),
        part.count(),
        payload,
        0,
        payload.length);
  }

  public ByteReader payload() {
    return new ByteReader(array, from, length);
  }
}
