package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.NO_ASYNC_LOADING;
import static io.headwater.protocol.redis.facts.Flags.NO_MULTI;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.host.Loop;
import io.headwater.protocol.redis.BusyScript;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Persistence;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.replication.Replicas;
import io.headwater.protocol.redis.resp.Reply;
import java.util.List;

/** INFO, TIME, SAVE and others about the whole server. */
public final class ServerCommands {
  private static final CommandError SAVING =
      new CommandError("ERR Background save already in progress");

  private ServerCommands() {}

  public static void addTo(CommandTable table) {
    table.add(
        server("info", -1, LOADING | STALE, "1.0.0", "Describes the server in lines of text")
            .does(call -> call.reply().verbatim(Info.of(call))));
    table.add(
        server("time", 1, LOADING | STALE | FAST, "2.6.0", "Returns Unix time and microseconds")
            .does(ServerCommands::time));
    table.add(
        server("role", 1, NOSCRIPT | LOADING | STALE | FAST, "2.8.12", "Returns master")
            .does(ServerCommands::role));
    table.add(
        server("lastsave", 1, LOADING | STALE | FAST, "1.0.0", "Returns the last checkpoint's time")
            .does(call -> call.reply().integer(call.server().persistence().lastSaveSeconds())));
    table.add(
        server(
                "save",
                1,
                ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI,
                "1.0.0",
                "Checkpoints the keyspace and waits for it")
            .does(ServerCommands::save));
    table.add(
        server(
                "bgsave",
                -1,
                ADMIN | NOSCRIPT | NO_ASYNC_LOADING,
                "1.0.0",
                "Checkpoints the keyspace")
            .does(ServerCommands::bgsave));
    table.add(
        server(
                "bgrewriteaof",
                1,
                ADMIN | NOSCRIPT | NO_ASYNC_LOADING,
                "1.0.0",
                "Checkpoints the keyspace")
            .does(ServerCommands::bgrewriteaof));
    table.add(
        server(
                "shutdown",
                -1,
                ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI,
                "1.0.0",
                "Ends the server")
            .does(ServerCommands::shutdown));
    table.add(
        command(
                "wait",
                3,
                NOSCRIPT,
                Group.GENERIC,
                "3.0.0",
                "Waits until replicas have what was written")
            .does(ServerCommands::await));
    DebugCommands.addTo(table);
    MemoryCommands.addTo(table);
    ConfigCommands.addTo(table);
    CommandCommands.addTo(table);
    HeadwaterCommands.addTo(table);
    SlowLogCommands.addTo(table);
    ReplicationCommands.addTo(table);
    LatencyCommands.addTo(table);
  }

  private static Command.Declaration server(
      String name, int arity, int flags, String since, String summary) {
    return command(name, arity, flags, Group.SERVER, since, summary);
  }

  private static void time(Call call) {
    long ms = call.server().clock().wallMs();
    call.reply().array(2);
    call.reply().bulkInteger(ms / 1000);
    call.reply().bulkInteger(ms % 1000 * 1000);
  }

  private static void role(Call call) {
    Replicas replicas = call.server().replicas();
    List<Replicas.Shown> online =
        replicas.shown().stream().filter(r -> r.state().equals("online")).toList();
    Reply reply = call.reply();
    reply.array(3);
    reply.bulk("master");
    reply.integer(replicas.offset());
    reply.array(online.size());
    for (Replicas.Shown replica : online) {
      reply.array(3);
      reply.bulk(replica.address());
      reply.bulk(Integer.toString(replica.port()));
      reply.bulk(Long.toString(replica.acknowledged()));
    }
  }

  static void save(Call call) {
    if (call.server().persistence().isRunning(Persistence.Work.SAVE)) {
      throw SAVING;
    }
    RedisSession session = call.session();
    session.suspend(null);
    call.server()
        .persistence()
        .save(
            Persistence.Work.SAVE,
            session.connection().loop(),
            saved -> {
              if (!session.connection().isClosed()) {
                session.tell(reply -> {
                  if (saved) {
                    reply.ok();
                  } else {
                    reply.error("ERR the checkpoint failed; the log of Headwater says why");
                  }
                });
                session.resume();
              }
            });
  }

  private static void bgsave(Call call) {
    boolean schedule = call.count() == 2 && call.is(1, "schedule");
    if (call.count() > 1 && !schedule) {
      throw CommandError.SYNTAX;
    }
    Persistence persistence = call.server().persistence();
    if (persistence.isRunning(Persistence.Work.SAVE)) {
      throw SAVING;
    }
    boolean inTransaction = call.session().transaction().isOpen();
    if (persistence.isRunning() && !schedule && !inTransaction) {
      throw new CommandError(
          "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE"
              + " in order to schedule a BGSAVE whenever possible.");
    }
    boolean later = persistence.isRunning() || inTransaction;
    schedule(call, Persistence.Work.SAVE);
    call.reply().simple(later ? "Background saving scheduled" : "Background saving started");
  }

  private static void bgrewriteaof(Call call) {
    Persistence persistence = call.server().persistence();
    if (persistence.isRunning(Persistence.Work.REWRITE)) {
      throw new CommandError("ERR Background append only file rewriting already in progress");
    }
    boolean later = persistence.isRunning() || call.session().transaction().isOpen();
    schedule(call, Persistence.Work.REWRITE);
    call.reply()
        .simple("Background append only file rewriting " + (later ? "scheduled" : "started"));
  }

  /** After the transaction if there is one. */
  private static void schedule(Call call, Persistence.Work work) {
    Persistence persistence = call.server().persistence();
    Loop loop = call.session().connection().loop();
    if (call.session().transaction().isOpen()) {
      loop.execute(() -> persistence.schedule(work, loop));
    } else {
      persistence.schedule(work, loop);
    }
  }

  private static void shutdown(Call call) {
    for (int i = 1; i < call.count(); i++) {
      if (call.is(i, "abort")) {
        throw new CommandError("ERR No shutdown in progress.");
      }
      if (!call.is(i, "save")
          && !call.is(i, "nosave")
          && !call.is(i, "now")
          && !call.is(i, "force")) {
        throw CommandError.SYNTAX;
      }
    }
    BusyScript busy = call.server().dispatch().busy();
    if (busy != null) {
      boolean without =
          java.util.stream.IntStream.range(1, call.count()).anyMatch(i -> call.is(i, "nosave"));
      if (!without) {
        throw busy.refusal(call.command());
      }
      busy.abandon();
    }
    call.session().closeAfterReply();
    call.server().operations().shutdown();
  }

  private static void await(Call call) {
    long replicas = call.integer(1);
    long timeoutMs =
        call.integer(2, new CommandError("ERR timeout is not an integer or out of range"));
    if (timeoutMs < 0) {
      throw new CommandError("ERR timeout is negative");
    }
    if (call.session().transaction().isOpen()) {
      call.reply().integer(0);
      return;
    }
    call.server().replicas().await(call, replicas, timeoutMs);
  }

  private static void answerLater(RedisSession session, long delayMs, Runnable answer) {
    Loop.Timer timer =
        session
            .connection()
            .loop()
            .schedule(
                delayMs,
                () -> {
                  answer.run();
                  session.resume();
                });
    session.suspend(timer::cancel);
  }

  /** Only this client sleeps: the loop belongs to all. */
}
