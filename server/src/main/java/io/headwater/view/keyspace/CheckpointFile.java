package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A keyspace checkpoint on disk, {@code views/keyspace/<position as 20 digits>.checkpoint}:
 *
 * <pre>{@code
 * | "HWKEYS01" | position u64 | block ... | end block |
 * block:     | length u32, > 0 | CRC32C of the payload u32 | payload |
 * payload:   entry ...
 * entry:     | db u8 | kind u8 | [expiry u64] | key (sized) | value (sized) or a large value's head |
 * or         | db u8 | kind u8 with MORE | key (sized) | a piece of that large value's items |
 * end block: | 0 u32 | CRC32C u32 of the next 8 bytes | entries u64 |
 * }</pre>
 *
 * <p>Written under another name, synced and renamed: a file with the right name is whole or
 * damaged.
 */
final class CheckpointFile {
  static final int BLOCK_BYTES = 256 << 10;

  /** In a kind: more items of a large value that came before. In the file no bit is a form. */
  static final int MORE = Entry.LONG_FORM;

  static final String FOLDER = "views/keyspace";
  static final String ENDING = ".checkpoint";
  private static final long MAGIC = 0x3130_5359_454b_5748L; // "HWKEYS01", little-endian
  private static final int HEADER_BYTES = 16;

  private CheckpointFile() {}

  static String path(long position) {
    return String.format("%s/%020d%s", FOLDER, position, ENDING);
  }

  static long positionOf(String name) {
    return Long.parseLong(name.substring(0, name.length() - ENDING.length()));
  }

  /** Takes the blocks of one payload after the other. */
  interface BlockReader {
    /**
     * @return how many entries the block held
     */
    long read(ByteReader block);
  }

