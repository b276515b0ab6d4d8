package io.headwater.protocol.redis.scripting;

import io.headwater.lua.Arguments;
import io.headwater.lua.Builtin;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaError;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Results;
import io.headwater.protocol.redis.RedisServer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The library {@code redis}. */
final class RedisApi {
  private static final Logger LOGGER = Logger.getLogger("io.headwater.redis.scripts");
  private static final Level[] LEVELS = {Level.FINE, Level.FINE, Level.INFO, Level.WARNING};
  private static final String[] LEVEL_NAMES = {"DEBUG", "VERBOSE", "NOTICE", "WARNING"};
  private static final int LOGGED_MAX = 1024;
  private static final int REPL_ALL = 3;
  private static final int VERSION_NUMBER = 7 << 16 | 15;

  private final Engine engine;
  private final Lua lua;
  private final Digest digest = new Digest();
  private final Nested nested;
  private final LuaTable table;

  RedisApi(Engine engine) {
    this.engine = engine;
    this.lua = engine.lua();
    this.nested = new Nested(lua);
    this.table = lua.table();
    add(table, "call", (_, a) -> call(a, true));
    add(table, "pcall", (_, a) -> call(a, false));
    add(table, "error_reply", (_, a) -> single(a, "err"));
    add(table, "status_reply", (_, a) -> single(a, "ok"));
    add(table, "sha1hex", (_, a) -> sha1(a));
    add(table, "setresp", (_, a) -> setProtocol(a));
    add(table, "set_repl", (_, a) -> setReplication(a));
    add(table, "replicate_commands", (_, _) -> true);
    add(table, "breakpoint", (_, _) -> false);
    add(table, "debug", (_, _) -> Results.NONE);
    add(table, "acl_check_cmd", (_, a) -> mayRun(a));
    table.put("REPL_NONE", 0.0);
    table.put("REPL_AOF", 1.0);
    table.put("REPL_SLAVE", 2.0);
    table.put("REPL_REPLICA", 2.0);
    table.put("REPL_ALL", (double) REPL_ALL);
    addLog(table);
  }

  private static void add(LuaTable table, String name, Builtin.Body body) {
    table.put(name, new Builtin(name, body));
  }

  /** What is there while a library is loaded, too. */
  private void addLog(LuaTable target) {
    add(target, "log", (_, a) -> log(a));
    for (int i = 0; i < LEVEL_NAMES.length; i++) {
      target.put("LOG_" + LEVEL_NAMES[i], (double) i);
    }
    target.put("REDIS_VERSION", LuaString.of(RedisServer.REDIS_VERSION));
    target.put("REDIS_VERSION_NUM", (double) VERSION_NUMBER);
  }

  LuaTable table() {
    return table;
  }

  /** What a library sees of {@code redis} while it is loaded. */
  LuaTable whileLoading(Builtin.Body register) {
    LuaTable loading = lua.table();
    addLog(loading);
    add(loading, "register_function", register);
    LuaTable metatable = lua.table();
    add(metatable, "__index", (l, a) -> Engine.missing(l, a.get(1)));
    loading.setMetatable(metatable);
    return loading;
  }

  void begin(RunningScript script) {
    nested.begin(script);
  }

  /** What the script chose with setresp. */
  int protocol() {
    return nested.protocol();
  }

  /** An error that says what it says, without a position. */
  static LuaError error(Lua lua, String message) {
    LuaTable table = lua.table();
    table.put("err", LuaString.of("ERR " + message));
    return new LuaError(table);
  }

  private @Nullable Object call(Arguments a, boolean raises) {
    RunningScript script = engine.running();
    if (script == null) {
      throw error(lua, "redis.call/pcall can only be called inside a script invocation");
    }
    Object result = nested.call(script, a);
    if (raises && result instanceof LuaTable reply && reply.get(ReplyReader.ERR) != null) {
      throw new LuaError(reply);
    }
    return result;
  }

  private Object single(Arguments a, String field) {
    LuaTable reply = lua.table();
    if (a.count() != 1 || !(a.get(0) instanceof LuaString text)) {
      reply.put("err", LuaString.of("ERR wrong number or type of arguments"));
      return reply;
    }
    reply.put(field, field.equals("err") ? LuaString.of(coded(text.toString())) : (Object) text);
    return reply;
  }

  /** A message of one word has no code of its own. */
  private static String coded(String message) {
    String text = message.startsWith("-") ? message.substring(1) : message;
    int end = text.length();
    while (end > 0 && (text.charAt(end - 1) == '\r' || text.charAt(end - 1) == '\n')) {
      end--;
    }
    text = text.substring(0, end);
    return text.indexOf(' ') < 0 ? "ERR " + text : text;
  }

  private Object sha1(Arguments a) {
    if (a.count() != 1) {
      throw error(lua, "wrong number of arguments");
    }
    LuaString text = lua.toStringOrNull(a.get(0));
    byte[] bytes = text == null ? new byte[0] : text.bytes();
    lua.work(bytes.length >> 3);
    return lua.heap().string(digest.of(bytes));
  }

  private Object log(Arguments a) {
    if (a.count() < 2) {
      throw error(lua, "redis.log() requires two arguments or more.");
    }
    if (!(a.get(0) instanceof Double number)) {
      throw error(lua, "First argument must be a number (log level).");
    }
    int level = (int) LuaNumbers.toLong(number);
    if (level < 0 || level >= LEVELS.length) {
      throw error(lua, "Invalid debug level.");
    }
    if (LOGGER.isLoggable(LEVELS[level])) {
      StringBuilder message = new StringBuilder();
      for (int i = 1; i < a.count() && message.length() < LOGGED_MAX; i++) {
        LuaString part = lua.toStringOrNull(a.get(i));
        message.append(i > 1 ? " " : "").append(part == null ? "" : part);
      }
      String text = message.substring(0, Math.min(LOGGED_MAX, message.length()));
      LOGGER.log(LEVELS[level], "script: {0}", text);
    }
    return Results.NONE;
  }

  private Object setProtocol(Arguments a) {
    if (a.count() != 1) {
      throw error(lua, "redis.setresp() requires one argument.");
    }
    double version = LuaNumbers.toNumber(a.get(0)) instanceof Double number ? number : 0;
    if ((int) version != 2 && (int) version != 3) {
      throw error(lua, "RESP version must be 2 or 3.");
    }
    nested.setProtocol((int) version);
    return Results.NONE;
  }

  /** Accepted: there is one log, and what a script writes is in it. */
  private Object setReplication(Arguments a) {
    if (a.count() != 1) {
      throw error(lua, "redis.set_repl() requires two arguments.");
    }
    double flags = LuaNumbers.toNumber(a.get(0)) instanceof Double number ? number : 0;
    if (((int) flags & ~REPL_ALL) != 0) {
      throw error(
          lua, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    return Results.NONE;
  }

  private Object mayRun(Arguments a) {
    RunningScript script = engine.running();
    if (script == null) {
      throw error(lua, "redis.acl_check_cmd can only be called inside a script invocation");
    }
    return nested.mayRun(script, a);
  }
}
