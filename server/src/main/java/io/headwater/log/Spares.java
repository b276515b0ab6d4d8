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
 * Files that wait to become segments: they have their size and their room on the disk, so that
 * writing frames into them cannot meet a full disk. They are made, or were segments once; a frame
 * knows its own address and generation, so old bytes never pass for new ones.
 *
 * <p>A file is made in two steps. Room is taken at once ({@link DiskFile#allocate}), and the file
 * can be used. The first write to such room changes the file system's records, so its sync costs
 * half as much again: where syncs are small, {@link #zero} writes zeros ahead, little by little,
 * because a sync that arrives meanwhile waits for them. Where room cannot be taken, the file is
 * written whole first.
 *
 * <p>A file that is not ready is called {@code spare-N.tmp}, a ready one {@code spare-N}.
 */
final class Spares {
  private static final String PREFIX = "spare-";
  private static final String UNFINISHED = ".tmp";
  private static final int CHUNK_BYTES = 1 << 20;

  /** Syncing as we go keeps others' syncs from waiting for all of it. */
  private static final int SYNC_EVERY_BYTES = 8 << 20;

  /** What a sync may have to wait for. */
  private static final int SLICE_BYTES = 256 << 10;

  /**
   * A file that is ready to become a segment.
   *
   * @param written so many bytes from its start were written once
   */
  record Spare(String path, long bytes, long written) {}

  private final Disk disk;

  /** Held while a file is filled: whoever needs one waits for the one that is coming. */
  private final ReentrantLock making = new ReentrantLock();

  /**
   * Held while a slice of zeros is written, and while a file is taken: none comes after frames.
   * Fair, so that who takes waits for one slice.
   */
  private final ReentrantLock zeroing = new ReentrantLock(true);

  /** Made when first needed; used under {@link #zeroing}. */
  private @Nullable ByteBuffer zeros;

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
        ready.add(new Spare(path, file.size(), 0));
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
  @Nullable Spare take(long bytes) {
    zeroing.lock();
    try {
      return remove(bytes);
    } finally {
      zeroing.unlock();
    }
  }

  private synchronized @Nullable Spare remove(long bytes) {
    Spare best = smallest(bytes);
    if (best != null) {
      ready.remove(best);
      count();
    }
    return best;
  }

  private synchronized @Nullable Spare smallest(long bytes) {
    Spare best = null;
    for (Spare spare : ready) {
      if (spare.bytes >= bytes && (best == null || spare.bytes < best.bytes)) {
        best = spare;
      }
    }
    return best;
  }

  /** Whether the file that is taken next has blocks before {@code end} that were never written. */
  boolean lacksZeros(long fileBytes, long end) {
    Spare next = smallest(fileBytes);
    return next != null && next.written < Math.min(end, next.bytes);
  }

  /**
   * Writes one slice of zeros to the file that is taken next.
   *
   * @param end only before this byte
   */
  void zero(long fileBytes, long end) throws IOException {
    zeroing.lock();
    try {
      Spare next = smallest(fileBytes);
      if (next == null || next.written >= Math.min(end, next.bytes)) {
        return;
      }
      if (zeros == null) {
        zeros =
            ByteBuffer.allocateDirect(SLICE_BYTES + DiskFile.BLOCK_BYTES)
                .alignedSlice(DiskFile.BLOCK_BYTES);
      }
      int slice = (int) Math.min(sliceBytes(next.bytes), next.bytes - next.written);
      Spare further = new Spare(next.path, next.bytes, next.written + slice);
      try (DiskFile file = disk.open(next.path, Disk.Mode.WRITE)) {
        file.writeBlocks(zeros.clear().limit(slice), next.written);
        if (further.written == further.bytes) {
          file.sync();
        }
      }
      replace(next, further);
    } finally {
      zeroing.unlock();
    }
  }

  /** Of a small file a part, too, so that simulations meet files that are partly written. */
  private static long sliceBytes(long fileBytes) {
    long part = Math.max(DiskFile.BLOCK_BYTES, fileBytes / 16 & -DiskFile.BLOCK_BYTES);
    return Math.min(SLICE_BYTES, part);
  }

  private synchronized void replace(Spare spare, Spare other) {
    if (ready.remove(spare)) {
      ready.add(other);
    }
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
    long written = 0;
    try {
      try (DiskFile file = disk.open(unfinished, Disk.Mode.CREATE)) {
        if (!file.allocate(bytes)) {
          fill(file, bytes);
          written = bytes;
        }
        file.sync();
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
    add(new Spare(path, bytes, written));
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
  }

  /** Makes a cut segment ready to be one again. */
  void reuse(String segmentPath, long bytes) throws IOException {
    String path;
    synchronized (this) {
      path = Segment.FOLDER + "/" + PREFIX + nextNumber++;
    }
    disk.rename(segmentPath, path);
    disk.syncFolder(Segment.FOLDER);
    add(new Spare(path, bytes, bytes));
  }

  /** Gives the disk back the room of ready files of a size, of all but some of them. */
  void shrink(long bytes, int kept) throws IOException {
    zeroing.lock();
    try {
      for (Spare spare = surplus(bytes, kept); spare != null; spare = surplus(bytes, kept)) {
        disk.delete(spare.path);
      }
    } finally {
      zeroing.unlock();
    }
  }

  private synchronized @Nullable Spare surplus(long bytes, int kept) {
    List<Spare> some = ready.stream().filter(spare -> spare.bytes == bytes).toList();
    if (some.size() <= kept) {
      return null;
    }
    ready.remove(some.getLast());
    count();
    return some.getLast();
  }

  private synchronized void add(Spare spare) {
    ready.add(spare);
    count();
  }

  private void count() {
    largestReady = ready.stream().mapToLong(Spare::bytes).max().orElse(0);
  }
}
