package io.headwater.protocol.http;

/**
 * Limits of one HTTP listener.
 *
 * @param connections open connections; more wait in the listen queue
 * @param bodyBytes one request body, before and after decompression
 * @param bodiesBytes all request bodies being read or served together
 * @param answersBytes all answers of more than 64 KiB that clients have not taken
 * @param headerBytes request line and headers together
 * @param idleMs silence after which a connection is closed
 */
public record HttpLimits(
    int connections,
    int bodyBytes,
    long bodiesBytes,
    long answersBytes,
    int headerBytes,
    long idleMs) {

  /** Limits that suit a server whose heap has {@code heapBytes}. */
  public static HttpLimits of(int bodyBytes, long heapBytes) {
    return new HttpLimits(10_000, bodyBytes, heapBytes / 5, heapBytes / 8, 16 << 10, 300_000);
  }
}
