package io.headwater.view.cache;

/** How an item is to be stored; filled in and reused by a session. */
public final class ItemChange {
  /** When an item that is there may be changed. */
  public enum Compare {
    ALWAYS,
    /** Its cas is the one given. */
    EQUAL,
    /** As {@link #EQUAL}; an older cas stores too, and marks the item stale. */
    EQUAL_OR_STALE
  }

  /** What is done with the value. */
  public enum Mode {
    SET,
    ADD,
    REPLACE,
    APPEND,
    PREPEND
  }

  Mode mode = Mode.SET;
  int flags;
  long exptime;
  Compare compare = Compare.ALWAYS;
  long cas;
  long newCas;
  boolean binaryKey;
  boolean createsMissing;

  /** A plain set without flags or expiry. */
  public ItemChange reset(Mode newMode) {
    mode = newMode;
    flags = 0;
    exptime = 0;
    compare = Compare.ALWAYS;
    cas = 0;
    newCas = 0;
    binaryKey = false;
    createsMissing = false;
    return this;
  }

  public ItemChange flags(int clientFlags) {
    flags = clientFlags;
    return this;
  }

  /** As clients write it, see the protocol's expiration times. */
  public ItemChange exptime(long clientExptime) {
    exptime = clientExptime;
    return this;
  }

  public ItemChange compare(Compare how, long clientCas) {
    compare = how;
    cas = clientCas;
    return this;
  }

  /** Gives the item this cas instead of the next free one; 0 for the next. */
  public ItemChange newCas(long clientCas) {
    newCas = clientCas;
    return this;
  }

  /** The key came as base64 and goes back as base64. */
  public ItemChange binaryKey() {
    binaryKey = true;
    return this;
  }

  /** An append or prepend to a missing item stores it, with this expiry. */
  public ItemChange createsMissing(long clientExptime) {
    createsMissing = true;
    exptime = clientExptime;
    return this;
  }

  /** Whether this replaces a value without looking at what is there. */
  public boolean isSet() {
    return mode == Mode.SET && compare == Compare.ALWAYS;
  }

  /** Whether this looks at the item's cas. */
  public boolean compares() {
    return compare != Compare.ALWAYS;
  }
}
