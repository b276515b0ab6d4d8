package io.headwater.protocol.redis.streams;

import io.headwater.protocol.redis.CommandTable;

/** All commands on streams. */
public final class Streams {
  private Streams() {}

  public static void addTo(CommandTable table) {
    StreamCommands.addTo(table);
    StreamReads.addTo(table);
    GroupCommands.addTo(table);
    PendingCommands.addTo(table);
    StreamInformation.addTo(table);
  }
}
