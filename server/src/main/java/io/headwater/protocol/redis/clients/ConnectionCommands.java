package io.headwater.protocol.redis.clients;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ENDS_QUEUE;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.NO_AUTH;
import static io.headwater.protocol.redis.facts.Flags.STALE;
import static io.headwater.protocol.redis.facts.Flags.WHILE_SUBSCRIBED;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import java.util.Locale;

/** PING, HELLO, SELECT and the rest of the handshake. */
public final class ConnectionCommands {
  private static final int HANDSHAKE = NOSCRIPT | LOADING | STALE | FAST | NO_AUTH;

  private ConnectionCommands() {}

  public static void addTo(CommandTable table) {
    table.add(
        connection("ping", -1, FAST | WHILE_SUBSCRIBED, "1.0.0", "Answers PONG or the message")
            .does(ConnectionCommands::ping));
    table.add(
        connection("echo", 2, FAST, "1.0.0", "Answers the message")
            .does(call -> call.reply().bulk(call.array(), call.start(1), call.length(1))));
    table.add(
        connection("select", 2, LOADING | STALE | FAST, "1.0.0", "Changes the database")
            .does(ConnectionCommands::select));
    table.add(
        connection(
                "quit",
                -1,
                HANDSHAKE | ENDS_QUEUE | WHILE_SUBSCRIBED,
                "1.0.0",
                "Closes the connection")
            .does(ConnectionCommands::quit));
    table.add(
        connection(
                "reset",
                1,
                HANDSHAKE | ENDS_QUEUE | WHILE_SUBSCRIBED,
                "6.2.0",
                "Makes the connection as good as new")
            .does(ConnectionCommands::reset));
    table.add(
        connection("hello", -1, HANDSHAKE, "6.0.0", "Chooses RESP2 or RESP3 and greets")
            .does(ConnectionCommands::hello));
    for (String line : new String[] {"post", "host:"}) {
      table.add(
          command(line, -1, HANDSHAKE | ENDS_QUEUE | WHILE_SUBSCRIBED, Group.INTERNAL, "", "")
              .does(call -> call.session().closeNow()));
    }
    ClientCommands.addTo(table);
  }

  private static Command.Declaration connection(
      String name, int arity, int flags, String since, String summary) {
    return command(name, arity, flags, Group.CONNECTION, since, summary);
  }

  private static void ping(Call call) {
    if (call.count() > 2) {
      throw new CommandError("ERR wrong number of arguments for 'ping' command");
    }
    if (call.session().isSubscribed() && call.reply().protocol() == 2) {
      call.reply().array(2);
      call.reply().bulk("pong");
      call.reply().bulk(call.count() == 1 ? io.headwater.bytes.Bytes.EMPTY : call.bytes(1));
    } else if (call.count() == 1) {
      call.reply().simple("PONG");
    } else {
      call.reply().bulk(call.array(), call.start(1), call.length(1));
    }
  }

  private static void select(Call call) {
    call.session().setDb(call.database(1));
    call.reply().ok();
  }

  private static void quit(Call call) {
    call.reply().ok();
    call.session().closeAfterReply();
  }

  private static void reset(Call call) {
    call.session().reset();
    call.reply().simple("RESET");
  }

  private static void hello(Call call) {
    int protocol = call.reply().protocol();
    if (call.count() > 1) {
      long version =
          call.integer(
              1, new CommandError("ERR Protocol version is not an integer or out of range"));
      if (version != 2 && version != 3) {
        throw new CommandError("NOPROTO unsupported protocol version");
      }
      protocol = (int) version;
    }
    String name = null;
    for (int i = 2; i < call.count(); i++) {
      if (call.is(i, "auth") && i + 2 < call.count()) {
        call.server().access().signIn(call, call.text(i + 1), call.bytes(i + 2));
        i += 2;
      } else if (call.is(i, "setname") && i + 1 < call.count()) {
        name = ClientCommands.checkedName(call, ++i);
      } else {
        throw new CommandError("ERR Syntax error in HELLO option '" + call.text(i) + "'");
      }
    }
    if (!call.session().isAuthenticated()) {
      throw new CommandError(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
              + " AUTH <user> <pass> option can be used to authenticate the client and select the"
              + " RESP protocol version at the same time");
    }
    if (name != null) {
      call.session().setName(name);
    }
    call.reply().setProtocol(protocol);
    greet(call, protocol);
  }

  private static void greet(Call call, int protocol) {
    Reply reply = call.reply();
    reply.map(7);
    reply.bulk("server");
    reply.bulk("redis");
    reply.bulk("version");
    reply.bulk(RedisServer.REDIS_VERSION);
    reply.bulk("proto");
    reply.integer(protocol);
    reply.bulk("id");
    reply.integer(call.session().id());
    reply.bulk("mode");
    reply.bulk("standalone");
    reply.bulk("role");
    reply.bulk("master");
    reply.bulk("modules");
    reply.array(0);
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
