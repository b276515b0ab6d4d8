package io.headwater.view.keyspace;

import io.headwater.bytes.Memory;
import org.jspecify.annotations.Nullable;

/** The few best candidates of the samples so far, in ascending order of their scores. */
final class EvictionPool {
  /** A key by name, for its entry may be elsewhere when it is taken. */
  record Candidate(int db, byte[] key, long score) {
    boolean is(int otherDb, long entry) {
      return db == otherDb
          && Entry.keyLength(entry) == key.length
          && Entry.keyEquals(entry, key, 0, key.length);
    }
  }

  private final @Nullable Candidate[] candidates;
  private int count;

  EvictionPool(int size) {
    candidates = new Candidate[size];
  }

  void clear() {
    while (takeBest() != null) {
      // until none is left
    }
  }

  /** Takes an entry in if it is better than the worst or there is a place. */
  void offer(int db, long entry, long score) {
    int at = count;
    for (int i = count - 1; i >= 0; i--) {
      Candidate other = candidates[i];
      if (other != null && other.is(db, entry)) {
        return;
      }
      if (other != null && other.score > score) {
        at = i;
      }
    }
    if (count == candidates.length) {
      if (at == 0) {
        return;
      }
      System.arraycopy(candidates, 1, candidates, 0, --at);
      count--;
    } else {
      System.arraycopy(candidates, at, candidates, at + 1, count - at);
    }
    byte[] key = Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry));
    candidates[at] = new Candidate(db, key, score);
    count++;
  }

  /** The one with the highest score, which leaves the pool; null if it is empty. */
  @Nullable Candidate takeBest() {
    if (count == 0) {
      return null;
    }
    Candidate best = candidates[--count];
    candidates[count] = null;
    return best;
  }
}
