package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.types.StreamValue;

/** Payloads as RESTORE takes them, of values that no key holds. One per thread. */
public final class RdbPayloads {
  private final RdbWriter writer = new RdbWriter(true);

  /** Appends a payload to what is empty. */
  public void stream(StreamValue stream, ByteWriter out) {
    writer.stream(stream, out);
    RdbWriter.footer(out, 0);
  }
}
