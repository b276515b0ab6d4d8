package io.headwater.protocol.redis.scripting;

import io.headwater.lua.Lua;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes Lua's values from a reply as a client would get it, as Redis documents. */
final class ReplyReader {
  /** The field of an error that is in the statistics already. */
  static final LuaString COUNTED = LuaString.of("ignore_error_stats_update");

  static final LuaString ERR = LuaString.of("err");
  private static final LuaString OK = LuaString.of("ok");
  private static final LuaString MAP = LuaString.of("map");
  private static final LuaString SET = LuaString.of("set");

  /** Elements that an array gets room for at once; more come as they are read. */
  private static final int ROOM_MAX = 1 << 12;

  private final Lua lua;
  private byte[] array = new byte[0];
  private int at;

  ReplyReader(Lua lua) {
    this.lua = lua;
  }

  /** The one reply that begins at 0. */
  @Nullable Object read(byte[] bytes) {
    array = bytes;
    at = 0;
    Object value = value();
    array = new byte[0];
    return value;
  }

  private @Nullable Object value() {
    lua.work(1);
    int type = array[at++];
    return switch (type) {
      case ':' -> (double) number();
      case '$' -> bulk();
      case '+' -> single(OK, line());
      case '-' -> error();
      case '*' -> array(number());
      case '>' -> array(number());
      case '%' -> single(MAP, map(number()));
      case '~' -> single(SET, set(number()));
      case '_' -> {
        line();
        yield null;
      }
      case '#' -> {
        boolean value = array[at] == 't';
        line();
        yield value;
      }
      case ',' -> single("double", toDouble(line().toString()));
      case '(' -> single("big_number", line());
      case '=' -> verbatim();
      default -> throw new IllegalStateException("a reply of type " + (char) type);
    };
  }

  private static double toDouble(String text) {
    return switch (text) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan", "-nan" -> Double.NaN;
      default -> Double.parseDouble(text);
    };
  }

  private LuaTable single(String field, Object value) {
    return single(LuaString.of(field), value);
  }

  private LuaTable single(LuaString field, Object value) {
    LuaTable table = lua.table();
    table.put(field, value);
    return table;
  }

  /** As Redis marks those that it has counted. */
  private LuaTable error() {
    LuaTable table = single(ERR, line());
    table.put(COUNTED, true);
    return table;
  }

  private LuaString line() {
    int from = at;
    while (array[at] != '\r') {
      at++;
    }
    at += 2;
    return lua.heap().string(Arrays.copyOfRange(array, from, at - 2));
  }

  private long number() {
    boolean negative = array[at] == '-';
    long value = 0;
    for (int i = negative ? at + 1 : at; ; i++) {
      if (array[i] == '\r') {
        at = i + 2;
        return negative ? -value : value;
      }
      value = value * 10 + array[i] - '0';
    }
  }

  private Object bulk() {
    int length = (int) number();
    if (length < 0) {
      return false;
    }
    LuaString string = lua.heap().string(Arrays.copyOfRange(array, at, at + length));
    at += length + 2;
    return string;
  }

  private Object array(long count) {
    if (count < 0) {
      return false;
    }
    LuaTable table = LuaTable.ofElements(lua.heap(), (int) Math.min(count, ROOM_MAX));
    for (int i = 1; i <= count; i++) {
      table.put(i, value());
    }
    return table;
  }

  private LuaTable map(long pairs) {
    LuaTable table = lua.table();
    for (long i = 0; i < pairs; i++) {
      Object key = value();
      Object value = value();
      lua.rawSet(table, key, value);
    }
    return table;
  }

  private LuaTable set(long count) {
    LuaTable table = lua.table();
    for (long i = 0; i < count; i++) {
      lua.rawSet(table, value(), true);
    }
    return table;
  }

  private Object verbatim() {
    int length = (int) number();
    LuaTable inner = lua.table();
    inner.put("string", lua.heap().string(Arrays.copyOfRange(array, at + 4, at + length)));
    inner.put("format", LuaString.of(new String(array, at, 3, StandardCharsets.ISO_8859_1)));
    at += length + 2;
    return single("verbatim_string", inner);
  }
}
