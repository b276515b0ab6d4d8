package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteWriter;
import io.headwater.protocol.redis.settings.Settings;
import io.headwater.view.keyspace.Keyspace;

/** Makes payloads of a keyspace's values. Keeps buffers: one for each owner, on its loop. */
public final class Dumper {
  private final RdbWriter writer = new RdbWriter();

  /** Appends what DUMP returns of an entry. */
  public void dump(Keyspace keyspace, long entry, Settings settings, ByteWriter out) {
    writer.payload(keyspace, entry, RdbWriter.Style.of(settings), out);
  }
}
