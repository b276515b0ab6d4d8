package io.headwater.view.keyspace;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.types.CollectionValue;

/** A collection that grew out of its packed form. */
record LargeCollection(int type, CollectionValue value) implements LargeValue {
  @Override
  public long heapBytes() {
    return value.memoryBytes();
  }

  @Override
  public void write(ByteWriter out) {
    value.writeTo(out);
  }
}
