package io.headwater.view.topics;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.view.OwnedBy;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The segment files that are open: at most a fixed number, so that thousands of partitions need not
 * as many descriptors. The one not used for longest is closed; using it again opens it again.
 */
@OwnedBy("topics")
final class OpenFiles {
  private final Disk disk;
  private final int limit;
  private final LinkedHashMap<String, DiskFile> open = new LinkedHashMap<>(64, 0.75f, true);

  OpenFiles(Disk disk, int limit) {
    this.disk = disk;
    this.limit = limit;
  }

  Disk disk() {
    return disk;
  }

  /** An existing file, for reading and writing. Do not keep it over another call. */
  DiskFile get(String path) throws IOException {
    DiskFile file = open.get(path);
    return file != null ? file : put(path, disk.open(path, Disk.Mode.WRITE));
  }

  /** A new file; whatever an interrupted run left under its name is dropped. */
  void create(String path) throws IOException {
    disk.delete(path);
    put(path, disk.open(path, Disk.Mode.CREATE));
  }

  private DiskFile put(String path, DiskFile file) throws IOException {
    open.put(path, file);
    if (open.size() > limit) {
      Iterator<Map.Entry<String, DiskFile>> eldest = open.entrySet().iterator();
      DiskFile evicted = eldest.next().getValue();
      eldest.remove();
      evicted.close();
    }
    return file;
  }

  /** Closes a file if it is open, because it is about to be or was deleted. */
  void forget(String path) throws IOException {
    DiskFile file = open.remove(path);
    if (file != null) {
      file.close();
    }
  }

  int size() {
    return open.size();
  }

  void close() throws IOException {
    for (DiskFile file : open.values()) {
      file.close();
    }
    open.clear();
  }
}
