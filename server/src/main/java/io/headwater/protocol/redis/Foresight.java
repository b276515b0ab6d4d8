package io.headwater.protocol.redis;

import io.headwater.bytes.Hash64;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Prefetch;

/**
 * What the first requests of a turn's clients will look at, loaded together before the first of
 * them runs: as {@link Batch} does it for the requests of one client. Where one has its key is
 * guessed (behind its name); a wrong guess costs a useless load.
 */
final class Foresight {
  private static final int KEYS_MAX = 128;

  private final long[] hashes = new long[KEYS_MAX];
  private final int[] dbs = new int[KEYS_MAX];
  private final Prefetch prefetch;

  /** Their slots, then their entries. */
  private final long[] slots = new long[KEYS_MAX];

  private int count;

  /** What the loads brought, so that they are not optimised away. */
  private long loaded;

  Foresight(Keyspace keyspace) {
    prefetch = keyspace.prefetch();
  }

  /** Notes the key of the request at {@code from}, if it is one like {@code *2 $3 GET $3 key}. */
  void note(int db, byte[] buffer, int from, int to) {
    int name = from + 4;
    if (count == KEYS_MAX || to - name < 4 || buffer[from] != '*' || buffer[from + 2] != '\r') {
      return;
    }
    int key = behind(buffer, name, to);
    int bytes = key < 0 ? -1 : length(buffer, key, to);
    if (bytes <= 0) {
      return;
    }
    int start = key + (bytes < 10 ? 4 : 5);
    if (to - start >= bytes) {
      hashes[count] = Hash64.of(buffer, start, bytes);
      dbs[count] = db;
      count++;
    }
  }

  /** Where the argument after the one at {@code at} begins; -1 if that is not certain. */
  private static int behind(byte[] buffer, int at, int to) {
    int bytes = length(buffer, at, to);
    return bytes < 0 ? -1 : at + (bytes < 10 ? 4 : 5) + bytes + 2;
  }

  /** The length that a head of one or two digits tells, else -1. */
  private static int length(byte[] buffer, int at, int to) {
    if (to - at < 5 || buffer[at] != '$') {
      return -1;
    }
    int first = buffer[at + 1] - '0';
    int second = buffer[at + 2];
    if (first < 0 || first > 9) {
      return -1;
    }
    if (second == '\r') {
      return first;
    }
    second -= '0';
    return second < 0 || second > 9 || buffer[at + 3] != '\r' ? -1 : first * 10 + second;
  }

  /** Loads what was noted and forgets it. */
  void load() {
    if (count == 0) {
      return;
    }
    for (int i = 0; i < count; i++) {
      slots[i] = prefetch.slot(dbs[i], hashes[i]);
    }
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Entry.touchSlot(slots[i]);
    }
    for (int i = 0; i < count; i++) {
      slots[i] = prefetch.candidate(dbs[i], hashes[i], slots[i]);
    }
    loaded += sum + prefetch.load(slots, count);
    count = 0;
  }

  /** Requests noted and not loaded yet. */
  int count() {
    return count;
  }

  /** Means nothing; read so that it is kept. */
  long loaded() {
    return loaded;
  }
}
