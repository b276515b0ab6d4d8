package io.headwater.protocol.redis;

import java.util.function.Consumer;

/** SAVE, BGSAVE and LASTSAVE, which here mean checkpoints. */
public final class Persistence {
  private final RedisServer server;
  private boolean running;
  private boolean lastFailed;
  private long lastSaveSeconds;

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

  /**
   * @param loop where {@code done} hears whether the checkpoint is on disk
   */
  public void save(io.headwater.host.Loop loop, Consumer<Boolean> done) {
    running = true;
    server
        .operations()
        .checkpoint()
        .whenComplete((position, failure) ->
            loop.execute(() -> {
              running = false;
              lastFailed = failure != null;
              if (failure == null) {
                lastSaveSeconds = server.clock().wallMs() / 1000;
              }
              done.accept(failure == null);
            }));
  }
}
