package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.MalformedBytes;
import io.headwater.bytes.Memory;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.host.OwnerFailed;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Begins, drives and finishes checkpoints one at a time, loads the newest and drops old ones.
 * Owner: the keyspace loop.
 */
public final class Checkpoints implements AutoCloseable {
  private static final int SLICE_BYTES = 64 << 10;
  private static final long BEHIND_NS = 1_000_000;

  /** Three million keys take 10 s beside clients; see docs/decisions/checkpoint-tail.md. */
  private static final int PAUSES = 31;

  /** While somebody waits: a quarter of the time, in slices that a client does not notice. */
  private static final int HURRIED_PAUSES = 3;

  private static final long HURRIED_SLICE_NS = 250_000;
  private static final int HURRIED_SLICE_BYTES = 256 << 10;

  /** Whether somebody stands still until a checkpoint is there. */
  public enum Haste {
    NONE,
    SOMEBODY_WAITS
  }

  private final Keyspace keyspace;
  private final Store store;
  private final Disk disk;
  private final Executor background;
  private final Loop loop;
  private final Clock clock;
  private final Pace pace;
  private final CheckpointWriter.Blocks blocks = new CheckpointWriter.Blocks();
  private @Nullable Checkpoint running;
  private @Nullable CompletableFuture<Long> result;
  private boolean walked;
  private Haste haste = Haste.NONE;
  private long number;
  private long runningPosition;
  private long newest;

  /** {@link Keyspace#changes} when the one that runs began, and that the newest one has. */
  private long changesAtBegin;

  private long changesSaved;
  private long savedMs;

  Checkpoints(
      Keyspace keyspace, Store store, Disk disk, Executor background, Loop loop, Clock clock) {
    this.keyspace = keyspace;
    this.store = store;
    this.disk = disk;
    this.background = background;
    this.loop = loop;
    this.clock = clock;
    this.pace = new Pace(loop, clock);
  }

  /** Safe from any thread. Whoever asks while one runs gets that one's result. */
  CompletableFuture<Long> begin() {
    CompletableFuture<Long> asked = new CompletableFuture<>();
    loop.execute(() -> begin(asked));
    return asked;
  }

  private void begin(CompletableFuture<Long> asked) {
    beginNow(Haste.NONE)
        .done
        .whenComplete((position, failure) -> {
          if (failure == null) {
            asked.complete(position);
          } else {
            asked.completeExceptionally(failure);
          }
        });
  }

  /**
   * A checkpoint that runs, or that is there because nothing happened since.
   *
   * @param position what it covers
   * @param done when it can be {@link #open}ed; completes on the loop
   */
  public record Saving(long position, CompletableFuture<Long> done) {}

  /** Begins one, or joins the one that runs, which makes haste from now on if this one should. */
  public Saving beginNow(Haste wanted) {
    CompletableFuture<Long> current = result;
    if (current == null) {
      long position = keyspace.settle();
      if (position == newest) {
        changesSaved = keyspace.changes(); // nothing happened since the last one
        return new Saving(position, CompletableFuture.completedFuture(position));
      }
      current = new CompletableFuture<>();
      result = current;
      walked = false;
      changesAtBegin = keyspace.changes();
      runningPosition = position;
      haste = Haste.NONE;
      pace.begin();
      if (!blocks.arePrepared()) {
        background.execute(blocks::prepare);
      }
      Checkpoint checkpoint = new Checkpoint(++number, store, writer(position), clock);
      running = checkpoint;
      store.setCheckpoint(checkpoint);
      loop.wake();
    }
    if (wanted == Haste.SOMEBODY_WAITS) {
      haste = wanted;
    }
    return new Saving(runningPosition, current);
  }

  /**
   * Opens the checkpoint of a position. Safe from any thread.
   *
   * @throws IOException if there is none, because a newer one took its place
   */
  public SavedKeys open(long position) throws IOException {
    return new SavedKeys(disk, position);
  }

  private CheckpointWriter writer(long position) {
    return new CheckpointWriter(
        disk,
        position,
        blocks,
        background,
        () -> keyspace.syncLog(position),
        failure -> loop.execute(() -> done(position, failure)));
  }

  /**
   * Saves a slice of a running checkpoint. While clients are there, a pause leaves most of the time
   * to them.
   *
   * @return whether there is more to do at once
   */
  boolean afterTurn() {
    Checkpoint checkpoint = running;
    if (checkpoint == null || walked) {
      return false;
    }
    if (checkpoint.file().isBehind()) {
      pace.comeBack(BEHIND_NS);
      return false;
    }
    if (!pace.mayGoOn()) {
      return false;
    }
    long begun = clock.nanos();
    boolean hurries = haste == Haste.SOMEBODY_WAITS;
    if (checkpoint.slice(
        hurries ? HURRIED_SLICE_BYTES : SLICE_BYTES, hurries ? HURRIED_SLICE_NS : Pace.SLICE_NS)) {
      walked = true;
      store.setCheckpoint(null);
      checkpoint.finish();
      return false;
    }
    pace.worked(begun, hurries ? HURRIED_PAUSES : PAUSES);
    return true;
  }

  private void done(long position, @Nullable IOException failure) {
    CompletableFuture<Long> finished = java.util.Objects.requireNonNull(result);
    store.setCheckpoint(null);
    if (running != null) {
      running.abandon(); // after a failure
    }
    running = null;
    result = null;
    if (failure == null) {
      newest = position;
      changesSaved = changesAtBegin;
      savedMs = clock.wallMs();
      finished.complete(position);
    } else {
      finished.completeExceptionally(failure);
    }
  }

  /** Whether one runs, whoever asked for it. */
  public boolean isRunning() {
    return result != null;
  }

