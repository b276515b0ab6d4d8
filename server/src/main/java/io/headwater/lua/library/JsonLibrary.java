package io.headwater.lua.library;

import io.headwater.lua.Arguments;
import io.headwater.lua.LightValue;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Results;
import org.jspecify.annotations.Nullable;

/** The library {@code cjson}, as Redis has it. */
final class JsonLibrary {
  /** {@code cjson.null}: one in the whole process, since it means nothing but itself. */
  static final LightValue NULL = new LightValue();

  /** What a script may set; each {@code cjson.new} has its own. */
  static final class Options {
    boolean convertSparse;
    int sparseRatio = 2;
    int sparseSafe = 10;
    int encodeDepth = 1000;
    int decodeDepth = 1000;
    int precision = 14;
    boolean keepBuffer = true;

    /** 0 refuses, 1 writes them, 2 writes null. */
    int encodeInvalid;

    boolean decodeInvalid = true;
  }

  private JsonLibrary() {}

  static void addTo(Lua lua) {
    lua.globals().put("cjson", instance(lua));
  }

  private static LuaTable instance(Lua lua) {
    LuaTable library = lua.table();
    Options options = new Options();
    Libraries.add(library, "encode", (l, a) -> encode(l, a, options));
    Libraries.add(library, "decode", (l, a) -> decode(l, a, options));
    Libraries.add(library, "new", (l, _) -> instance(l));
    Libraries.add(library, "encode_sparse_array", (_, a) -> sparse(a, options));
    Libraries.add(
        library,
        "encode_max_depth",
        (_, a) -> (double) (options.encodeDepth = only(a, options.encodeDepth, Integer.MAX_VALUE)));
    Libraries.add(
        library,
        "decode_max_depth",
        (_, a) -> (double) (options.decodeDepth = only(a, options.decodeDepth, Integer.MAX_VALUE)));
    Libraries.add(
        library,
        "encode_number_precision",
        (_, a) -> (double) (options.precision = only(a, options.precision, 14)));
    Libraries.add(
        library,
        "encode_keep_buffer",
        (_, a) -> options.keepBuffer = onlyFlag(a, options.keepBuffer));
    Libraries.add(library, "encode_invalid_numbers", (_, a) -> invalid(a, options));
    Libraries.add(
        library,
        "decode_invalid_numbers",
        (_, a) -> options.decodeInvalid = onlyFlag(a, options.decodeInvalid));
    library.put("null", NULL);
    library.put("_NAME", LuaString.of("cjson"));
    library.put("_VERSION", LuaString.of("2.1.0"));
    return library;
  }

  private static void onlySo(Arguments a, int count) {
    if (a.count() > count) {
      throw a.bad(count, "found too many arguments");
    }
  }

  private static @Nullable Object encode(Lua lua, Arguments a, Options options) {
    if (a.count() != 1) {
      throw a.bad(0, "expected 1 argument");
    }
    return lua.heap().string(new JsonEncoder(lua, options).encode(a.get(0)));
  }

  private static @Nullable Object decode(Lua lua, Arguments a, Options options) {
    if (a.count() != 1) {
      throw a.bad(0, "expected 1 argument");
    }
    return new JsonDecoder(lua, options, a.string(0).bytes()).decode();
  }

  private static Object sparse(Arguments a, Options options) {
    onlySo(a, 3);
    options.convertSparse = flag(a, 0, options.convertSparse);
    options.sparseRatio = size(a, 1, options.sparseRatio, 0);
    options.sparseSafe = size(a, 2, options.sparseSafe, 0);
    return Results.of(
        options.convertSparse, (double) options.sparseRatio, (double) options.sparseSafe);
  }

  private static Object invalid(Arguments a, Options options) {
    onlySo(a, 1);
    if (a.get(0) instanceof LuaString word) {
      options.encodeInvalid =
          switch (word.toString()) {
            case "off" -> 0;
            case "on" -> 1;
            case "null" -> 2;
            default -> throw a.bad(0, "invalid option '" + word + "'");
          };
    } else if (!a.isNil(0)) {
      options.encodeInvalid = flag(a, 0, false) ? 1 : 0;
    }
    return options.encodeInvalid == 2
        ? LuaString.of("null")
        : (Object) (options.encodeInvalid == 1);
  }

  private static int only(Arguments a, int now, int most) {
    onlySo(a, 1);
    return between(a, 0, now, 1, most);
  }

  private static boolean onlyFlag(Arguments a, boolean now) {
    onlySo(a, 1);
    return flag(a, 0, now);
  }

  private static boolean flag(Arguments a, int i, boolean now) {
    return switch (a.get(i)) {
      case null -> now;
      case Boolean bool -> bool;
      case LuaString word when word.toString().equals("on") -> true;
      case LuaString word when word.toString().equals("off") -> false;
      case LuaString word -> throw a.bad(i, "invalid option '" + word + "'");
      case Double number -> throw a.bad(i, "invalid option '" + LuaNumbers.text(number) + "'");
      case Object other -> throw a.bad(i, "string expected, got " + Lua.typeName(other));
    };
  }

  private static int size(Arguments a, int i, int now, int least) {
    return between(a, i, now, least, Integer.MAX_VALUE);
  }

  private static int between(Arguments a, int i, int now, int least, int most) {
    if (a.isNil(i)) {
      return now;
    }
    long value = a.integer(i);
    if (value < least || value > most) {
      throw a.bad(i, "expected integer between " + least + " and " + most);
    }
    return (int) value;
  }
}
