package io.headwater;

import io.headwater.Config.CheckpointPart;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.log.Log;
import io.headwater.view.OwnedBy;
import io.headwater.view.View;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Saves the views from time to time and lets go of the log that nobody needs any more. Views whose
 * checkpoint only adds what is new, and whose replay is slow, are saved more often in between, for
 * a quick start. A round asks all views for a checkpoint; the log is cut below the lowest position
 * that the round before the restore window covered. Rounds are remembered in {@code checkpoints} as
 * lines {@code position timeMs}, so that the window survives a restart.
 */
@OwnedBy("catalog")
final class Checkpoints {
  private static final String FILE = "checkpoints";
  private static final long LOOK_MS = 1_000;

  /** A round that failed, for want of space perhaps, is tried again after this. */
  private static final long RETRY_MS = 30_000;

  /** Within this time from the last checkpoint, {@link #BURST} times as much log is let pass. */
  private static final long PAUSE_MS = 10_000;

  private static final long BURST = 8;

  /** Log between two checkpoints of the views that are saved more often. */
  private static final long INCREMENTAL_LOG_BYTES = 96L << 20;

  private final CheckpointPart config;
  private final long windowMs;
  private final Loop loop;
  private final Clock clock;
  private final Disk disk;
  private final Log log;
  private final List<View> views;
  private final List<View> incremental;
  private final Deque<Round> rounds = new ArrayDeque<>();
  private CompletableFuture<Long> running = CompletableFuture.completedFuture(0L);
  private long lastPosition;
  private long lastIncremental;
  private long lastNs;
  private boolean failed;

  /** A finished round: every view covers at least {@code position}. */
  private record Round(long position, long timeMs) {}

  Checkpoints(
      CheckpointPart config,
      long windowMs,
      Loop loop,
      Clock clock,
      Disk disk,
      Log log,
      List<View> views,
      List<View> incremental) {
    this.config = config;
    this.windowMs = windowMs;
    this.loop = loop;
    this.clock = clock;
    this.disk = disk;
    this.log = log;
    this.views = views;
    this.incremental = incremental;
  }

  /** Reads the remembered rounds; before the loops start. */
  void load(long covered) throws IOException {
    if (disk.exists(FILE)) {
      String text = new String(disk.readAll(FILE), StandardCharsets.US_ASCII);
      for (String line : text.lines().toList()) {
        int blank = line.indexOf(' ');
        long position = Long.parseLong(line.substring(0, blank));
        if (position <= log.appended()) {
          rounds.add(new Round(position, Long.parseLong(line.substring(blank + 1))));
        }
      }
    }
    lastPosition = covered;
    lastIncremental = log.appended();
    lastNs = clock.nanos();
  }

  void start() {
    loop.schedule(LOOK_MS, this::look);
  }

  private void look() {
    long behind = log.appended() - lastPosition;
    long intervalMs = failed ? Math.min(RETRY_MS, config.intervalMs()) : config.intervalMs();
    boolean late = clock.nanos() - lastNs >= intervalMs * 1_000_000;
    if (log.refusal(0) instanceof Failure.ReadOnly) {
      failed = true; // the space that is left is for what was accepted
    } else if (running.isDone() && (isMuch(behind) || (behind > 0 && late))) {
      begin();
    } else if (running.isDone() && log.appended() - lastIncremental >= INCREMENTAL_LOG_BYTES) {
      lastIncremental = log.appended();
      save(incremental);
    }
    loop.schedule(LOOK_MS, this::look);
  }

  /**
   * A burst of writes may leave more log behind than it was told to, for a while: checkpoints one
   * right after the other would write each key many times.
   */
  private boolean isMuch(long behind) {
    long sinceMs = (clock.nanos() - lastNs) / 1_000_000;
    return behind / (sinceMs < PAUSE_MS ? BURST : 1) >= config.logBytes();
  }

  /** Runs a round now, or joins the one under way. Safe from any thread. */
  CompletableFuture<Long> run() {
    CompletableFuture<Long> result = new CompletableFuture<>();
    loop.execute(() -> {
      if (running.isDone()) {
        Failure refusal = log.refusal(0);
        if (refusal != null) {
          result.completeExceptionally(new FailureException(refusal));
          return;
        }
        begin();
      }
      running.whenComplete((position, failure) -> {
        if (failure == null) {
          result.complete(position);
        } else {
          result.completeExceptionally(failure);
        }
      });
    });
    return result;
  }

  private void begin() {
    lastPosition = log.appended();
    lastIncremental = lastPosition;
    lastNs = clock.nanos();
    List<CompletableFuture<Long>> parts = save(views);
    running =
        CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
            .handleAsync((_, failure) -> finished(parts, failure), loop::execute);
  }

  private static List<CompletableFuture<Long>> save(List<View> some) {
    List<CompletableFuture<Long>> parts = new ArrayList<>();
    for (View view : some) {
      CompletableFuture<Long> part = view.checkpoint();
      part.whenComplete((_, failure) -> report(view, failure));
      parts.add(part);
    }
    return parts;
  }

  private static void report(View view, @Nullable Throwable failure) {
    if (failure != null) {
      System.getLogger(Checkpoints.class.getName())
          .log(System.Logger.Level.WARNING, "no checkpoint of " + view.name(), failure);
    }
  }

  private long finished(List<CompletableFuture<Long>> parts, @Nullable Throwable failure) {
    failed = failure != null;
    if (failure != null) {
      throw failure instanceof CompletionException e ? e : new CompletionException(failure);
    }
    long covered = Long.MAX_VALUE;
    for (CompletableFuture<Long> part : parts) {
      covered = Math.min(covered, part.join());
    }
    rounds.add(new Round(covered, clock.wallMs()));
    long keepFrom = 0;
    while (!rounds.isEmpty() && rounds.getFirst().timeMs <= clock.wallMs() - windowMs) {
      keepFrom = rounds.removeFirst().position;
    }
    try {
      if (keepFrom > 0) {
        rounds.addFirst(new Round(keepFrom, clock.wallMs() - windowMs));
        for (View view : views) {
          view.retain(keepFrom);
        }
        log.cut(keepFrom);
      }
      remember();
    } catch (IOException e) {
      failed = true;
      throw new java.io.UncheckedIOException(e);
    }
    return covered;
  }

  private void remember() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Round round : rounds) {
      lines.append(round.position).append(' ').append(round.timeMs).append('\n');
    }
    disk.replace(FILE, lines.toString().getBytes(StandardCharsets.US_ASCII));
  }
}