  /** Changes that no checkpoint since the start has: {@link Keyspace#changes} less those. */
  public long unsavedChanges() {
    return keyspace.changes() - changesSaved;
  }

  /** When the newest one since the start was done, in ms since 1970; 0 before the first. */
  public long savedMs() {
    return savedMs;
  }

  /** Reads a state, and returns the position up to which it has it. */
  interface Reading {
    long read() throws IOException;
  }

  /**
   * Drops the state and takes it up from the disk as a start would: the newest checkpoint and the
   * log behind it. Everybody waits meanwhile.
   *
   * @return completes on the keyspace's loop, at once if no checkpoint runs
   */
  public CompletableFuture<Void> reload() {
    CompletableFuture<Long> current = result;
    if (current != null) {
      CompletableFuture<Void> later = new CompletableFuture<>();
      current.whenComplete((_, _) -> loop.execute(() -> reload().thenAccept(later::complete)));
      return later;
    }
    long end = keyspace.settle();
    try {
      keyspace.syncLog(end);
      keyspace.reading(() -> {
        store.clear();
        replay(load(end), end);
        return end;
      });
    } catch (IOException | RuntimeException e) {
      throw new OwnerFailed("keyspace", e);
    }
    return CompletableFuture.completedFuture(null);
  }

  private void replay(long from, long to) throws IOException {
    try (LogCursor cursor = keyspace.log().read(from)) {
      while (cursor.next()) {
        for (LoggedPart part : cursor.parts()) {
          if (part.position() <= to) {
            keyspace.apply(part);
          }
        }
      }
    }
  }

  /** The position of the newest checkpoint up to {@code logEnd} after loading it; 0 if none. */
  long load(long logEnd) throws IOException {
    disk.createFolder(CheckpointFile.FOLDER);
    disk.syncFolder(CheckpointFile.FOLDER); // a killed process may have left unsynced names
    long found = 0;
    for (String name : disk.list(CheckpointFile.FOLDER)) {
      if (!name.endsWith(CheckpointFile.ENDING) || CheckpointFile.positionOf(name) > logEnd) {
        disk.delete(CheckpointFile.FOLDER + "/" + name);
      } else {
        found = Math.max(found, CheckpointFile.positionOf(name));
      }
    }
    if (found > 0) {
      CheckpointFile.read(disk, found, this::loadBlock);
    }
    newest = found;
    return found;
  }

  private long loadBlock(ByteReader in) {
    Key key = new Key();
    long entries = 0;
    for (; in.hasRemaining(); entries++) {
      int db = in.getByte() & 0xff;
      if (db == CheckpointFile.PADDING) {
        break;
      }
      int kind = in.getByte() & 0xff;
      if (db >= Store.TABLES) {
        throw new MalformedBytes("database " + db);
      }
      int type = kind & Entry.TYPE_MASK;
      int encoding = kind >>> Entry.ENCODING_SHIFT;
      long expires = (kind & Entry.EXPIRES) == 0 ? 0 : in.getLong();
      int keyLength = in.getLength();
      key.at(db, in.array(), in.index(), keyLength);
      in.skip(keyLength);
      if ((kind & CheckpointFile.MORE) != 0) {
        readMore(key, type, encoding, expires, in);
      } else if ((kind & Entry.LARGE) != 0) {
        store.putLarge(key, store.large().read(type, in), encoding, expires);
      } else {
        int length = in.getLength();
        long entry = store.put(key, type, encoding, length, expires);
        Memory.copy(in.array(), in.index(), Entry.value(entry), length);
        in.skip(length);
      }
      if (type == Entry.HASH) {
        store.noteFields(key);
      }
    }
    return entries;
  }

  private void readMore(Key key, int type, int encoding, long expires, ByteReader in) {
    long entry = store.find(key);
    if (entry == 0 || !Entry.isLarge(entry)) {
      readPart(key, entry, type, encoding, expires, in);
      return;
    }
    store.large().get(Entry.handle(entry)).readMore(in);
    store.large().changed(Entry.handle(entry));
  }

  private void readPart(Key key, long begun, int type, int encoding, long expires, ByteReader in) {
    long length = in.getVarint();
    long from = in.getVarint();
    int part = in.getLength();
    if (length < 0 || length > Integer.MAX_VALUE || from < 0 || from > length - part) {
      throw new MalformedBytes("a part from " + from + " of a value of " + length + " bytes");
    }
    if (begun == 0 ? from != 0 : Entry.valueLength(begun) != length) {
      throw new MalformedBytes("a part of a value that did not come");
    }
    long entry = begun == 0 ? store.put(key, type, encoding, (int) length, expires) : begun;
    Memory.copy(in.array(), in.index(), Entry.value(entry) + from, part);
    in.skip(part);
  }

  /** Gives the memory of a running checkpoint back; nobody hears of it any more. */
  @Override
  public void close() {
    Checkpoint checkpoint = running;
    if (checkpoint != null) {
      running = null;
      checkpoint.file().abandon();
      checkpoint.abandon();
    }
    blocks.close();
  }

  /** Deletes all checkpoints older than the newest one at or below {@code position}. */
  void retain(long position) throws IOException {
    List<Long> older = new ArrayList<>();
    long keep = 0;
    for (String name : disk.list(CheckpointFile.FOLDER)) {
      if (name.endsWith(CheckpointFile.ENDING)) {
        long covered = CheckpointFile.positionOf(name);
        older.add(covered);
        if (covered <= position) {
          keep = Math.max(keep, covered);
        }
      }
    }
    for (long covered : older) {
      if (covered < keep) {
        disk.delete(CheckpointFile.path(covered));
      }
    }
  }
}
