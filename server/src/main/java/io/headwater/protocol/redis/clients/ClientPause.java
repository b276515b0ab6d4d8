package io.headwater.protocol.redis.clients;

import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Pause;

/** CLIENT PAUSE and UNPAUSE. */
final class ClientPause {
  private static final int FLAGS = ADMIN | NOSCRIPT | LOADING | STALE;

  private ClientPause() {}

  static void addTo(Command.Declaration client) {
    client
        .sub(
            ClientCommands.client(
                "pause", -3, FLAGS, "3.0.0", "Makes all clients wait", ClientPause::pause))
        .sub(
            ClientCommands.client(
                "unpause",
                2,
                FLAGS,
                "6.2.0",
                "Ends a pause",
                call -> {
                  call.server().pause().end();
                  call.reply().ok();
                }));
  }

  private static void pause(Call call) {
    if (call.count() > 4) {
      throw CommandTable.unknownSubcommandOrArity(call);
    }
    Pause.Mode mode = Pause.Mode.ALL;
    if (call.count() == 4 && call.is(3, "write")) {
      mode = Pause.Mode.WRITE;
    } else if (call.count() == 4 && !call.is(3, "all")) {
      throw new CommandError("ERR CLIENT PAUSE mode must be WRITE or ALL");
    }
    long ms = call.integer(2, new CommandError("ERR timeout is not an integer or out of range"));
    if (ms < 0) {
      throw new CommandError("ERR timeout is negative");
    }
    call.server().pause().begin(call.session().connection().loop(), ms, mode);
    call.reply().ok();
  }
}
