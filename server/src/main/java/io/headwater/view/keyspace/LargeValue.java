package io.headwater.view.keyspace;

import io.headwater.bytes.ByteWriter;

/** A collection too large to stay packed: a heap object of its type's own. */
public interface LargeValue {
  /** One of {@link Entry}'s types. */
  int type();

  /** An estimate of its bytes on the heap, cheap to ask; for accounting. */
  long heapBytes();

  /**
   * Appends the whole value, for checkpoints and copies; {@link LargeValues#read} of the same type
   * reads it back.
   */
  void write(ByteWriter out);
}
