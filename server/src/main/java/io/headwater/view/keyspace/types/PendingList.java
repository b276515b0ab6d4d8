package io.headwater.view.keyspace.types;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Pending entries in the order of their IDs, in runs of up to 128. What {@link #frozen} gave stays
 * as it is, because a run of an earlier epoch is copied before it changes.
 */
public final class PendingList {
  private static final int RUN = 128;

  private static final Pending[] NOTHING = {};

  /** One run; never empty while it is in the list. */
  static final class Run {
    final int epoch;
    Pending[] items;
    int from;
    int to;

    Run(int epoch, Pending[] items, int from, int to) {
      this.epoch = epoch;
      this.items = items;
      this.from = from;
      this.to = to;
    }
  }

  private final Ring<Run> runs = new Ring<>();
  private int size;
  private int epoch;

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** The one with this ID. */
  public @Nullable Pending get(long ms, long seq) {
    Pending found = atOrAfter(ms, seq);
    return found != null && found.ms() == ms && found.seq() == seq ? found : null;
  }

  /** The one with the smallest ID that is not below this one. */
  public @Nullable Pending atOrAfter(long ms, long seq) {
    if (size == 0) {
      return null;
    }
    int run = runOf(ms, seq);
    Run in = runs.get(run);
    int at = placeIn(in, ms, seq);
    if (at < in.to) {
      return in.items[at];
    }
    if (run + 1 == runs.size()) {
      return null;
    }
    Run next = runs.get(run + 1);
    return next.items[next.from];
  }

  public @Nullable Pending first() {
    return size == 0 ? null : runs.get(0).items[runs.get(0).from];
  }

  public @Nullable Pending last() {
    if (size == 0) {
      return null;
    }
    Run run = runs.get(runs.size() - 1);
    return run.items[run.to - 1];
  }

  /** Adds one, or replaces the one with its ID; returns that. */
  @Nullable Pending put(Pending pending) {
    if (runs.size() == 0) {
      runs.add(new Run(epoch, NOTHING, 0, 0));
    }
    int number = runOf(pending.ms(), pending.seq());
    Run run = own(number);
    int at = placeIn(run, pending.ms(), pending.seq());
    if (at < run.to && isSame(run.items[at], pending.ms(), pending.seq())) {
      Pending old = run.items[at];
      run.items[at] = pending;
      return old;
    }
    size++;
    if (run.to == RUN && at == RUN && number == runs.size() - 1) {
      runs.add(new Run(epoch, new Pending[] {pending}, 0, 1)); // the usual case: new ones come last
      return null;
    }
    if (run.to - run.from == RUN) {
      int middle = run.from + RUN / 2;
      runs.add(
          number + 1, new Run(epoch, Arrays.copyOfRange(run.items, middle, run.to), 0, RUN / 2));
      Arrays.fill(run.items, middle, run.to, null);
      run.to = middle;
      if (at > middle) {
        at -= middle;
        run = runs.get(number + 1);
      }
    }
    insert(run, at, pending);
    return null;
  }

  private static void insert(Run run, int place, Pending pending) {
    int at = place;
    if (run.to == run.items.length) {
      int count = run.to - run.from;
      Pending[] wider =
          count < run.items.length / 2
              ? run.items
              : new Pending[Math.min(RUN, Math.max(4, count * 2))];
      System.arraycopy(run.items, run.from, wider, 0, count);
      if (wider == run.items) {
        Arrays.fill(wider, count, run.to, null);
      }
      at -= run.from;
      run.items = wider;
      run.from = 0;
      run.to = count;
    }
    System.arraycopy(run.items, at, run.items, at + 1, run.to - at);
    run.items[at] = pending;
    run.to++;
  }

  /** Removes and returns the one with this ID. */
  @Nullable Pending remove(long ms, long seq) {
    if (size == 0) {
      return null;
    }
    int number = runOf(ms, seq);
    Run run = runs.get(number);
    int at = placeIn(run, ms, seq);
    if (at == run.to || !isSame(run.items[at], ms, seq)) {
      return null;
    }
    run = own(number);
    Pending removed = run.items[at];
    size--;
    if (at == run.from) {
      run.items[run.from++] = null;
    } else {
      System.arraycopy(run.items, at + 1, run.items, at, run.to - at - 1);
      run.items[--run.to] = null;
    }
    if (run.from == run.to) {
      runs.remove(number);
    }
    return removed;
  }

  /** The runs as they are now. */
  Ring<Run> frozen() {
    epoch++;
    return runs.copy();
  }

  private Run own(int number) {
    Run run = runs.get(number);
    if (run.epoch != epoch) {
      run = new Run(epoch, run.items.clone(), run.from, run.to);
      runs.set(number, run);
    }
    return run;
  }

  /** The last run that does not begin above the ID, or the first. */
  private int runOf(long ms, long seq) {
    int low = 0;
    int high = runs.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      Run run = runs.get(middle);
      Pending first = run.items[run.from];
      if (StreamId.compare(first.ms(), first.seq(), ms, seq) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** Where the first one at or above the ID is. */
  private static int placeIn(Run run, long ms, long seq) {
    int low = run.from;
    int high = run.to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      Pending item = run.items[middle];
      if (StreamId.compare(item.ms(), item.seq(), ms, seq) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static boolean isSame(Pending pending, long ms, long seq) {
    return pending.ms() == ms && pending.seq() == seq;
  }
}
