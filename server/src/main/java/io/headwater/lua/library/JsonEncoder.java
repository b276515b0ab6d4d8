package io.headwater.lua.library;

import io.headwater.bytes.ByteWriter;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Writes a value as JSON. At most {@link #NESTED_MAX} deep whatever was set. */
final class JsonEncoder {
  static final int NESTED_MAX = 1_500;
  private static final byte[] HEX =
      "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private static final String ESCAPED = "\"\\/\b\f\n\r\t";
  private static final String LETTERS = "\"\\/bfnrt";

  private final Lua lua;
  private final JsonLibrary.Options options;
  private final ByteWriter out = new ByteWriter();
  private final ArrayDeque<Level> levels = new ArrayDeque<>();

  JsonEncoder(Lua lua, JsonLibrary.Options options) {
    this.lua = lua;
    this.options = options;
  }

  /** A table that is being written. */
  private static final class Level {
    final LuaTable table;

    /** Of an array; 0 for an object. */
    final int length;

    /** What was written last: an index, or a place; and whether anything was. */
    int at;

    Level(LuaTable table, int length) {
      this.table = table;
      this.length = length;
      this.at = length > 0 ? 0 : -1;
    }
  }

  byte[] encode(@Nullable Object value) {
    value(value);
    while (!levels.isEmpty()) {
      Level level = levels.getLast();
      if (level.length > 0) {
        element(level);
      } else {
        pair(level);
      }
    }
    return out.toByteArray();
  }

  private void value(@Nullable Object value) {
    lua.work(1);
    switch (value) {
      case null -> out.putAscii("null");
      case LuaString string -> string(string.bytes());
      case Double number -> number(number);
      case Boolean bool -> out.putAscii(bool ? "true" : "false");
      case LuaTable table -> begin(table);
      case Object other when other == JsonLibrary.NULL -> out.putAscii("null");
      case Object other -> throw refused(other, "type not supported");
    }
  }

  private RuntimeException refused(@Nullable Object value, String why) {
    return lua.error("Cannot serialise " + Lua.typeName(value) + ": " + why);
  }

  private void begin(LuaTable table) {
    int depth = levels.size() + 1;
    if (depth > options.encodeDepth || depth > NESTED_MAX) {
      throw lua.error("Cannot serialise, excessive nesting (" + depth + ")");
    }
    lua.heap().mayAllocate(out.size());
    int length = Math.max(0, arrayLength(table));
    levels.add(new Level(table, length));
    out.putByte(length > 0 ? '[' : '{');
  }

  private void element(Level level) {
    if (level.at == level.length) {
      out.putByte(']');
      levels.removeLast();
      return;
    }
    if (level.at > 0) {
      out.putByte(',');
    }
    level.at++;
    value(level.table.get(level.at));
  }

  private void pair(Level level) {
    boolean first = level.at < 0;
    level.at = level.table.nextPlace(level.at + 1);
    if (level.at < 0) {
      out.putByte('}');
      levels.removeLast();
      return;
    }
    if (!first) {
      out.putByte(',');
    }
    switch (level.table.keyAt(level.at)) {
      case LuaString string -> string(string.bytes());
      case Double key -> {
        out.putByte('"');
        number(key);
        out.putByte('"');
      }
      case Object key -> throw refused(key, "table key must be a number or string");
    }
    out.putByte(':');
    value(level.table.valueAtPlace(level.at));
  }

  /** The largest index, or -1 if it is no array. */
  private int arrayLength(LuaTable table) {
    double largest = 0;
    int items = 0;
    for (int at = table.nextPlace(0); at >= 0; at = table.nextPlace(at + 1)) {
      if (!(table.keyAt(at) instanceof Double key)
          || key == 0
          || Math.floor(key) != key
          || key < 1) {
        return -1;
      }
      largest = Math.max(largest, key);
      items++;
      lua.work(1);
    }
    if (options.sparseRatio > 0
        && largest > (double) items * options.sparseRatio
        && largest > options.sparseSafe) {
      if (!options.convertSparse) {
        throw refused(table, "excessively sparse array");
      }
      return -1;
    }
    return largest > Integer.MAX_VALUE ? -1 : (int) largest;
  }

  private void number(double value) {
    if (!Double.isFinite(value)) {
      if (options.encodeInvalid == 0) {
        throw refused(value, "must not be NaN or Inf");
      }
      if (options.encodeInvalid == 2) {
        out.putAscii("null");
        return;
      }
      if (Double.isNaN(value)) {
        out.putAscii("nan");
        return;
      }
    }
    if (options.precision == 14) {
      out.put(LuaNumbers.bytes(value));
    } else {
      out.putAscii(LuaNumbers.general(value, options.precision));
    }
  }

  private void string(byte[] bytes) {
    lua.work(bytes.length >> 4);
    out.putByte('"');
    for (byte b : bytes) {
      if (b >= ' ' && b != '"' && b != '\\' && b != '/' && b != 127 || b < 0) {
        out.putByte(b);
        continue;
      }
      int letter = ESCAPED.indexOf(b);
      if (letter >= 0) {
        out.putByte('\\').putByte(LETTERS.charAt(letter));
      } else {
        out.putAscii("\\u00").putByte(HEX[b >> 4]).putByte(HEX[b & 15]);
      }
    }
    out.putByte('"');
  }
}
