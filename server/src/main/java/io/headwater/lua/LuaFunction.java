package io.headwater.lua;

/** What can be called. */
public abstract sealed class LuaFunction permits LuaClosure, Builtin {
  /** The heap's walk that saw it last. */
  int seen;
}
