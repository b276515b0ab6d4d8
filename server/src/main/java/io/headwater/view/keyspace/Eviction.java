package io.headwater.view.keyspace;

import io.headwater.bytes.HeapBudget;
import io.headwater.bytes.Memory;
import io.headwater.host.Clock;
import io.headwater.host.Loop;
import io.headwater.view.OwnedBy;
import io.headwater.view.keyspace.EvictionPolicy.Order;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Keeps the memory in use under {@code maxmemory}, and large collections under a share of the Java
 * heap whether there is a {@code maxmemory} or not, by deleting keys, as Redis 7.0 does it: which
 * one goes is decided by samples, not by an order of all keys. The best of each sample stay in a
 * small pool, so that what one sample found and did not use helps the next; with five samples that
 * comes close to a true order.
 *
 * <p>A sample is a run of entries from a random slot of a table: their hashes are next to each
 * other, so they are as good as drawn one by one.
 *
 * <p>An eviction is recorded as a deletion. Keys that projections derive are never evicted. One
 * call spends no longer than the time that {@code maxmemory-eviction-tenacity} stands for; what is
 * still too much goes in the turns that follow, and meanwhile commands are let through.
 */
@OwnedBy("keyspace")
public final class Eviction {
  /** What {@link #makeRoom} came to. */
  public enum Outcome {
    /** There is room. */
    ENOUGH,
    /** There is not yet, but it is being made. */
    UNDER_WAY,
    /** There is none: commands that need memory are refused. */
    FULL
  }

  private static final int POOL = 16;
  private static final int ROUNDS_MAX = 64;
  private static final int EVICTED_BETWEEN_LOOKS = 16;
  private static final int FREED_SLOTS = 2048;
  private static final int COUNT_PERIOD_MS = 100;
  private static final int SAMPLES_MAX = 64;
  private static final int HEAP_PERCENT = 65;

  /** So much of {@link #HEAP_PERCENT} is theirs whatever clients hold. */
  private static final double HEAP_FLOOR = 0.7;

  /** What they take is told to the others who share the heap when it has changed by so much. */
  private static final long TOLD_BYTES = 1 << 20;

  private final Keyspace keyspace;
  private final Store store;
  private final Clock clock;
  private final Loop loop;
  private final SplittableRandom random;
  private final EvictionPool pool = new EvictionPool(POOL);
  private final long[] sample = new long[SAMPLES_MAX];
  private final Key key = new Key();
  private EvictionPolicy policy = EvictionPolicy.NOEVICTION;
  private long bytesMax = Long.MAX_VALUE;

  /**
   * For large collections: what they take beyond would leave requests, replies and the collector no
   * room, and a full heap ends the process.
   */
  private final HeapBudget.Share heap;

  private int samples = 5;
  private long nanosMax = 500_000;
  private int nextDb;
  private LongSupplier beside = () -> 0;
  private long besideBytes;
  private long peakBytes;
  private boolean goingOn;
  private long evictedKeys;
  private long exceededSinceNanos;
  private long exceededNanos;

  Eviction(Keyspace keyspace, Store store, Clock clock, Loop loop) {
    this.keyspace = keyspace;
    this.store = store;
    this.clock = clock;
    this.loop = loop;
    this.heap = loop.heap().share(HEAP_PERCENT);
    this.random = new SplittableRandom(clock.nanos() ^ clock.wallMs() << 20);
  }

  void start() {
    loop.schedule(COUNT_PERIOD_MS, this::count);
  }

  /** What counts beside the keyspace; asked for ten times a second. */
  public void countBeside(LongSupplier bytes) {
    beside = bytes;
  }

  private void count() {
    besideBytes = beside.getAsLong();
    peakBytes = Math.max(peakBytes, usedBytes());
    loop.schedule(COUNT_PERIOD_MS, this::count);
  }

  /**
   * @param bytes 0: no limit
   */
  public void setBytesMax(long bytes) {
    bytesMax = bytes == 0 ? Long.MAX_VALUE : bytes;
    goOn();
  }

  public void setPolicy(EvictionPolicy newPolicy) {
    policy = newPolicy;
    pool.clear();
    store.access().setCounts(newPolicy.order == Order.RARE);
    goOn();
  }

  public void setSamples(long newSamples) {
    samples = (int) Math.min(newSamples, SAMPLES_MAX);
  }

  /** From 0, no time, over 10, half a millisecond, to 100, no limit. */
  public void setTenacity(long tenacity) {
    if (tenacity <= 10) {
      nanosMax = 50_000 * tenacity;
    } else if (tenacity < 100) {
      nanosMax = (long) (500_000 * Math.pow(1.15, tenacity - 10.0));
    } else {
      nanosMax = Long.MAX_VALUE;
    }
  }

  public void setLogFactor(long factor) {
    store.access().setLogFactor((int) factor);
  }

  public void setDecayMinutes(long minutes) {
    store.access().setDecayMinutes((int) minutes);
  }

  /** Bytes in use: those of the keyspace, and what counts beside it as of the last count. */
  public long usedBytes() {
    return store.usedBytes() + besideBytes;
  }

  /** The most bytes that were in use at a count. */
  public long peakBytes() {
    return Math.max(peakBytes, usedBytes());
  }

  public void resetPeak() {
    peakBytes = 0;
  }

  public long evictedKeys() {
    return evictedKeys;
  }

  /** How long memory was over the limit, in all and this time, in nanoseconds. */
  public long exceededNanos() {
    return exceededNanos + currentlyExceededNanos();
  }

