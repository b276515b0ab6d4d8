package io.headwater.view.keyspace;

import io.headwater.view.keyspace.types.Lookahead;

/**
 * Loads entries that will be looked at, many at once, so that the memory's latencies overlap: first
 * each one's {@link #slot}, then what {@link #candidate} finds there, then, of large collections,
 * where a member will be. Who calls it does one step for all keys before the next.
 *
 * <p>An entry that is small has two lines of the processor's cache at most, and where those loaded
 * last were tiny, one: then half of the loads is saved.
 */
public final class Prefetch {
  private final Store store;
  private boolean tiny;

  Prefetch(Store store) {
    this.store = store;
  }

  /** The address of the slot where the lookup of a key with this hash will begin. */
  public long slot(int db, long hash) {
    return store.table(db).slot(hash);
  }

  /**
   * After {@link Entry#touchSlot}: the address of what is probably the entry, 0 if there is none.
   */
  public long candidate(int db, long hash, long slot) {
    return store.table(db).candidate(hash, slot);
  }

  /**
   * @param entries their addresses; 0 for those that are not there
   * @return means nothing, but must be kept, or the loads would be optimised away
   */
  public long load(long[] entries, int count) {
    int heads = 0;
    long sum = 0;
    if (tiny) {
      for (int i = 0; i < count; i++) {
        heads |= Entry.touch(entries[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        heads |= Entry.touch(entries[i]);
        sum += Entry.touchSecond(entries[i]);
      }
    }
    tiny = Entry.areTiny(heads);
    return sum + heads;
  }

  /**
   * After {@link #load}: if it is a large collection, notes that one of its members will be looked
   * at.
   */
  public void lookAhead(
      Lookahead ahead, long candidate, byte[] member, int from, int length, double score) {
    if (Entry.isLarge(candidate)
        && store.large().get(Entry.handle(candidate))
            instanceof LargeCollection(int t, var value)) {
      ahead.add(value, member, from, length, score);
    }
  }
}
