package io.headwater.protocol.redis;

import io.headwater.host.Loop;
import io.headwater.protocol.redis.observing.Rates;

/** What went through all connections, and how fast it goes now. Sampled every 100 ms. */
public final class Traffic {
  static final int PERIOD_MS = 100;

  private final RedisServer server;
  private final Rates commands;
  private final Rates input;
  private final Rates output;

  /** Of connections that are gone, and what CONFIG RESETSTAT takes off. */
  private long outputBefore;

  private long inputBytes;
  private boolean started;

  Traffic(RedisServer server) {
    this.server = server;
    long now = server.clock().nanos();
    commands = new Rates(now);
    input = new Rates(now);
    output = new Rates(now);
  }

  /** Begins to sample, once. */
  void start(Loop loop) {
    if (!started) {
      started = true;
      loop.schedule(PERIOD_MS, () -> sample(loop));
    }
  }

  private void sample(Loop loop) {
    long now = server.clock().nanos();
    commands.sample(server.statistics().commands, now);
    input.sample(inputBytes, now);
    output.sample(outputBytes(), now);
    loop.schedule(PERIOD_MS, () -> sample(loop));
  }

  void received(long bytes) {
    inputBytes += bytes;
  }

  void gone(RedisSession session) {
    outputBefore += session.connection().sentBytes();
  }

  public long inputBytes() {
    return inputBytes;
  }

  public long outputBytes() {
    long sum = outputBefore;
    for (RedisSession session : server.sessions()) {
      sum += session.connection().sentBytes();
    }
    return sum;
  }

  public Rates commands() {
    return commands;
  }

  public Rates input() {
    return input;
  }

  public Rates output() {
    return output;
  }

  void reset() {
    inputBytes = 0;
    outputBefore -= outputBytes();
    commands.reset();
    input.reset();
    output.reset();
  }
}
