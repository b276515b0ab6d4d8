package io.headwater.protocol.redis.facts;

import java.util.ArrayList;
import java.util.List;

/** What is true of a command, a bit each: Redis's own flags, and a few of ours. */
public final class Flags {
  public static final int WRITE = 1;
  public static final int READONLY = 1 << 1;
  public static final int DENYOOM = 1 << 2;
  public static final int ADMIN = 1 << 3;
  public static final int PUBSUB = 1 << 4;
  public static final int NOSCRIPT = 1 << 5;
  public static final int BLOCKING = 1 << 6;
  public static final int LOADING = 1 << 7;
  public static final int STALE = 1 << 8;
  public static final int SKIP_MONITOR = 1 << 9;
  public static final int SKIP_SLOWLOG = 1 << 10;
  public static final int ASKING = 1 << 11;
  public static final int FAST = 1 << 12;
  public static final int NO_AUTH = 1 << 13;
  public static final int MAY_REPLICATE = 1 << 14;
  public static final int NO_MANDATORY_KEYS = 1 << 15;
  public static final int NO_ASYNC_LOADING = 1 << 16;
  public static final int NO_MULTI = 1 << 17;
  public static final int MOVABLEKEYS = 1 << 18;
  public static final int ALLOW_BUSY = 1 << 19;

  /** Runs at once inside MULTI instead of being queued. Ours, not shown. */
  public static final int ENDS_QUEUE = 1 << 30;

  /** A RESP2 client may call it while it is subscribed. Ours, not shown. */
  public static final int WHILE_SUBSCRIBED = 1 << 29;

  /** The flags that COMMAND INFO shows. */
  public static final int SHOWN = (ALLOW_BUSY << 1) - 1 & ~MAY_REPLICATE;

  /**
   * Takes a time that its arguments and its reply bound, though it is not FAST. Ours, not shown.
   */
  public static final int BRIEF = 1 << 28;

  /**
   * Changes and reads its keys only, and runs at once. While nothing unusual is on, the dispatcher
   * takes a short way for it. Ours, not shown; follows from the others.
   */
  public static final int PLAIN = 1 << 27;

  /** By bit: what COMMAND INFO calls each flag. */
  private static final String[] WORDS = {
    "write",
    "readonly",
    "denyoom",
    "admin",
    "pubsub",
    "noscript",
    "blocking",
    "loading",
    "stale",
    "skip_monitor",
    "skip_slowlog",
    "asking",
    "fast",
    "no_auth",
    "may_replicate",
    "no_mandatory_keys",
    "no_async_loading",
    "no_multi",
    "movablekeys",
    "allow_busy"
  };

  private Flags() {}

  /** What COMMAND INFO shows of these flags. */
  public static List<String> words(int flags) {
    List<String> words = new ArrayList<>();
    for (int bit = 0; bit < WORDS.length; bit++) {
      if ((flags & SHOWN & 1 << bit) != 0) {
        words.add(WORDS[bit]);
      }
    }
    return words;
  }

  /** The flag of a word of {@link #words}. */
  static int of(String word) {
    int bit = List.of(WORDS).indexOf(word);
    if (bit < 0) {
      throw new IllegalArgumentException("no such command flag: " + word);
    }
    return 1 << bit;
  }
}
