package io.headwater.protocol.redis.table;

import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.CommandFacts;

/**
 * Commands of Redis 7.0 that no class declares: known by name, so that they are refused by name,
 * access rules may name them, and the matrix shows them.
 */
final class UnsupportedCommands {
  private UnsupportedCommands() {}

  /** Call last. */
  static void addTo(CommandTable table) {
    for (CommandFacts facts : CommandFacts.all()) {
      if (facts.name().indexOf('|') < 0 && table.find(facts.name()) == null) {
        table.add(Command.unsupported(facts));
      }
    }
  }
}
