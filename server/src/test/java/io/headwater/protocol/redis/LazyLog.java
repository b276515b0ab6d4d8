package io.headwater.protocol.redis;

import io.headwater.failure.Failure;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.log.LogCursor;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * A log that starts no sync on its own: {@link #sync} alone makes durable.
 *
 * @param syncsWhenAsked whether it syncs at once when it is asked to sync soon
 */
record LazyLog(Log log, boolean syncsWhenAsked) implements Log {
  @Override
  public long append(Frame frame) {
    return log.append(frame);
  }

  @Override
  public @Nullable Failure refusal(long payloadBytes) {
    return log.refusal(payloadBytes);
  }

  @Override
  public long appended() {
    return log.appended();
  }

  @Override
  public long durable() {
    return log.durable();
  }

  @Override
  public boolean trySync(long position) {
    return false;
  }

  @Override
  public void sync(long position) throws IOException {
    log.sync(position);
  }

  @Override
  public void syncSoon() {
    if (syncsWhenAsked) {
      try {
        log.sync(log.appended());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void write() throws IOException {
    log.write();
  }

  @Override
  public void addDurableListener(DurableListener listener) {
    log.addDurableListener(listener);
  }

  @Override
  public long nextOffset(int stream) {
    return log.nextOffset(stream);
  }

  @Override
  public long epoch() {
    return log.epoch();
  }

  @Override
  public long lastTimeMs() {
    return log.lastTimeMs();
  }

  @Override
  public LogCursor read(long position) throws IOException {
    return log.read(position);
  }

  @Override
  public void cut(long position) throws IOException {
    log.cut(position);
  }

  @Override
  public Hold hold(long position) throws IOException {
    return log.hold(position);
  }

  @Override
  public long start() {
    return log.start();
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
