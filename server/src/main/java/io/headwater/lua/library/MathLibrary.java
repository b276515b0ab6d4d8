package io.headwater.lua.library;

import io.headwater.lua.Arguments;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Results;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The library {@code math}. Its dice are those of Redis: the generator of lrand48, which goes on
 * from script to script. What a script does is logged, not the script, so replay draws nothing.
 */
public final class MathLibrary {
  private static final long FACTOR = 0x5DEECE66DL;
  private static final long INCREMENT = 0xB;
  private static final long MASK = (1L << 48) - 1;
  private static final long LOW_SEED = 0x330E;
  private static final long FIRST_SEED = 0x1234ABCD330EL;
  private static final double RANGE = Integer.MAX_VALUE;

  private long seed = FIRST_SEED;

  private MathLibrary() {}

  static void addTo(Lua lua) {
    MathLibrary math = new MathLibrary();
    LuaTable library = Libraries.library(lua, "math");
    function(library, "abs", Math::abs);
    function(library, "acos", Math::acos);
    function(library, "asin", Math::asin);
    function(library, "atan", Math::atan);
    function(library, "ceil", Math::ceil);
    function(library, "cos", Math::cos);
    function(library, "cosh", Math::cosh);
    function(library, "deg", x -> x / (Math.PI / 180));
    function(library, "exp", Math::exp);
    function(library, "floor", Math::floor);
    function(library, "log", Math::log);
    function(library, "log10", Math::log10);
    function(library, "rad", x -> x * (Math.PI / 180));
    function(library, "sin", Math::sin);
    function(library, "sinh", Math::sinh);
    function(library, "sqrt", Math::sqrt);
    function(library, "tan", Math::tan);
    function(library, "tanh", Math::tanh);
    Libraries.add(library, "atan2", (l, a) -> l.number(Math.atan2(a.number(0), a.number(1))));
    Libraries.add(library, "fmod", (l, a) -> l.number(a.number(0) % a.number(1)));
    Libraries.add(library, "mod", (l, a) -> l.number(a.number(0) % a.number(1)));
    Libraries.add(library, "pow", (l, a) -> l.number(Math.pow(a.number(0), a.number(1))));
    Libraries.add(library, "ldexp", (l, a) -> l.number(scaled(a.number(0), a.small(1))));
    Libraries.add(library, "frexp", (_, a) -> split(a.number(0)));
    Libraries.add(library, "modf", (_, a) -> parts(a.number(0)));
    Libraries.add(library, "max", (l, a) -> l.number(extreme(a, 1)));
    Libraries.add(library, "min", (l, a) -> l.number(extreme(a, -1)));
    Libraries.add(library, "random", (l, a) -> math.random(l, a));
    Libraries.add(
        library,
        "randomseed",
        (_, a) -> {
          math.begin(a.small(0));
          return Results.NONE;
        });
    library.put("pi", Math.PI);
    library.put("huge", Double.POSITIVE_INFINITY);
  }

  private static void function(LuaTable library, String name, DoubleUnaryOperator body) {
    Libraries.add(library, name, (l, a) -> l.number(body.applyAsDouble(a.number(0))));
  }

  private static double scaled(double value, int exponent) {
    int first = Math.clamp(exponent, -1000, 1000);
    return Math.scalb(Math.scalb(value, first), Math.clamp((long) exponent - first, -3000, 3000));
  }

  private static Object split(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return Results.of(value, 0.0);
    }
    double normal = value;
    int shift = 0;
    if (Math.abs(value) < Double.MIN_NORMAL) {
      normal = value * 0x1p54;
      shift = 54;
    }
    int exponent = Math.getExponent(normal) + 1;
    return Results.of(Math.scalb(normal, -exponent), (double) (exponent - shift));
  }

  private static Object parts(double value) {
    if (Double.isInfinite(value)) {
      return Results.of(value, Math.copySign(0.0, value));
    }
    double whole = value < 0 ? Math.ceil(value) : Math.floor(value);
    return Results.of(whole, Math.copySign(value - whole, value));
  }

  private static double extreme(Arguments a, int sign) {
    double best = a.number(0);
    for (int i = 1; i < a.count(); i++) {
      double next = a.number(i);
      if (sign > 0 ? next > best : next < best) {
        best = next;
      }
    }
    return best;
  }

  /** As srand48. */
  void begin(int newSeed) {
    seed = (newSeed & 0xffffffffL) << 16 | LOW_SEED;
  }

  private double draw() {
    seed = seed * FACTOR + INCREMENT & MASK;
    return (int) (seed >>> 17) % Integer.MAX_VALUE / RANGE;
  }

  private @Nullable Object random(Lua lua, Arguments a) {
    double drawn = draw();
    switch (a.count()) {
      case 0 -> {
        return lua.number(drawn);
      }
      case 1 -> {
        int high = a.small(0);
        if (high < 1) {
          throw a.bad(0, "interval is empty");
        }
        return lua.number(Math.floor(drawn * high) + 1);
      }
      case 2 -> {
        int low = a.small(0);
        int high = a.small(1);
        if (low > high) {
          throw a.bad(1, "interval is empty");
        }
        return lua.number(Math.floor(drawn * (high - low + 1)) + low);
      }
      default -> throw lua.error("wrong number of arguments");
    }
  }

  static double unsigned(long value) {
    return value >= 0 ? value : LuaNumbers.toLong(value) + 0x1p64;
  }
}
