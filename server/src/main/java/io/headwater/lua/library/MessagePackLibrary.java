package io.headwater.lua.library;

import io.headwater.bytes.ByteWriter;
import io.headwater.lua.Arguments;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Results;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The library {@code cmsgpack}: MessagePack. */
final class MessagePackLibrary {
  /** Tables nested deeper are packed as nil. */
  private static final int NESTED_MAX = 16;

  private MessagePackLibrary() {}

  static void addTo(Lua lua) {
    LuaTable library = Libraries.library(lua, "cmsgpack");
    Libraries.add(library, "pack", MessagePackLibrary::pack);
    Libraries.add(library, "unpack", (l, a) -> unpack(l, a, 0, 0));
    Libraries.add(library, "unpack_one", (l, a) -> unpack(l, a, 1, (int) a.integer(1, 0)));
    Libraries.add(
        library,
        "unpack_limit",
        (l, a) -> {
          int limit = a.small(1);
          return unpack(l, a, limit, (int) a.integer(2, 0));
        });
    library.put("_NAME", LuaString.of("cmsgpack"));
    library.put("_VERSION", LuaString.of("lua-cmsgpack 0.4.0"));
    library.put("_COPYRIGHT", LuaString.of("Copyright (C) 2012, Redis Ltd."));
    library.put("_DESCRIPTION", LuaString.of("MessagePack C implementation for Lua"));
  }

  private static @Nullable Object pack(Lua lua, Arguments a) {
    if (a.count() == 0) {
      throw a.bad(-1, "MessagePack pack needs input.");
    }
    ByteBuffer numbers = ByteBuffer.allocate(9);
    ByteWriter out = new ByteWriter();
    for (int i = 0; i < a.count(); i++) {
      put(lua, out, numbers, a.get(i), 0);
    }
    return lua.heap().string(out.toByteArray());
  }

  private static void put(
      Lua lua, ByteWriter out, ByteBuffer numbers, @Nullable Object value, int depth) {
    lua.work(1);
    switch (value) {
      case LuaString string -> {
        head(out, numbers, string.length(), 0xa0, 32, 0xd9, 0xda);
        lua.heap().mayAllocate((long) out.size() + string.length());
        out.put(string.bytes());
      }
      case Boolean bool -> out.putByte(bool ? 0xc3 : 0xc2);
      case Double number -> number(out, numbers, number);
      case LuaTable table when depth < NESTED_MAX -> table(lua, out, numbers, table, depth);
      case null, default -> out.putByte(0xc0);
    }
  }

  private static void write(ByteWriter out, ByteBuffer number) {
    out.put(number.array(), 0, number.position());
    number.clear();
  }

  /** A length: in the type's own byte, in one byte if that has a form (not 0), in two or four. */
  private static void head(
      ByteWriter out, ByteBuffer numbers, int length, int fixed, int fixedEnd, int one, int two) {
    if (length < fixedEnd) {
      out.putByte(fixed | length);
    } else if (one != 0 && length <= 0xff) {
      out.putByte(one).putByte(length);
    } else if (length <= 0xffff) {
      write(out, numbers.put((byte) two).putShort((short) length));
    } else {
      write(out, numbers.put((byte) (two + 1)).putInt(length));
    }
  }

  private static void number(ByteWriter out, ByteBuffer numbers, double value) {
    long whole = (long) value;
    if (whole == value && value < 0x1p63) {
      integer(out, numbers, whole);
    } else if ((float) value == value) {
      write(out, numbers.put((byte) 0xca).putFloat((float) value));
    } else {
      write(out, numbers.put((byte) 0xcb).putDouble(value));
    }
  }

  private static void integer(ByteWriter out, ByteBuffer numbers, long n) {
    if (n >= -32 && n <= 127) {
      out.putByte((int) n);
    } else if (n >= 0 ? n <= 0xff : n >= -128) {
      out.putByte(n >= 0 ? 0xcc : 0xd0).putByte((int) n);
    } else if (n >= 0 ? n <= 0xffff : n >= -32768) {
      write(out, numbers.put((byte) (n >= 0 ? 0xcd : 0xd1)).putShort((short) n));
    } else if (n >= 0 ? n <= 0xffffffffL : n >= Integer.MIN_VALUE) {
      write(out, numbers.put((byte) (n >= 0 ? 0xce : 0xd2)).putInt((int) n));
    } else {
      write(out, numbers.put((byte) (n >= 0 ? 0xcf : 0xd3)).putLong(n));
    }
  }

  private static void table(
      Lua lua, ByteWriter out, ByteBuffer numbers, LuaTable table, int depth) {
    int count = 0;
    int largest = 0;
    boolean array = true;
    for (int at = table.nextPlace(0); at >= 0; at = table.nextPlace(at + 1)) {
      count++;
      if (table.keyAt(at) instanceof Double key
          && key > 0
          && key == Math.floor(key)
          && key <= Integer.MAX_VALUE) {
        largest = Math.max(largest, key.intValue());
      } else {
        array = false;
      }
      lua.work(1);
    }
    if (array && largest == count) {
      head(out, numbers, count, 0x90, 16, 0, 0xdc);
      for (int i = 1; i <= count; i++) {
        put(lua, out, numbers, table.get(i), depth + 1);
      }
      return;
    }
    head(out, numbers, count, 0x80, 16, 0, 0xde);
    for (int at = table.nextPlace(0); at >= 0; at = table.nextPlace(at + 1)) {
      put(lua, out, numbers, table.keyAt(at), depth + 1);
      put(lua, out, numbers, table.valueAtPlace(at), depth + 1);
    }
  }

  /**
   * @param limit values to read, 0 for all; with one, what is behind comes first
   */
  private static @Nullable Object unpack(Lua lua, Arguments a, int limit, int offset) {
    LuaString input = a.string(0);
    int length = input.length();
    if (offset < 0 || limit < 0) {
      throw lua.error(
          "Invalid request to unpack with offset of " + offset + " and limit of " + length + ".");
    }
    if (offset > length) {
      throw lua.error("Start offset " + offset + " greater than input length " + length + ".");
    }
    boolean all = limit == 0 && offset == 0;
    int most = all ? Integer.MAX_VALUE : limit;
    MessagePackReader reader = new MessagePackReader(lua, input.bytes(), offset);
    List<@Nullable Object> values = new ArrayList<>();
    while (reader.hasMore() && values.size() < most) {
      values.add(reader.value(0));
      if (values.size() > 7_900) {
        throw lua.error("stack overflow (in function mp_unpack)");
      }
    }
    if (!all) {
      values.addFirst(reader.hasMore() ? (double) reader.position() : -1.0);
    }
    return Results.of(values.toArray());
  }
}
