package io.headwater.protocol.redis.clients;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.Group;

/** MONITOR: shows this client the commands of all. */
public final class MonitorCommand {
  private MonitorCommand() {}

  public static void addTo(CommandTable table) {
    table.add(
        command(
                "monitor",
                1,
                ADMIN | NOSCRIPT | LOADING | STALE,
                Group.SERVER,
                "1.0.0",
                "Shows this client the commands of all")
            .does(MonitorCommand::monitor));
  }

  private static void monitor(Call call) {
    if (call.session().transaction().isOpen()) {
      throw new CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client");
    }
    if (!call.server().monitors().contains(call.session())) {
      call.server().monitors().add(call.session());
      call.reply().ok();
    }
  }
}
