package io.headwater.host;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An open file of a {@link RealDisk}.
 *
 * <p>Java closes a file channel when a thread that uses it is interrupted. A client thread that
 * gives up must not take the log with it, so a channel that closed under our hands is opened again
 * and the call is made again: reads and positional writes may be repeated, and an interrupted sync
 * has not failed, it has not been heard. It is opened again by its name: a file that is renamed
 * while open has to be closed and opened by its owner.
 *
 * <p>{@link #writeBlocks} uses a second channel, opened with O_DIRECT, where the file system has
 * that; the kernel keeps the page cache, through which everything else goes, in step with it.
 */
final class RealFile implements DiskFile {
  /** Java copies heap buffers into a direct one of the same size and keeps it for each thread. */
  private static final int HEAP_CHUNK_BYTES = 1 << 20;

  private static final int REOPEN_MAX = 100;

  private final RealDisk disk;
  private final Path path;
  private final Handle cached;
  private @Nullable Handle direct;
  private volatile boolean closed;

  RealFile(RealDisk disk, Path path, Disk.Mode mode, FileChannel channel) {
    this.disk = disk;
    this.path = path;
    this.cached =
        new Handle(
            mode == Disk.Mode.READ
                ? Set.of(StandardOpenOption.READ)
                : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE),
            channel);
  }

  @Override
  public void write(ByteBuffer source, long position) throws IOException {
    long at = position;
    while (source.hasRemaining()) {
      long here = at;
      ByteBuffer chunk = source.slice(source.position(), chunkBytes(source));
      int n = (int) cached.uninterrupted(c -> c.write(chunk.rewind(), here));
      source.position(source.position() + n);
      at += n;
    }
  }

  @Override
  public void writeBlocks(ByteBuffer source, long position) throws IOException {
    if (((position | source.remaining()) & (BLOCK_BYTES - 1)) != 0) {
      throw new IllegalArgumentException(source.remaining() + " bytes at " + position);
    }
    Handle past = direct();
    if (past == null) {
      write(source, position);
      return;
    }
    long at = position;
    while (source.hasRemaining()) {
      long here = at;
      ByteBuffer rest = source.slice();
      int n = (int) past.uninterrupted(c -> c.write(rest.rewind(), here));
      int whole = n & -BLOCK_BYTES; // a block of which a part was written is written again
      source.position(source.position() + whole);
      at += whole;
    }
  }

  /** The channel past the page cache, or null if there is none on this disk. */
  private @Nullable Handle direct() throws IOException {
    if (direct == null && disk.isDirectPossible()) {
      direct = openDirect();
      if (direct == null) {
        disk.directRefused();
      }
    }
    return direct;
  }

  /** Some file systems refuse the flag, others the first call, or want larger blocks: it reads. */
  private @Nullable Handle openDirect() throws IOException {
    Set<OpenOption> options =
        Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, ExtendedOpenOption.DIRECT);
    FileChannel channel;
    try {
      channel = FileChannel.open(path, options);
    } catch (IOException | UnsupportedOperationException e) {
      return null;
    }
    Handle handle = new Handle(options, channel);
    ByteBuffer block = ByteBuffer.allocateDirect(2 * BLOCK_BYTES).alignedSlice(BLOCK_BYTES);
    try {
      handle.uninterrupted(c -> c.read(block.clear().limit(BLOCK_BYTES), 0));
      return handle;
    } catch (IOException e) {
      handle.channel.close();
      return null;
    }
  }

  @Override
  public boolean allocate(long bytes) throws IOException {
    try {
      return Allocation.allocate(path, bytes);
    } catch (IOException e) {
      throw disk.explained(path, e);
    }
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    ByteBuffer chunk = target.slice(target.position(), chunkBytes(target));
    int n = (int) cached.uninterrupted(c -> c.read(chunk.rewind(), position));
    if (n > 0) {
      target.position(target.position() + n);
    }
    return n;
  }

  @Override
  public void sync() throws IOException {
    cached.uninterrupted(c -> {
      c.force(false);
      return 0;
    });
  }

  @Override
  public long size() throws IOException {
    return cached.uninterrupted(FileChannel::size);
  }

  @Override
  public void truncate(long size) throws IOException {
    cached.uninterrupted(c -> {
      c.truncate(size);
      return 0;
    });
  }

  /** Not repeated: the target may have taken bytes already. */
  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return cached.channel.transferTo(position, count, target);
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
    }
    Handle past = direct;
    try (FileChannel one = cached.channel;
        FileChannel other = past == null ? one : past.channel) {
      assert one != null && other != null;
    }
  }

  private static int chunkBytes(ByteBuffer buffer) {
    return buffer.isDirect() ? buffer.remaining() : Math.min(buffer.remaining(), HEAP_CHUNK_BYTES);
  }

  private interface Call {
    long on(FileChannel channel) throws IOException;
  }

  /** A channel, and how it is opened again. */
  private final class Handle {
    private final Set<? extends OpenOption> options;
    private volatile FileChannel channel;

    Handle(Set<? extends OpenOption> options, FileChannel channel) {
      this.options = options;
      this.channel = channel;
    }

    long uninterrupted(Call call) throws IOException {
      boolean interrupted = Thread.interrupted();
      try {
        for (int i = 0; ; i++) {
          FileChannel current = channel;
          try {
            return call.on(current);
          } catch (ClosedChannelException e) {
            if (closed || i == REOPEN_MAX) {
              throw e;
            }
            interrupted |= Thread.interrupted();
            reopen(current);
          }
        }
      } catch (IOException e) {
        throw disk.explained(path, e);
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @SuppressWarnings("ReferenceEquality") // whether this very channel is still the one in use
    private void reopen(FileChannel broken) throws IOException {
      synchronized (RealFile.this) {
        if (closed) {
          throw new ClosedChannelException();
        }
        if (channel == broken) {
          channel = FileChannel.open(path, options);
        }
      }
    }
  }
}
