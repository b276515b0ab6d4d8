package io.headwater.view.search;

import io.headwater.host.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.IndexNotFoundException;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.MergeScheduler;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.store.BaseDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.NRTCachingDirectory;
import org.apache.lucene.store.NoLockFactory;
import org.jspecify.annotations.Nullable;

/** Where one index's files are, and how Lucene treats them. */
final class IndexFolder {
  static final String ROOT = "views/search";

  // A refresh writes small segments; these keep them in memory until they are merged or committed.
  // Measured: without, a fresh search costs 15 ms instead of 2.
  private static final double CACHED_SEGMENT_MB_MAX = 8;
  private static final double CACHED_MB_MAX = 48;

  private final Disk root;
  private final SyncLater disk;
  private final Directory directory;
  private final boolean real;
  private final RetainedCommits commits;
  private final @Nullable IndexCommit newest;

  /**
   * Opens a folder, creating it where it does not exist.
   *
   * @param logEnd commits that cover more than the log holds are not looked at, and go
   */
  IndexFolder(Disk disk, String uuid, long logEnd) throws IOException {
    String folder = ROOT + "/" + uuid;
    this.root = disk;
    disk.createFolder(folder);
    disk.syncFolder(folder); // a killed process may have left names that no sync has seen
    Path place = disk.realFolder().orElse(null);
    real = place != null;
    // The data folder's own lock keeps other processes out.
    BaseDirectory files =
        place == null
            ? new DiskDirectory(disk, folder)
            : new MMapDirectory(place.resolve(folder), NoLockFactory.INSTANCE);
    this.disk = new SyncLater(files);
    directory = new NRTCachingDirectory(this.disk, CACHED_SEGMENT_MB_MAX, CACHED_MB_MAX);
    commits = new RetainedCommits(logEnd);
    newest = newest(directory, logEnd);
    if (newest == null) {
      List<String> names = new ArrayList<>(List.of(this.disk.listAll()));
      names.sort(DiskDirectory.COMMITS_FIRST);
      for (String name : names) {
        this.disk.deleteFile(name);
      }
    }
  }

  /** Commit files go first and for good: see {@link SyncLater#deleteFile}. */
  private void clear() throws IOException {
    for (boolean commits : new boolean[] {true, false}) {
      for (String name : disk.listAll()) {
        if (name.startsWith(IndexFileNames.SEGMENTS) == commits) {
          disk.deleteFile(name);
        }
      }
    }
  }

  private static @Nullable IndexCommit newest(Directory directory, long logEnd) throws IOException {
    List<IndexCommit> found;
    try {
      found = DirectoryReader.listCommits(directory);
    } catch (IndexNotFoundException e) {
      return null; // a new index, or one that was never committed: the log has all of it
    }
    IndexCommit newest = null;
    for (IndexCommit commit : found) { // oldest first
      if (RetainedCommits.position(commit) <= logEnd) {
        newest = commit;
      }
    }
    return newest;
  }

  /** The commit that the index goes on from, or null for an empty one. */
  @Nullable IndexCommit newest() {
    return newest;
  }

  RetainedCommits commits() {
    return commits;
  }

  Directory directory() {
    return directory;
  }

  IndexWriter open(Analyzer analyzer, double bufferMb) throws IOException {
    IndexWriterConfig config = new IndexWriterConfig(analyzer);
    config.setRAMBufferSizeMB(bufferMb);
    config.setUseCompoundFile(false);
    config.setMaxFullFlushMergeWaitMillis(0);
    config.setCommitOnClose(false);
    config.setIndexDeletionPolicy(commits);
    config.setMergePolicy(new RoomyMerges(root));
    config.setMergeScheduler(merges());
    config.setOpenMode(
        newest == null ? IndexWriterConfig.OpenMode.CREATE : IndexWriterConfig.OpenMode.APPEND);
    if (newest != null) {
      config.setIndexCommit(newest);
    }
    return new IndexWriter(directory, config);
  }

  private MergeScheduler merges() {
    if (!real) {
      return new SerialMergeScheduler(); // a simulation has no threads of its own
    }
    ConcurrentMergeScheduler merges = new ConcurrentMergeScheduler();
    merges.setMaxMergesAndThreads(6, 1); // two cores: one for merges, one for everything else
    return merges;
  }

  /** From now on a commit does not wait for the disk; see {@link #syncDeferred}. */
  void deferSyncs() {
    disk.defer();
  }

  void syncDeferred() throws IOException {
    disk.catchUp();
  }

  void close() throws IOException {
    directory.close();
  }
}
