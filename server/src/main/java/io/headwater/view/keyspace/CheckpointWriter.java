package io.headwater.view.keyspace;

import io.headwater.bytes.Memory;
import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes one checkpoint's file; {@link CheckpointFile} draws it. The owner puts entries straight
 * into blocks outside the heap, and a background task checks, writes and gives back one after the
 * other: nothing is copied in between, and nothing is garbage, whose collection would cost the
 * owner more than the checkpoint itself. The page cache is passed by: hundreds of megabytes that
 * the kernel writes back in bursts would stall the rest of the machine.
 *
 * <p>When more than {@link #QUEUE_BYTES_MAX} wait, the owner writes the oldest itself.
 */
final class CheckpointWriter {
  /** So much may lie between the owner and the disk. */
  static final long QUEUE_BYTES_MAX = 32L << 20;

  private static final long BEHIND_BYTES = CheckpointFile.BLOCK_BYTES;

  /** What must happen before a finished file gets its name. */
  interface BeforeRename {
    void run() throws IOException;
  }

  /** Memory for a block, behind the file's header if it is the first. */
  private static final class Block {
    final long address;
    final int capacity;
    final ByteBuffer view;

    /** Where its payload begins, and where it ends for now. */
    int from;

    int to;

    Block(long address, int capacity) {
      this.capacity = capacity;
      this.address = address;
      view = Memory.view(address, capacity);
    }

    Block empty(boolean first) {
      from = CheckpointFile.BLOCK_HEADER_BYTES + (first ? CheckpointFile.HEADER_BYTES : 0);
      to = from;
      return this;
    }

    /** Fills up to the end of one of the file system's blocks. */
    void pad() {
      int end = blocks(to);
      if (to < end) {
        Memory.putByte(address + to, CheckpointFile.PADDING);
        Memory.zero(address + to + 1, end - to - 1);
        to = end;
      }
    }

    static int blocks(int bytes) {
      return bytes + DiskFile.BLOCK_BYTES - 1 & -DiskFile.BLOCK_BYTES;
    }
  }

  /**
   * Blocks that are used again, by one checkpoint after the other: those of one huge page. A write
   * from there is one piece of memory for the disk and not one for each 4 KiB, which on a virtual
   * machine costs the host a quarter of the processor time; where that counts to the machine's
   * share, all its cores stand still for it.
   */
  static final class Blocks implements AutoCloseable {
    private final ArrayDeque<Block> free = new ArrayDeque<>();

    /** Where the huge page is, 0 for nowhere. */
    private long page;

    private int inUse;
    private boolean closed;

    /** Takes the memory, which the system zeroes first; until then blocks are like long ones. */
    void prepare() {
      long address = Memory.allocate(Memory.HUGE_PAGE_BYTES, Memory.HUGE_PAGE_BYTES);
      Memory.preferHugePages(address, Memory.HUGE_PAGE_BYTES);
      for (long at = 0; at < Memory.HUGE_PAGE_BYTES; at += DiskFile.BLOCK_BYTES) {
        Memory.putByte(address + at, 0);
      }
      synchronized (this) {
        if (page == 0 && !closed) {
          page = address;
          for (long at = 0; at < Memory.HUGE_PAGE_BYTES; at += CheckpointFile.BLOCK_BYTES) {
            free.push(new Block(page + at, CheckpointFile.BLOCK_BYTES));
          }
          return;
        }
      }
      Memory.free(address);
    }

    synchronized boolean arePrepared() {
      return page != 0;
    }

    private Block take(int bytes) {
      int capacity = Math.max(Block.blocks(bytes), CheckpointFile.BLOCK_BYTES);
      synchronized (this) {
        Block block = capacity == CheckpointFile.BLOCK_BYTES ? free.poll() : null;
        if (block != null) {
          inUse++;
          return block;
        }
      }
      return new Block(Memory.allocate(capacity, DiskFile.BLOCK_BYTES), capacity);
    }

    private synchronized void giveBack(Block block) {
      if (block.address - page < 0 || block.address - page >= Memory.HUGE_PAGE_BYTES) {
        Memory.free(block.address);
        return;
      }
      inUse--;
      free.push(block);
      freeIfUnused();
    }

    /** What is in use is freed when it is given back. */
    @Override
    public synchronized void close() {
      closed = true;
      freeIfUnused();
    }

    private void freeIfUnused() {
      if (closed && inUse == 0 && page != 0) {
        free.clear();
        Memory.free(page);
        page = 0;
      }
    }
  }

  private final Disk disk;
  private final long position;
  private final Blocks blocks;
  private final Executor background;
  private final BeforeRename beforeRename;

  /** Hears null when the file is durable under its name, or what went wrong. */
  private final Consumer<@Nullable IOException> done;

  // The owner's.
  private @Nullable Block filling;
  private long handedOver;

  // Of who holds the queue's lock.
  private final ArrayDeque<Block> queue = new ArrayDeque<>();
  private long queuedBytes;
  private boolean scheduled;
  private boolean ended;
  private long entries;

  // Of who holds the writing's lock, which is taken first.
  private final Object writing = new Object();
  private final CRC32C crc = new CRC32C();
  private @Nullable DiskFile file;
  private long fileEnd;
  private volatile boolean over;

  CheckpointWriter(
      Disk disk,
      long position,
      Blocks blocks,
      Executor background,
      BeforeRename beforeRename,
      Consumer<@Nullable IOException> done) {
    this.disk = disk;
    this.position = position;
    this.blocks = blocks;
    this.background = background;
    this.beforeRename = beforeRename;
    this.done = done;
  }

  long position() {
    return position;
  }

  /** Bytes of entries so far. Owner only. */
  long written() {
    Block block = filling;
    return block == null ? handedOver : handedOver + block.to - block.from;
  }

  /** Whether the owner should hand in nothing that can wait. */
  boolean isBehind() {
    synchronized (queue) {
      return queuedBytes > BEHIND_BYTES;
    }
  }

  /**
   * The address where the next so many bytes go at most; then say {@link #put}. They stay in one
   * block. Owner only.
   */
  long room(int bytes) {
    Block block = filling;
    if (block != null && block.capacity - block.to < bytes) {
      handOver(block);
      block = null;
    }
    if (block == null) {
      int heads = CheckpointFile.HEADER_BYTES + CheckpointFile.BLOCK_HEADER_BYTES;
      block = blocks.take(heads + bytes).empty(handedOver == 0);
      filling = block;
    }
    return block.address + block.to;
  }

  /** The bytes from {@link #room} up to here are there. Owner only. */
  void put(long end) {
    Block block = Objects.requireNonNull(filling);
    block.to = (int) (end - block.address);
  }

  private void handOver(Block block) {
    filling = null;
    handedOver += block.to - block.from;
    if (over) {
      blocks.giveBack(block);
      return;
    }
    boolean tooMuch;
    boolean start;
    synchronized (queue) {
      queue.add(block);
      queuedBytes += block.capacity;
      tooMuch = queuedBytes > QUEUE_BYTES_MAX;
      start = !scheduled;
      scheduled = true;
    }
    if (start) {
      background.execute(this::drain);
    }
    while (tooMuch && writeOne()) {
      synchronized (queue) {
        tooMuch = queuedBytes > QUEUE_BYTES_MAX;
      }
    }
  }

  /** That was all. Owner only. */
  void end(long allEntries) {
    Block block = filling;
    if (block != null) {
      handOver(block);
    }
    boolean start;
    synchronized (queue) {
      ended = true;
      entries = allEntries;
      start = !scheduled;
      scheduled = true;
    }
    if (start && !over) {
      background.execute(this::drain);
    }
  }

  /** Nobody wants it any more; its memory is given back, and nobody hears of it. */
  void abandon() {
    over = true;
    drop();
    Block block = filling;
    if (block != null) {
      filling = null;
      blocks.giveBack(block);
    }
  }

  private void drop() {
    synchronized (queue) {
      queue.forEach(blocks::giveBack);
      queue.clear();
      queuedBytes = 0;
    }
  }

  private void drain() {
    while (writeOne()) {
      // one after the other, so that the owner may get in between
    }
  }

  /**
   * Writes the oldest block that waits, or finishes the file.
   *
   * @return whether there may be more to do
   */
  private boolean writeOne() {
    synchronized (writing) {
      Block block;
      boolean last;
      synchronized (queue) {
        block = queue.poll();
        queuedBytes -= block == null ? 0 : block.capacity;
        last = block == null && ended;
        scheduled = block != null;
      }
      try {
        if (block != null && !over) {
          write(block);
        } else if (last && !over) {
          publish();
          over = true;
          done.accept(null);
        }
      } catch (IOException e) {
        fail(e);
      } catch (RuntimeException e) {
        fail(new IOException(e));
      } finally {
        if (block != null) {
          blocks.giveBack(block);
        }
      }
      return block != null;
    }
  }

  private void write(Block block) throws IOException {
    block.pad();
    ByteBuffer bytes = block.view.clear().limit(block.to).position(block.from);
    int length = bytes.remaining();
    crc.reset();
    crc.update(bytes);
    int head = block.from - CheckpointFile.BLOCK_HEADER_BYTES;
    bytes.putInt(head, length).putInt(head + 4, (int) crc.getValue());
    if (fileEnd == 0) {
      putHeader(bytes);
    }
    open().writeBlocks(bytes.rewind(), fileEnd);
    fileEnd += block.to;
  }

  private void putHeader(ByteBuffer bytes) {
    bytes.putLong(0, CheckpointFile.MAGIC).putLong(Long.BYTES, position);
  }

  private DiskFile open() throws IOException {
    DiskFile opened = file;
    if (opened == null) {
      disk.createFolder(CheckpointFile.FOLDER);
      disk.delete(temporary());
      opened = disk.open(temporary(), Disk.Mode.CREATE);
      file = opened;
    }
    return opened;
  }

  private void publish() throws IOException {
    DiskFile whole = open();
    if (fileEnd == 0) {
      ByteBuffer header = little(CheckpointFile.HEADER_BYTES);
      putHeader(header);
      whole.write(header, 0);
      fileEnd = CheckpointFile.HEADER_BYTES;
    }
    ByteBuffer end = little(CheckpointFile.BLOCK_HEADER_BYTES + Long.BYTES);
    end.putLong(CheckpointFile.BLOCK_HEADER_BYTES, entries);
    crc.reset();
    crc.update(end.array(), CheckpointFile.BLOCK_HEADER_BYTES, Long.BYTES);
    whole.write(end.putInt(4, (int) crc.getValue()), fileEnd);
    whole.sync();
    whole.close();
    beforeRename.run();
    disk.rename(temporary(), CheckpointFile.path(position));
    disk.syncFolder(CheckpointFile.FOLDER);
  }

  private void fail(IOException e) {
    over = true;
    drop();
    try {
      if (file != null) {
        file.close();
      }
      disk.delete(temporary());
    } catch (IOException alsoFailed) {
      e.addSuppressed(alsoFailed);
    }
    done.accept(e);
  }

  private String temporary() {
    return CheckpointFile.path(position) + ".tmp";
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
