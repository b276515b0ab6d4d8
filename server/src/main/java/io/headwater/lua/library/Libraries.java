package io.headwater.lua.library;

import io.headwater.lua.Builtin;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaTable;

/** Puts the libraries into a state. */
public final class Libraries {
  private Libraries() {}

  /** All that scripts of Redis have, but for {@code redis} itself. */
  public static void addTo(Lua lua) {
    CoreLibrary.addTo(lua);
    CoroutineLibrary.addTo(lua);
    TableLibrary.addTo(lua);
    StringLibrary.addTo(lua);
    MathLibrary.addTo(lua);
    BitLibrary.addTo(lua);
    JsonLibrary.addTo(lua);
    StructLibrary.addTo(lua);
    MessagePackLibrary.addTo(lua);
  }

  static LuaTable library(Lua lua, String name) {
    LuaTable table = lua.table();
    lua.globals().put(name, table);
    return table;
  }

  static void add(LuaTable table, String name, Builtin.Body body) {
    table.put(name, new Builtin(name, body));
  }
}
