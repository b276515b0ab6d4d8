package io.headwater.protocol.redis.replication;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.ALLOW_BUSY;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.NO_ASYNC_LOADING;
import static io.headwater.protocol.redis.facts.Flags.NO_MULTI;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.rdb.RdbFileWriter;
import java.util.Locale;

/** SYNC, PSYNC and REPLCONF: what a replica says. */
public final class ReplicaCommands {
  private static final int SYNC = ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI;

  private ReplicaCommands() {}

  public static void addTo(CommandTable table) {
    table.add(
        command("sync", 1, SYNC, Group.SERVER, "1.0.0", "Sends all as an RDB file, then changes")
            .does(ReplicaCommands::sync));
    table.add(
        command(
                "psync",
                -3,
                SYNC,
                Group.SERVER,
                "2.8.0",
                "Sends all, or what a replica missed, then changes")
            .does(ReplicaCommands::psync));
    table.add(
        command(
                "replconf",
                -1,
                ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
                Group.SERVER,
                "3.0.0",
                "Takes what a replica says of itself")
            .does(ReplicaCommands::replconf));
  }

  private static boolean begins(Call call) {
    if (call.session().isReplica()) {
      return false;
    }
    if (call.session().connection().pendingBytes() > 0) {
      throw new CommandError("ERR SYNC and PSYNC are invalid with pending output");
    }
    return true;
  }

  private static void sync(Call call) {
    if (begins(call)) {
      call.server().replicas().sync(call.session());
    }
  }

  private static void psync(Call call) {
    if (begins(call)) {
      call.server().replicas().sync(call.session(), call.text(1), call.integer(2));
    }
  }

  private static void replconf(Call call) {
    if (call.count() % 2 == 0) {
      throw CommandError.SYNTAX;
    }
    Replicas replicas = call.server().replicas();
    for (int i = 1; i < call.count(); i += 2) {
      Replica replica = replicas.of(call.session());
      switch (call.text(i).toLowerCase(Locale.ROOT)) {
        case "listening-port" -> replica.port = (int) call.integer(i + 1);
        case "ip-address" -> replica.address = call.text(i + 1);
        case "capa" -> {
          replica.takesMark |= call.is(i + 1, "eof");
          replica.takesNewIds |= call.is(i + 1, "psync2");
        }
        case "rdb-only" -> replica.wantsFileOnly = call.integer(i + 1) != 0;
        case "rdb-filter-only" -> replica.wanted = filter(call.text(i + 1));
        case "ack" -> {
          if (call.session().isReplica()) {
            replicas.acknowledge(call.session(), call.integer(i + 1));
          }
          return; // without an answer
        }
        case "getack" -> {
          return; // this is for replicas: we follow nobody
        }
        default -> throw new CommandError("ERR Unrecognized REPLCONF option: " + call.text(i));
      }
    }
    call.reply().ok();
  }

  /** What a list of names leaves in the file. */
  private static RdbFileWriter.Contents filter(String names) {
    RdbFileWriter.Contents wanted = RdbFileWriter.Contents.NOTHING;
    for (String name : names.strip().split("\\s+")) {
      if (name.equals("functions")) {
        wanted = RdbFileWriter.Contents.FUNCTIONS;
      } else if (!name.isEmpty()) {
        throw new CommandError("ERR Unsupported rdb-filter-only option: " + name);
      }
    }
    return wanted;
  }
}
