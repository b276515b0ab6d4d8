package io.headwater.log;

import java.io.IOException;

/** Bytes before the log's tail do not check out: acknowledged data may be gone. Never skipped. */
public final class DamagedLogException extends IOException {
  private static final long serialVersionUID = 1L;

  public DamagedLogException(String file, long fileOffset, String what) {
    super("damaged log: " + file + " at byte " + fileOffset + ": " + what);
  }
}
