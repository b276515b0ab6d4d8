package io.headwater.view.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;

/**
 * Lets the owner start a commit without waiting for the disk: between {@link #defer} and {@link
 * #catchUp} syncs are only noted. The owner starts the commit (so that it holds exactly what is
 * applied), another thread catches up and only then finishes it by renaming the commit file.
 */
final class SyncLater extends FilterDirectory {
  private final List<String> names = new ArrayList<>();
  private boolean deferring;

  SyncLater(Directory directory) {
    super(directory);
  }

  synchronized void defer() {
    deferring = true;
  }

  /** Does what was deferred. */
  void catchUp() throws IOException {
    List<String> due;
    synchronized (this) {
      deferring = false;
      due = List.copyOf(names);
      names.clear();
    }
    in.sync(due);
    in.syncMetaData();
  }

  /**
   * A commit file is gone for good before the files that it names may go: else a power loss could
   * leave a commit with holes, which cannot be told from damage.
   */
  @Override
  public void deleteFile(String name) throws IOException {
    in.deleteFile(name);
    if (name.startsWith(IndexFileNames.SEGMENTS)) {
      in.syncMetaData();
    }
  }

  @Override
  public void sync(Collection<String> files) throws IOException {
    synchronized (this) {
      if (deferring) {
        names.addAll(files);
        return;
      }
    }
    in.sync(files);
  }

  @Override
  public void syncMetaData() throws IOException {
    synchronized (this) {
      if (deferring) {
        return;
      }
    }
    in.syncMetaData();
  }
}
