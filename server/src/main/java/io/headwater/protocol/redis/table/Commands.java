package io.headwater.protocol.redis.table;

import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.access.AclCommands;
import io.headwater.protocol.redis.access.Users;
import io.headwater.protocol.redis.administration.ServerCommands;
import io.headwater.protocol.redis.clients.ConnectionCommands;
import io.headwater.protocol.redis.clients.MonitorCommand;
import io.headwater.protocol.redis.clients.PubSubCommands;
import io.headwater.protocol.redis.clients.TransactionCommands;
import io.headwater.protocol.redis.collections.HashCommands;
import io.headwater.protocol.redis.collections.ListCommands;
import io.headwater.protocol.redis.collections.ListPops;
import io.headwater.protocol.redis.collections.SetAlgebra;
import io.headwater.protocol.redis.collections.SetCommands;
import io.headwater.protocol.redis.collections.SortedSetAlgebra;
import io.headwater.protocol.redis.collections.SortedSetCommands;
import io.headwater.protocol.redis.collections.SortedSetPops;
import io.headwater.protocol.redis.collections.SortedSetRanges;
import io.headwater.protocol.redis.geo.GeoCommands;
import io.headwater.protocol.redis.keys.KeyCommands;
import io.headwater.protocol.redis.keys.SortCommands;
import io.headwater.protocol.redis.moving.MigrateCommand;
import io.headwater.protocol.redis.probabilistic.HyperLogLogCommands;
import io.headwater.protocol.redis.rdb.DumpCommands;
import io.headwater.protocol.redis.replication.ReplicaCommands;
import io.headwater.protocol.redis.scripting.ScriptCommands;
import io.headwater.protocol.redis.streams.Streams;
import io.headwater.protocol.redis.strings.BitCommands;
import io.headwater.protocol.redis.strings.StringCommands;

/** Puts the table together: the one place that names every group of commands. */
public final class Commands {
  private Commands() {}

  /** With the users of no server: for looking at the table only. */
  public static CommandTable all() {
    return all(Users.unshared());
  }

  /**
   * The table of a server.
   *
   * @param users which the server must be given too
   */
  public static CommandTable all(Users users) {
    CommandTable table = new CommandTable();
    AclCommands.addTo(table, users);
    ConnectionCommands.addTo(table);
    StringCommands.addTo(table);
    BitCommands.addTo(table);
    HyperLogLogCommands.addTo(table);
    KeyCommands.addTo(table);
    HashCommands.addTo(table);
    ListCommands.addTo(table);
    ListPops.addTo(table);
    SetCommands.addTo(table);
    SetAlgebra.addTo(table);
    SortedSetCommands.addTo(table);
    SortedSetRanges.addTo(table);
    SortedSetPops.addTo(table);
    SortedSetAlgebra.addTo(table);
    GeoCommands.addTo(table);
    SortCommands.addTo(table);
    DumpCommands.addTo(table);
    Streams.addTo(table);
    MigrateCommand.addTo(table);
    TransactionCommands.addTo(table);
    PubSubCommands.addTo(table);
    MonitorCommand.addTo(table);
    ScriptCommands.addTo(table);
    ServerCommands.addTo(table);
    ReplicaCommands.addTo(table);
    return table;
  }

  /** All commands, as {@code docs/protocols/redis.md} holds it. */
  public static String matrix() {
    return Matrix.of(all());
  }
}
