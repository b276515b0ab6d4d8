package io.headwater.protocol.redis.facts;

/** Redis's groups of commands, as {@code COMMAND DOCS} names them. */
public enum Group {
  STRING("string"),
  BITMAP("bitmap"),
  GENERIC("generic"),
  HASH("hash"),
  LIST("list"),
  SET("set"),
  SORTED_SET("sorted-set"),
  STREAM("stream"),
  HYPERLOGLOG("hyperloglog"),
  GEO("geo"),
  PUBSUB("pubsub"),
  TRANSACTIONS("transactions"),
  SCRIPTING("scripting"),
  CONNECTION("connection"),
  SERVER("server"),
  CLUSTER("cluster"),
  SENTINEL("sentinel"),

  /** No commands, but lines of other protocols that we know: not shown. */
  INTERNAL("internal");

  public final String word;

  Group(String word) {
    this.word = word;
  }
}
