package io.headwater.protocol.http;

import java.util.concurrent.atomic.AtomicLong;

/** Memory that all bodies of one direction share: taken as they grow, given back when served. */
final class BodyBudget {
  private final long limitBytes;
  private final AtomicLong used = new AtomicLong();

  BodyBudget(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  boolean take(long bytes) {
    if (used.addAndGet(bytes) > limitBytes) {
      used.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void giveBack(long bytes) {
    used.addAndGet(-bytes);
  }

  long used() {
    return used.get();
  }
}
