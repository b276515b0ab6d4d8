package io.headwater.protocol.redis.clients;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.host.Connection;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.MemoryLimit;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.TrackingMode;
import io.headwater.protocol.redis.facts.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** CLIENT: who is connected. */
public final class ClientCommands {
  private static final int FIXED_OUTPUT_BYTES = 16 << 10;
  private static final int FLAGS = NOSCRIPT | LOADING | STALE;

  private static final int NAME_BYTES_MAX = 8 << 10;

  private ClientCommands() {}

  static void addTo(CommandTable table) {
    Command.Declaration client =
        command("client", -2, 0, Group.CONNECTION, "2.4.0", "Looks at and changes connections")
            .sub(
                client(
                    "id",
                    2,
                    FLAGS,
                    "5.0.0",
                    "Returns this connection's number",
                    c -> c.reply().integer(c.session().id())))
            .sub(
                client(
                    "info",
                    2,
                    FLAGS,
                    "6.2.0",
                    "Describes this connection",
                    c -> c.reply().verbatim(line(c.session()) + "\n")))
            .sub(
                client(
                    "list",
                    -2,
                    ADMIN | FLAGS,
                    "2.4.0",
                    "Describes all connections",
                    ClientCommands::list))
            .sub(
                client(
                    "getname",
                    2,
                    FLAGS,
                    "2.6.9",
                    "Returns this connection's name",
                    ClientCommands::getname))
            .sub(
                client(
                    "setname", 3, FLAGS, "2.6.9", "Names this connection", ClientCommands::setname))
            .sub(
                client(
                    "setinfo",
                    4,
                    FLAGS,
                    "7.2.0",
                    "Says which library the client uses",
                    ClientCommands::setinfo));
    addRest(client);
    table.add(client.container());
  }

  private static void addRest(Command.Declaration client) {
    client
        .sub(client("kill", -3, ADMIN | FLAGS, "2.4.0", "Closes connections", ClientCommands::kill))
        .sub(client("reply", 3, FLAGS, "3.2.0", "Turns replies off and on", ClientCommands::reply))
        .sub(
            client(
                "no-evict",
                3,
                ADMIN | FLAGS,
                "7.0.0",
                "Takes this connection out of client eviction",
                ClientCommands::noEvict))
        .sub(
            client(
                "unblock",
                -3,
                FLAGS,
                "5.0.0",
                "Ends the wait of a client",
                ClientCommands::unblock))
        .sub(Help.of("client", Group.CONNECTION));
    ClientTracking.addTo(client);
    ClientPause.addTo(client);
  }

  static Command client(
      String name, int arity, int flags, String since, String summary, Command.Handler handler) {
    return command("client|" + name, arity, flags, Group.CONNECTION, since, summary).does(handler);
  }

