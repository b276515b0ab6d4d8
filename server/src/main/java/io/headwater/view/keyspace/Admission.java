package io.headwater.view.keyspace;

import io.headwater.failure.Failure;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.view.OwnedBy;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may record how much into the frame under way. A command changes the state before its events
 * are appended, and a frame that is too large then would end the process. So it asks first, for all
 * that it may record, and is refused while nothing has changed; what goes by itself (keys past
 * their time) goes only where it finds room beside that. Assertions see to it that nobody records
 * more than was asked for; where they are off, the log takes somewhat more than it said ({@code
 * Journal.Settings#frameMarginBytes}), and what is past that, too, ends the process.
 *
 * <p>The log takes a lock to answer, which every single write would pay, so it is asked in steps.
 * What it has once said holds until the frame is appended or the turn ends, as an answer just
 * before the append would hold.
 */
@OwnedBy("keyspace")
public final class Admission {
  private static final int STEP_BYTES = 64 << 10;
  private static final int SMALL_WRITES_BYTES = 4 << 10;

  /** What an event takes beside its key and what it has of other bytes, at most. */
  private static final int EVENT_BYTES = 64;

  private final Frame frame;
  private final Following following;
  private final Supplier<Log> logSupplier;

  /** Up to here a frame was found to have room. */
  private long found;

  /**
   * Up to here the command under way may fill the frame, derived bytes that were promised included.
   */
  private long admitted;

  /** What the commands that follow in the same EXEC need. */
  private long reserved;

  Admission(Frame frame, Following following, Supplier<Log> log) {
    this.frame = frame;
    this.following = following;
    this.logSupplier = log;
  }

  /** Bytes of the frame under way, with those that projections will add in any case. */
  private long used() {
    return frame.payloadBytes() + following.expectedBytes();
  }

  /** All of that, or all that may come to be if it is more. */
  private long most() {
    return Math.max(admitted, used());
  }

  /** Why a frame with a payload of so many bytes would be refused now, or null. */
  private @Nullable Failure refusalOfFrame(long payloadBytes) {
    if (payloadBytes <= found) {
      return null;
    }
    Log log = logSupplier.get();
    if (log.refusal(payloadBytes + STEP_BYTES) == null) {
      found = payloadBytes + STEP_BYTES;
      return null;
    }
    return log.refusal(payloadBytes);
  }

  /** Why a command may not record so many bytes from now on, or null; then it may. */
  @Nullable Failure refusal(long bytes) {
    long all = used() + reserved + bytes;
    Failure failure = refusalOfFrame(all);
    if (failure == null) {
      admitted = all;
    }
    return failure;
  }

  /** In a transaction: so many bytes are kept for the commands behind the next one. */
  public void reserve(long bytes) {
    reserved = bytes;
  }

  /** Whether a few more events find room, which timers may cause too. */
  boolean takesSmallWrites() {
    return refusalOfFrame(most() + SMALL_WRITES_BYTES) == null;
  }

  /**
   * Whether an event that no client asked for, of so many bytes beside its key, finds room beside
   * all that the command under way may record. Then it has it.
   */
  boolean takes(Key key, long bytes) {
    long all = most() + key.length + EVENT_BYTES + bytes;
    if (!following.isIdle()) {
      all += following.leastBytes(key.db, key.array, key.from, key.length);
    }
    if (refusalOfFrame(all) != null) {
      return false;
    }
    admitted = all;
    return true;
  }

  /**
   * Like {@link #takes}, for a key that is as good as missing: if the command under way writes it,
   * it must go, or a replay would find it there. What such a command asked for has it in.
   */
  boolean takesGone(Key key) {
    return takes(key, 0) || used() + key.length + EVENT_BYTES <= admitted;
  }

  /** Whether projections may add so many bytes, beside all that was admitted. */
  public boolean hasRoomBeside(long bytes) {
    return !(refusalOfFrame(most() + bytes) instanceof Failure.TooLarge);
  }

  /** Lets projections add something at once; they ask {@link #hasRoomBeside} themselves. */
  void beside(Runnable derived) {
    long before = used();
    derived.run();
    admitted += used() - before;
  }

  /** For assertions: whether what is recorded was asked for. */
  boolean isKept() {
    if (frame.isEmpty() || used() <= admitted) {
      return true;
    }
    throw new AssertionError(used() + " bytes where " + admitted + " were asked for");
  }

  /** A command is over: what projections derive from here on is bounded by the frame alone. */
  void commandDone() {
    admitted = 0;
  }

  /** For assertions: what has been derived needs no asking. */
  boolean isSettled() {
    admitted = used();
    return true;
  }

  /** What the command under way may still record. */
  long left() {
    return Math.max(0, admitted - used());
  }

  /** Lets a command in that was let in before the frame of others was appended. */
  void admit(long bytes) {
    admitted = used() + bytes;
  }

  /** The frame is empty. */
  void appended() {
    found = 0;
    admitted = 0;
  }

  /** What the log has said is worth nothing any more. */
  void forget() {
    found = 0;
  }
}
