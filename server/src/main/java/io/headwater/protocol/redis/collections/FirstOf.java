package io.headwater.protocol.redis.collections;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Waiting;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;

/**
 * Several keys of which the first that holds something serves a command: BLPOP, LMPOP, BZPOPMIN and
 * their like.
 *
 * @param keys indexes of the key arguments
 * @param type what they may hold, one of {@link Entry}'s types
 */
record FirstOf(int[] keys, int type) {
  /** Takes from a key that is there, of the right type, and replies. */
  interface Take {
    void from(Call call, Key key);
  }

  /** Replies no array where nothing is. */
  void takeNow(Call call, Take take) {
    if (!taken(call, take)) {
      call.reply().nilArray();
    }
  }

  /**
   * Lets the client wait where nothing is, but for inside a transaction.
   *
   * @param timeoutMs 0 waits without end
   */
  void takeOrWait(Call call, long timeoutMs, Take take) {
    if (taken(call, take)) {
      return;
    }
    Waiting waiting = call.server().waiting();
    if (!waiting.isAllowed(call)) {
      call.reply().nilArray();
      return;
    }
    waiting.add(
        call,
        keys,
        timeoutMs,
        (served, key) -> {
          boolean there = holds(served, key, type);
          if (there) {
            take.from(served, key);
          }
          return there;
        });
  }

  private boolean taken(Call call, Take take) {
    for (int i : keys) {
      Key key = call.key(i);
      if (call.findForWrite(key, type) != 0) {
        take.from(call, key);
        return true;
      }
    }
    return false;
  }

  /** Whether a key is of this type: for a client that waits, one of another type is like none. */
  static boolean holds(Call call, Key key, int type) {
    long entry = call.keyspace().find(key);
    return entry != 0 && Entry.type(entry) == type;
  }
}
