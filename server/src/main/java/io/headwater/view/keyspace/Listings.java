package io.headwater.view.keyspace;

import io.headwater.view.keyspace.Keyspace.EntryVisitor;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Visits all entries of a database as they are at one instant, without holding up anybody: each
 * turn visits a few segments, and a segment that is about to change is visited first, as for a
 * {@link Checkpoint}. One listing runs at a time; the next one's instant is when it begins.
 *
 * <p>A walk over three million keys takes a second, for each is somewhere else in memory.
 */
public final class Listings {
  /** About a millisecond. */
  private static final int SLOTS_A_TURN = 4096;

  /** One that runs or waits. */
  public final class Listing {
    private final int db;
    private final EntryVisitor visitor;
    private final Runnable done;
    private @Nullable Table table;
    private long nowMs;
    private long number;
    private long upTo;

    private Listing(int db, EntryVisitor visitor, Runnable done) {
      this.db = db;
      this.visitor = visitor;
      this.done = done;
    }

    private void begin() {
      table = store.table(db);
      nowMs = keyspace.nowMs();
      number = ++begun;
    }

    /** Nobody wants it any more. */
    public void cancel() {
      queue.remove(this);
      if (running == this) {
        running = null;
      }
    }

    private void visit(Segment segment) {
      segment.listedBy = number;
      segment.forEach(entry -> {
        if (!Entry.hasExpiry(entry) || Entry.expiresAtMs(entry) > nowMs) {
          visitor.visit(entry);
        }
      });
    }

    /** Visits some; true at the end. */
    private boolean slice(Table of) {
      for (int left = SLOTS_A_TURN; left > 0; ) {
        int place = of.place(upTo);
        Segment segment = of.segmentAt(place);
        if (segment.listedBy != number) {
          visit(segment);
          left -= segment.slotCount();
        }
        int next = of.nextPlace(place);
        if (next == of.directorySize()) {
          return true;
        }
        upTo = of.hashAt(next);
        left--;
      }
      return false;
    }
  }

  private final Keyspace keyspace;
  private final Store store;
  private final ArrayDeque<Listing> queue = new ArrayDeque<>();
  private @Nullable Listing running;
  private long begun;

  Listings(Keyspace keyspace, Store store) {
    this.keyspace = keyspace;
    this.store = store;
  }

  /**
   * Begins one, soon.
   *
   * @param visitor must not change the keyspace
   * @param done called behind the turn in which the last entry was visited
   */
  public Listing begin(int db, EntryVisitor visitor, Runnable done) {
    Listing listing = new Listing(db, visitor, done);
    queue.add(listing);
    return listing;
  }

  boolean holds(Table table) {
    Listing current = running;
    return current != null && current.table == table;
  }

  /** Before a segment changes, is split or is freed. */
  void changing(Table table, Segment segment) {
    Listing current = running;
    if (current != null && current.table == table && segment.listedBy != current.number) {
      current.visit(segment);
    }
  }

  /**
   * Visits a few more segments, after a turn.
   *
   * @return whether there is more to do
   */
  boolean slice() {
    if (running == null) {
      running = queue.poll();
      if (running == null) {
        return false;
      }
      running.begin();
    }
    Listing current = running;
    Table table = current.table;
    if (table != null && current.slice(table)) {
      running = null;
      current.done.run();
    }
    return running != null || !queue.isEmpty();
  }
}
