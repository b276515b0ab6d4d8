package io.headwater.protocol.memcached;

/** What {@code stats} counts, by memcached's names; {@code stats reset} sets the counts to zero. */
final class Counters {
  long connections;
  long connectionsTotal;
  long gets;
  long sets;
  long flushes;
  long touches;
  long metas;
  long getHits;
  long getMisses;
  long deleteHits;
  long deleteMisses;
  long incrementHits;
  long incrementMisses;
  long decrementHits;
  long decrementMisses;
  long casHits;
  long casMisses;
  long casBadValues;
  long touchHits;
  long touchMisses;
  long tooLarge;
  long bytesRead;
  long bytesWritten;

  /** Reads of keys that a projection derives, served from the keyspace. */
  long derivedReads;

  void reset() {
    connectionsTotal = connections;
    gets = 0;
    sets = 0;
    flushes = 0;
    touches = 0;
    metas = 0;
    getHits = 0;
    getMisses = 0;
    deleteHits = 0;
    deleteMisses = 0;
    incrementHits = 0;
    incrementMisses = 0;
    decrementHits = 0;
    decrementMisses = 0;
    casHits = 0;
    casMisses = 0;
    casBadValues = 0;
    touchHits = 0;
    touchMisses = 0;
    tooLarge = 0;
    bytesRead = 0;
    bytesWritten = 0;
    derivedReads = 0;
  }
}
