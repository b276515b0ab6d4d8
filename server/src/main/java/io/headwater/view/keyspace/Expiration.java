package io.headwater.view.keyspace;

import io.headwater.bytes.Memory;
import io.headwater.host.Clock;
import io.headwater.host.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Deletes keys that are past their time though nobody asks for them. There is no index by time:
 * each segment of a table keeps a lower bound of its earliest expiry (8 bytes for some 1,500 keys),
 * and the cycle visits the segments that are due, round robin. A visit costs a pass over the
 * segment's entries however many of them are past, so the number of visits in a cycle is limited,
 * as is its time; a cycle that met a limit is followed by the next one soon. Fields of hashes that
 * are past their time go in the same visits, so many in a cycle; the bound holds for them too.
 */
public final class Expiration {
  private static final int PERIOD_MS = 100;
  private static final int HURRIED_PERIOD_MS = 3;

  /** For a cycle, of the least effort and for each more; a batch goes past it. */
  private static final long NANOS = 1_000_000;

  private static final long NANOS_MORE = 500_000;

  /** So many are deleted between two looks at the clock. */
  private static final int BATCH = 256;

  private static final int FIELDS_BATCH = 250;
  private static final int VISITS = 8;
  private static final int VISITS_MORE = 4;
  private static final int LOOKS = 20_000;
  private static final int FIELDS = 2_000;
  private static final int SAMPLE = 8;
  private static final int DRAWS = 8;

  private final Keyspace keyspace;
  private final Store store;
  private final Clock clock;
  private final Loop loop;
  private final Key key = new Key();

  /** How many more fields of hashes this cycle deletes. */
  private int fieldsLeft;

  private int visitsMax = VISITS;
  private long nanosMax = NANOS;

  /** When this cycle should end. */
  private long untilNs;

  // What a look over a segment finds.
  private final List<byte[]> past = new ArrayList<>();
  private final List<byte[]> pastFields = new ArrayList<>();
  private long earliestMs;

  private boolean active = true;
  private int db;
  private long upTo;

  Expiration(Keyspace keyspace, Store store, Clock clock, Loop loop) {
    this.keyspace = keyspace;
    this.store = store;
    this.clock = clock;
    this.loop = loop;
  }

  /** Whether keys that nobody asks for are deleted. */
  public void setActive(boolean nowActive) {
    active = nowActive;
  }

  /** How much of a cycle's time deleting may take: 1 to 10, as {@code active-expire-effort}. */
  public void setEffort(long effort) {
    visitsMax = VISITS + VISITS_MORE * ((int) effort - 1);
    nanosMax = NANOS + NANOS_MORE * (effort - 1);
  }

  /**
   * How long keys of a database that expire have on average, in ms: of a few samples of them.
   *
   * @param dice where to take them
   * @return 0 if there are none
   */
  public long averageTtlMs(int ofDb, RandomGenerator dice) {
    long[] sample = new long[SAMPLE];
    long sum = 0;
    int count = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      int found = store.table(ofDb).sample(dice.nextLong(), SAMPLE, true, sample);
      for (int i = 0; i < found; i++) {
        long left = Entry.expiresAtMs(sample[i]) - keyspace.nowMs();
        if (left > 0) {
          sum += Math.min(left, Long.MAX_VALUE / (SAMPLE * DRAWS));
          count++;
        }
      }
    }
    return count == 0 ? 0 : sum / count;
  }

  void start() {
    loop.schedule(PERIOD_MS, this::cycle);
  }

  private void cycle() {
    boolean behind =
        active
            && !keyspace.departures().isPaused()
            && keyspace.admission().takesSmallWrites()
            && keyspace.failStop().run(this::timed);
    loop.schedule(behind ? HURRIED_PERIOD_MS : PERIOD_MS, this::cycle);
  }

  private boolean timed() {
    long began = clock.nanos();
    boolean behind = run();
    keyspace.turnObserver().expired(clock.nanos() - began);
    return behind;
  }

  /**
   * One cycle.
   *
   * @return whether it ended at its limit
   */
  boolean run() {
    int visits = 0;
    int looks = 0;
    untilNs = clock.nanos() + nanosMax;
    fieldsLeft = FIELDS;
    for (int databases = 0; databases <= Keyspace.DATABASES; databases++) {
      Table table = store.table(db);
      if (upTo != 0 || table.earliestExpiryMs <= keyspace.nowMs()) {
        if (upTo == 0) {
          table.earliestExpiryMs = Long.MAX_VALUE; // this round finds it anew
        }
        do {
          Segment segment = table.segmentAt(table.place(upTo));
          long end = endOf(segment);
          boolean whole = true;
          if (segment.earliestExpiryMs <= keyspace.nowMs()) {
            whole = visit(segment);
            visits = isOver() ? visitsMax : visits + 1;
          }
          table.earliestExpiryMs = Math.min(table.earliestExpiryMs, segment.earliestExpiryMs);
          if (!whole) {
            return true; // the next cycle goes on in this segment
          }
          upTo = end;
          looks++;
        } while (upTo != 0 && visits < visitsMax && looks < LOOKS);
        if (upTo != 0) {
          return true;
        }
      }
      upTo = 0;
      db = (db + 1) % Keyspace.DATABASES;
    }
    return fieldsLeft == 0;
  }

  /** The first hash behind the segment that {@link #upTo} is in; 0 at the end. */
  private long endOf(Segment segment) {
    if (segment.depth == 0) {
      return 0;
    }
    int shift = 64 - segment.depth;
    return (upTo >>> shift) + 1 << shift;
  }

  /** Deletes what is due in a segment; false if the time was over before all of it was. */
  private boolean visit(Segment segment) {
    boolean more;
    do {
      past.clear();
      pastFields.clear();
      earliestMs = Long.MAX_VALUE;
      segment.forEach(this::look);
      more = past.size() == BATCH;
      for (byte[] name : past) {
        keyspace.departures().expire(key.at(db, name, 0, name.length));
      }
      for (byte[] name : pastFields) {
        earliestMs = Math.min(earliestMs, expireFields(key.at(db, name, 0, name.length)));
      }
      keyspace.commandDone();
      if (!keyspace.admission().takesSmallWrites()) {
        return false; // some may still be there
      }
    } while (more && !isOver());
    if (!more) {
      segment.earliestExpiryMs = earliestMs;
    }
    return !more;
  }

  private boolean isOver() {
    return clock.nanos() - untilNs >= 0;
  }

  private void look(long entry) {
    long time = Entry.hasExpiry(entry) ? Entry.expiresAtMs(entry) : Long.MAX_VALUE;
    if (time <= keyspace.nowMs()) {
      if (past.size() < BATCH) {
        past.add(Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry)));
      }
      return;
    }
    earliestMs = Math.min(earliestMs, time);
    if (keyspace.departures().hasDueFields(entry)) {
      pastFields.add(Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry)));
    } else if (Entry.fieldsExpire(entry)) {
      earliestMs = Math.min(earliestMs, store.earliestFieldMs(entry));
    }
  }

  /**
   * Deletes due fields of a hash, as many as the cycle may, and a few at least; returns when the
   * next one is due.
   */
  private long expireFields(Key hash) {
    int gone = 1;
    while (gone > 0 && fieldsLeft > 0) {
      gone = keyspace.departures().expireFields(hash, Math.min(fieldsLeft, FIELDS_BATCH));
      fieldsLeft -= gone;
      if (isOver()) {
        fieldsLeft = 0;
      }
    }
    long entry = store.find(hash);
    return entry != 0 && Entry.fieldsExpire(entry) ? store.earliestFieldMs(entry) : Long.MAX_VALUE;
  }
}
