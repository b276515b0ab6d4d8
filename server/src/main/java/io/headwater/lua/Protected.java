package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/** Calls that catch errors. */
public final class Protected {
  private Protected() {}

  /** As {@code pcall}: true and the results, or false and the error. */
  public static Results call(Lua lua, @Nullable Object function, @Nullable Object[] arguments) {
    LuaThread thread = lua.thread();
    int depth = thread.depth();
    try {
      return Results.with(true, lua.call(function, arguments));
    } catch (LuaError e) {
      thread.unwind(depth);
      return Results.of(false, e.value());
    }
  }

  /** As {@code xpcall}: the handler is called while the frames of the error are there. */
  public static Results call(Lua lua, @Nullable Object function, @Nullable Object handler) {
    LuaThread thread = lua.thread();
    int depth = thread.depth();
    try {
      return Results.with(true, lua.call(function));
    } catch (LuaError e) {
      Object result;
      try {
        result = Results.first(lua.call(handler, e.value()));
      } catch (LuaError second) {
        result = second.value();
      }
      thread.unwind(depth);
      return Results.of(false, result);
    }
  }
}
