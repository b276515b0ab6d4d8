package io.headwater.lua;

/** Ends a script from outside; no {@code pcall} catches it. */
public final class LuaKilled extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LuaKilled(String why) {
    super(why, null, false, false);
  }
}
