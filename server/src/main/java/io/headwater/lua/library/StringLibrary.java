package io.headwater.lua.library;

import io.headwater.bytes.ByteWriter;
import io.headwater.lua.Arguments;
import io.headwater.lua.Builtin;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaFunction;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Results;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The library {@code string}. */
final class StringLibrary {
  private static final int VALUES_MAX = 8_000;

  private StringLibrary() {}

  static void addTo(Lua lua) {
    LuaTable library = Libraries.library(lua, "string");
    Libraries.add(library, "byte", StringLibrary::bytes);
    Libraries.add(library, "char", StringLibrary::fromBytes);
    Libraries.add(library, "dump", StringLibrary::dump);
    Libraries.add(library, "find", (l, a) -> find(l, a, true));
    Libraries.add(library, "format", StringFormat::format);
    Builtin each = new Builtin("gmatch", StringLibrary::eachMatch);
    library.put("gfind", each);
    library.put("gmatch", each);
    Libraries.add(library, "gsub", StringLibrary::substitute);
    Libraries.add(library, "len", (l, a) -> l.number(a.string(0).length()));
    Libraries.add(library, "lower", (l, a) -> changed(l, a, 'A', 'Z'));
    Libraries.add(library, "match", (l, a) -> find(l, a, false));
    Libraries.add(library, "rep", StringLibrary::repeat);
    Libraries.add(library, "reverse", StringLibrary::reverse);
    Libraries.add(library, "sub", StringLibrary::sub);
    Libraries.add(library, "upper", (l, a) -> changed(l, a, 'a', 'z'));
    LuaTable metatable = lua.table();
    metatable.put("__index", library);
    lua.setStringMetatable(metatable);
  }

  /** A position from the end becomes one from the start. */
  private static long position(long position, int length) {
    return position >= 0 ? position : Math.max(0, length + position + 1);
  }

  private static @Nullable Object bytes(Lua lua, Arguments a) {
    byte[] bytes = a.string(0).bytes();
    long from = position(a.integer(1, 1), bytes.length);
    long to = Math.min(bytes.length, position(a.integer(2, from), bytes.length));
    from = Math.max(1, from);
    if (from > to) {
      return Results.NONE;
    }
    int count = (int) (to - from + 1);
    if (count == 1) {
      return lua.number(bytes[(int) from - 1] & 0xff);
    }
    if (count + a.count() > VALUES_MAX) {
      throw lua.error("stack overflow (string slice too long)");
    }
    @Nullable Object[] values = new @Nullable Object[count];
    for (int i = 0; i < count; i++) {
      values[i] = (double) (bytes[(int) from - 1 + i] & 0xff);
    }
    return Results.of(values);
  }

  private static @Nullable Object fromBytes(Lua lua, Arguments a) {
    byte[] bytes = new byte[a.count()];
    for (int i = 0; i < bytes.length; i++) {
      int c = a.small(i);
      if (c != (c & 0xff)) {
        throw a.bad(i, "invalid value");
      }
      bytes[i] = (byte) c;
    }
    return lua.heap().string(bytes);
  }

  private static @Nullable Object dump(Lua lua, Arguments a) {
    a.function(0);
    throw lua.error("unable to dump given function");
  }

  private static @Nullable Object sub(Lua lua, Arguments a) {
    LuaString string = a.string(0);
    int length = string.length();
    long from = Math.max(1, position(a.integer(1), length));
    long to = Math.min(length, position(a.integer(2, -1), length));
    if (from > to) {
      return LuaString.EMPTY;
    }
    return from == 1 && to == length
        ? string
        : lua.heap().string(Arrays.copyOfRange(string.bytes(), (int) from - 1, (int) to));
  }

  private static @Nullable Object repeat(Lua lua, Arguments a) {
    byte[] bytes = a.string(0).bytes();
    int times = a.small(1);
    if (times <= 0 || bytes.length == 0) {
      return LuaString.EMPTY;
    }
    long length = (long) bytes.length * times;
    lua.heap().mayAllocate(length);
    if (length > Integer.MAX_VALUE - 64) {
      throw lua.error("resulting string too large");
    }
    lua.heap().charge(length);
    lua.work(length >> 6);
    byte[] repeated = new byte[(int) length];
    System.arraycopy(bytes, 0, repeated, 0, bytes.length);
    for (int done = bytes.length; done < repeated.length; done *= 2) {
      System.arraycopy(repeated, 0, repeated, done, Math.min(done, repeated.length - done));
      if (done > repeated.length / 2) {
        break;
      }
    }
    return new LuaString(repeated);
  }

  private static @Nullable Object reverse(Lua lua, Arguments a) {
    byte[] bytes = a.string(0).bytes();
    lua.work(bytes.length >> 4);
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return lua.heap().string(reversed);
  }

