package io.headwater.protocol.redis;

import io.headwater.host.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * SAVE, BGSAVE, BGREWRITEAOF and LASTSAVE, which here mean checkpoints. One runs at a time; what
 * Redis would schedule behind it comes after it.
 */
public final class Persistence {
  /** As what a checkpoint was asked for. */
  public enum Work {
    SAVE,
    REWRITE
  }

  /** A checkpoint that waits for the one that runs. */
  private record Waiting(Work work, Loop loop, Consumer<Boolean> done) {}

  private final RedisServer server;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private @Nullable Work running;
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
    return running != null;
  }

  public boolean isRunning(Work work) {
    return running == work;
  }

  /** Whether one waits for another to end. */
  public boolean isScheduled(Work work) {
    return waiting.stream().anyMatch(one -> one.work == work);
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
    return running == Work.SAVE ? secondsSinceBegin() : -1;
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
   * Checkpoints now, or after the one that runs.
   *
   * @param loop where {@code done} hears whether the checkpoint is on disk
   */
  public void save(Work work, Loop loop, Consumer<Boolean> done) {
    if (running != null) {
      waiting.add(new Waiting(work, loop, done));
      return;
    }
    running = work;
    beganNanos = server.clock().nanos();
    changesAtBegin = server.keyspace().changes();
    server
        .operations()
        .checkpoint()
        .whenComplete((position, failure) ->
            loop.execute(() -> {
              ended(failure == null);
              done.accept(failure == null);
              next();
            }));
  }

  /** Those of one kind that wait have one checkpoint together. */
  private void next() {
    Waiting first = waiting.peek();
    if (first == null) {
      return;
    }
    List<Consumer<Boolean>> together = new ArrayList<>();
    waiting.removeIf(one -> one.work == first.work && together.add(one.done));
    save(first.work, first.loop, saved -> together.forEach(done -> done.accept(saved)));
  }

  /** Like {@link #save}, unless one of the kind waits already: nobody waits for this one. */
  public void schedule(Work work, Loop loop) {
    if (!isScheduled(work)) {
      save(work, loop, _ -> {});
    }
  }

  private void ended(boolean well) {
    running = null;
    lastFailed = !well;
    lastTookSeconds = secondsSinceBegin();
    if (well) {
      saves++;
      changesAtSave = changesAtBegin;
      lastSaveSeconds = server.clock().wallMs() / 1000;
    }
  }
}
