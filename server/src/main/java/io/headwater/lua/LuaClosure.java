package io.headwater.lua;

/** A function written in Lua, with its variables from outside and its globals. */
public final class LuaClosure extends LuaFunction {
  final Proto proto;
  final Cell[] upvalues;
  LuaTable environment;

  LuaClosure(Proto proto, Cell[] upvalues, LuaTable environment) {
    this.proto = proto;
    this.upvalues = upvalues;
    this.environment = environment;
  }

  public LuaTable environment() {
    return environment;
  }

  public void setEnvironment(LuaTable globals) {
    environment = globals;
  }
}
