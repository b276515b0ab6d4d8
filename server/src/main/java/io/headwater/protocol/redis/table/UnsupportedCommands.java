package io.headwater.protocol.redis.table;

import static io.headwater.protocol.redis.Command.command;

import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Group;

/**
 * Commands of Redis 7.0 that this server does not have: known by name, so that they are refused by
 * name and the matrix shows them. A command that some class declares is left out here.
 */
final class UnsupportedCommands {
  private static final String[] NAMES = {
    "CLUSTER asking cluster readonly readwrite",
    "GENERIC dump migrate restore restore-asking",
    "GEO geoadd geodist geohash geopos georadius georadius_ro georadiusbymember"
        + " georadiusbymember_ro geosearch geosearchstore",
    "HYPERLOGLOG pfadd pfcount pfdebug pfmerge pfselftest",
    "SCRIPTING eval eval_ro evalsha evalsha_ro fcall fcall_ro function script",
    "SERVER acl failover latency lolwut memory module monitor psync replconf replicaof slaveof"
        + " slowlog sync",
    "STREAM xack xadd xautoclaim xclaim xdel xgroup xinfo xlen xpending xrange xread xreadgroup"
        + " xrevrange xsetid xtrim",
  };

  private UnsupportedCommands() {}

  /** Call last. */
  static void addTo(CommandTable table) {
    for (String line : NAMES) {
      String[] words = line.split(" ", -1);
      for (int i = 1; i < words.length; i++) {
        if (table.find(words[i]) == null) {
          table.add(command(words[i], -1, 0, Group.valueOf(words[0]), "", "").container());
        }
      }
    }
  }
}
