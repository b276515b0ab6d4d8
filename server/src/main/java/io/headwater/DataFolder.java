package io.headwater;

import io.headwater.Server.CannotStart;
import io.headwater.host.RealDisk;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Opens and locks the data folder, and refuses one that is not ours. */
final class DataFolder {
  /** What a folder of ours may hold at its top. */
  private static final Set<String> OURS =
      Set.of("headwater.meta", "lock", "journal", "views", "archive", "checkpoints");

  private DataFolder() {}

  static RealDisk open(Path folder) throws CannotStart {
    try {
      if (Files.exists(folder) && !Files.isDirectory(folder)) {
        throw new CannotStart("the data folder " + folder + " is not a folder");
      }
      create(folder);
      requireOurs(folder);
      if (!Files.isWritable(folder)) {
        throw new CannotStart("the data folder " + folder + " is not writable");
      }
      return RealDisk.at(folder);
    } catch (IOException e) {
      throw new CannotStart("cannot use the data folder " + folder + ": " + e.getMessage());
    }
  }

  /** Says which folder above it is in the way, which the system's own message does not. */
  private static void create(Path folder) throws IOException, CannotStart {
    try {
      Files.createDirectories(folder);
    } catch (FileSystemException e) {
      Path above = folder.toAbsolutePath();
      while (above.getParent() != null && !Files.exists(above)) {
        above = above.getParent();
      }
      throw new CannotStart(
          "cannot create the data folder "
              + folder
              + ": "
              + (Files.isDirectory(above) ? "no writing in " : "not a folder: ")
              + above);
    }
  }

  private static void requireOurs(Path folder) throws IOException, CannotStart {
    try (Stream<Path> entries = Files.list(folder)) {
      List<String> names = entries.map(p -> p.getFileName().toString()).sorted().toList();
      for (String name : names) {
        if (!OURS.contains(name) && !name.endsWith(".tmp")) {
          throw new CannotStart(
              "the folder "
                  + folder
                  + " holds '"
                  + name
                  + "', which is not Headwater's: choose an empty folder");
        }
      }
    }
  }

  static RealDisk.Lock lock(RealDisk disk, Path folder) throws CannotStart {
    try {
      return disk.tryLock()
          .orElseThrow(() -> new CannotStart("another process uses the data folder " + folder));
    } catch (IOException e) {
      throw new CannotStart("cannot lock the data folder " + folder + ": " + e.getMessage());
    }
  }

  static void unlock(RealDisk.Lock lock) {
    try {
      lock.close();
    } catch (IOException e) {
      System.getLogger(DataFolder.class.getName())
          .log(System.Logger.Level.WARNING, "the data folder's lock did not close", e);
    }
  }
}
