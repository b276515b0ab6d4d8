package io.headwater.protocol.http;

/**
 * Limits of one HTTP listener.
 *
 * @param connections open connections; more wait in the listen queue
 * @param bodyBytes one request body, before and after decompression
 * @param bodiesBytes all request bodies being read or served together
 * @param headerBytes request line and headers together
 * @param idleMs silence after which a connection is closed
 */
public record HttpLimits(
    int connections, int bodyBytes, long bodiesBytes, int headerBytes, long idleMs) {

  /** Limits that suit a server whose heap has {@code heapBytes}: bodies may take a quarter. */
  public static HttpLimits of(int bodyBytes, long heapBytes) {
    return new HttpLimits(
        10_000, bodyBytes, Math.max(2L * bodyBytes, heapBytes / 4), 16 << 10, 300_000);
  }
}
