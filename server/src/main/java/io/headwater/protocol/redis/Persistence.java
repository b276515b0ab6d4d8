package io.headwater.protocol.redis;

import java.util.function.Consumer;

/** SAVE, BGSAVE and LASTSAVE, which here mean checkpoints. */
final class Persistence {
  private final RedisServer server;
  private boolean running;
  private boolean lastFailed;
  private long lastSaveSeconds;

  Persistence(RedisServer server) {
    this.server = server;
    this.lastSaveSeconds = server.clock().wallMs() / 1000;
  }

  boolean isRunning() {
    return running;
  }

  boolean lastFailed() {
    return lastFailed;
  }

  /** When the last checkpoint was done, or the start. */
  long lastSaveSeconds() {
    return lastSaveSeconds;
  }

  /**
   * @param loop where {@code done} hears whether the checkpoint is on disk
   */
  void save(io.headwater.host.Loop loop, Consumer<Boolean> done) {
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
