package io.headwater.log;

import java.util.Arrays;

/** The next offset of every stream. Streams are numbered densely by the catalog. */
final class StreamOffsets {
  /** Guards against a wild number: the table has eight bytes for each stream. */
  static final int STREAM_MAX = (1 << 24) - 1;

  private long[] next;
  private int used;

  StreamOffsets() {
    this(new long[64], 0);
  }

  private StreamOffsets(long[] next, int used) {
    this.next = next;
    this.used = used;
  }

  long get(int stream) {
    return stream >= 0 && stream < next.length ? next[stream] : 0;
  }

  /** Takes {@code count} offsets and returns the first. */
  long take(int stream, long count) {
    if (stream >= next.length || stream < 0) {
      grow(stream);
    }
    long base = next[stream];
    if (base == 0 && count > 0) {
      used++;
    }
    next[stream] = base + count;
    return base;
  }

  /** Streams that have records. */
  int used() {
    return used;
  }

  /** Stream numbers are below this. */
  int limit() {
    return next.length;
  }

  StreamOffsets copy() {
    return new StreamOffsets(next.clone(), used);
  }

  private void grow(int stream) {
    if (stream < 0 || stream > STREAM_MAX) {
      throw new IllegalArgumentException("stream " + stream + " is not in 0.." + STREAM_MAX);
    }
    next = Arrays.copyOf(next, Math.max(stream + 1, Math.min(STREAM_MAX + 1, next.length * 2)));
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof StreamOffsets o)) {
      return false;
    }
    for (int i = 0; i < Math.max(next.length, o.next.length); i++) {
      if (get(i) != o.get(i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    int hash = 0;
    for (int i = 0; i < next.length; i++) {
      hash += i * Long.hashCode(next[i]);
    }
    return hash;
  }
}
