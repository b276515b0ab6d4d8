package io.headwater.lua.library;

import io.headwater.lua.Arguments;
import io.headwater.lua.Coroutines;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaClosure;
import io.headwater.lua.LuaFunction;
import io.headwater.lua.LuaTable;

/** The library {@code coroutine}. */
final class CoroutineLibrary {
  private CoroutineLibrary() {}

  static void addTo(Lua lua) {
    LuaTable library = Libraries.library(lua, "coroutine");
    Libraries.add(library, "create", (l, a) -> Coroutines.create(l, body(a)));
    Libraries.add(library, "resume", Coroutines::resume);
    Libraries.add(library, "running", (l, _) -> Coroutines.running(l));
    Libraries.add(library, "status", Coroutines::status);
    Libraries.add(library, "wrap", (l, a) -> Coroutines.wrap(l, body(a)));
    Libraries.add(library, "yield", Coroutines::yield);
  }

  private static LuaFunction body(Arguments a) {
    if (a.get(0) instanceof LuaClosure closure) {
      return closure;
    }
    throw a.bad(0, "Lua function expected");
  }
}
