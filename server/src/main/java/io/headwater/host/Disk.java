package io.headwater.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A folder tree, addressed by relative paths with {@code /} between names ({@code
 * "journal/00000000000000000000.log"}). Contents survive a power loss only after {@link
 * DiskFile#sync}; a new, renamed or deleted name only after {@link #syncFolder} of its folder. Safe
 * from any thread; files are not.
 */
public interface Disk {
  enum Mode {
    /** Must exist. */
    READ,
    /** Must exist; for reading and writing. */
    WRITE,
    /** Must not exist. */
    CREATE,
    /** Opens for reading and writing, creating or keeping what is there. */
    CREATE_OR_OPEN
  }

  DiskFile open(String path, Mode mode) throws IOException;

  boolean exists(String path) throws IOException;

  boolean isFolder(String path) throws IOException;

  /** Names (not paths) in a folder, sorted; empty if the folder does not exist. */
  List<String> list(String folder) throws IOException;

  /** Creates the folder and its parents, durably; nothing happens where they exist. */
  void createFolder(String folder) throws IOException;

  /** Atomic; replaces {@code to} if it exists. */
  void rename(String from, String to) throws IOException;

  /** Deletes a file or an empty folder; nothing happens if it does not exist. */
  void delete(String path) throws IOException;

  /** Makes the folder's names durable. */
  void syncFolder(String folder) throws IOException;

  /** Bytes that can still be written. */
  long freeBytes() throws IOException;

  /** Where this disk really is, for libraries that map files; empty when simulated. */
  Optional<Path> realFolder();

  /** Reads a whole small file. */
  default byte[] readAll(String path) throws IOException {
    try (DiskFile file = open(path, Mode.READ)) {
      long size = file.size();
      if (size > Integer.MAX_VALUE - 64) {
        throw new IOException(path + " is too large to read at once: " + size + " bytes");
      }
      byte[] bytes = new byte[(int) size];
      file.readFully(java.nio.ByteBuffer.wrap(bytes), 0);
      return bytes;
    }
  }

  /** Replaces a small file durably: temporary file, sync, rename, sync of the folder. */
  default void replace(String path, byte[] contents) throws IOException {
    String temporary = path + ".tmp";
    delete(temporary);
    try (DiskFile file = open(temporary, Mode.CREATE)) {
      file.write(java.nio.ByteBuffer.wrap(contents), 0);
      file.sync();
    }
    rename(temporary, path);
    int slash = path.lastIndexOf('/');
    syncFolder(slash < 0 ? "" : path.substring(0, slash));
  }
}
