package io.headwater.view.keyspace;

/** Which key goes when memory is short: {@code maxmemory-policy}. */
public enum EvictionPolicy {
  NOEVICTION(Order.NONE, false),
  ALLKEYS_LRU(Order.IDLE, false),
  ALLKEYS_LFU(Order.RARE, false),
  ALLKEYS_RANDOM(Order.RANDOM, false),
  VOLATILE_LRU(Order.IDLE, true),
  VOLATILE_LFU(Order.RARE, true),
  VOLATILE_RANDOM(Order.RANDOM, true),
  VOLATILE_TTL(Order.SOON, true);

  /** Who goes first. */
  enum Order {
    NONE,
    /** The one that was not used for the longest time. */
    IDLE,
    /** The one that is used least often. */
    RARE,
    RANDOM,
    /** The one that expires next. */
    SOON
  }

  final Order order;

  /** Only keys that have an expiry. */
  final boolean onlyExpiring;

  EvictionPolicy(Order order, boolean onlyExpiring) {
    this.order = order;
    this.onlyExpiring = onlyExpiring;
  }

  /** By Redis's word, such as {@code allkeys-lru}. */
  public static EvictionPolicy of(String word) {
    return valueOf(word.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
  }
}