  public long currentlyExceededNanos() {
    return exceededSinceNanos == 0 ? 0 : clock.nanos() - exceededSinceNanos;
  }

  public void resetStatistics() {
    evictedKeys = 0;
    exceededNanos = 0;
  }

  /** Whether {@link #makeRoom} has nothing to do. */
  public boolean isUnlimited() {
    return bytesMax == Long.MAX_VALUE && exceededSinceNanos == 0 && hasRoom();
  }

  /** Before a command: deletes keys while too much memory is in use. */
  public Outcome makeRoom() {
    return hasRoom() ? enough() : evict();
  }

  private boolean hasRoom() {
    return (bytesMax == Long.MAX_VALUE || usedBytes() <= bytesMax) && collectionsFit();
  }

  private boolean collectionsFit() {
    long bytes = store.large().heapBytes();
    if (Math.abs(bytes - heap.bytes()) > TOLD_BYTES) {
      heap.add(bytes - heap.bytes());
    }
    return bytes <= heap.bytesMax()
        && (bytes <= heap.bytesMax() * HEAP_FLOOR || !loop.heap().isFull());
  }

  private boolean isOverEvenWhenFlushedIsFreed() {
    return usedBytes() - store.flushedBytes() > bytesMax || !collectionsFit();
  }

  private Outcome enough() {
    if (exceededSinceNanos != 0) {
      exceededNanos += clock.nanos() - exceededSinceNanos;
      exceededSinceNanos = 0;
    }
    return Outcome.ENOUGH;
  }

  private Outcome evict() {
    if (exceededSinceNanos == 0) {
      exceededSinceNanos = clock.nanos();
    }
    long began = clock.nanos();
    while (!hasRoom() && store.freeSlice(FREED_SLOTS)) { // what was flushed goes first
      if (clock.nanos() - began > nanosMax) {
        goOn();
        return Outcome.UNDER_WAY;
      }
    }
    for (int evicted = 0; isOverEvenWhenFlushedIsFreed(); evicted++) {
      if (policy == EvictionPolicy.NOEVICTION
          || !keyspace.admission().takesSmallWrites()
          || !choose()) {
        return Outcome.FULL;
      }
      evictedKeys += keyspace.departures().evict(key) ? 1 : 0;
      if (evicted % EVICTED_BETWEEN_LOOKS == 0 && clock.nanos() - began > nanosMax) {
        goOn();
        return Outcome.UNDER_WAY;
      }
    }
    return enough();
  }

  /** Evicts in turns of its own until there is room. */
  private void goOn() {
    if (!goingOn && !hasRoom()) {
      goingOn = true;
      loop.schedule(
          1,
          () -> {
            goingOn = false;
            if (keyspace.failStop().run(this::makeRoom) == Outcome.UNDER_WAY) {
              goOn();
            }
          });
    }
  }

  /** Points {@link #key} at the key that goes next; false if none can go. */
  private boolean choose() {
    for (int round = 0; round < ROUNDS_MAX; round++) {
      if (policy.order == Order.RANDOM ? drawAny() : drawBest()) {
        return true;
      }
      if (candidates() == 0) {
        return false;
      }
    }
    return false;
  }

  private long candidates() {
    long keys = 0;
    for (int db = 0; db < Keyspace.DATABASES; db++) {
      keys += candidates(db);
    }
    return keys;
  }

  private long candidates(int db) {
    Table table = store.table(db);
    return policy.onlyExpiring ? table.expiring() : table.size();
  }

  private boolean drawAny() {
    for (int tried = 0; tried < Keyspace.DATABASES; tried++) {
      nextDb = (nextDb + 1) % Keyspace.DATABASES;
      if (candidates(nextDb) > 0
          && store.table(nextDb).sample(random.nextLong(), 1, policy.onlyExpiring, sample) > 0) {
        byte[] name = Memory.toByteArray(Entry.key(sample[0]), Entry.keyLength(sample[0]));
        return mayGo(nextDb, name);
      }
    }
    return false;
  }

  private boolean drawBest() {
    for (int db = 0; db < Keyspace.DATABASES; db++) {
      if (candidates(db) > 0) {
        int found = store.table(db).sample(random.nextLong(), samples, policy.onlyExpiring, sample);
        for (int i = 0; i < found; i++) {
          pool.offer(db, sample[i], score(sample[i]));
        }
      }
    }
    for (EvictionPool.Candidate best = pool.takeBest(); best != null; best = pool.takeBest()) {
      if (mayGo(best.db(), best.key()) && isStillAsGood(best)) {
        return true;
      }
    }
    return false;
  }

  /** The higher, the sooner a key goes. */
  private long score(long entry) {
    return switch (policy.order) {
      case IDLE -> store.access().idleSeconds(entry);
      case RARE -> 255 - store.access().frequency(entry);
      case SOON -> Long.MAX_VALUE - Entry.expiresAtMs(entry);
      case NONE, RANDOM -> 0;
    };
  }

  private boolean mayGo(int db, byte[] name) {
    if (keyspace.refuseWrite(db, name, 0, name.length) != null) {
      return false;
    }
    long entry = store.find(key.at(db, name, 0, name.length));
    return entry != 0 && (!policy.onlyExpiring || Entry.hasExpiry(entry));
  }

  /** Whether the key was not used since it was sampled. */
  private boolean isStillAsGood(EvictionPool.Candidate candidate) {
    return score(store.find(key)) >= candidate.score();
  }
}
