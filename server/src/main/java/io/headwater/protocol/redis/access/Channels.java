package io.headwater.protocol.redis.access;

import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.facts.Flags;

/** Which arguments of a command are channels that its user must be permitted to use. */
enum Channels {
  NONE,
  /** The first. */
  FIRST,
  ALL,
  /** All, and each is a pattern of channels. */
  PATTERNS;

  static Channels of(Command command) {
    if (!command.has(Flags.PUBSUB)) {
      return NONE;
    }
    return switch (command.name()) {
      case "publish", "spublish" -> FIRST;
      case "subscribe", "ssubscribe" -> ALL;
      case "psubscribe" -> PATTERNS;
      default -> NONE;
    };
  }
}
