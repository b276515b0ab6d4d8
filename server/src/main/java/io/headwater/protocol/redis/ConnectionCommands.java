package io.headwater.protocol.redis;

import static io.headwater.protocol.redis.Command.FAST;
import static io.headwater.protocol.redis.Command.WHILE_SUBSCRIBED;
import static io.headwater.protocol.redis.Command.command;

/** PING, HELLO, SELECT and the rest of the handshake. */
final class ConnectionCommands {
  private ConnectionCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command(
                "ping",
                -1,
                FAST | WHILE_SUBSCRIBED,
                Group.CONNECTION,
                "1.0.0",
                "Answers PONG or the given message")
            .does(ConnectionCommands::ping));
  }

  private static void ping(Call call) {
    if (call.count() > 2) {
      throw new CommandError("ERR wrong number of arguments for 'ping' command");
    }
    if (call.session().isSubscribed() && call.reply().protocol() == 2) {
      call.reply().array(2);
      call.reply().bulk("pong");
      call.reply().bulk(call.count() == 1 ? "" : call.text(1));
    } else if (call.count() == 1) {
      call.reply().simple("PONG");
    } else {
      call.reply().bulk(call.array(), call.start(1), call.length(1));
    }
  }
}
