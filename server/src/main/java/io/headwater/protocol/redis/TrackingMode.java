package io.headwater.protocol.redis;

import io.headwater.bytes.Bytes;
import java.util.TreeSet;

/** How one client wants to hear of changes of the keys that it caches: CLIENT TRACKING. */
public final class TrackingMode {
  /** Which reads make a key one that the client caches. */
  public enum Caching {
    ALL_READS,
    /** Those behind CLIENT CACHING YES. */
    OPT_IN,
    /** All but those behind CLIENT CACHING NO. */
    OPT_OUT
  }

  /** Whether it hears of every key of its prefixes, read or not. */
  public final boolean broadcast;

  /** The prefixes of a broadcasting client; one may be empty. */
  public final TreeSet<Bytes> prefixes = new TreeSet<>();

  private Caching caching = Caching.ALL_READS;
  private boolean noLoop;
  private long redirect;
  private boolean redirectBroken;
  private boolean cachingGiven;

  public TrackingMode(boolean broadcast) {
    this.broadcast = broadcast;
  }

  /**
   * @param newRedirect another client's id, 0 for none
   */
  public void set(Caching newCaching, boolean newNoLoop, long newRedirect) {
    caching = newCaching;
    noLoop = newNoLoop;
    redirect = newRedirect;
    redirectBroken = false;
  }

  public Caching caching() {
    return caching;
  }

  /** Whether what it changes itself is not told to it. */
  public boolean noLoop() {
    return noLoop;
  }

  /** Who gets its messages; 0 for itself. */
  public long redirect() {
    return redirect;
  }

  public boolean isRedirectBroken() {
    return redirectBroken;
  }

  void breakRedirect() {
    redirectBroken = true;
  }

  /** CLIENT CACHING was given for the next command, or the next transaction. */
  public boolean isCachingGiven() {
    return cachingGiven;
  }

  public void giveCaching(boolean given) {
    cachingGiven = given;
  }

  /** Whether a read now is of keys that the client caches. */
  boolean caches() {
    return switch (caching) {
      case ALL_READS -> !broadcast;
      case OPT_IN -> cachingGiven;
      case OPT_OUT -> !cachingGiven;
    };
  }
}
