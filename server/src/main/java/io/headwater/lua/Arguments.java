package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/** What a function written in Java was called with. Indexes begin at 0; messages count from 1. */
public final class Arguments {
  private static final @Nullable Object[] NOTHING = new @Nullable Object[0];
  private final Lua lua;
  private final @Nullable Object[] values;

  Arguments(Lua lua, @Nullable Object[] values) {
    this.lua = lua;
    this.values = values;
  }

  public int count() {
    return values.length;
  }

  /** Not to be changed. */
  public @Nullable Object[] values() {
    return values;
  }

  /** Nil if it is not there. */
  public @Nullable Object get(int i) {
    return i < values.length ? values[i] : null;
  }

  public boolean isMissing(int i) {
    return i >= values.length;
  }

  public boolean isNil(int i) {
    return get(i) == null;
  }

  /** All from {@code from} on. */
  public @Nullable Object[] from(int from) {
    return from >= values.length
        ? NOTHING
        : java.util.Arrays.copyOfRange(values, from, values.length);
  }

  /** Any value, but there must be one. */
  public @Nullable Object any(int i) {
    if (isMissing(i)) {
      throw bad(i, "value expected");
    }
    return values[i];
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
        ? lua.heap().string(LuaNumbers.bytes(number))
        : throwType(i, "string");
  }

  public @Nullable LuaString optionalString(int i) {
    return isNil(i) ? null : string(i);
  }

  public double number(int i) {
    Object value = get(i);
    if (value instanceof Double number) {
      return number;
    }
    Double number = LuaNumbers.toNumber(value);
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
    String found = isMissing(i) ? "no value" : Lua.typeName(values[i]);
    throw bad(i, wanted + " expected, got " + found);
  }

  /** The error of a bad argument. */
  public LuaError bad(int i, String why) {
    return lua.badArgument(i + 1, why);
  }
}
