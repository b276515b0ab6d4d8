package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.HashValue;
import io.headwater.view.keyspace.types.ListMemory;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.Snapshot;
import org.jspecify.annotations.Nullable;

/** A collection that grew out of its packed form. */
record LargeCollection(int type, CollectionValue value) implements LargeValue {
  @Override
  public long bytes() {
    return value.memoryBytes();
  }

  @Override
  public long outsideBytes() {
    return value instanceof ListValue list ? list.storedBytes() : 0;
  }

  @Override
  public void adopt(ListMemory memory) {
    if (value instanceof ListValue list) {
      list.adopt(memory);
    }
  }

  @Override
  public void abandon() {
    if (value instanceof ListValue list) {
      list.abandon();
    }
  }

  @Override
  public long earliestExpiryMs() {
    return value instanceof HashValue hash ? hash.earliestExpiryMs() : Long.MAX_VALUE;
  }

  @Override
  public void write(ByteWriter out) {
    value.writeTo(out);
  }

  @Override
  public @Nullable LargeValue copy() {
    return value instanceof ListValue list ? new LargeCollection(type, list.copy()) : null;
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
