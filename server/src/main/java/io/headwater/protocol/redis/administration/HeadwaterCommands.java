package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.BLOCKING;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.NO_MULTI;

import io.headwater.failure.Failure;
import io.headwater.log.Token;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.facts.Group;
import java.util.Optional;

/**
 * HEADWATER: what Redis does not have. {@code HEADWATER POSITION} returns a token for everything
 * that this connection has seen and written; {@code HEADWATER AWAIT token timeout-ms} answers OK
 * when all up to a token, from whichever protocol, is applied here and durable.
 */
final class HeadwaterCommands {
  private HeadwaterCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command("headwater", -2, 0, Group.SERVER, "1.0.0", "What only Headwater has")
            .sub(
                command(
                        "headwater|position",
                        2,
                        FAST | NO_MULTI,
                        Group.SERVER,
                        "1.0.0",
                        "Returns a token for all that was written so far")
                    .does(HeadwaterCommands::position))
            .sub(
                command(
                        "headwater|await",
                        4,
                        BLOCKING | NOSCRIPT | NO_MULTI,
                        Group.SERVER,
                        "1.0.0",
                        "Waits until a token's writes are visible and durable")
                    .does(HeadwaterCommands::await))
            .sub(Help.of("headwater", Group.SERVER))
            .container());
  }

  private static void position(Call call) {
    call.keyspace().append();
    Token token = new Token(call.server().log().epoch(), call.server().log().appended());
    call.reply().bulk(token.toString());
  }

  private static void await(Call call) {
    Optional<Token> token = Token.parse(call.text(2));
    if (token.isEmpty()) {
      throw new CommandError("ERR a token looks like 5f3a0c1b9d2e4f60:123456");
    }
    if (token.get().epoch() != call.server().log().epoch()) {
      throw new CommandError("ERR the token is of another epoch of the log");
    }
    long timeoutMs = call.integer(3);
    if (timeoutMs < 0) {
      throw new CommandError("ERR timeout is negative");
    }
    RedisSession session = call.session();
    Runnable cancel =
        call.keyspace()
            .await(
                token.get().position(),
                timeoutMs,
                inTime -> {
                  session.tell(reply -> {
                    if (inTime) {
                      reply.ok();
                    } else {
                      reply.error(
                          RedisServer.line(
                              new Failure.TimedOut("waiting for the token", timeoutMs)));
                    }
                  });
                  session.resume();
                });
    session.suspend(cancel);
  }
}
