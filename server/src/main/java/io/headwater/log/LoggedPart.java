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
  public ByteReader payload() {
    return new ByteReader(array, from, length);
  }
}
