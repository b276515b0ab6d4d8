package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.types.ListMemory;
import io.headwater.view.keyspace.types.Snapshot;
import org.jspecify.annotations.Nullable;

/** A collection too large to stay packed: a heap object of its type's own. */
public interface LargeValue {
  /** One of {@link Entry}'s types. */
  int type();

  /** An estimate of its bytes, cheap to ask; for accounting. */
  long bytes();

  /** How many of its {@link #bytes} are outside the heap. */
  default long outsideBytes() {
    return 0;
  }

  /** The keyspace holds it from now on, once, and what it has outside the heap lies there. */
  default void adopt(ListMemory memory) {}

  /** The keyspace does not hold it any more, and nobody uses it. */
  default void abandon() {}

  /**
   * Appends the whole value, for copies; {@link LargeValues#read} of the same type reads it back.
   */
  void write(ByteWriter out);

  /** An equal value that goes its own way, made in less time than {@link #write} takes; or null. */
  default @Nullable LargeValue copy() {
    return null;
  }

  /** Appends a value's beginning, without items; {@link LargeValues#read} reads it back. */
  void writeHead(ByteWriter out);

  /** The items as they are now, to be written in pieces while the value goes on. */
  Snapshot snapshot();

  /** When the first of its items expires, in milliseconds; {@code Long.MAX_VALUE} for never. */
  default long earliestExpiryMs() {
    return Long.MAX_VALUE;
  }

  /** Adds the items of one piece of a snapshot. */
  void readMore(ByteReader in);
}
