package io.headwater.protocol.redis.rdb;

import io.headwater.view.keyspace.types.StreamValue;

/**
 * Takes what a serialised value holds, piece by piece. Ranges are valid during the call only. Those
 * that answer say whether the piece was new: one that comes twice makes a value malformed.
 */
interface ValueSink {
  void string(byte[] array, int from, int length);

  /** The next element of a list. */
  void element(byte[] array, int from, int length);

  /** A member of a set. */
  boolean member(byte[] array, int from, int length);

  /** A member of a sorted set; the score is not NaN. */
  boolean scored(byte[] array, int from, int length, double score);

  /**
   * A field of a hash.
   *
   * @param expiresAtMs when the field ends, 0 for never
   */
  boolean field(Piece field, Piece value, long expiresAtMs);

  /** A whole stream, which is the sink's own from then on. */
  void stream(StreamValue stream);
}
