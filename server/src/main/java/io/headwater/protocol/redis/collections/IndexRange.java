package io.headwater.protocol.redis.collections;

/**
 * A range of indexes, cut to what is there.
 *
 * @param count 0 if nothing is in range; then {@code from} is 0
 */
record IndexRange(int from, int count) {
  /** As LRANGE and ZRANGE take it: both ends belong to it, negative ones count from the end. */
  static IndexRange of(long start, long end, int size) {
    long from = Math.max(0, start < 0 ? start + size : start);
    long to = Math.min(size - 1L, end < 0 ? end + size : end);
    return from > to ? new IndexRange(0, 0) : new IndexRange((int) from, (int) (to - from + 1));
  }
}
