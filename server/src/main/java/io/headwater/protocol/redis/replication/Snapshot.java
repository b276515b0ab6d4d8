package io.headwater.protocol.redis.replication;

import io.headwater.protocol.redis.rdb.RdbFileWriter;
import io.headwater.protocol.redis.rdb.RdbWriter;
import io.headwater.view.keyspace.SavedKeys;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends a checkpoint to one replica as an RDB file, on a thread of its own, at the replica's pace:
 * half a megabyte lies between the two. A replica that takes {@code $EOF:} gets the file as it is
 * written; for others it is written twice, once to know its length.
 */
final class Snapshot {
  static final int MARK_BYTES = 40;
  private static final int PIECES = 8;
  private static final int PIECE_BYTES = 64 << 10;
  private static final byte[] END = {};

  /** Opens the checkpoint, on the snapshot's thread. */
  interface Source {
    SavedKeys open() throws IOException;
  }

  /** Why a snapshot ended early: nobody takes it. */
  private static final class Abandoned extends IOException {
    private static final long serialVersionUID = 1;
  }

  private final Source source;
  private final RdbWriter.Style style;
  private final RdbFileWriter.Facts facts;
  private final RdbFileWriter.Contents contents;
  private final @Nullable String mark;
  private final Runnable progress;
  private final Consumer<Throwable> failed;
  private final ArrayBlockingQueue<byte[]> pieces = new ArrayBlockingQueue<>(PIECES);
  private byte[] piece = new byte[PIECE_BYTES];
  private int filled;
  private volatile boolean abandoned;

  /**
   * @param mark 40 characters that stand behind the file; null to say its length before it
   * @param progress called on the snapshot's thread when there is more to {@link #poll}
   * @param failed called once on the snapshot's thread if it cannot go on
   */
  Snapshot(
      Source source,
      RdbWriter.Style style,
      RdbFileWriter.Facts facts,
      RdbFileWriter.Contents contents,
      @Nullable String mark,
      Runnable progress,
      Consumer<Throwable> failed) {
    this.source = source;
    this.style = style;
    this.facts = facts;
    this.contents = contents;
    this.mark = mark;
    this.progress = progress;
    this.failed = failed;
  }

  void start() {
    Thread.ofPlatform().name("redis-snapshot").daemon().start(this::run);
  }

  /** The next piece, or null if none is there now. Any thread. */
  byte @Nullable [] poll() {
    return pieces.poll();
  }

  boolean hasMore() {
    return !pieces.isEmpty();
  }

  /** Whether this piece says that the one before was the last. */
  @SuppressWarnings("ReferenceEquality")
  static boolean isEnd(byte[] taken) {
    return taken == END;
  }

  /** Nobody takes any more. */
  void abandon() {
    abandoned = true;
    pieces.clear();
  }

  private void run() {
    try (SavedKeys keys = source.open()) {
      if (mark != null) {
        put("$EOF:" + mark + "\r\n");
        RdbFileWriter.write(keys, style, facts, contents, this::put);
        put(mark);
      } else {
        long[] length = {0};
        RdbFileWriter.write(
            keys,
            style,
            facts,
            contents,
            (_, _, bytes) -> {
              length[0] += bytes;
              checkWanted();
            });
        put("$" + length[0] + "\r\n");
        RdbFileWriter.write(keys, style, facts, contents, this::put);
      }
      pass();
      hand(END);
    } catch (Abandoned e) {
      // the replica went; whoever closed it said why
    } catch (IOException | RuntimeException | Error e) {
      failed.accept(e);
    }
  }

  private void checkWanted() throws Abandoned {
    if (abandoned) {
      throw new Abandoned();
    }
  }

  private void put(String text) throws IOException {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    put(bytes, 0, bytes.length);
  }

  private void put(byte[] array, int from, int length) throws IOException {
    for (int done = 0; done < length; ) {
      if (filled == piece.length) {
        pass();
      }
      int some = Math.min(length - done, piece.length - filled);
      System.arraycopy(array, from + done, piece, filled, some);
      filled += some;
      done += some;
    }
  }

  private void pass() throws IOException {
    hand(filled == piece.length ? piece : Arrays.copyOf(piece, filled));
    piece = new byte[PIECE_BYTES];
    filled = 0;
  }

  private void hand(byte[] full) throws IOException {
    try {
      do {
        checkWanted();
        progress.run();
      } while (!pieces.offer(full, 1, TimeUnit.SECONDS));
      progress.run();
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }
}
