package io.headwater.view.keyspace;

import io.headwater.failure.Failure;
import io.headwater.log.Log;
import org.jspecify.annotations.Nullable;

/**
 * How large the frame of this turn may become, asked of the log in steps: it takes a lock to
 * answer, which every single write would pay. What the log has once said holds until the frame is
 * appended or the turn ends, as an answer just before the append would hold.
 */
final class Room {
  private static final int STEP_BYTES = 64 << 10;

  /** Up to here a frame was found to have room. */
  private long bytes;

  /** Why a frame with a payload of so many bytes would be refused now, or null. */
  @Nullable Failure refusal(Log log, long payloadBytes) {
    if (payloadBytes <= bytes) {
      return null;
    }
    if (log.refusal(payloadBytes + STEP_BYTES) == null) {
      bytes = payloadBytes + STEP_BYTES;
      return null;
    }
    return log.refusal(payloadBytes);
  }

  /** What was said is worth nothing any more. */
  void forget() {
    bytes = 0;
  }
}
