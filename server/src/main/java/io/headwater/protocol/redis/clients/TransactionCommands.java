package io.headwater.protocol.redis.clients;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ENDS_QUEUE;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.SKIP_SLOWLOG;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.ByteWriter;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Dispatch;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.Transaction;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import java.util.List;

/** MULTI, EXEC, DISCARD and WATCH. What EXEC changes stands in one frame of its own. */
public final class TransactionCommands {
  private static final long[] NONE = {};
  private static final int FLAGS = NOSCRIPT | LOADING | STALE | FAST;

  private TransactionCommands() {}

  public static void addTo(CommandTable table) {
    table.add(
        transaction("multi", 1, FLAGS | ENDS_QUEUE, "1.2.0", "Begins to queue commands")
            .does(TransactionCommands::multi));
    table.add(
        transaction(
                "exec",
                1,
                NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG | ENDS_QUEUE,
                "1.2.0",
                "Runs the queued commands")
            .does(TransactionCommands::exec));
    table.add(
        transaction("discard", 1, FLAGS | ENDS_QUEUE, "2.0.0", "Forgets the queued commands")
            .does(TransactionCommands::discard));
    table.add(
        transaction("watch", -2, FLAGS | ENDS_QUEUE, "2.2.0", "Makes EXEC depend on keys")
            .keys(1, -1, 1)
            .does(TransactionCommands::watch));
    table.add(
        transaction("unwatch", 1, FLAGS, "2.2.0", "Forgets the watched keys")
            .does(TransactionCommands::unwatch));
  }

  private static Command.Declaration transaction(
      String name, int arity, int flags, String since, String summary) {
    return command(name, arity, flags, Group.TRANSACTIONS, since, summary);
  }

  private static void multi(Call call) {
    if (call.session().transaction().isOpen()) {
      throw new CommandError("ERR MULTI calls can not be nested");
    }
    call.session().transaction().open();
    call.reply().ok();
  }

  private static void discard(Call call) {
    if (!call.session().transaction().isOpen()) {
      throw new CommandError("ERR DISCARD without MULTI");
    }
    end(call.session());
    call.reply().ok();
  }

  private static void end(RedisSession session) {
    session.transaction().end();
    session.unwatch();
  }

  private static void watch(Call call) {
    if (call.session().transaction().isOpen()) {
      throw new CommandError("ERR WATCH inside MULTI is not allowed");
    }
    if (!call.session().transaction().isTouched()) {
      if (!call.session().transaction().watches(call.count() - 1L, call.bytes())) {
        throw new CommandError("OOM the watched keys need more memory than the server has");
      }
      for (int i = 1; i < call.count(); i++) {
        Key key = call.key(i);
        call.keyspace().findForWrite(key); // a key that is past its time already is just missing
        call.keyspace().watch(key, call.session());
      }
    }
    call.reply().ok();
  }

  private static void unwatch(Call call) {
    call.session().unwatch();
    call.reply().ok();
  }

  private static void exec(Call call) {
    RedisSession session = call.session();
    Keyspace keyspace = call.keyspace();
    Transaction transaction = session.transaction();
    if (!transaction.isOpen()) {
      throw new CommandError("ERR EXEC without MULTI");
    }
    keyspace.expireWatched(session);
    boolean broken = transaction.isBroken();
    boolean touched = transaction.isTouched();
    if (broken || touched) {
      end(session);
      if (!broken) {
        call.reply().nilArray();
        return;
      }
      throw new CommandError("EXECABORT Transaction discarded because of previous errors.");
    }
    long[] needed = neededBytes(call, transaction);
    Failure failure = needed.length == 0 ? null : keyspace.refusal(needed[0]);
    if (failure != null) {
      end(session);
      throw new CommandError(
          "EXECABORT Transaction discarded because of: " + RedisServer.line(failure));
    }
    session.unwatch();
    keyspace.beginTransaction();
    boolean fits = run(call, session, transaction, needed);
    transaction.end();
    keyspace.endTransaction();
    if (!fits) {
      throw Dispatch.REPLY_TOO_LARGE;
    }
  }

  /**
   * What is to be kept for each command and those behind it, so that one that records more than its
   * request has does not take their room: it is refused, and they run. Empty if none writes.
   */
  private static long[] neededBytes(Call call, Transaction transaction) {
    List<Transaction.Queued> queue = transaction.queue();
    long[] needed = new long[queue.size() + 1];
    boolean writes = false;
    for (int i = queue.size() - 1; i >= 0; i--) {
      Transaction.Queued queued = queue.get(i);
      call.begin(call.session(), queued.array(), queued.arguments());
      writes |= queued.command().has(Flags.WRITE);
      needed[i] = needed[i + 1] + call.eventBytes(queued.command());
    }
    return writes ? needed : NONE;
  }

  /**
   * Runs all that is queued.
   *
   * @return false if memory has no room for the replies, which are gone then
   */
  private static boolean run(
      Call call, RedisSession session, Transaction transaction, long[] needed) {
    List<Transaction.Queued> queue = transaction.queue();
    ByteWriter out = session.reply().out();
    int start = out.size();
    boolean fits = true;
    session.reply().array(queue.size());
    for (int i = 0; i < queue.size(); i++) {
      if (needed.length > 0) {
        call.keyspace().admission().reserve(needed[i + 1]);
      }
      try {
        run(call, session, queue.get(i));
      } catch (BufferFull e) {
        fits = false;
      }
      if (!fits) {
        out.truncate(start);
      }
    }
    return fits;
  }

  private static void run(Call call, RedisSession session, Transaction.Queued queued) {
    ByteWriter out = session.reply().out();
    int mark = out.size();
    call.begin(session, queued.array(), queued.arguments());
    String refusal =
        session.isFree() ? null : call.server().access().refusalAtExec(call, queued.command());
    if (refusal != null) {
      session.reply().error(refusal);
      return;
    }
    try {
      call.keyspace().failStop().next();
      if (queued.command().has(Flags.WRITE)) {
        call.server().dispatch().refuseWrite(call, queued.command());
      }
      call.server().dispatch().run(session, call, queued.command());
    } catch (CommandError e) {
      out.truncate(mark);
      call.server().dispatch().fail(session.reply(), e);
    } catch (FailureException e) {
      out.truncate(mark);
      call.server().dispatch().fail(session.reply(), RedisServer.line(e.failure()));
    }
  }
}
