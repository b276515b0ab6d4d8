package io.headwater.log;

import java.io.IOException;
import java.util.List;

/** Walks frames in log order. Not thread-safe. */
public interface LogCursor extends AutoCloseable {
  /**
   * Moves to the next frame.
   *
   * @return false at the end of what is written
   * @throws DamagedLogException if bytes before the tail do not check out
   */
  boolean next() throws IOException;

  /** The end of the current frame. */
  long position();

  long timeMs();

  /** Valid until the next call of {@link #next}. */
  List<LoggedPart> parts();

  @Override
  void close() throws IOException;
}
