package io.headwater.log;

import io.headwater.failure.Failure;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The one durable, ordered log of this node. Any thread may call any method.
 *
 * <p>A position is the address of a frame's end. Positions grow, survive restarts and mean the same
 * only within one {@link #epoch}.
 */
public interface Log extends AutoCloseable {
  /** The catalog's stream. */
  int CATALOG_STREAM = 0;

  /** The keyspace's stream. */
  int KEYSPACE_STREAM = 1;

  /** What is decided about partitions beside their records, such as where they begin. */
  int TOPICS_CONTROL_STREAM = 2;

  /** Streams from here on are numbered by the catalog. */
  int FIRST_FREE_STREAM = 16;

  /**
   * Appends one frame: assigns its position, its time and its parts' base offsets, hands the parts
   * to the {@link Router} in log order, and returns the position. The bytes are copied; the frame
   * can be cleared and reused. Empty parts are left out. It is durable when {@link #durable}
   * reaches the position.
   *
   * @throws io.headwater.failure.FailureException with {@link Failure.ReadOnly}, {@link
   *     Failure.LogDead}, {@link Failure.TooLarge} or {@link Failure.ShuttingDown}: then nothing
   *     was appended
   */
  long append(Frame frame);

  /**
   * Why an append of {@code payloadBytes} would be refused now, or null. Cheap: a volatile read.
   * What was let in may become somewhat larger, see {@link Journal.Settings#frameMarginBytes}.
   */
  @Nullable Failure refusal(long payloadBytes);

  /** The end of the last appended frame. */
  long appended();

  /** Everything up to here survives a power loss. */
  long durable();

  /**
   * Makes everything up to {@code position} durable, on the calling thread where nobody else is
   * writing, and returns when it is. For owners that have few waiting clients, and for tests.
   */
  void sync(long position) throws IOException;

  /**
   * Does what {@link #sync} does if that is a matter of some hundred microseconds: little is to be
   * written, syncs were quick lately, nobody else is at it. For owners with many waiting clients:
   * on the calling thread it costs two thread switches less than {@link #syncSoon}.
   *
   * @return whether {@code position} is durable; false if it was not tried
   */
  boolean trySync(long position) throws IOException;

  /** Starts making everything appended so far durable; {@link DurableListener}s hear of it. */
  void syncSoon();

  /** Everything appended so far is written to the file (not synced) when this returns. */
  void write() throws IOException;

  /** Adds a listener, called on whichever thread finished a sync, with rising positions. */
  void addDurableListener(DurableListener listener);

  /** The next offset of a stream: how many records it ever had. */
  long nextOffset(int stream);

  /** A random number drawn when the log was created or restored: the other half of a token. */
  long epoch();

  /** The log's time of the last frame, or 0. */
  long lastTimeMs();

  /**
   * Reads frames that end after {@code position}, up to what is written; for recovery and tools.
   */
  LogCursor read(long position) throws IOException;

  /**
   * Nobody needs frames that end at or before {@code position} any more: whole segments below it
   * may go (to the archive, if one is set).
   */
  void cut(long position) throws IOException;

  /**
   * Keeps all behind a position from being cut, until it is closed. Whoever holds must bound how
   * far it stays behind, for the disk is everybody's.
   *
   * @throws IOException if that was cut already
   */
  Hold hold(long position) throws IOException;

  /** What is kept for one who reads. Any thread. */
  interface Hold extends AutoCloseable {
    /** What ends at or before a later position is not needed any more. */
    void moveTo(long position);

    @Override
    void close();
  }

  /** The position at which what is still kept begins. */
  long start();

  /** Writes and syncs everything, then closes. Idempotent. */
  @Override
  void close() throws IOException;

  /** Hears of positions that became durable. */
  interface DurableListener {
    void durable(long position);
  }

  /**
   * Brings appended parts to the views that own their streams. Called inside the append's critical
   * section, in log order: it only copies and enqueues.
   */
  interface Router {
    void appended(long position, long timeMs, Frame frame);
  }
}
