package io.headwater.view.keyspace.types;

/**
 * The ID of a stream's entry: a time in milliseconds since 1970 and a number within it, both
 * unsigned.
 */
public record StreamId(long ms, long seq) implements Comparable<StreamId> {
  public static final StreamId ZERO = new StreamId(0, 0);
  public static final StreamId MAX = new StreamId(-1, -1);

  /** The order of two IDs given as pairs. */
  public static int compare(long ms, long seq, long otherMs, long otherSeq) {
    int order = Long.compareUnsigned(ms, otherMs);
    return order != 0 ? order : Long.compareUnsigned(seq, otherSeq);
  }

  @Override
  public int compareTo(StreamId other) {
    return compare(ms, seq, other.ms, other.seq);
  }

  public boolean isZero() {
    return ms == 0 && seq == 0;
  }

  public boolean isMax() {
    return ms == -1 && seq == -1;
  }

  /** The smallest one above; of {@link #MAX} it is {@link #ZERO}. */
  public StreamId next() {
    return new StreamId(seq == -1 ? ms + 1 : ms, seq + 1);
  }

  /** The largest one below; of {@link #ZERO} it is {@link #MAX}. */
  public StreamId previous() {
    return new StreamId(seq == 0 ? ms - 1 : ms, seq - 1);
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(ms) + "-" + Long.toUnsignedString(seq);
  }
}
