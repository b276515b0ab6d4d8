package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.log.Frame;
import io.headwater.view.keyspace.types.StreamId;
import java.util.List;
import org.jspecify.annotations.Nullable;

enum NoHooks implements KeyspaceHooks {
  INSTANCE;

  @Override
  public boolean idle() {
    return true;
  }

  @Override
  public @Nullable Failure refuseWrite(int db, byte[] key, int from, int length) {
    return null;
  }

  @Override
  public void changing(int db, Bytes key) {}

  @Override
  public long leastBytes(int db, byte[] key, int from, int length) {
    return 0;
  }

  @Override
  public long expectedBytes() {
    return 0;
  }

  @Override
  public long flushBytes(int db) {
    return 0;
  }

  @Override
  public void recorded(ByteReader events) {}

  @Override
  public void changed(Frame frame, int db, Bytes key) {}

  @Override
  public void beganAnew(Frame frame, int db, Bytes key) {}

  @Override
  public void added(Frame frame, int db, Bytes key, StreamId id, ByteReader fields) {}

  @Override
  public void replaced(int db, Bytes key) {}

  @Override
  public void appending(Frame frame) {}

  @Override
  public void flushing(Frame frame, int db, Keyspace keyspace) {}

  @Override
  public List<Bytes> keptPrefixes() {
    return List.of();
  }
}
