package io.headwater.host;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A folder of the machine's file system. Paths cannot leave it: absolute paths and {@code ..} are
 * refused with {@link IllegalArgumentException}.
 */
public final class RealDisk implements Disk {
  /** Below this many free bytes a failed write counts as a full disk, whatever its message. */
  private static final long FULL_BYTES = 64 << 10;

  /**
   * Folders that this process has locked. The kernel's lock belongs to the whole process and goes
   * when any channel on the file closes, so a second attempt must not even open it.
   */
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private volatile boolean directPossible = true;

  private RealDisk(Path folder) {
    this.folder = folder;
  }

  /** Creates the folder and its parents where they do not exist. */
  public static RealDisk at(Path folder) throws IOException {
    Files.createDirectories(folder);
    return new RealDisk(folder.toRealPath());
  }

  /**
   * Locks the folder for this process through a file named {@code lock}. The kernel releases it
   * when the process ends, however it ends.
   *
   * @return empty if another process, or this one, holds it
   */
  public Optional<Lock> tryLock() throws IOException {
    if (!LOCKED.add(folder)) {
      return Optional.empty();
    }
    Lock lock = null;
    try {
      lock = lockFile();
    } finally {
      if (lock == null) {
        LOCKED.remove(folder);
      }
    }
    return Optional.ofNullable(lock);
  }

  private @Nullable Lock lockFile() throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    return lock == null ? null : new Lock(folder, channel);
  }

  @Override
  public DiskFile open(String path, Mode mode) throws IOException {
    Path file = resolve(path);
    Set<StandardOpenOption> options =
        switch (mode) {
          case READ -> Set.of(StandardOpenOption.READ);
          case WRITE -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
          case CREATE ->
              Set.of(
                  StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
          case CREATE_OR_OPEN ->
              Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        };
    if (Files.isDirectory(file)) {
      throw new FileSystemException(path, null, "is a folder");
    }
    try {
      return new RealFile(this, file, mode, FileChannel.open(file, options));
    } catch (IOException e) {
      throw explained(file, e);
    }
  }

  @Override
  public boolean exists(String path) {
    return Files.exists(resolve(path));
  }

  @Override
  public boolean isFolder(String path) {
    return Files.isDirectory(resolve(path));
  }

  @Override
  public List<String> list(String path) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(resolve(path))) {
      for (Path entry : entries) {
        names.add(entry.getFileName().toString());
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
    names.sort(null);
    return names;
  }

  /** The parents' new names are synced too: a folder that was created is there after a crash. */
  @Override
  public void createFolder(String path) throws IOException {
    Path parent = folder;
    for (Path name : folder.relativize(resolve(path))) {
      Path at = parent.resolve(name);
      if (!Files.isDirectory(at)) {
        create(at);
        sync(parent);
      }
      parent = at;
    }
  }

  private void create(Path wanted) throws IOException {
    try {
      Files.createDirectory(wanted);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(wanted)) {
        throw e;
      }
    } catch (IOException e) {
      throw explained(wanted, e);
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    try {
      Files.move(
          resolve(from),
          resolve(to),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw explained(resolve(to), e);
    }
  }

  @Override
  public void delete(String path) throws IOException {
    Files.deleteIfExists(resolve(path));
  }

  @Override
  public void syncFolder(String path) throws IOException {
    sync(resolve(path));
  }

  @Override
  public long freeBytes() throws IOException {
    return Files.getFileStore(folder).getUsableSpace();
  }

  @Override
  public Optional<Path> realFolder() {
    return Optional.of(folder);
  }

  @Override
  public String toString() {
    return folder.toString();
  }

  boolean isDirectPossible() {
    return directPossible;
  }

  /** No file is asked again whether it can be written past the page cache. */
  void directRefused() {
    directPossible = false;
  }

  /**
   * Recognises a full disk. Java gives no errno and the message is in the machine's language, so
   * the free space decides where the English words do not.
   */
  IOException explained(Path file, IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    boolean full = message.contains("no space left") || message.contains("quota exceeded");
    try {
      full |= e.getClass() == IOException.class && freeBytes() < FULL_BYTES;
    } catch (IOException ignored) {
      e.addSuppressed(ignored);
    }
    if (!full) {
      return e;
    }
    DiskFullException explained = new DiskFullException(file.toString());
    explained.initCause(e);
    return explained;
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private Path resolve(String path) {
    Path relative = Path.of(path);
    if (relative.isAbsolute()) {
      throw new IllegalArgumentException("absolute path: " + path);
    }
    for (Path name : relative) {
      if (name.toString().equals("..")) {
        throw new IllegalArgumentException("path leaves its disk: " + path);
      }
    }
    return folder.resolve(path);
  }

  /** Held until closed. The file stays; only the lock on it counts. */
  public static final class Lock implements AutoCloseable {
    private final Path folder;
    private final FileChannel channel;

    private Lock(Path folder, FileChannel channel) {
      this.folder = folder;
      this.channel = channel;
    }

    @Override
    public synchronized void close() throws IOException {
      if (channel.isOpen()) {
        channel.close();
        LOCKED.remove(folder);
      }
    }
  }
}
