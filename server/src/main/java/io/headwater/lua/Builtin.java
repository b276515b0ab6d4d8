package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/** A function written in Java. */
public final class Builtin extends LuaFunction {
  /** What it does. */
  public interface Body {
    /**
     * @return one value, {@link Lua#number} for a number without an object for it, or {@link
     *     Results} for none or several
     */
    @Nullable Object call(Lua lua, Arguments arguments);
  }

  /** What a loop does by itself instead of calling it. */
  public enum Iteration {
    NONE,

    /** {@code next}. */
    PAIRS,

    /** What {@code ipairs} returns. */
    ELEMENTS
  }

  private final String name;
  final Body body;
  final Iteration iteration;

  public Builtin(String name, Body body) {
    this(name, body, Iteration.NONE);
  }

  public Builtin(String name, Body body, Iteration iteration) {
    this.name = name;
    this.body = body;
    this.iteration = iteration;
  }

  public String name() {
    return name;
  }
}
