package io.headwater.protocol.redis.scripting;

import io.headwater.lua.Builtin;
import io.headwater.lua.Heap;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaClosure;
import io.headwater.lua.LuaError;
import io.headwater.lua.LuaFunction;
import io.headwater.lua.LuaKilled;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Results;
import io.headwater.lua.library.Libraries;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One Lua state with all libraries and {@code redis}; what it shares cannot be changed. */
final class Engine {
  private static final LuaString ERR = LuaString.of("err");
  private static final LuaString INDEX = LuaString.of("__index");
  private static final long BYTES_LEAST = 32L << 20;
  private static final long BYTES_MOST = 256L << 20;

  private final Heap heap = new Heap(limitBytes());
  private final Lua lua = new Lua(heap, this::look);
  private final RedisApi api;

  /** Names that scripts use anyhow: their constants become the same objects. */
  private final Map<LuaString, LuaString> names = new HashMap<>();

  private @Nullable RunningScript running;
  private long loadDeadlineNanos;
  private @Nullable Call loading;

  Engine() {
    Libraries.addTo(lua);
    api = new RedisApi(this);
    lua.globals().put("redis", api.table());
    LuaTable metatable = lua.table();
    metatable.put(INDEX, new Builtin("__index", (l, a) -> missing(l, a.get(1))));
    lua.globals().setMetatable(metatable);
    protect(lua.globals(), new HashSet<>());
  }

  /** What scripts may hold: an eighth of the heap, within bounds. */
  static long limitBytes() {
    return Math.clamp(Runtime.getRuntime().maxMemory() / 8, BYTES_LEAST, BYTES_MOST);
  }

  static Object missing(Lua lua, @Nullable Object name) {
    throw lua.error("Script attempted to access nonexistent global variable '" + name + "'");
  }

  void protect(LuaTable table, Set<LuaTable> done) {
    if (!done.add(table)) {
      return;
    }
    table.setReadOnly(true);
    for (int at = table.nextPlace(0); at >= 0; at = table.nextPlace(at + 1)) {
      if (table.keyAt(at) instanceof LuaString name) {
        names.putIfAbsent(name, name);
      }
      if (table.valueAtPlace(at) instanceof LuaTable inner) {
        protect(inner, done);
      }
    }
    LuaTable metatable = table.metatable();
    if (metatable != null) {
      protect(metatable, done);
    }
    LuaTable ofStrings = lua.metatable(LuaString.EMPTY);
    if (ofStrings != null) {
      protect(ofStrings, done);
    }
  }

  Lua lua() {
    return lua;
  }

  /** Bytes that its values hold. */
  long heldBytes() {
    return heap.heldBytes();
  }

  @Nullable RunningScript running() {
    return running;
  }

  LuaClosure compile(byte[] source, String chunkName) {
    heap.mayAllocate(source.length * 8L);
    return lua.closure(Lua.compile(source, chunkName, new HashMap<>(names)));
  }

  private void look() {
    RunningScript script = running;
    if (script != null) {
      script.look();
    } else if (loading != null && loading.server().clock().nanos() > loadDeadlineNanos) {
      throw new LuaKilled("FUNCTION LOAD timeout");
    }
  }

  /** Runs the chunk of a library, for a bounded time. */
  void load(LuaFunction chunk, Call call, long timeoutNanos) {
    loading = call;
    loadDeadlineNanos = call.server().clock().nanos() + timeoutNanos;
    try {
      lua.run(chunk);
    } catch (LuaError e) {
      throw new CommandError("ERR Error registering functions: " + message(withPosition(e)));
    } catch (LuaKilled e) {
      throw new CommandError("ERR " + e.getMessage());
    } finally {
      loading = null;
      lua.rest();
    }
  }

  /** Runs a script and answers its caller. */
  void run(RunningScript script, @Nullable Object... arguments) {
    if (running != null) {
      throw new IllegalStateException("a script inside a script");
    }
    running = script;
    api.begin(script);
    Object result = null;
    try {
      result = Results.first(lua.run(script.script.function(), arguments));
    } catch (LuaError e) {
      throw failed(script, withPosition(e));
    } catch (LuaKilled e) {
      throw failed(script, withPosition(lua.error(String.valueOf(e.getMessage()))));
    } finally {
      script.end();
      running = null;
      script.call.server().dispatch().setBusy(null);
      lua.rest();
    }
    new ReplyWriter(script.call, api.protocol(), heap.limitBytes()).write(result);
  }

  /** As Redis's handler of errors: a table with {@code err}, and where it came from. */
  private LuaTable withPosition(LuaError error) {
    LuaTable table;
    if (error.value() instanceof LuaTable thrown) {
      table = thrown;
    } else {
      table = lua.table();
      Object shown = lua.show(error.value());
      table.put(ERR, LuaString.of("ERR " + shown));
    }
    Lua.Position position = lua.errorPosition();
    if (position != null && !table.isReadOnly()) {
      table.put("source", LuaString.of(position.source()));
      table.put("line", (double) position.line());
    }
    return table;
  }

  private static String message(LuaTable error) {
    return error.get(ERR) instanceof LuaString text ? text.toString() : "ERR unknown error";
  }

  private static CommandError failed(RunningScript script, LuaTable error) {
    String message = message(error);
    Object source = error.get("source");
    if (source instanceof LuaString && error.get("line") instanceof Double line) {
      message +=
          " script: " + script.script.name() + ", on " + source + ":" + line.longValue() + ".";
    }
    return error.get(ReplyReader.COUNTED) == null
        ? new CommandError(message)
        : CommandError.counted(message);
  }
}
