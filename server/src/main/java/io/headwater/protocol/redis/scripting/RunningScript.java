package io.headwater.protocol.redis.scripting;

import io.headwater.lua.LuaKilled;
import io.headwater.protocol.redis.BusyScript;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.RedisSession;
import java.util.List;

/** A script that runs: what it may do, what it has done, and whether it is to end. */
final class RunningScript implements BusyScript {
  private static final long NANOS_PER_MS = 1_000_000;
  private static final int WORDS_MAX = 128;

  final Script script;
  final Call call;
  final RedisSession caller;
  final boolean function;
  final boolean readOnly;

  /** Whether a transaction around it holds its writes. */
  final boolean inTransaction;

  private final long startedNanos;
  private boolean wrote;
  private boolean began;
  private boolean busy;
  private boolean killed;
  private boolean abandoned;

  RunningScript(Script script, Call call, boolean function, boolean readOnly) {
    this.script = script;
    this.call = call;
    this.caller = call.session();
    this.function = function;
    this.readOnly = readOnly;
    this.inTransaction = caller.transaction().isOpen();
    this.startedNanos = call.server().clock().nanos();
  }

  /** Before the first command that writes: from here on it is one frame, and cannot be killed. */
  void writes() {
    wrote = true;
    if (!inTransaction && !began) {
      began = true;
      call.keyspace().beginTransaction();
    }
  }

  boolean hasWritten() {
    return wrote;
  }

  void end() {
    if (began && !abandoned) {
      call.keyspace().endTransaction();
    }
  }

  long durationMs() {
    return (call.server().clock().nanos() - startedNanos) / NANOS_PER_MS;
  }

  /** Every some thousand steps: past the threshold others are served. */
  void look() {
    long threshold = call.server().settings().number("busy-reply-threshold");
    if (threshold <= 0 || durationMs() < threshold) {
      return;
    }
    if (!busy) {
      busy = true;
      if (!inTransaction && !began) {
        call.keyspace().append();
      }
      call.server().dispatch().setBusy(this);
    }
    call.keyspace().release();
    caller.connection().loop().serveOthers(caller.connection());
    if (abandoned) {
      throw new IllegalStateException("SHUTDOWN NOSAVE in the middle of a script that had written");
    }
    if (killed) {
      throw new LuaKilled(
          function
              ? "Script killed by user with FUNCTION KILL..."
              : "Script killed by user with SCRIPT KILL...");
    }
  }

  @Override
  public CommandError refusal(Command command) {
    return new CommandError(
        function
            ? "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN"
                + " NOSAVE."
            : "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN"
                + " NOSAVE.");
  }

  @Override
  public void abandon() {
    killed = true;
    abandoned = wrote;
  }

  void kill() {
    if (wrote) {
      throw new CommandError(
          "UNKILLABLE Sorry the script already executed write commands against the dataset. You"
              + " can either wait the script termination or kill the server in a hard way using the"
              + " SHUTDOWN NOSAVE command.");
    }
    killed = true;
  }

  /** The command that began it, as it was sent. */
  List<String> words() {
    return java.util.stream.IntStream.range(0, Math.min(WORDS_MAX, call.count()))
        .mapToObj(call::text)
        .toList();
  }
}
