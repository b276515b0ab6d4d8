package io.headwater.protocol.redis.replication;

import io.headwater.protocol.redis.settings.Settings;
import java.util.concurrent.TimeUnit;

/**
 * {@code client-output-buffer-limit replica}: how many bytes of the stream may wait in memory for
 * one replica, from the moment on at which its file was begun. As in Redis, {@code
 * repl-backlog-size} may always.
 */
final class BehindLimit {
  /** So much waits in memory where there is no limit; the log has the rest. */
  private static final long UNLIMITED_BYTES = 256L << 20;

  private long hardBytes;
  private long softBytes;
  private long softSeconds;

  BehindLimit(Settings settings) {
    settings.follow("client-output-buffer-limit", this::set);
  }

  private void set(String text) {
    String[] words = text.split(" ", -1);
    for (int i = 0; i + 3 < words.length; i += 4) {
      if (words[i].equals("slave")) {
        hardBytes = Long.parseLong(words[i + 1]);
        softBytes = Long.parseLong(words[i + 2]);
        softSeconds = Long.parseLong(words[i + 3]);
      }
    }
  }

  /** What a backlog is told of it. */
  long bytes() {
    return hardBytes == 0 ? UNLIMITED_BYTES : hardBytes;
  }

  /** Whether so many bytes of the log are more than would be taken up again. */
  boolean isTooMuchLog(long bytes) {
    return hardBytes > 0 && bytes > hardBytes;
  }

  /** Whether a replica is too far behind, or was behind for too long. */
  boolean isExceededBy(Replica replica, Backlog backlog, long nowNanos) {
    Backlog.Reader reader = replica.reader;
    if (reader == null) {
      return false;
    }
    long behind = backlog.end() - reader.offset();
    if (softBytes == 0 || behind <= softBytes) {
      replica.behindSinceNanos = 0;
    } else if (replica.behindSinceNanos == 0) {
      replica.behindSinceNanos = nowNanos;
    }
    boolean isLong =
        replica.behindSinceNanos != 0
            && nowNanos - replica.behindSinceNanos > TimeUnit.SECONDS.toNanos(softSeconds);
    return isLong || hardBytes > 0 && behind >= backlog.limit();
  }
}
