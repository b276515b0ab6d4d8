package io.headwater.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An open file of a {@link RealDisk}.
 *
 * <p>Java closes a file channel when a thread that uses it is interrupted. A client thread that
 * gives up must not take the log with it, so a channel that closed under our hands is opened again
 * and the call is made again: reads and positional writes may be repeated, and an interrupted sync
 * has not failed, it has not been heard. It is opened again by its name: a file that is renamed
 * while open has to be closed and opened by its owner.
 */
final class RealFile implements DiskFile {
  /** Java copies heap buffers into a direct one of the same size and keeps it for each thread. */
  private static final int HEAP_CHUNK_BYTES = 1 << 20;

  private static final int REOPEN_MAX = 100;

  private final RealDisk disk;
  private final Path path;
  private final Disk.Mode mode;
  private volatile FileChannel channel;
  private volatile boolean closed;

  RealFile(RealDisk disk, Path path, Disk.Mode mode, FileChannel channel) {
    this.disk = disk;
    this.path = path;
    this.mode = mode;
    this.channel = channel;
  }

  @Override
  public void write(ByteBuffer source, long position) throws IOException {
    long at = position;
    while (source.hasRemaining()) {
      long here = at;
      ByteBuffer chunk = source.slice(source.position(), chunkBytes(source));
      int n = (int) uninterrupted(c -> c.write(chunk.rewind(), here));
      source.position(source.position() + n);
      at += n;
    }
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    ByteBuffer chunk = target.slice(target.position(), chunkBytes(target));
    int n = (int) uninterrupted(c -> c.read(chunk.rewind(), position));
    if (n > 0) {
      target.position(target.position() + n);
    }
    return n;
  }

  @Override
  public void sync() throws IOException {
    uninterrupted(c -> {
      c.force(false);
      return 0;
    });
  }

  @Override
  public long size() throws IOException {
    return uninterrupted(FileChannel::size);
  }

  @Override
  public void truncate(long size) throws IOException {
    uninterrupted(c -> {
      c.truncate(size);
      return 0;
    });
  }

  /** Not repeated: the target may have taken bytes already. */
  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return channel.transferTo(position, count, target);
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
    }
    channel.close();
  }

  private static int chunkBytes(ByteBuffer buffer) {
    return buffer.isDirect() ? buffer.remaining() : Math.min(buffer.remaining(), HEAP_CHUNK_BYTES);
  }

  private long uninterrupted(Call call) throws IOException {
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
  private synchronized void reopen(FileChannel broken) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if (channel == broken) {
      channel =
          mode == Disk.Mode.READ
              ? FileChannel.open(path, StandardOpenOption.READ)
              : FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
  }

  private interface Call {
    long on(FileChannel channel) throws IOException;
  }
}
