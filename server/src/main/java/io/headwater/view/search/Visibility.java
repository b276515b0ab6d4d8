package io.headwater.view.search;

import io.headwater.host.Clock;
import io.headwater.view.AnyThread;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.AlreadyClosedException;

/**
 * Which changes of an index its searches see.
 *
 * <p>A search that needs change {@code n} looks whether the published reader has it; if not, it
 * takes the lock, looks again, and refreshes. The number of changes is read <em>before</em> the
 * reader opens (it shows at least these), the log position <em>after</em> (it shows nothing later).
 * Everyone who waited for the lock finds the work done. Under many fresh searches refreshes are
 * spaced out, so that they take at most a quarter of one core.
 */
@AnyThread
final class Visibility {
  private static final long GAP_NS_MAX = 10_000_000;
  private static final int GAP_PER_COST = 3;

  private final IndexWriter writer;
  private final VersionMap versions;
  private final Clock clock;
  private final LongSupplier changes;
  private final LongSupplier position;
  private final ReentrantLock lock = new ReentrantLock();
  private long startedNs;
  private long costNs;
  private volatile Snapshot published;

  Visibility(
      IndexWriter writer,
      VersionMap versions,
      Clock clock,
      LongSupplier changes,
      LongSupplier position)
      throws IOException {
    this.writer = writer;
    this.versions = versions;
    this.clock = clock;
    this.changes = changes;
    this.position = position;
    this.published =
        new Snapshot(DirectoryReader.open(writer), changes.getAsLong(), position.getAsLong());
  }

  /** The published reader as it is; close it after use. */
  Snapshot acquire() {
    while (true) {
      Snapshot now = published;
      if (now.reader().tryIncRef()) {
        return now;
      }
      if (now == published) {
        throw new AlreadyClosedException("index is closed");
      }
    }
  }

  /** A reader that shows everything applied before the call; close it after use. */
  Snapshot acquireFresh() throws IOException {
    long need = changes.getAsLong();
    if (published.changes() < need) {
      lock.lock();
      try {
        if (published.changes() < need) {
          pace();
          refreshLocked();
        }
      } finally {
        lock.unlock();
      }
    }
    return acquire();
  }

  /** Publishes everything applied so far. */
  void refresh() throws IOException {
    lock.lock();
    try {
      if (published.changes() < changes.getAsLong()) {
        refreshLocked();
      }
    } finally {
      lock.unlock();
    }
  }

  private void pace() {
    long waitNs = startedNs + Math.min(GAP_NS_MAX, GAP_PER_COST * costNs) - clock.nanos();
    if (startedNs != 0 && waitNs > 0) {
      LockSupport.parkNanos(this, waitNs);
    }
  }

  private void refreshLocked() throws IOException {
    long start = clock.nanos();
    versions.beforeRefresh();
    long shown = changes.getAsLong();
    Snapshot old = published;
    DirectoryReader reader = DirectoryReader.openIfChanged(old.reader(), writer, true);
    if (reader == null) {
      reader = old.reader();
      reader.incRef();
    }
    published = new Snapshot(reader, shown, position.getAsLong());
    old.reader().decRef();
    versions.afterRefresh();
    startedNs = start;
    costNs = clock.nanos() - start;
  }

  void close() throws IOException {
    lock.lock();
    try {
      published.reader().decRef();
    } finally {
      lock.unlock();
    }
  }
}