  /** Letters of a range change their case. */
  private static @Nullable Object changed(Lua lua, Arguments a, int first, int last) {
    byte[] bytes = a.string(0).bytes().clone();
    lua.work(bytes.length >> 4);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] >= first && bytes[i] <= last) {
        bytes[i] ^= 0x20;
      }
    }
    return lua.heap().string(bytes);
  }

  private static @Nullable Object find(Lua lua, Arguments a, boolean find) {
    byte[] source = a.string(0).bytes();
    byte[] pattern = a.string(1).bytes();
    long wanted = a.integer(2, 1);
    long init = (wanted < 0 ? position(wanted, source.length) : wanted) - 1;
    int from = (int) Math.clamp(init, 0, source.length);
    if (find && (a.isTrue(3) || Pattern.isPlain(pattern))) {
      int at = indexOf(lua, source, pattern, from);
      return at < 0 ? null : Results.of(at + 1.0, (double) (at + pattern.length));
    }
    Pattern matcher = new Pattern(lua, source, pattern);
    boolean anchored = pattern.length > 0 && pattern[0] == '^';
    for (int s = from; s <= source.length; s++) {
      int end = matcher.begin(s, anchored ? 1 : 0);
      if (end >= 0) {
        if (!find) {
          return result(matcher.all(s, end, true, 0));
        }
        @Nullable Object[] values = matcher.all(s, end, false, 2);
        values[0] = s + 1.0;
        values[1] = (double) end;
        return Results.of(values);
      }
      if (anchored) {
        break;
      }
    }
    return null;
  }

  private static @Nullable Object result(@Nullable Object[] values) {
    return values.length == 1 ? values[0] : Results.of(values);
  }

  private static int indexOf(Lua lua, byte[] source, byte[] wanted, int from) {
    if (wanted.length == 0) {
      return from;
    }
    int last = source.length - wanted.length;
    for (int i = from; i <= last; i++) {
      if (source[i] == wanted[0]) {
        int k = 1;
        while (k < wanted.length && source[i + k] == wanted[k]) {
          k++;
        }
        lua.work(k);
        if (k == wanted.length) {
          return i;
        }
      }
    }
    lua.work(Math.max(0, last - from) >> 4);
    return -1;
  }

  private static @Nullable Object eachMatch(Lua lua, Arguments a) {
    byte[] source = a.string(0).bytes();
    byte[] pattern = a.string(1).bytes();
    int[] next = {0};
    return new Builtin(
        "gmatch_iterator",
        (l, _) -> {
          Pattern matcher = new Pattern(l, source, pattern);
          for (int s = next[0]; s <= source.length; s++) {
            int end = matcher.begin(s, 0);
            if (end >= 0) {
              next[0] = end == s ? end + 1 : end;
              return result(matcher.all(s, end, true, 0));
            }
          }
          next[0] = source.length + 1;
          return Results.NONE;
        });
  }

  private static @Nullable Object substitute(Lua lua, Arguments a) {
    byte[] source = a.string(0).bytes();
    byte[] pattern = a.string(1).bytes();
    Object replacement = a.get(2);
    if (!(replacement instanceof LuaString
        || replacement instanceof Double
        || replacement instanceof LuaTable
        || replacement instanceof LuaFunction)) {
      throw a.bad(2, "string/function/table expected");
    }
    long most = a.integer(3, source.length + 1L);
    boolean anchored = pattern.length > 0 && pattern[0] == '^';
    Pattern matcher = new Pattern(lua, source, pattern);
    ByteWriter out = new ByteWriter(source.length + 16);
    int s = 0;
    int count = 0;
    while (count < most) {
      int end = matcher.begin(s, anchored ? 1 : 0);
      if (end >= 0) {
        count++;
        replace(lua, matcher, replacement, source, s, end, out);
        lua.heap().mayAllocate(out.size());
      }
      if (end > s) {
        s = end;
      } else if (s < source.length) {
        out.putByte(source[s++]);
      } else {
        break;
      }
      if (anchored) {
        break;
      }
    }
    out.put(source, s, source.length - s);
    return Results.of(lua.heap().string(out.toByteArray()), (double) count);
  }

  private static void replace(
      Lua lua,
      Pattern matcher,
      @Nullable Object replacement,
      byte[] source,
      int from,
      int to,
      ByteWriter out) {
    Object value;
    switch (replacement) {
      case LuaTable table -> value = lua.index(table, matcher.capture(0, from, to));
      case LuaFunction function ->
          value = Results.first(lua.call(function, matcher.all(from, to, true, 0)));
      case null, default -> {
        expand(lua, matcher, lua.toStringOrNull(replacement), from, to, out);
        return;
      }
    }
    if (!Lua.isTrue(value)) {
      out.put(source, from, to - from);
      return;
    }
    LuaString text = lua.toStringOrNull(value);
    if (text == null) {
      throw lua.error("invalid replacement value (a " + Lua.typeName(value) + ")");
    }
    out.put(text.bytes());
  }

  private static void expand(
      Lua lua, Pattern matcher, @Nullable LuaString template, int from, int to, ByteWriter out) {
    byte[] bytes = template == null ? new byte[0] : template.bytes();
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        out.putByte(bytes[i]);
        continue;
      }
      i++;
      int c = i < bytes.length ? bytes[i] : 0;
      if (c < '0' || c > '9') {
        out.putByte(c);
      } else if (c == '0') {
        out.put(matcher.whole(from, to));
      } else {
        LuaString text = lua.toStringOrNull(matcher.capture(c - '1', from, to));
        out.put(text == null ? new byte[0] : text.bytes());
      }
    }
  }
}
