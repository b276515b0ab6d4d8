package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/** One function that runs. Reused. */
final class Frame {
  static final long BYTES = 96;
  private static final Builtin NOBODY = new Builtin("", (_, _) -> null);
  private static final long[] NO_CODE = new long[0];

  LuaFunction function = NOBODY;
  long[] code = NO_CODE;
  int base;

  /** Of the next instruction. */
  int pc;

  /** The first register that is free above this function. */
  int limit;

  int resultAt;

  /** Results that the caller takes, -1 for all. */
  int wanted;

  int tailCalls;

  /** How many values {@code ...} has; they are right below {@link #base}. */
  int extra;

  /** Of the function in Java, if it is one. */
  private @Nullable Arguments arguments;

  Arguments arguments(LuaThread thread, int first, int count) {
    Arguments view = arguments;
    if (view == null) {
      view = new Arguments(thread);
      arguments = view;
    }
    view.set(first, count);
    return view;
  }
}
