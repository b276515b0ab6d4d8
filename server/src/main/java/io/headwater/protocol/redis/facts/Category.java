package io.headwater.protocol.redis.facts;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Redis's categories of commands, in the order in which {@code ACL CAT} lists them. */
public enum Category {
  KEYSPACE,
  READ,
  WRITE,
  SET,
  SORTEDSET,
  LIST,
  HASH,
  STRING,
  BITMAP,
  HYPERLOGLOG,
  GEO,
  STREAM,
  PUBSUB,
  ADMIN,
  FAST,
  SLOW,
  BLOCKING,
  DANGEROUS,
  CONNECTION,
  TRANSACTION,
  SCRIPTING;

  public final String word = name().toLowerCase(Locale.ROOT);
  public final int bit = 1 << ordinal();

  /** By its name in any case, without the at sign. */
  public static @Nullable Category of(String name) {
    for (Category category : values()) {
      if (category.word.equalsIgnoreCase(name)) {
        return category;
      }
    }
    return null;
  }
}
