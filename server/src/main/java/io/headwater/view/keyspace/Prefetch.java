package io.headwater.view.keyspace;

/**
 * Loads entries that will be looked at, many at once, so that the memory's latencies overlap. An
 * entry that is small has two lines of the processor's cache at most, and where those loaded last
 * were tiny, one: then half of the loads is saved.
 */
public final class Prefetch {
  private boolean tiny;

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
}