  private static void unblock(Call call) {
    boolean withError = call.count() == 4 && call.is(3, "error");
    if (call.count() > 4) {
      throw CommandTable.unknownSubcommandOrArity(call);
    }
    if ((call.count() == 4 && !withError && !call.is(3, "timeout"))) {
      throw new CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    RedisSession session = call.server().session(call.integer(2));
    boolean waited = session != null && call.server().waiting().unblock(session, withError);
    call.reply().integer(waited ? 1 : 0);
  }

  /**
   * One line of CLIENT LIST, with Redis's fields. Requests run where they were received, so
   * arguments take nothing of their own (argv-mem is 0), and there is one output buffer, of which
   * the first 16 KB count as Redis's fixed one (obl) and the rest as its list (oll, omem).
   */
  public static String line(RedisSession session) {
    TrackingMode tracking = session.tracking();
    Connection connection = session.connection();
    long pending = connection.pendingBytes();
    long listed = Math.max(0, pending - FIXED_OUTPUT_BYTES);
    return "id="
        + session.id()
        + " addr="
        + session.address()
        + " laddr="
        + session.localAddress()
        + " fd=8 name="
        + session.name()
        + " age="
        + session.ageSeconds()
        + " idle="
        + session.idleSeconds()
        + " flags="
        + flags(session)
        + " db="
        + session.db()
        + " sub="
        + session.channels().size()
        + " psub="
        + session.patterns().size()
        + " ssub="
        + session.shardChannels().size()
        + " multi="
        + (session.transaction().isOpen() ? session.transaction().queue().size() : -1)
        + " qbuf="
        + connection.inputBytes()
        + " qbuf-free="
        + (connection.inputBufferBytes() - connection.inputBytes())
        + " argv-mem=0 multi-mem="
        + session.transaction().bytes()
        + " rbs=0 rbp=0 obl="
        + (pending - listed)
        + " oll="
        + (listed > 0 ? 1 : 0)
        + " omem="
        + listed
        + " tot-mem="
        + MemoryLimit.bytesOf(session)
        + " events="
        + (pending > 0 ? "rw" : "r")
        + " cmd="
        + session.lastCommand()
        + " user="
        + session.user().name()
        + " redir="
        + (tracking == null ? -1 : tracking.redirect())
        + " resp="
        + session.reply().protocol()
        + (session.libraryName().isEmpty() ? "" : " lib-name=" + session.libraryName())
        + (session.libraryVersion().isEmpty() ? "" : " lib-ver=" + session.libraryVersion());
  }

  private static String flags(RedisSession session) {
    TrackingMode tracking = session.tracking();
    String flags =
        (session.isReplica() ? "S" : "")
            + (session.isMonitor() ? "O" : "")
            + (session.isSubscribed() ? "P" : "")
            + (session.transaction().isOpen() ? "x" : "")
            + (session.isSuspended() ? "b" : "")
            + (tracking == null
                ? ""
                : "t" + (tracking.isRedirectBroken() ? "R" : "") + (tracking.broadcast ? "B" : ""))
            + (session.transaction().isTouched() ? "d" : "")
            + (session.isClosing() ? "c" : "")
            + (session.isNoEvict() ? "e" : "");
    return flags.isEmpty() ? "N" : flags;
  }

  private static void list(Call call) {
    Predicate<RedisSession> wanted = session -> true;
    if (call.count() == 4 && call.is(2, "type")) {
      wanted = ofType(call, 3);
    } else if (call.count() > 3 && call.is(2, "id")) {
      List<Long> ids = new ArrayList<>();
      for (int i = 3; i < call.count(); i++) {
        ids.add(call.integer(i, new CommandError("ERR Invalid client ID")));
      }
      wanted = session -> ids.contains(session.id());
    } else if (call.count() != 2) {
      throw CommandError.SYNTAX;
    }
    StringBuilder lines = new StringBuilder();
    call.server().sessions().stream()
        .filter(wanted)
        .forEach(session -> lines.append(line(session)).append('\n'));
    call.reply().verbatim(lines.toString());
  }

  private static Predicate<RedisSession> ofType(Call call, int i) {
    String type = ConnectionCommands.lower(call.text(i));
    return switch (type) {
      case "normal" -> session -> !session.isSubscribed() && !session.isReplica();
      case "pubsub" -> RedisSession::isSubscribed;
      case "replica", "slave" -> RedisSession::isReplica;
      case "master" -> session -> false;
      default -> throw new CommandError("ERR Unknown client type '" + call.text(i) + "'");
    };
  }

  private static void getname(Call call) {
    if (call.session().name().isEmpty()) {
      call.reply().nil();
    } else {
      call.reply().bulk(call.session().name());
    }
  }

  private static void setname(Call call) {
    call.session().setName(checkedName(call, 2));
    call.reply().ok();
  }

  static String checkedName(Call call, int i) {
    if (call.length(i) > NAME_BYTES_MAX) {
      throw new CommandError("ERR Client names cannot be longer than " + NAME_BYTES_MAX + " bytes");
    }
    String name = call.text(i);
    if (!isPlain(name)) {
      throw new CommandError(
          "ERR Client names cannot contain spaces, newlines or special characters.");
    }
    return name;
  }

  private static boolean isPlain(String text) {
    return text.chars().allMatch(c -> c >= '!' && c <= '~');
  }

  private static void setinfo(Call call) {
    String value = call.length(3) > NAME_BYTES_MAX ? " " : call.text(3);
    if (!isPlain(value)) {
      throw new CommandError(
          "ERR "
              + ConnectionCommands.lower(call.text(2))
              + " cannot contain spaces, newlines or special characters.");
    }
    if (call.is(2, "lib-name")) {
      call.session().setLibraryName(value);
    } else if (call.is(2, "lib-ver")) {
      call.session().setLibraryVersion(value);
    } else {
      throw new CommandError("ERR Unrecognized option '" + call.text(2) + "'");
    }
    call.reply().ok();
  }

  private static void kill(Call call) {
    boolean old = call.count() == 3;
    List<RedisSession> doomed = new ArrayList<>();
    Predicate<RedisSession> wanted = old ? at(call.text(2), false) : filters(call);
    for (RedisSession session : call.server().sessions()) {
      if (wanted.test(session)) {
        doomed.add(session);
      }
    }
    if (old && doomed.isEmpty()) {
      throw new CommandError("ERR No such client");
    }
    if (old) {
      call.reply().ok();
    } else {
      call.reply().integer(doomed.size());
    }
    for (RedisSession session : doomed) {
      if (session == call.session()) {
        session.closeAfterReply();
      } else {
        session.closeNow();
      }
    }
  }

  private static Predicate<RedisSession> at(String address, boolean local) {
    return session -> (local ? session.localAddress() : session.address()).equals(address);
  }

  private static Predicate<RedisSession> filters(Call call) {
    Predicate<RedisSession> wanted = session -> true;
    boolean skipMe = true;
    for (int i = 2; i < call.count(); i += 2) {
      if (i + 1 == call.count()) {
        throw CommandError.SYNTAX;
      } else if (call.is(i, "id")) {
        long id = call.integer(i + 1, new CommandError("ERR client-id should be greater than 0"));
        if (id < 1) {
          throw new CommandError("ERR client-id should be greater than 0");
        }
        wanted = wanted.and(session -> session.id() == id);
      } else if (call.is(i, "type")) {
        wanted = wanted.and(ofType(call, i + 1));
      } else if (call.is(i, "addr") || call.is(i, "laddr")) {
        wanted = wanted.and(at(call.text(i + 1), call.is(i, "laddr")));
      } else if (call.is(i, "user")) {
        String user = call.text(i + 1);
        if (!call.server().access().knows(user)) {
          throw new CommandError("ERR No such user '" + user + "'");
        }
        wanted = wanted.and(session -> session.user().name().equals(user));
      } else if (call.is(i, "skipme") && (call.is(i + 1, "yes") || call.is(i + 1, "no"))) {
        skipMe = call.is(i + 1, "yes");
      } else {
        throw CommandError.SYNTAX;
      }
    }
    RedisSession me = call.session();
    return skipMe ? wanted.and(session -> session != me) : wanted;
  }

  private static void reply(Call call) {
    if (call.is(2, "on")) {
      call.session().setReplies(RedisSession.Replies.ON);
      call.reply().ok();
    } else if (call.is(2, "off")) {
      call.session().setReplies(RedisSession.Replies.OFF);
    } else if (call.is(2, "skip")) {
      if (call.session().replies() != RedisSession.Replies.OFF) {
        call.session().setReplies(RedisSession.Replies.SKIP_NEXT);
      }
    } else {
      throw CommandError.SYNTAX;
    }
  }

  private static void noEvict(Call call) {
    if (!call.is(2, "on") && !call.is(2, "off")) {
      throw CommandError.SYNTAX;
    }
    call.session().setNoEvict(call.is(2, "on"));
    call.reply().ok();
  }
}
