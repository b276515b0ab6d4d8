package io.headwater.view.search;

import io.headwater.host.Clock;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ids for documents that come without one: 15 bytes as 20 URL-safe chars. Time and a counter first,
 * so that ids of one time share a prefix, which keeps Lucene's dictionary small; six random bytes
 * of this process make them unique.
 */
final class Ids {
  private final Clock clock;
  private final long node;
  private final AtomicLong counter = new AtomicLong();

  Ids(Clock clock) {
    this.clock = clock;
    node = new SplittableRandom(System.nanoTime() ^ clock.wallMs()).nextLong();
  }

  String next() {
    long time = clock.wallMs();
    long count = counter.getAndIncrement();
    byte[] id = new byte[15];
    for (int i = 0; i < 6; i++) {
      id[i] = (byte) (time >>> (40 - 8 * i));
      id[9 + i] = (byte) (node >>> (40 - 8 * i));
    }
    for (int i = 0; i < 3; i++) {
      id[6 + i] = (byte) (count >>> (16 - 8 * i));
    }
    return Base64.getUrlEncoder().encodeToString(id);
  }
}
