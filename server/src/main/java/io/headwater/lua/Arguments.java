package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/**
 * What a function written in Java was called with: a view of the caller's registers, valid until
 * the function returns. Indexes begin at 0; messages count from 1.
 */
public final class Arguments {
  private static final @Nullable Object[] NOTHING = new @Nullable Object[0];
  private final LuaThread thread;
  private int first;
  private int count;

  Arguments(LuaThread thread) {
    this.thread = thread;
  }

  void set(int firstRegister, int howMany) {
    first = firstRegister;
    count = howMany;
  }

  public int count() {
    return count;
  }

  /** A copy of all. */
  public @Nullable Object[] values() {
    return from(0);
  }

  /** Nil if it is not there. */
  public @Nullable Object get(int i) {
    return i < count ? thread.get(first + i) : null;
  }

  /** Whether it is a number, and not a string that could be one. */
  public boolean isNumber(int i) {
    return i < count && thread.isNumber(first + i);
  }

  public boolean isMissing(int i) {
    return i >= count;
  }

  public boolean isNil(int i) {
    return get(i) == null;
  }

  /** A copy of all from {@code from} on. */
  public @Nullable Object[] from(int from) {
    return from >= count ? NOTHING : thread.copy(first + from, first + count);
  }

  /** Any value, but there must be one. */
  public @Nullable Object any(int i) {
    if (isMissing(i)) {
      throw bad(i, "value expected");
    }
    return get(i);
  }

  public LuaTable table(int i) {
    return get(i) instanceof LuaTable table ? table : throwType(i, "table");
  }

  public LuaFunction function(int i) {
    return get(i) instanceof LuaFunction function ? function : throwType(i, "function");
  }

  public LuaString string(int i) {
    Object value = get(i);
    if (value instanceof LuaString string) {
      return string;
    }
    return value instanceof Double number
        ? thread.lua.heap().string(LuaNumbers.bytes(number))
        : throwType(i, "string");
  }

  public @Nullable LuaString optionalString(int i) {
    return isNil(i) ? null : string(i);
  }

  public double number(int i) {
    if (isNumber(i)) {
      return thread.numbers[first + i];
    }
    Double number = LuaNumbers.toNumber(get(i));
    return number == null ? throwType(i, "number") : number;
  }

  public double number(int i, double otherwise) {
    return isNil(i) ? otherwise : number(i);
  }

  public long integer(int i) {
    return LuaNumbers.toLong(number(i));
  }

  public long integer(int i, long otherwise) {
    return isNil(i) ? otherwise : integer(i);
  }

  /** As a C int. */
  public int small(int i) {
    return (int) integer(i);
  }

  public int small(int i, int otherwise) {
    return isNil(i) ? otherwise : small(i);
  }

  public boolean isTrue(int i) {
    return LuaNumbers.isTrue(get(i));
  }

  private <T> T throwType(int i, String wanted) {
    String found = isMissing(i) ? "no value" : Lua.typeName(get(i));
    throw bad(i, wanted + " expected, got " + found);
  }

  /** The error of a bad argument. */
  public LuaError bad(int i, String why) {
    return thread.lua.badArgument(i + 1, why);
  }
}
