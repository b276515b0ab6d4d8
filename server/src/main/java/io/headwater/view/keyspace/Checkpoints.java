package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.Memory;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Begins, drives and finishes checkpoints one at a time, loads the newest and drops old ones. */
final class Checkpoints {
  private static final int SLICE_BYTES = 64 << 10;

  /** After a slice so many times its duration belong to clients. */
  private static final int PAUSES = 7;

  private final Keyspace keyspace;
  private final Store store;
  private final Disk disk;
  private final Executor background;
  private final Loop loop;
  private final Clock clock;
  private @Nullable Checkpoint running;
  private @Nullable CompletableFuture<Long> result;
  private boolean walked;
  private long number;
  private long newest;

  /** When the next slice may be saved. */
  private long nextNs;

  /** Whether a timer ends the pause. */
  private boolean timed;

  Checkpoints(
      Keyspace keyspace, Store store, Disk disk, Executor background, Loop loop, Clock clock) {
    this.keyspace = keyspace;
    this.store = store;
    this.disk = disk;
    this.background = background;
    this.loop = loop;
    this.clock = clock;
  }

  /** Safe from any thread. Whoever asks while one runs gets that one's result. */
  CompletableFuture<Long> begin() {
    CompletableFuture<Long> asked = new CompletableFuture<>();
    loop.execute(() -> begin(asked));
    return asked;
  }

  private void begin(CompletableFuture<Long> asked) {
    CompletableFuture<Long> current = result;
    if (current == null) {
      long position = keyspace.settle();
      if (position == newest) {
        asked.complete(position); // nothing happened since the last one
        return;
      }
      current = new CompletableFuture<>();
      result = current;
      walked = false;
      nextNs = clock.nanos();
      Checkpoint checkpoint = new Checkpoint(++number, store, writer(position));
      running = checkpoint;
      store.setCheckpoint(checkpoint);
      loop.wake();
    }
    current.whenComplete((position, failure) -> {
      if (failure == null) {
        asked.complete(position);
      } else {
        asked.completeExceptionally(failure);
      }
    });
  }

  private CheckpointFile.Writer writer(long position) {
    return new CheckpointFile.Writer(
        disk,
        position,
        background,
        () -> keyspace.syncLog(position),
        failure -> loop.execute(() -> done(position, failure)));
  }

  /**
   * Saves a slice of a running checkpoint; then a pause leaves most of the time to clients.
   *
   * @return whether there is more to do at once
   */
  boolean afterTurn() {
    if (running == null || walked) {
      return false;
    }
    long begun = clock.nanos();
    if (nextNs - begun > 0) {
      if (!timed) {
        timed = true;
        loop.schedule((nextNs - begun) / 1_000_000 + 1, () -> timed = false);
      }
      return false;
    }
    boolean more = slice(SLICE_BYTES);
    long ended = clock.nanos();
    nextNs = ended + (ended - begun) * PAUSES;
    return more;
  }

  /**
   * Saves about this much of a running checkpoint.
   *
   * @return whether there is more to do at once
   */
  private boolean slice(int budgetBytes) {
    Checkpoint checkpoint = running;
    if (checkpoint == null || walked || checkpoint.file().isBehind()) {
      return false;
    }
    if (!checkpoint.slice(budgetBytes)) {
      return true;
    }
    walked = true;
    store.setCheckpoint(null);
    checkpoint.finish();
    return false;
  }

  private void done(long position, @Nullable IOException failure) {
    CompletableFuture<Long> finished = java.util.Objects.requireNonNull(result);
    store.setCheckpoint(null);
    running = null;
    result = null;
    if (failure == null) {
      newest = position;
      finished.complete(position);
    } else {
      finished.completeExceptionally(failure);
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
      int db = in.getByte();
      int kind = in.getByte() & 0xff;
      if (db < 0 || db >= Store.TABLES) {
        throw new io.headwater.bytes.MalformedBytes("database " + db);
      }
      int type = kind & Entry.TYPE_MASK;
      int encoding = kind >>> Entry.ENCODING_SHIFT;
      long expires = (kind & Entry.EXPIRES) == 0 ? 0 : in.getLong();
      int keyLength = in.getLength();
      key.at(db, in.array(), in.index(), keyLength);
      in.skip(keyLength);
      if ((kind & CheckpointFile.MORE) != 0) {
        readMore(key, in);
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

  private void readMore(Key key, ByteReader in) {
    long entry = store.find(key);
    if (entry == 0 || !Entry.isLarge(entry)) {
      throw new io.headwater.bytes.MalformedBytes("more items of a value that did not come");
    }
    store.large().get(Entry.handle(entry)).readMore(in);
    store.large().changed(Entry.handle(entry));
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
