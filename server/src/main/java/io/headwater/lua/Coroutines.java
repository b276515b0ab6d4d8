package io.headwater.lua;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the library {@code coroutine} does. */
public final class Coroutines {
  private Coroutines() {}

  public static LuaThread create(Lua lua, LuaFunction body) {
    return new LuaThread(lua, body);
  }

  /** The running coroutine, nil in the main one. */
  public static @Nullable Object running(Lua lua) {
    return lua.thread().isMain() ? null : lua.thread();
  }

  public static Object status(Lua lua, Arguments a) {
    LuaThread thread = thread(a);
    LuaThread.State state = thread == lua.thread() ? LuaThread.State.RUNNING : thread.state();
    return LuaString.of(state.name().toLowerCase(Locale.ROOT));
  }

  private static LuaThread thread(Arguments a) {
    if (a.get(0) instanceof LuaThread thread) {
      return thread;
    }
    throw a.bad(0, "coroutine expected");
  }

  public static Object resume(Lua lua, Arguments a) {
    LuaThread thread = thread(a);
    try {
      return Results.with(true, go(lua, thread, a.from(1)));
    } catch (LuaError e) {
      return Results.of(false, e.value());
    }
  }

  private static @Nullable Object go(Lua lua, LuaThread thread, @Nullable Object[] arguments) {
    LuaThread.State state = thread == lua.thread() ? LuaThread.State.RUNNING : thread.state();
    if (state != LuaThread.State.SUSPENDED) {
      throw new LuaError("cannot resume " + state.name().toLowerCase(Locale.ROOT) + " coroutine");
    }
    return thread.resume(arguments);
  }

  public static Object wrap(Lua lua, LuaFunction body) {
    LuaThread thread = create(lua, body);
    return new Builtin(
        "wrap",
        (l, a) -> {
          try {
            return go(l, thread, a.values());
          } catch (LuaError e) {
            if (e.value() instanceof LuaString text) {
              throw new LuaError(LuaString.of(l.where(1) + text));
            }
            throw e;
          }
        });
  }

  public static Object yield(Lua lua, Arguments a) {
    LuaThread thread = lua.thread();
    if (!thread.mayYield()) {
      throw lua.runtimeError("attempt to yield across metamethod/C-call boundary");
    }
    thread.passed = a.values();
    return LuaThread.YIELD;
  }
}
