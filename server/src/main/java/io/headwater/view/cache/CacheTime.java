package io.headwater.view.cache;

import io.headwater.host.Clock;

/**
 * Whole seconds since a second before the cache began, on a clock that never steps back, so that a
 * corrected system clock neither expires nor revives items. Read once for each batch of commands.
 */
final class CacheTime {
  /** An expiry in the past of every cache. */
  static final int PAST = 1;

  private static final long RELATIVE_MAX = 30L * 24 * 3600;

  private final Clock clock;
  private final long startNs;
  private final long startUnix;
  private int now;

  CacheTime(Clock clock) {
    this.clock = clock;
    this.startNs = clock.nanos();
    this.startUnix = clock.wallMs() / 1000 - PAST;
    refresh();
  }

  void refresh() {
    now = PAST + (int) ((clock.nanos() - startNs) / 1_000_000_000L);
  }

  int now() {
    return now;
  }

  long unixSeconds() {
    return startUnix + now;
  }

  /**
   * An expiry as clients write it: 0 never, negative at once, up to 30 days from now on, beyond
   * that Unix time. The result is 0 for never.
   */
  int expiry(long exptime) {
    if (exptime == 0) {
      return 0;
    }
    if (exptime < 0) {
      return PAST;
    }
    long at = exptime <= RELATIVE_MAX ? now + exptime : exptime - startUnix;
    return (int) Math.clamp(at, PAST, Integer.MAX_VALUE - 1);
  }
}
