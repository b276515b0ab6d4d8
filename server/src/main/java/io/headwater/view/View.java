package io.headwater.view;

import io.headwater.log.LoggedPart;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * State that follows from streams of the log. A view's owner thread alone changes it, and only
 * through apply; the same code runs live and at replay.
 *
 * <p>Start-up order: {@link #load}, then {@link #replay} for each part after the loaded position in
 * log order, then {@link #recovered}; all on one thread, before the owner starts.
 */
public interface View {
  /** A short name, also its folder under {@code views/}. */
  String name();

  /** Whether this view follows a stream; every view that follows the catalog answers true for 0. */
  boolean follows(int stream);

  /**
   * Loads the newest whole checkpoint that covers no more than {@code logEnd}, deleting newer ones.
   *
   * @return the position it covers; 0 when there is none
   */
  long load(long logEnd) throws IOException;

  /** Applies one part of a stream that it follows, with a position after the loaded one. */
  void replay(LoggedPart part) throws IOException;

  /** The whole log up to {@code position} was replayed: finish what was deferred. */
  void recovered(long position) throws IOException;

  /**
   * Starts saving the state, without a pause for clients. Safe from any thread. The log is synced
   * up to the covered position before the checkpoint counts as whole: a checkpoint never knows more
   * than the log. A view whose state is ephemeral completes at once with {@link Long#MAX_VALUE}.
   *
   * @return the position covered, once it is durable on disk
   */
  CompletableFuture<Long> checkpoint();

  /**
   * Checkpoints older than the newest one at or below {@code position} may be deleted: nobody
   * restores to before it any more. Safe from any thread.
   */
  void retain(long position) throws IOException;

  /** Everything up to here has been applied. Safe from any thread. */
  long applied();
}
