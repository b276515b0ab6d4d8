package io.headwater.host;

enum SystemClock implements Clock {
  INSTANCE;

  @Override
  public long wallMs() {
    return System.currentTimeMillis();
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }
}
