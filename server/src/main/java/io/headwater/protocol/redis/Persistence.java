package io.headwater.protocol.redis;

import io.headwater.host.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * SAVE, BGSAVE, BGREWRITEAOF and LASTSAVE, which here mean checkpoints. One runs at a time; what
 * Redis would schedule behind it comes after it. The {@code save} parameter asks for one when so
 * many changes are that old; without it only Headwater's own rules do ({@code checkpoint.log} and
 * {@code checkpoint.interval}).
 */
public final class Persistence {
  /** As what a checkpoint was asked for. */
  public enum Work {
    SAVE,
    REWRITE
  }

  /** A checkpoint that waits for the one that runs. */
  private record Waiting(Work work, Loop loop, Consumer<Boolean> done) {}

  /** Of {@code save}: a checkpoint is due after more than so many seconds if so much changed. */
  private record Point(long seconds, long changes) {}

  private static final int PERIOD_MS = 100;
  private static final long RETRY_NS = 5_000_000_000L;

  private final RedisServer server;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private @Nullable Work running;
  private boolean lastFailed;
  private long lastSaveSeconds;
  private long lastTookSeconds = -1;
  private long beganNanos;
  private long saves;
  private List<Point> points = List.of();
  private boolean started;

  public Persistence(RedisServer server) {
    this.server = server;
    this.lastSaveSeconds = server.clock().wallMs() / 1000;
    server.settings().follow("save", text -> points = points(text));
  }

  private static List<Point> points(String text) {
    String[] words = text.isEmpty() ? new String[0] : text.split(" ");
    List<Point> points = new ArrayList<>();
    for (int i = 0; i + 1 < words.length; i += 2) {
      points.add(new Point(Long.parseLong(words[i]), Long.parseLong(words[i + 1])));
    }
    return points;
  }

  /** Begins to follow {@code save}, once. */
  void start(Loop loop) {
    if (!started) {
      started = true;
      loop.schedule(PERIOD_MS, () -> look(loop));
    }
  }

  private void look(Loop loop) {
    long changes = changesSinceSave();
    long seconds = server.clock().wallMs() / 1000 - lastSaveSeconds();
    boolean mayTry = !lastFailed || server.clock().nanos() - beganNanos > RETRY_NS;
    if (running == null
        && mayTry
        && points.stream().anyMatch(p -> changes >= p.changes && seconds > p.seconds)) {
      save(Work.SAVE, loop, _ -> {});
    }
    loop.schedule(PERIOD_MS, () -> look(loop));
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

  /** When the last checkpoint was done, whoever asked for it, or the start. */
  public long lastSaveSeconds() {
    return Math.max(lastSaveSeconds, server.keyspace().checkpoints().savedMs() / 1000);
  }

  /** Whether a checkpoint runs that is no rewriting of the log, whoever asked for it. */
  public boolean isSaving() {
    return running == null ? server.keyspace().checkpoints().isRunning() : running == Work.SAVE;
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

  /** Checkpoints that a client or {@code save} asked for. */
  public long saves() {
    return saves;
  }

  /** Events of the keyspace since the last checkpoint, or the start. */
  public long changesSinceSave() {
    return server.keyspace().checkpoints().unsavedChanges();
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
      lastSaveSeconds = server.clock().wallMs() / 1000;
    }
  }
}
