package io.headwater.view.search;

import io.headwater.bytes.Bytes;
import io.headwater.view.AnyThread;
import io.headwater.view.OwnedBy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The documents that Lucene's newest reader may not show yet, by id.
 *
 * <p>Two generations: before a refresh the current map becomes the old one; when the refresh is
 * done the old one is dropped. The owner writes to Lucene first and to this map second. So an entry
 * that lands in a map that is just being dropped was in Lucene before that refresh began, and the
 * refresh shows it.
 */
final class VersionMap {
  /** Deletes remembered beyond a refresh, so that a document's versions go on counting. */
  private static final int TOMBSTONES_MAX = 10_000;

  /**
   * @param source null where the memory budget was spent; then a refresh brings it
   */
  record Entry(long version, long seqNo, boolean deleted, byte @Nullable [] source) {}

  private static final class Generation {
    final ConcurrentHashMap<Bytes, Entry> entries = new ConcurrentHashMap<>();
    final AtomicLong sourceBytes = new AtomicLong();
  }

  private record Generations(Generation current, @Nullable Generation old) {}

  private final AtomicLong sharedBytes;
  private final long sharedBytesMax;
  private final Map<Bytes, Long> tombstones =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Bytes, Long> eldest) {
          return size() > TOMBSTONES_MAX;
        }
      };
  private volatile Generations generations = new Generations(new Generation(), null);

  /**
   * @param sharedBytes source bytes kept by all indexes
   * @param sharedBytesMax past it entries are kept without their source
   */
  VersionMap(AtomicLong sharedBytes, long sharedBytesMax) {
    this.sharedBytes = sharedBytes;
    this.sharedBytesMax = sharedBytesMax;
  }

  @AnyThread
  @Nullable Entry get(Bytes id) {
    Generations now = generations;
    Entry entry = now.current.entries.get(id);
    return entry == null && now.old != null ? now.old.entries.get(id) : entry;
  }

  @OwnedBy("search")
  void put(Bytes id, long version, long seqNo, byte[] source) {
    Generation current = generations.current;
    boolean keep = sharedBytes.get() + source.length <= sharedBytesMax;
    if (keep) {
      sharedBytes.addAndGet(source.length);
      current.sourceBytes.addAndGet(source.length);
    }
    current.entries.put(id, new Entry(version, seqNo, false, keep ? source : null));
    if (!tombstones.isEmpty()) {
      tombstones.remove(id);
    }
  }

  @OwnedBy("search")
  void delete(Bytes id, long version, long seqNo) {
    generations.current.entries.put(id, new Entry(version, seqNo, true, null));
    tombstones.put(id, version);
  }

  /** The version of a deleted document, while it is remembered; 0 otherwise. */
  @OwnedBy("search")
  long tombstone(Bytes id) {
    Long version = tombstones.get(id);
    return version == null ? 0 : version;
  }

  /** Entries that only a refresh can drop. */
  @AnyThread
  int size() {
    return generations.current.entries.size();
  }

  /** Before the new reader opens; refreshes come one at a time. */
  void beforeRefresh() {
    Generations now = generations;
    if (now.old == null) {
      generations = new Generations(new Generation(), now.current);
    }
  }

  /** The reader that shows everything from before {@link #beforeRefresh} is published. */
  void afterRefresh() {
    Generations now = generations;
    generations = new Generations(now.current, null);
    if (now.old != null) {
      sharedBytes.addAndGet(-now.old.sourceBytes.get());
    }
  }

  /** Forgets everything, for an index that closes. */
  void close() {
    Generations now = generations;
    generations = new Generations(new Generation(), null);
    sharedBytes.addAndGet(-now.current.sourceBytes.get());
    if (now.old != null) {
      sharedBytes.addAndGet(-now.old.sourceBytes.get());
    }
  }
}
