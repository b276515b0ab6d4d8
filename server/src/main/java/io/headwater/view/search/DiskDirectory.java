package io.headwater.view.search;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.store.BaseDirectory;
import org.apache.lucene.store.BufferedIndexInput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.NoLockFactory;
import org.apache.lucene.store.OutputStreamIndexOutput;

/** Lucene's files on a {@link Disk}: for simulated disks, where nothing can be mapped. */
final class DiskDirectory extends BaseDirectory {
  private static final int BUFFER_BYTES = 8192;

  private final Disk disk;
  private final String folder;
  private final AtomicLong temporary = new AtomicLong();

  DiskDirectory(Disk disk, String folder) {
    super(NoLockFactory.INSTANCE);
    this.disk = disk;
    this.folder = folder;
  }

  private String path(String name) {
    return folder + "/" + name;
  }

  @Override
  public String[] listAll() throws IOException {
    return disk.list(folder).toArray(String[]::new);
  }

  @Override
  public void deleteFile(String name) throws IOException {
    if (!disk.exists(path(name))) {
      throw new NoSuchFileException(name);
    }
    disk.delete(path(name));
  }

  @Override
  public long fileLength(String name) throws IOException {
    try (DiskFile file = open(name)) {
      return file.size();
    }
  }

  private DiskFile open(String name) throws IOException {
    if (!disk.exists(path(name))) {
      throw new NoSuchFileException(name);
    }
    return disk.open(path(name), Disk.Mode.READ);
  }

  @Override
  public IndexOutput createOutput(String name, IOContext context) throws IOException {
    if (disk.exists(path(name))) {
      throw new FileAlreadyExistsException(name);
    }
    DiskFile file = disk.open(path(name), Disk.Mode.CREATE);
    return new OutputStreamIndexOutput(
        "DiskDirectory(" + name + ")", name, new Appending(file), BUFFER_BYTES);
  }

  @Override
  public IndexOutput createTempOutput(String prefix, String suffix, IOContext context)
      throws IOException {
    while (true) {
      String name = getTempFileName(prefix, suffix, temporary.getAndIncrement());
      if (!disk.exists(path(name))) {
        return createOutput(name, context);
      }
    }
  }

  @Override
  public void sync(Collection<String> names) throws IOException {
    for (String name : names) {
      try (DiskFile file = disk.open(path(name), Disk.Mode.WRITE)) {
        file.sync();
      }
    }
  }

  @Override
  public void syncMetaData() throws IOException {
    disk.syncFolder(folder);
  }

  @Override
  public void rename(String source, String dest) throws IOException {
    disk.rename(path(source), path(dest));
  }

  @Override
  public IndexInput openInput(String name, IOContext context) throws IOException {
    DiskFile file;
    try {
      file = open(name);
    } catch (FileNotFoundException e) {
      throw new NoSuchFileException(name);
    }
    return new Input(name, new SharedFile(file), 0, file.size());
  }

  @Override
  public Set<String> getPendingDeletions() {
    return Set.of();
  }

  @Override
  public void close() {
    isOpen = false;
  }

  private static final class Appending extends OutputStream {
    private final DiskFile file;
    private long position;

    Appending(DiskFile file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      file.write(ByteBuffer.wrap(bytes, from, length), position);
      position += length;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /** One open file under an input and its clones; only the first closes it. */
  private static final class SharedFile {
    private final DiskFile file;
    private final AtomicInteger closed = new AtomicInteger();

    SharedFile(DiskFile file) {
      this.file = file;
    }

    synchronized void read(ByteBuffer target, long position) throws IOException {
      file.readFully(target, position);
    }

    void close() throws IOException {
      if (closed.getAndIncrement() == 0) {
        file.close();
      }
    }
  }

  private static final class Input extends BufferedIndexInput {
    private final SharedFile file;
    private final long start;
    private final long length;
    private boolean shares;

    Input(String description, SharedFile file, long start, long length) {
      super(description, BUFFER_BYTES);
      this.file = file;
      this.start = start;
      this.length = length;
    }

    @Override
    protected void readInternal(ByteBuffer target) throws IOException {
      long position = getFilePointer();
      if (position + target.remaining() > length) {
        throw new EOFException("read past the end of " + this);
      }
      file.read(target, start + position);
    }

    @Override
    protected void seekInternal(long position) throws IOException {
      if (position > length) {
        throw new EOFException("seek past the end of " + this);
      }
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public Input clone() {
      Input clone = (Input) super.clone();
      clone.shares = true;
      return clone;
    }

    @Override
    public IndexInput slice(String description, long offset, long sliceLength) {
      if (offset < 0 || sliceLength < 0 || offset + sliceLength > length) {
        throw new IllegalArgumentException("slice " + description + " of " + this);
      }
      Input slice =
          new Input(getFullSliceDescription(description), file, start + offset, sliceLength);
      slice.shares = true;
      return slice;
    }

    @Override
    public void close() throws IOException {
      if (!shares) {
        file.close();
      }
    }
  }

  /** In which order files may go: see {@link SyncLater#deleteFile}. */
  static final Comparator<String> COMMITS_FIRST =
      Comparator.comparing((String name) -> !name.startsWith(IndexFileNames.SEGMENTS))
          .thenComparing(Comparator.naturalOrder());

  /** Deletes an index's folder with its files. */
  static void deleteFolder(Disk disk, String folder) throws IOException {
    List<String> names = new ArrayList<>(disk.list(folder));
    names.sort(COMMITS_FIRST);
    for (String name : names) {
      disk.delete(folder + "/" + name);
      if (name.startsWith(IndexFileNames.SEGMENTS)) {
        disk.syncFolder(folder);
      }
    }
    disk.delete(folder);
  }
}
