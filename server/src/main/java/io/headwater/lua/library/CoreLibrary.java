package io.headwater.lua.library;

import io.headwater.bytes.ByteWriter;
import io.headwater.lua.Arguments;
import io.headwater.lua.Builtin;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaError;
import io.headwater.lua.LuaFunction;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Protected;
import io.headwater.lua.Results;
import org.jspecify.annotations.Nullable;

/** The functions without a library's name. */
final class CoreLibrary {
  private static final @Nullable Object[] NOTHING = new @Nullable Object[0];
  private static final int VALUES_MAX = 8_000;
  private static final LuaString ERR = LuaString.of("err");
  private static final LuaString METATABLE = LuaString.of("__metatable");
  private static final LuaString NUMBER = LuaString.of("number");
  private static final int BYTECODE = 0x1b;

  private CoreLibrary() {}

  static void addTo(Lua lua) {
    LuaTable g = lua.globals();
    g.put("_G", g);
    g.put("_VERSION", LuaString.of("Lua 5.1"));
    Libraries.add(g, "assert", CoreLibrary::doAssert);
    Libraries.add(g, "collectgarbage", CoreLibrary::collectGarbage);
    Libraries.add(g, "error", CoreLibrary::error);
    Libraries.add(g, "gcinfo", (l, _) -> Math.floor(l.heap().usedBytes() / 1024.0));
    Libraries.add(g, "getmetatable", CoreLibrary::getMetatable);
    Libraries.add(g, "load", CoreLibrary::load);
    Libraries.add(g, "loadstring", CoreLibrary::loadString);
    Libraries.add(g, "pcall", CoreLibrary::protectedCall);
    Libraries.add(g, "rawequal", (_, a) -> Lua.rawEquals(a.any(0), a.any(1)));
    Libraries.add(
        g,
        "rawget",
        (_, a) -> {
          LuaTable table = a.table(0);
          return table.get(a.any(1));
        });
    Libraries.add(g, "rawset", CoreLibrary::rawSet);
    Libraries.add(g, "select", CoreLibrary::select);
    Libraries.add(g, "setmetatable", CoreLibrary::setMetatable);
    Libraries.add(g, "tonumber", CoreLibrary::toNumber);
    Libraries.add(g, "tostring", (l, a) -> l.show(a.any(0)));
    Libraries.add(g, "type", (_, a) -> typeName(a));
    Libraries.add(g, "unpack", CoreLibrary::unpack);
    Libraries.add(g, "xpcall", (l, a) -> Protected.call(l, a.get(0), a.any(1)));
    addIterators(g);
  }

  private static Object typeName(Arguments a) {
    return a.isNumber(0) ? NUMBER : LuaString.of(Lua.typeName(a.any(0)));
  }

  /** As Redis has it: of an error that is a table with {@code err}, that text is returned. */
  private static Object protectedCall(Lua lua, Arguments a) {
    if (a.count() == 0) {
      return Results.of(false, LuaString.of("attempt to call a boolean value"));
    }
    Results results = Protected.call(lua, a.any(0), a.from(1));
    @Nullable Object[] values = Results.values(results);
    return values[0] == Boolean.FALSE
            && values[1] instanceof LuaTable error
            && lua.toStringOrNull(error.get(ERR)) instanceof LuaString message
        ? Results.of(false, message)
        : results;
  }

  private static void addIterators(LuaTable g) {
    Builtin next =
        new Builtin("next", (l, a) -> next(l, a.table(0), a.get(1)), Builtin.Iteration.PAIRS);
    Builtin step =
        new Builtin(
            "ipairs_iterator",
            (_, a) -> {
              LuaTable table = a.table(0);
              int i = a.small(1) + 1;
              Object value = table.get(i);
              return value == null ? Results.NONE : Results.of((double) i, value);
            },
            Builtin.Iteration.ELEMENTS);
    g.put("next", next);
    Libraries.add(g, "pairs", (_, a) -> Results.of(next, a.table(0), null));
    Libraries.add(g, "ipairs", (_, a) -> Results.of(step, a.table(0), 0.0));
  }

  private static @Nullable Object next(Lua lua, LuaTable table, @Nullable Object key) {
    int place = table.placeAfter(key);
    if (place < 0) {
      throw lua.runtimeError("invalid key to 'next'");
    }
    int at = table.nextPlace(place);
    return at < 0 ? null : Results.of(table.keyAt(at), table.valueAtPlace(at));
  }

  private static @Nullable Object doAssert(Lua lua, Arguments a) {
    a.any(0);
    if (!a.isTrue(0)) {
      LuaString message = a.optionalString(1);
      throw lua.error(message == null ? "assertion failed!" : message.toString());
    }
    return Results.of(a.values());
  }

  private static @Nullable Object collectGarbage(Lua lua, Arguments a) {
    LuaString option = a.optionalString(0);
    String name = option == null ? "collect" : option.toString();
    return switch (name) {
      case "count" -> lua.heap().usedBytes() / 1024.0;
      case "collect", "stop", "restart" -> 0.0;
      case "step" -> Boolean.FALSE;
      case "setpause", "setstepmul" -> 200.0;
      default -> throw a.bad(0, "invalid option '" + name + "'");
    };
  }