  /**
   * Reads a whole file.
   *
   * @throws IOException naming the file if it is damaged
   */
  static void read(Disk disk, long position, BlockReader reader) throws IOException {
    String path = path(position);
    try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
      ByteBuffer head = buffer(HEADER_BYTES);
      file.readFully(head, 0);
      head.flip();
      if (head.getLong() != MAGIC || head.getLong() != position) {
        throw new IOException("damaged checkpoint: " + path + " has a wrong header");
      }
      readBlocks(file, path, reader);
    } catch (EOFException e) {
      throw new IOException("damaged checkpoint: " + path + " ends early", e);
    } catch (MalformedBytes e) {
      throw new IOException("damaged checkpoint: " + path + ": " + e.getMessage(), e);
    }
  }

  private static void readBlocks(DiskFile file, String path, BlockReader reader)
      throws IOException {
    long at = HEADER_BYTES;
    long entries = 0;
    byte[] payload = new byte[BLOCK_BYTES * 2];
    while (true) {
      ByteBuffer head = buffer(8);
      file.readFully(head, at);
      head.flip();
      int length = head.getInt();
      int crc = head.getInt();
      int size = length == 0 ? 8 : length;
      if (size < 0 || size > file.size() - at - 8) {
        throw new IOException("damaged checkpoint: " + path + " has a wrong length at " + at);
      }
      if (payload.length < size) {
        payload = new byte[size];
      }
      file.readFully(ByteBuffer.wrap(payload, 0, size), at + 8);
      if (crc(payload, size) != crc) {
        throw new IOException("damaged checkpoint: " + path + " fails its checksum at " + at);
      }
      ByteReader block = new ByteReader(payload, 0, size);
      if (length == 0) {
        if (block.getLong() != entries) {
          throw new IOException("damaged checkpoint: " + path + " misses entries");
        }
        return;
      }
      entries += reader.read(block);
      at += 8 + size;
    }
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(java.nio.ByteOrder.LITTLE_ENDIAN);
  }

  private static int crc(byte[] payload, int length) {
    CRC32C crc = new CRC32C();
    crc.update(payload, 0, length);
    return (int) crc.getValue();
  }

  /** What must happen before a finished file gets its name. */
  interface BeforeRename {
    void run() throws IOException;
  }

  /**
   * Writes one file: the owner hands in blocks, a background task writes them in order. When more
   * than {@link #QUEUE_BYTES_MAX} wait, the owner writes itself until the queue is short again.
   */
  static final class Writer {
    static final long QUEUE_BYTES_MAX = 64L << 20;
    private final Disk disk;
    private final long position;
    private final Executor background;
    private final BeforeRename beforeRename;

    /** Hears null when the file is durable under its name, or what went wrong. */
    private final Consumer<@Nullable IOException> done;

    private final Object writing = new Object();
    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean scheduled;
    private boolean ended;
    private volatile boolean over;
    private long written;
    private @Nullable DiskFile file;
    private long fileEnd;

    Writer(
        Disk disk,
        long position,
        Executor background,
        BeforeRename beforeRename,
        Consumer<@Nullable IOException> done) {
      this.disk = disk;
      this.position = position;
      this.background = background;
      this.beforeRename = beforeRename;
      this.done = done;
      ByteWriter head = new ByteWriter(HEADER_BYTES);
      enqueue(head.putLong(MAGIC).putLong(position).toByteArray());
    }

    long position() {
      return position;
    }

    /** Bytes handed in so far. Owner only. */
    long written() {
      return written;
    }

    /** Whether the owner should hand in nothing that can wait. */
    boolean isBehind() {
      synchronized (queue) {
        return queuedBytes > QUEUE_BYTES_MAX / 2;
      }
    }

    void block(byte[] payload) {
      ByteWriter out = new ByteWriter(payload.length + 8);
      out.putInt(payload.length).putInt(crc(payload, payload.length)).put(payload);
      enqueue(out.array());
    }

    void end(long entries) {
      byte[] payload = new ByteWriter(8).putLong(entries).toByteArray();
      ByteWriter out = new ByteWriter(16);
      out.putInt(0).putInt(crc(payload, 8)).put(payload);
      synchronized (queue) {
        ended = true;
      }
      enqueue(out.array());
    }

    private void enqueue(byte[] bytes) {
      if (over) {
        return;
      }
      written += bytes.length;
      boolean tooMuch;
      boolean start;
      synchronized (queue) {
        queue.add(bytes);
        queuedBytes += bytes.length;
        tooMuch = queuedBytes > QUEUE_BYTES_MAX;
        start = !scheduled;
        scheduled = true;
      }
      if (tooMuch) {
        drain();
      } else if (start) {
        background.execute(this::drain);
      }
    }

    private void drain() {
      synchronized (writing) {
        try {
          while (!over) {
            byte[] bytes;
            boolean last;
            synchronized (queue) {
              bytes = queue.poll();
              if (bytes == null) {
                scheduled = false;
                return;
              }
              queuedBytes -= bytes.length;
              last = ended && queue.isEmpty();
            }
            write(bytes);
            if (last) {
              publish();
              over = true;
              done.accept(null);
            }
          }
        } catch (IOException e) {
          fail(e);
        } catch (RuntimeException e) {
          fail(new IOException(e));
        }
      }
    }

    private void write(byte[] bytes) throws IOException {
      if (file == null) {
        disk.createFolder(FOLDER);
        disk.delete(temporary());
        file = disk.open(temporary(), Disk.Mode.CREATE);
      }
      file.write(ByteBuffer.wrap(bytes), fileEnd);
      fileEnd += bytes.length;
    }

    private void publish() throws IOException {
      DiskFile whole = java.util.Objects.requireNonNull(file);
      whole.sync();
      whole.close();
      beforeRename.run();
      disk.rename(temporary(), path(position));
      disk.syncFolder(FOLDER);
    }

    private void fail(IOException e) {
      over = true;
      synchronized (queue) {
        queue.clear();
        queuedBytes = 0;
      }
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
      return path(position) + ".tmp";
    }
  }
}
