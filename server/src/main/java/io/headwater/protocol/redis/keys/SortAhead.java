package io.headwater.protocol.redis.keys;

import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Prefetch;
import org.jspecify.annotations.Nullable;

/**
 * Loads what the lookups of the next elements will look at, many at once, so that the memory's
 * latencies overlap; as batches do it for requests.
 */
final class SortAhead {
  private static final int ELEMENTS = 64;

  private final Prefetch prefetch;
  private final int db;
  private final SortTexts elements;
  private final long[] hashes = new long[ELEMENTS];
  private final long[] addresses = new long[ELEMENTS];

  /** What the loads brought, so that they are not optimised away. */
  private long loaded;

  SortAhead(Keyspace keyspace, int db, SortTexts elements) {
    this.prefetch = keyspace.prefetch();
    this.db = db;
    this.elements = elements;
  }

  /** Whether it is time to {@link #load}, after so many lookups. */
  static boolean isDue(int lookups) {
    return lookups % ELEMENTS == 0;
  }

  /**
   * @param order in which elements are looked up, here from {@code from} on and not past {@code
   *     to}; null for that in which they stand
   */
  void load(SortPattern pattern, int @Nullable [] order, int from, int to) {
    int count = Math.min(ELEMENTS, to - from);
    if (count < 2 || !pattern.hasKeys()) {
      return;
    }
    for (int i = 0; i < count; i++) {
      int element = order == null ? from + i : order[from + i];
      hashes[i] =
          pattern.hash(elements.array(element), elements.from(element), elements.length(element));
      addresses[i] = prefetch.slot(db, hashes[i]);
    }
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Entry.touchSlot(addresses[i]);
    }
    for (int i = 0; i < count; i++) {
      addresses[i] = prefetch.candidate(db, hashes[i], addresses[i]);
    }
    loaded += sum + prefetch.load(addresses, count);
  }

  /** Means nothing; read so that it is kept. */
  long loaded() {
    return loaded;
  }
}
