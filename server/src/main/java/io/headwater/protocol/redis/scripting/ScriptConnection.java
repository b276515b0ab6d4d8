package io.headwater.protocol.redis.scripting;

import io.headwater.bytes.ByteWriter;
import io.headwater.host.Connection;
import io.headwater.host.DiskFile;
import io.headwater.host.Loop;
import java.net.InetSocketAddress;

/** The connection of a script's commands: replies go into a buffer, and nobody is there. */
final class ScriptConnection implements Connection {
  private Connection caller;
  private final ByteWriter out;

  /**
   * @param caller whose addresses and loop it shows
   */
  ScriptConnection(Connection caller, ByteWriter out) {
    this.caller = caller;
    this.out = out;
  }

  /** From here on it shows this one's addresses. */
  void setCaller(Connection connection) {
    caller = connection;
  }

  @Override
  public long id() {
    return caller.id();
  }

  @Override
  public InetSocketAddress remote() {
    return caller.remote();
  }

  @Override
  public InetSocketAddress local() {
    return caller.local();
  }

  @Override
  public Loop loop() {
    return caller.loop();
  }

  @Override
  public ByteWriter out() {
    return out;
  }

  @Override
  public void send(DiskFile file, long position, long count) {
    throw new IllegalStateException("a script's reply is no file");
  }

  @Override
  public void hold(long position) {}

  @Override
  public long pendingBytes() {
    return out.size();
  }

  @Override
  public void pauseReading() {}

  @Override
  public void resumeReading() {}

  @Override
  public void close() {}

  @Override
  public void closeAfterFlush() {}

  @Override
  public boolean isClosed() {
    return false;
  }
}
