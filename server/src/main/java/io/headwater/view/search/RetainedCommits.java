package io.headwater.view.search;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexDeletionPolicy;

/**
 * Keeps the commits that somebody may restore to: the newest at or below a position, and all newer
 * ones. When an index opens, commits past the log's end go.
 */
final class RetainedCommits extends IndexDeletionPolicy {
  /** User data: the log position that a commit covers exactly. */
  static final String POSITION = "position";

  private final long logEnd;
  private volatile long retained;

  RetainedCommits(long logEnd) {
    this.logEnd = logEnd;
  }

  /** Takes effect at the next commit or {@code deleteUnusedFiles}. */
  void retain(long position) {
    retained = position;
  }

  static long position(IndexCommit commit) throws IOException {
    String position = commit.getUserData().get(POSITION);
    return position == null ? Long.MAX_VALUE : Long.parseLong(position);
  }

  @Override
  public void onInit(List<? extends IndexCommit> commits) throws IOException {
    for (IndexCommit commit : commits) {
      if (position(commit) > logEnd) {
        commit.delete();
      }
    }
  }

  @Override
  public void onCommit(List<? extends IndexCommit> commits) throws IOException {
    int keep = 0;
    for (int i = 0; i < commits.size(); i++) {
      if (!commits.get(i).isDeleted() && position(commits.get(i)) <= retained) {
        keep = i;
      }
    }
    for (int i = 0; i < keep; i++) {
      commits.get(i).delete();
    }
  }
}
