package io.headwater.view.topics;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.host.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A disk on which the topics' files meet a full disk, or an I/O error, while a test says so. */
final class FullDisk implements Disk {
  private final Disk disk;
  boolean full;
  boolean broken;

  FullDisk(Disk disk) {
    this.disk = disk;
  }

  private void check(String path) throws IOException {
    if (path.startsWith(Segment.FOLDER)) {
      if (full) {
        throw new DiskFullException(path);
      }
      if (broken) {
        throw new IOException("I/O error: " + path);
      }
    }
  }

  @Override
  public DiskFile open(String path, Mode mode) throws IOException {
    if (mode == Mode.CREATE) {
      check(path);
    }
    return new File(path, disk.open(path, mode));
  }

  private final class File implements DiskFile {
    private final String path;
    private final DiskFile file;

    File(String path, DiskFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      check(path);
      file.write(source, position);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public void sync() throws IOException {
      check(path);
      file.sync();
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return file.transferTo(position, count, target);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  @Override
  public boolean exists(String path) throws IOException {
    return disk.exists(path);
  }

  @Override
  public boolean isFolder(String path) throws IOException {
    return disk.isFolder(path);
  }

  @Override
  public List<String> list(String folder) throws IOException {
    return disk.list(folder);
  }

  @Override
  public void createFolder(String folder) throws IOException {
    disk.createFolder(folder);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public void delete(String path) throws IOException {
    disk.delete(path);
  }

  @Override
  public void syncFolder(String folder) throws IOException {
    disk.syncFolder(folder);
  }

  @Override
  public long freeBytes() throws IOException {
    return full ? 0 : disk.freeBytes();
  }

  @Override
  public Optional<Path> realFolder() {
    return disk.realFolder();
  }
}
