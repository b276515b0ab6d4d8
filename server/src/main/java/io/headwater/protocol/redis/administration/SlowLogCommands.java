package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.observing.SlowLog;
import io.headwater.protocol.redis.resp.Reply;

/** SLOWLOG: the last commands that took long. */
final class SlowLogCommands {
  private static final int SHOWN = 10;
  private static final CommandError BAD_COUNT =
      new CommandError("ERR count should be greater than or equal to -1");

  private SlowLogCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command("slowlog", -2, 0, Group.SERVER, "2.2.12", "Shows commands that took long")
            .sub(slowlog("get", -2, "Returns the newest entries", SlowLogCommands::get))
            .sub(
                slowlog(
                    "len",
                    2,
                    "Counts the entries",
                    call -> call.reply().integer(log(call).length())))
            .sub(
                slowlog(
                    "reset",
                    2,
                    "Forgets the entries",
                    call -> {
                      log(call).reset();
                      call.reply().ok();
                    }))
            .sub(Help.of("slowlog", Group.SERVER))
            .container());
  }

  private static Command slowlog(String name, int arity, String summary, Command.Handler handler) {
    return command(
            "slowlog|" + name, arity, ADMIN | LOADING | STALE, Group.SERVER, "2.2.12", summary)
        .does(handler);
  }

  private static SlowLog log(Call call) {
    return call.server().commandClock().slowLog();
  }

  private static void get(Call call) {
    if (call.count() > 3) {
      throw CommandTable.unknownSubcommandOrArity(call);
    }
    long wanted =
        call.count() == 2 ? SHOWN : call.integerBetween(2, -1, Integer.MAX_VALUE, BAD_COUNT);
    SlowLog log = log(call);
    int count = wanted < 0 ? log.length() : (int) Math.min(wanted, log.length());
    Reply reply = call.reply();
    reply.array(count);
    for (SlowLog.Entry entry : log.entries()) {
      if (count-- == 0) {
        break;
      }
      reply.array(6);
      reply.integer(entry.id());
      reply.integer(entry.seconds());
      reply.integer(entry.micros());
      reply.array(entry.arguments().size());
      entry.arguments().forEach(reply::bulk);
      reply.bulk(entry.client());
      reply.bulk(entry.name());
    }
  }
}
