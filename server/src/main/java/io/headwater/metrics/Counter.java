package io.headwater.metrics;

import java.util.concurrent.atomic.AtomicLong;

/** A number that only grows. */
public final class Counter {
  private final AtomicLong value = new AtomicLong();

  Counter() {}

  /** Any thread may add: one atomic instruction. */
  public void add(long amount) {
    value.getAndAdd(amount);
  }

  /** Only the one thread that ever adds may call this: a plain store that others see soon. */
  public void addOwned(long amount) {
    value.setOpaque(value.getPlain() + amount);
  }

  public long value() {
    return value.getOpaque();
  }
}
