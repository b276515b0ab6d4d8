package io.headwater.protocol.redis;

import io.headwater.protocol.redis.settings.Settings;
import io.headwater.view.keyspace.types.CollectionLimits;

/** The settings that decide what OBJECT ENCODING says of collections. */
final class Encodings {
  private Encodings() {}

  static void follow(Settings settings, CollectionLimits limits) {
    settings.followNumber("hash-max-listpack-entries", limits::setHashEntries);
    settings.followNumber("hash-max-listpack-value", limits::setHashValueBytes);
    settings.followNumber("zset-max-listpack-entries", limits::setZsetEntries);
    settings.followNumber("zset-max-listpack-value", limits::setZsetValueBytes);
    settings.followNumber("set-max-intset-entries", limits::setSetIntegers);
  }
}
