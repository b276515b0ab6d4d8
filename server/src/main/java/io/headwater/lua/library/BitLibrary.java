package io.headwater.lua.library;

import io.headwater.lua.Arguments;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaTable;
import java.util.Locale;
import java.util.function.IntBinaryOperator;

/** The library {@code bit}: LuaJIT's operations on 32 bits. */
final class BitLibrary {
  private static final double ROUNDING = 6755399441055744.0; // 2^52 + 2^51

  private BitLibrary() {}

  static void addTo(Lua lua) {
    LuaTable library = Libraries.library(lua, "bit");
    Libraries.add(library, "tobit", (l, a) -> l.number(bits(a, 0)));
    Libraries.add(library, "bnot", (l, a) -> l.number(~bits(a, 0)));
    Libraries.add(library, "bswap", (l, a) -> l.number(Integer.reverseBytes(bits(a, 0))));
    all(library, "band", (x, y) -> x & y);
    all(library, "bor", (x, y) -> x | y);
    all(library, "bxor", (x, y) -> x ^ y);
    both(library, "lshift", (x, y) -> x << y);
    both(library, "rshift", (x, y) -> x >>> y);
    both(library, "arshift", (x, y) -> x >> y);
    both(library, "rol", Integer::rotateLeft);
    both(library, "ror", Integer::rotateRight);
    Libraries.add(library, "tohex", BitLibrary::toHex);
  }

  private static void all(LuaTable library, String name, IntBinaryOperator operator) {
    Libraries.add(
        library,
        name,
        (l, a) -> {
          int value = bits(a, 0);
          for (int i = 1; i < a.count(); i++) {
            value = operator.applyAsInt(value, bits(a, i));
          }
          return l.number(value);
        });
  }

  private static void both(LuaTable library, String name, IntBinaryOperator operator) {
    Libraries.add(
        library, name, (l, a) -> l.number(operator.applyAsInt(bits(a, 0), bits(a, 1) & 31)));
  }

  /** The low 32 bits of the number's nearest integer, found as BitOp does. */
  private static int bits(Arguments a, int i) {
    return (int) Double.doubleToRawLongBits(a.number(i) + ROUNDING);
  }

  private static Object toHex(Lua lua, Arguments a) {
    int value = bits(a, 0);
    int digits = a.isMissing(1) ? 8 : bits(a, 1);
    boolean upper = digits < 0;
    int count =
        upper ? (digits == Integer.MIN_VALUE ? 8 : Math.min(8, -digits)) : Math.min(8, digits);
    String all = String.format(Locale.ROOT, upper ? "%08X" : "%08x", value);
    return lua.heap().string(all.substring(8 - count));
  }
}
