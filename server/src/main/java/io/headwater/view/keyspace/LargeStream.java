package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.types.Snapshot;
import io.headwater.view.keyspace.types.StreamValue;
import org.jspecify.annotations.Nullable;

/** A stream, which is never packed. */
record LargeStream(StreamValue value) implements LargeValue {
  @Override
  public int type() {
    return Entry.STREAM;
  }

  @Override
  public long bytes() {
    return value.memoryBytes();
  }

  @Override
  public void write(ByteWriter out) {
    value.writeTo(out);
  }

  @Override
  public @Nullable LargeValue copy() {
    StreamValue copy = value.copy();
    return copy == null ? null : new LargeStream(copy);
  }

  @Override
  public void writeHead(ByteWriter out) {
    value.writeHead(out);
  }

  @Override
  public Snapshot snapshot() {
    return value.snapshot();
  }

  @Override
  public void readMore(ByteReader in) {
    value.readMore(in);
  }
}
