package io.headwater.protocol.redis;

import java.util.function.Consumer;

/** SAVE, BGSAVE and LASTSAVE, which here mean checkpoints. */
public final class Persistence {
  private final RedisServer server;
  private boolean running;
  private boolean lastFailed;
  private long lastSaveSeconds;
  private long lastTookSeconds = -1;
  private long beganNanos;
  private long saves;
  private long changesAtBegin;
  private long changesAtSave;

  public Persistence(RedisServer server) {
    this.server = server;
    this.lastSaveSeconds = server.clock().wallMs() / 1000;
  }

  public boolean isRunning() {
    return running;
  }

  public boolean lastFailed() {
    return lastFailed;
  }

  /** When the last checkpoint was done, or the start. */
  public long lastSaveSeconds() {
    return lastSaveSeconds;
  }

  /** How long the last checkpoint took, -1 before the first. */
  public long lastTookSeconds() {
    return lastTookSeconds;
  }

  /** For how long one is running, -1 if none is. */
  public long runningSeconds() {
    return running ? secondsSinceBegin() : -1;
  }

  private long secondsSinceBegin() {
    return (server.clock().nanos() - beganNanos) / 1_000_000_000;
  }

  /** Checkpoints that a client asked for. */
  public long saves() {
    return saves;
  }

  /** Events of the keyspace since the last checkpoint that a client asked for, or the start. */
  public long changesSinceSave() {
    return server.keyspace().changes() - changesAtSave;
  }

  /**
   * @param loop where {@code done} hears whether the checkpoint is on disk
   */
  public void save(io.headwater.host.Loop loop, Consumer<Boolean> done) {
    running = true;
    beganNanos = server.clock().nanos();
    changesAtBegin = server.keyspace().changes();
    server
        .operations()
        .checkpoint()
        .whenComplete((position, failure) ->
            loop.execute(() -> {
              running = false;
              lastFailed = failure != null;
              lastTookSeconds = secondsSinceBegin();
              if (failure == null) {
                saves++;
                changesAtSave = changesAtBegin;
                lastSaveSeconds = server.clock().wallMs() / 1000;
              }
              done.accept(failure == null);
            }));
  }
}
