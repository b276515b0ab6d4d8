package io.headwater.protocol.redis.scripting;

import io.headwater.bytes.ByteWriter;
import io.headwater.failure.FailureException;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaError;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaString;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.resp.Arguments;
import io.headwater.protocol.redis.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs the commands that a script calls: checks, a buffer for the reply, and the way back. */
final class Nested {
  private static final int KEPT_BYTES = 1 << 20;
  private static final CommandError OOM =
      new CommandError("OOM command not allowed when used memory > 'maxmemory'.");

  private final Lua lua;
  private final ReplyReader reader;
  private final ByteWriter request = new ByteWriter();
  private final ByteWriter out = new ByteWriter();
  private final Arguments places = new Arguments();
  private @Nullable RedisSession session;
  private @Nullable ScriptConnection connection;
  private @Nullable Call call;

  Nested(Lua lua) {
    this.lua = lua;
    this.reader = new ReplyReader(lua);
  }

  void begin(RunningScript script) {
    RedisSession caller = script.caller;
    RedisSession own = session;
    ScriptConnection way = connection;
    if (own == null || way == null) {
      way = new ScriptConnection(caller.connection(), out);
      own = new RedisSession(script.call.server(), way);
      own.setForScripts();
      own.transaction().open(); // so that nothing blocks
      session = own;
      connection = way;
      call = new Call(script.call.server(), own);
    }
    way.setCaller(caller.connection());
    own.setDb(caller.db());
    own.reply().setProtocol(2);
    own.setUser(caller.user(), caller.isAuthenticated(), caller.isFree());
  }

  int protocol() {
    return Objects.requireNonNull(session).reply().protocol();
  }

  void setProtocol(int version) {
    Objects.requireNonNull(session).reply().setProtocol(version);
  }

  @Nullable Object call(RunningScript script, io.headwater.lua.Arguments a) {
    try {
      prepare(a);
    } catch (LuaError e) {
      return e.value(); // pcall answers it, call raises it
    }
    RedisSession own = Objects.requireNonNull(session);
    Call current = Objects.requireNonNull(call);
    RedisServer server = script.call.server();
    current.begin(own, request.array(), places);
    out.clear(KEPT_BYTES);
    Reply reply = own.push();
    try {
      Command command = admitted(script, server, current);
      try {
        server.keyspace().failStop().next();
        server.dispatch().run(own, current, command);
      } finally {
        if (command.has(Flags.READONLY)) {
          server.tracking().scriptRead(script.call);
        }
      }
    } catch (CommandError e) {
      out.clear();
      server.dispatch().fail(reply, e);
    } catch (FailureException e) {
      out.clear();
      server.dispatch().fail(reply, RedisServer.line(e.failure()));
    }
    lua.work(out.size() >> 6);
    return out.size() == 0 ? null : reader.read(out.array());
  }

  /** Lays the arguments out as a client's request. */
  private void prepare(io.headwater.lua.Arguments a) {
    if (a.count() == 0) {
      throw RedisApi.error(lua, "Please specify at least one argument for this redis lib call");
    }
    request.clear(KEPT_BYTES);
    places.clear();
    for (int i = 0; i < a.count(); i++) {
      int from = request.size();
      switch (a.get(i)) {
        case LuaString string -> {
          lua.heap().mayAllocate((long) from + string.length());
          request.put(string.bytes());
        }
        case Double number -> putNumber(number);
        case null, default ->
            throw RedisApi.error(
                lua, "Lua redis lib command arguments must be strings or integers");
      }
      places.add(from, request.size() - from);
    }
  }

  /** All digits, unlike Lua's own conversion. */
  private void putNumber(double number) {
    long whole = (long) number;
    if (whole == number && Math.abs(number) < 1e15 && (whole != 0 || 1 / number > 0)) {
      io.headwater.protocol.redis.text.Numbers.write(request, whole);
    } else {
      request.put(LuaNumbers.general(number, 17).getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static Command resolve(RedisServer server, Call current) {
    Command found = server.table().find(current.array(), current.start(0), current.length(0));
    if (found == null) {
      throw new CommandError("ERR Unknown Redis command called from script");
    }
    Command command;
    try {
      command = CommandTable.subcommand(found, current);
    } catch (CommandError e) {
      throw new CommandError("ERR Unknown Redis command called from script");
    }
    current.setCommand(command);
    return command;
  }

  private static Command admitted(RunningScript script, RedisServer server, Call current) {
    try {
      Command command = resolve(server, current);
      admit(script, server, current, command);
      return command;
    } catch (CommandError | FailureException e) {
      if (current.hasCommand()) {
        current.command().counts().rejected();
      }
      throw e;
    }
  }

  private static void admit(
      RunningScript script, RedisServer server, Call current, Command command) {
    if (!command.takes(current.count())) {
      throw new CommandError("ERR Wrong number of args calling Redis command from script");
    }
    if (command.has(Flags.NOSCRIPT)) {
      throw new CommandError("ERR This Redis command is not allowed from script");
    }
    String refusal = server.access().refusalInScript(current, command);
    if (refusal != null) {
      throw new CommandError("ERR " + refusal);
    }
    boolean writes = command.has(Flags.WRITE);
    if (writes && script.readOnly) {
      throw new CommandError("ERR Write commands are not allowed from read-only scripts.");
    }
    if (command.has(Flags.DENYOOM)
        && server.memory().isFull()
        && !script.hasWritten() // then it may go on: it cannot stop half-way
        && !script.script.has(ScriptFlags.ALLOW_OOM)) {
      throw OOM;
    }
    if (writes) {
      server.dispatch().refuseWrite(current, command);
      if (!script.hasWritten()) {
        server.replicas().good().refuse();
      }
      script.writes();
    }
  }

  boolean mayRun(RunningScript script, io.headwater.lua.Arguments a) {
    if (a.count() == 0) {
      throw RedisApi.error(
          lua, "Please specify at least one argument for this redis.acl_check_cmd() call");
    }
    prepare(a);
    Call current = Objects.requireNonNull(call);
    current.begin(Objects.requireNonNull(session), request.array(), places);
    RedisServer server = script.call.server();
    try {
      Command command = resolve(server, current);
      if (!command.takes(current.count())) {
        throw new CommandError("arity");
      }
      return server.access().permits(current, command);
    } catch (CommandError e) {
      throw RedisApi.error(lua, "Invalid command passed to redis.acl_check_cmd()");
    }
  }
}
