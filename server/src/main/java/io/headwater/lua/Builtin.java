package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/** A function written in Java. */
public final class Builtin extends LuaFunction {
  /** What it does. */
  public interface Body {
    /**
     * @return one value, or {@link Results} for none or several
     */
    @Nullable Object call(Lua lua, Arguments arguments);
  }

  private final String name;
  final Body body;

  public Builtin(String name, Body body) {
    this.name = name;
    this.body = body;
  }

  public String name() {
    return name;
  }
}
