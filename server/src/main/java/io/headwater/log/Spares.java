package io.headwater.log;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.host.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Files that wait to become segments: all their blocks are written, so that writing frames into
 * them changes no size and cannot meet a full disk. They are filled with zeros, or were segments
 * once; a frame knows its own address and generation, so old bytes never pass for new ones.
 *
 * <p>A file that is being filled is called {@code spare-N.tmp}, a ready one {@code spare-N}.
 */
final class Spares {
  private static final String PREFIX = "spare-";
  private static final String UNFINISHED = ".tmp";
  private static final int CHUNK_BYTES = 1 << 20;

  /** Syncing as we go keeps others' syncs from waiting for all of it. */
  private static final int SYNC_EVERY_BYTES = 8 << 20;

  /** A file that is ready to become a segment. */
  record Spare(String path, long bytes) {}

  private final Disk disk;

  /** Held while a file is filled: whoever needs one waits for the one that is coming. */
  private final ReentrantLock making = new ReentrantLock();

  // Guarded by this.
  private final List<Spare> ready = new ArrayList<>();
  private long nextNumber;

  private volatile long largestReady;
  private volatile boolean stopped;

  Spares(Disk disk) {
    this.disk = disk;
  }

  /** Takes over what an earlier process left. */
  synchronized void recover() throws IOException {
    for (String name : disk.list(Segment.FOLDER)) {
      if (!name.matches(PREFIX + "\\d{1,18}(\\.tmp)?")) {
        continue;
      }
      String path = Segment.FOLDER + "/" + name;
      if (name.endsWith(UNFINISHED)) {
        disk.delete(path);
        continue;
      }
      nextNumber = Math.max(nextNumber, Long.parseLong(name.substring(PREFIX.length())) + 1);
      try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
        ready.add(new Spare(path, file.size()));
      }
    }
    count();
  }

  /** The size of the largest ready file; 0 when there is none. A volatile read. */
  long largestReady() {
    return largestReady;
  }

  synchronized int size() {
    return ready.size();
  }

  /** The smallest ready file of at least so many bytes. */
  synchronized @Nullable Spare take(long bytes) {
    Spare best = null;
    for (Spare spare : ready) {
      if (spare.bytes >= bytes && (best == null || spare.bytes < best.bytes)) {
        best = spare;
      }
    }
    if (best != null) {
      ready.remove(best);
      count();
    }
    return best;
  }

  /**
   * Makes sure that a file of at least {@code bytes} is ready; fills one if need be, which takes a
   * while.
   *
   * @throws DiskFullException if there is no room for it; what was tried is deleted again
   */
  void ensure(long bytes) throws IOException {
    making.lock();
    try {
      if (largestReady < bytes) {
        make(bytes);
      }
    } finally {
      making.unlock();
    }
  }

  /** Gives up the file that is being filled, if there is one, and has none ready from now on. */
  void stop() {
    stopped = true;
    making.lock();
    try {
      forget();
    } finally {
      making.unlock();
    }
  }

  private synchronized void forget() {
    ready.clear();
    count();
  }

  private void make(long bytes) throws IOException {
    String path;
    synchronized (this) {
      path = Segment.FOLDER + "/" + PREFIX + nextNumber++;
    }
    String unfinished = path + UNFINISHED;
    try {
      try (DiskFile file = disk.open(unfinished, Disk.Mode.CREATE)) {
        fill(file, bytes);
      }
      if (stopped) {
        disk.delete(unfinished);
        return;
      }
      disk.rename(unfinished, path);
      disk.syncFolder(Segment.FOLDER);
    } catch (DiskFullException e) {
      disk.delete(unfinished);
      throw e;
    }
    add(new Spare(path, bytes));
  }

  private void fill(DiskFile file, long bytes) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, bytes));
    for (long at = 0; at < bytes && !stopped; at += zeros.capacity()) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
      file.write(zeros, at);
      if ((at + zeros.capacity()) % SYNC_EVERY_BYTES == 0) {
        file.sync();
      }
    }
    file.sync();
  }

  /** Makes a cut segment ready to be one again. */
  void reuse(String segmentPath, long bytes) throws IOException {
    String path;
    synchronized (this) {
      path = Segment.FOLDER + "/" + PREFIX + nextNumber++;
    }
    disk.rename(segmentPath, path);
    disk.syncFolder(Segment.FOLDER);
    add(new Spare(path, bytes));
  }

  private synchronized void add(Spare spare) {
    ready.add(spare);
    count();
  }

  private void count() {
    largestReady = ready.stream().mapToLong(Spare::bytes).max().orElse(0);
  }
}
