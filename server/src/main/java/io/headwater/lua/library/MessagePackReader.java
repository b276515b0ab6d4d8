package io.headwater.lua.library;

import io.headwater.lua.Lua;
import io.headwater.lua.LuaTable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads MessagePack. */
final class MessagePackReader {
  private static final int NESTED_MAX = 1_000;
  private final Lua lua;
  private final ByteBuffer in;

  MessagePackReader(Lua lua, byte[] bytes, int from) {
    this.lua = lua;
    this.in = ByteBuffer.wrap(bytes);
    in.position(from);
  }

  boolean hasMore() {
    return in.hasRemaining();
  }

  int position() {
    return in.position();
  }

  private void need(long bytes) {
    if (in.remaining() < bytes) {
      throw lua.error("Missing bytes in input.");
    }
  }

  @Nullable Object value(int depth) {
    if (depth > NESTED_MAX) {
      throw lua.error("stack overflow (in function mp_decode_to_lua_array)");
    }
    lua.work(1);
    need(1);
    int b = in.get() & 0xff;
    if (b < 0x80 || b >= 0xe0) {
      return (double) (byte) b;
    }
    if (b < 0x90) {
      return map(b & 0xf, depth);
    }
    if (b < 0xa0) {
      return array(b & 0xf, depth);
    }
    if (b < 0xc0) {
      return raw(b & 0x1f);
    }
    return switch (b) {
      case 0xc0 -> null;
      case 0xc2 -> false;
      case 0xc3 -> true;
      case 0xca -> {
        need(4);
        yield (double) in.getFloat();
      }
      case 0xcb -> {
        need(8);
        yield in.getDouble();
      }
      case 0xcc, 0xcd, 0xce -> (double) unsigned(1 << b - 0xcc);
      case 0xcf -> {
        need(8);
        yield (double) in.getLong(); // as Redis's, which takes it for signed
      }
      case 0xd0 -> {
        need(1);
        yield (double) in.get();
      }
      case 0xd1 -> {
        need(2);
        yield (double) in.getShort();
      }
      case 0xd2 -> {
        need(4);
        yield (double) in.getInt();
      }
      case 0xd3 -> {
        need(8);
        yield (double) in.getLong();
      }
      case 0xd9 -> raw(unsigned(1));
      case 0xda -> raw(unsigned(2));
      case 0xdb -> raw(unsigned(4));
      case 0xdc -> array(unsigned(2), depth);
      case 0xdd -> array(unsigned(4), depth);
      case 0xde -> map(unsigned(2), depth);
      case 0xdf -> map(unsigned(4), depth);
      default -> throw lua.error("Bad data format in input.");
    };
  }

  private long unsigned(int bytes) {
    need(bytes);
    return switch (bytes) {
      case 1 -> in.get() & 0xff;
      case 2 -> in.getShort() & 0xffff;
      default -> in.getInt() & 0xffffffffL;
    };
  }

  private Object raw(long length) {
    need(length);
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return lua.heap().string(bytes);
  }

  private Object array(long count, int depth) {
    LuaTable table = lua.table();
    for (int i = 1; i <= count; i++) {
      table.put(i, value(depth + 1));
    }
    return table;
  }

  private Object map(long count, int depth) {
    LuaTable table = lua.table();
    for (long i = 0; i < count; i++) {
      Object key = value(depth + 1);
      Object value = value(depth + 1);
      lua.rawSet(table, key, value);
    }
    return table;
  }
}
