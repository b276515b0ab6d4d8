package io.headwater.view.keyspace;

/**
 * When or how often each key was used: the 24 bits in its {@link Entry}, read as one of two things
 * as {@code maxmemory-policy} says. They follow Redis 7.0.
 *
 * <pre>{@code
 * least recently used:    | seconds since 1970, low 24 bits |
 * least frequently used:  | minutes since 1970, low 16 bits | logarithmic counter u8 |
 * }</pre>
 *
 * The clock of the first goes round in 194 days, after which a key that nobody used looks young.
 * The counter of the second begins with {@link #COUNTER_FRESH}, grows with a chance that falls with
 * its height (Morris, 1978), and loses one for each {@code lfu-decay-time} minutes without use.
 * After a change of the policy the bits mean something else until the key is used again, as in
 * Redis.
 */
public final class Access {
  /** What a new key's counter has, so that it is not evicted before it had a chance. */
  static final int COUNTER_FRESH = 5;

  private static final int COUNTER_MAX = 255;
  private static final int CLOCK_MASK = 0xff_ffff;
  private static final int MINUTES_MASK = 0xffff;

  private boolean counts;
  private int logFactor = 10;
  private int decayMinutes = 1;
  private int seconds;
  private int minutes;

  /** State of a small generator; which numbers it gives matters to nobody. */
  private long dice = 0x9e37_79b9_7f4a_7c15L;

  /** Takes the time, before a turn. */
  void tick(long nowMs) {
    seconds = (int) (nowMs / 1000) & CLOCK_MASK;
    minutes = (int) (nowMs / 60_000) & MINUTES_MASK;
  }

  /** Whether the bits count uses, rather than tell the last one. */
  void setCounts(boolean counting) {
    counts = counting;
  }

  /** Whether uses are counted, as an LFU policy needs it, rather than the last one told. */
  public boolean counts() {
    return counts;
  }

  void setLogFactor(int factor) {
    logFactor = factor;
  }

  /** 0: counters never decay. */
  void setDecayMinutes(int newDecayMinutes) {
    decayMinutes = newDecayMinutes;
  }

  /** Of a key that is new. */
  int initial() {
    return counts ? minutes << 8 | COUNTER_FRESH : seconds;
  }

  /** Of a key whose value is replaced unseen, which is a use. */
  int used(int before) {
    return counts ? minutes << 8 | grown(decayed(before)) : seconds;
  }

  /** Of a key whose value is replaced after it was looked up, which was the use. */
  int replaced(int before) {
    return counts ? before : seconds;
  }

  /** The key was used. */
  void touch(long entry) {
    if (counts) {
      Entry.setAccess(entry, used(Entry.access(entry)));
    } else if (Entry.access(entry) != seconds) {
      Entry.setAccess(entry, seconds);
    }
  }

  private int grown(int counter) {
    if (counter == COUNTER_MAX) {
      return counter;
    }
    long height = Math.max(0, counter - COUNTER_FRESH);
    dice ^= dice << 13;
    dice ^= dice >>> 7;
    dice ^= dice << 17;
    double lot = (dice >>> 11) * 0x1.0p-53;
    return lot * (height * logFactor + 1) < 1 ? counter + 1 : counter;
  }

  private int decayed(int access) {
    int counter = access & 0xff;
    if (decayMinutes == 0) {
      return counter;
    }
    int periods = (minutes - (access >>> 8) & MINUTES_MASK) / decayMinutes;
    return Math.max(0, counter - periods);
  }

  /** Seconds since the key was used; means nothing while {@link #counts}. */
  public int idleSeconds(long entry) {
    return seconds - Entry.access(entry) & CLOCK_MASK;
  }

  /** The counter as it is now; means nothing unless {@link #counts}. */
  public int frequency(long entry) {
    return decayed(Entry.access(entry));
  }

  /** All 24 bits, for those who look behind the scenes. */
  public int bits(long entry) {
    return Entry.access(entry);
  }

  /** Makes a key look as if it was last used so long ago. */
  public void setIdleSeconds(long entry, long idle) {
    Entry.setAccess(entry, (int) (seconds - idle) & CLOCK_MASK);
  }

  /** Sets a key's counter, 0 to 255. */
  public void setFrequency(long entry, int counter) {
    Entry.setAccess(entry, minutes << 8 | counter);
  }
}
