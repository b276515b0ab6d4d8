package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.facts.CommandFacts;
import io.headwater.protocol.redis.facts.Group;

/**
 * What a server answers that follows nobody: no failover, no cluster, no modules. High availability
 * comes from elsewhere, see {@code docs/decisions}.
 */
final class ReplicationCommands {
  private static final CommandError NO_CLUSTER =
      new CommandError("ERR This instance has cluster support disabled");
  private static final CommandError NO_MODULES =
      new CommandError("ERR MODULE command not allowed. Headwater loads no modules.");
  private static final CommandError NO_REPLICA =
      new CommandError(
          "ERR Headwater follows no other server: 'headwater import redis --from HOST:PORT' copies"
              + " one");

  private static final CommandError NO_HANDOVER =
      new CommandError(
          "ERR Headwater follows no other server, so it hands over to none: REPLICAOF NO ONE makes"
              + " the replica a master");

  private ReplicationCommands() {}

  static void addTo(CommandTable table) {
    addContainer(table, "cluster", Group.CLUSTER, ReplicationCommands::noCluster);
    for (String name : new String[] {"asking", "readonly", "readwrite"}) {
      table.add(
          command(name, 1, FAST, Group.CLUSTER, "3.0.0", "Belongs to clusters: refused")
              .does(ReplicationCommands::noCluster));
    }
    addContainer(table, "module", Group.SERVER, ReplicationCommands::module);
    for (String name : new String[] {"replicaof", "slaveof"}) {
      table.add(
          server(name, 3, ADMIN | NOSCRIPT | STALE, "1.0.0", "Takes NO ONE")
              .does(ReplicationCommands::replicaof));
    }
    table.add(
        server(
                "failover",
                -1,
                ADMIN | NOSCRIPT | STALE,
                "6.2.0",
                "Hands over to a replica: refused")
            .does(ReplicationCommands::failover));
    table.add(
        server("lolwut", -1, FAST, "5.0.0", "Shows the version and a picture")
            .does(ReplicationCommands::lolwut));
  }

  private static Command.Declaration server(
      String name, int arity, int flags, String since, String summary) {
    return command(name, arity, flags, Group.SERVER, since, summary);
  }

  private static void addContainer(
      CommandTable table, String name, Group group, Command.Handler handler) {
    Command.Declaration container = command(name, -2, 0, group, "3.0.0", "");
    for (CommandFacts facts : CommandFacts.all()) {
      if (facts.name().startsWith(name + "|")) {
        container.sub(
            facts.name().equals("module|help")
                ? Help.of(name, group)
                : command(facts.name(), facts.arity(), facts.flags(), group, facts.since(), "")
                    .does(handler));
      }
    }
    table.add(container.container());
  }

  private static void noCluster(Call call) {
    throw NO_CLUSTER;
  }

  private static void module(Call call) {
    if (!call.is(1, "list")) {
      throw NO_MODULES;
    }
    call.reply().array(0);
  }

  private static void replicaof(Call call) {
    if (!call.is(1, "no") || !call.is(2, "one")) {
      throw NO_REPLICA;
    }
    call.reply().ok();
  }

  private static void failover(Call call) {
    if (call.count() == 2 && call.is(1, "abort")) {
      throw new CommandError("ERR No failover in progress.");
    }
    for (int i = 1; i < call.count(); i++) {
      int left = call.count() - i - 1;
      if (call.is(i, "timeout") && left >= 1) {
        if (call.integer(++i) <= 0) {
          throw new CommandError("ERR FAILOVER timeout must be greater than 0");
        }
      } else if (call.is(i, "to") && left >= 2) {
        call.integer(i + 2);
        i += 2;
      } else if (!call.is(i, "force")) {
        throw CommandError.SYNTAX;
      }
    }
    throw call.server().replicas().isEmpty()
        ? new CommandError("ERR FAILOVER requires connected replicas.")
        : NO_HANDOVER;
  }

  private static void lolwut(Call call) {
    if (call.count() >= 3 && call.is(1, "version")) {
      long version = call.integer(2);
      if (version == 5 || version == 6) {
        call.reply().verbatim(river() + "\nRedis ver. " + RedisServer.REDIS_VERSION + "\n");
        return;
      }
    }
    call.reply().verbatim("Redis ver. " + RedisServer.REDIS_VERSION + "\n");
  }

  /** Where a river rises. */
  private static String river() {
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < 16; row++) {
      int middle = (int) Math.round(33 + 20 * Math.sin(row / 2.5) - row);
      int width = 1 + row / 3;
      text.append(" ".repeat(Math.max(0, middle - width)))
          .append("~".repeat(2 * width + 1))
          .append('\n');
    }
    return text.toString();
  }
}