  private static @Nullable Object error(Lua lua, Arguments a) {
    int level = a.small(1, 1);
    Object value = a.get(0);
    if (value instanceof Double number) {
      value = lua.toStringOrNull(number);
    }
    if (value instanceof LuaString text && level > 0) {
      String where = lua.where(level);
      ByteWriter out = new ByteWriter();
      out.putAscii(where).put(text.bytes());
      throw new LuaError(lua.heap().string(out.toByteArray()));
    }
    throw new LuaError(a.get(0));
  }

  private static @Nullable Object getMetatable(Lua lua, Arguments a) {
    LuaTable metatable = lua.metatable(a.any(0));
    if (metatable == null) {
      return null;
    }
    Object shown = metatable.get(METATABLE);
    return shown == null ? metatable : shown;
  }

  private static @Nullable Object setMetatable(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    if (a.isMissing(1) || !a.isNil(1) && !(a.get(1) instanceof LuaTable)) {
      throw a.bad(1, "nil or table expected");
    }
    LuaTable metatable = table.metatable();
    if (metatable != null && metatable.get(METATABLE) != null) {
      throw lua.error("cannot change a protected metatable");
    }
    if (table.isReadOnly()) {
      throw lua.runtimeError("Attempt to modify a readonly table");
    }
    table.setMetatable((LuaTable) a.get(1));
    return table;
  }

  private static @Nullable Object rawSet(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    a.any(1);
    a.any(2);
    lua.rawSet(table, a.get(1), a.get(2));
    return table;
  }

  private static @Nullable Object load(Lua lua, Arguments a) {
    LuaFunction reader = a.function(0);
    LuaString name = a.optionalString(1);
    ByteWriter source = new ByteWriter();
    while (true) {
      @Nullable Object[] called = Results.values(Protected.call(lua, reader, NOTHING));
      Object piece = called.length > 1 ? called[1] : null;
      if (called[0] == Boolean.FALSE) {
        return Results.of(null, piece);
      }
      if (piece == null || piece instanceof LuaString s && s.length() == 0) {
        return compile(lua, source.toByteArray(), name == null ? "=(load)" : name.toString());
      }
      LuaString text = lua.toStringOrNull(piece);
      if (text == null) {
        return Results.failure("reader function must return a string");
      }
      lua.heap().mayAllocate((long) source.size() + text.length());
      source.put(text.bytes());
    }
  }

  private static @Nullable Object loadString(Lua lua, Arguments a) {
    LuaString source = a.string(0);
    LuaString name = a.optionalString(1);
    return compile(lua, source.bytes(), name == null ? source.toString() : name.toString());
  }

  private static @Nullable Object compile(Lua lua, byte[] source, String name) {
    if (source.length > 0 && source[0] == BYTECODE) {
      return Results.failure("attempt to load chunk with wrong mode");
    }
    lua.work(source.length);
    try {
      return lua.load(source, name);
    } catch (LuaError e) {
      return Results.of(null, e.value());
    }
  }

  private static @Nullable Object select(Lua lua, Arguments a) {
    if (a.get(0) instanceof LuaString s && s.length() > 0 && s.bytes()[0] == '#') {
      return lua.number(a.count() - 1);
    }
    int i = a.small(0);
    if (i < 0) {
      i = a.count() + i;
    } else if (i > a.count()) {
      i = a.count();
    }
    if (i < 1) {
      throw a.bad(0, "index out of range");
    }
    return Results.of(a.from(i));
  }

  private static @Nullable Object toNumber(Lua lua, Arguments a) {
    int base = a.small(1, 10);
    if (base == 10) {
      return a.isNumber(0) ? lua.number(a.number(0)) : LuaNumbers.toNumber(a.any(0));
    }
    LuaString text = a.string(0);
    if (base < 2 || base > 36) {
      throw a.bad(1, "base out of range");
    }
    return parse(text.toString().strip().toLowerCase(java.util.Locale.ROOT), base);
  }

  /** As strtoul: modulo 2^64 for a minus, all ones when it is too large. */
  private static @Nullable Object parse(String written, int base) {
    String digits = written;
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    if (base == 16 && digits.startsWith("0x")) {
      digits = digits.substring(2);
    }
    if (digits.isEmpty()) {
      return null;
    }
    long value = 0;
    boolean tooLarge = false;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(i) < 128 ? Character.digit(digits.charAt(i), base) : -1;
      if (digit < 0) {
        return null;
      }
      tooLarge |= Math.unsignedMultiplyHigh(value, base) != 0;
      long next = value * base + digit;
      tooLarge |= Long.compareUnsigned(next, value * base) < 0;
      value = next;
    }
    long result = tooLarge ? -1 : negative ? -value : value;
    return unsigned(result);
  }

  private static double unsigned(long value) {
    return value >= 0 ? value : (double) (value >>> 1 | value & 1) * 2;
  }

  private static @Nullable Object unpack(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    int from = a.small(1, 1);
    int to = a.isNil(2) ? table.length() : a.small(2);
    if (from > to) {
      return Results.NONE;
    }
    long count = (long) to - from + 1;
    if (count + a.count() > VALUES_MAX) {
      throw lua.error("too many results to unpack");
    }
    @Nullable Object[] values = new @Nullable Object[(int) count];
    for (int i = 0; i < count; i++) {
      values[i] = table.get(from + i);
    }
    return Results.of(values);
  }
}
