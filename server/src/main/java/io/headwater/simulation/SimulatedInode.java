package io.headwater.simulation;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A file's contents twice: as programs see them, and as they are on the medium, with what was
 * changed since the last sync in between.
 */
final class SimulatedInode {
  /** Bytes written at a place, or a new size. */
  private sealed interface Change {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Written(long position, byte[] bytes) implements Change {}

    record Truncated(long size) implements Change {}
  }

  /** Contents that grow and shrink; what was never written reads as zero. */
  private static final class Contents {
    private byte[] array = new byte[0];
    private int size;

    void put(long position, byte[] source, int from, int length) {
      int end = Math.toIntExact(position + length);
      resize(Math.max(size, end));
      System.arraycopy(source, from, array, (int) position, length);
    }

    void resize(int newSize) {
      if (newSize > array.length) {
        array = Arrays.copyOf(array, Math.max(newSize, array.length * 2));
      } else if (newSize < size) {
        Arrays.fill(array, newSize, size, (byte) 0);
      }
      size = newSize;
    }

    Contents copy() {
      Contents copy = new Contents();
      copy.array = Arrays.copyOf(array, size);
      copy.size = size;
      return copy;
    }
  }

  private static final int SECTOR = 512;

  private final Contents seen;
  private final Contents stable;
  private final List<Change> unsynced;

  SimulatedInode() {
    this(new Contents(), new Contents(), new ArrayList<>());
  }

  private SimulatedInode(Contents seen, Contents stable, List<Change> unsynced) {
    this.seen = seen;
    this.stable = stable;
    this.unsynced = unsynced;
  }

  int size() {
    return seen.size;
  }

  void write(long position, byte[] bytes) {
    seen.put(position, bytes, 0, bytes.length);
    unsynced.add(new Change.Written(position, bytes));
  }

  int read(ByteBuffer target, long position) {
    if (position >= seen.size) {
      return -1;
    }
    int n = (int) Math.min(target.remaining(), seen.size - position);
    target.put(seen.array, (int) position, n);
    return n;
  }

  void truncate(long size) {
    if (size < seen.size) {
      seen.resize((int) size);
      unsynced.add(new Change.Truncated(size));
    }
  }

  void sync() {
    for (Change change : unsynced) {
      apply(change);
    }
    unsynced.clear();
  }

  /**
   * A sync that fails: pages that could not be written are clean afterwards, as on Linux, so a
   * later sync succeeds without them. They stay readable until the power goes.
   */
  void failSync(RandomGenerator random) {
    for (Change change : unsynced) {
      if (random.nextBoolean()) {
        apply(change);
      }
    }
    unsynced.clear();
  }

  /** Part of what is unsynced reaches the medium, in whatever order the drive likes. */
  void losePower(SimulatedDisk.Loss loss, RandomGenerator random) {
    int survivors =
        switch (loss) {
          case ALL_UNSYNCED -> 0;
          case NOTHING, TORN_SECTORS -> unsynced.size();
          case TORN_BYTES, FIRST_CHANGES -> random.nextInt(unsynced.size() + 1);
        };
    for (int i = 0; i < survivors; i++) {
      Change change = unsynced.get(i);
      if (loss == SimulatedDisk.Loss.TORN_SECTORS) {
        tearSectors(change, random);
      } else {
        apply(change);
      }
    }
    if (loss == SimulatedDisk.Loss.TORN_BYTES && survivors < unsynced.size()) {
      applyFirstBytes(unsynced.get(survivors), random);
    }
    unsynced.clear();
    seen.resize(0);
    seen.put(0, stable.array, 0, stable.size);
  }

  /** The process dies in the middle of a write: some of its bytes are in the page cache. */
  void writePart(long position, byte[] bytes, RandomGenerator random) {
    write(position, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
  }

  /** The power goes in the middle of a sync: what was to be synced may be there and may not. */
  void syncPart(RandomGenerator random) {
    int done = random.nextInt(unsynced.size() + 1);
    for (int i = 0; i < done; i++) {
      apply(unsynced.get(i));
    }
    unsynced.subList(0, done).clear();
  }

  void flipBit(long position, int bit) {
    seen.array[(int) position] ^= (byte) (1 << bit);
    if (position < stable.size) {
      stable.array[(int) position] ^= (byte) (1 << bit);
    }
  }

  SimulatedInode copy() {
    return new SimulatedInode(seen.copy(), stable.copy(), new ArrayList<>(unsynced));
  }

  private void apply(Change change) {
    switch (change) {
      case Change.Written(long position, byte[] bytes) ->
          stable.put(position, bytes, 0, bytes.length);
      case Change.Truncated(long size) -> stable.resize((int) Math.min(stable.size, size));
    }
  }

  private void applyFirstBytes(Change change, RandomGenerator random) {
    switch (change) {
      case Change.Written(long position, byte[] bytes) ->
          stable.put(position, bytes, 0, random.nextInt(bytes.length + 1));
      case Change.Truncated _ -> apply(change);
    }
  }

  /** Each sector of a write is there or is not. A hole reads as zeros. */
  private void tearSectors(Change change, RandomGenerator random) {
    if (!(change instanceof Change.Written(long position, byte[] bytes))) {
      if (random.nextBoolean()) {
        apply(change);
      }
      return;
    }
    int from = 0;
    while (from < bytes.length) {
      long sectorEnd = ((position + from) / SECTOR + 1) * SECTOR;
      int length = (int) Math.min(sectorEnd - position - from, bytes.length - from);
      if (random.nextBoolean()) {
        stable.put(position + from, bytes, from, length);
      }
      from += length;
    }
  }
}
