package io.headwater.lua.library;

import io.headwater.bytes.ByteWriter;
import io.headwater.lua.Arguments;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Results;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The library {@code struct}: C's structures as strings. */
final class StructLibrary {
  private static final int INTEGER_MAX = 32;
  private static final int ALIGN_MAX = 8;

  /** A format being read. */
  private static final class Format {
    final Lua lua;
    final Arguments arguments;
    final byte[] text;
    int at;
    boolean little = true;
    int align = 1;

    /** The present option and its size. */
    int option;

    int size;

    Format(Lua lua, Arguments arguments) {
      this.lua = lua;
      this.arguments = arguments;
      this.text = arguments.string(0).bytes();
    }

    boolean next() {
      if (at >= text.length || text[at] == 0) {
        return false;
      }
      option = text[at++] & 0xff;
      size = sizeOf();
      return true;
    }

    private int sizeOf() {
      return switch (option) {
        case 'b', 'B', 'x' -> 1;
        case 'h', 'H' -> 2;
        case 'l', 'L', 'T', 'd' -> 8;
        case 'f' -> 4;
        case 'c' -> number(1);
        case 'i', 'I' -> {
          int bytes = number(4);
          if (bytes > INTEGER_MAX) {
            throw lua.error("integral size " + bytes + " is larger than limit of " + INTEGER_MAX);
          }
          yield bytes;
        }
        default -> 0;
      };
    }

    private int number(int otherwise) {
      if (at >= text.length || text[at] < '0' || text[at] > '9') {
        return otherwise;
      }
      long value = 0;
      while (at < text.length && text[at] >= '0' && text[at] <= '9') {
        value = value * 10 + text[at++] - '0';
        if (value > Integer.MAX_VALUE) {
          throw lua.error("integral size overflow");
        }
      }
      return (int) value;
    }

    /** Bytes to skip before an item of this size. */
    int padding(long position) {
      int to = Math.min(size, align);
      if (to <= 1 || option == 'c' || option == 's' || option == 'x') {
        return 0;
      }
      return (int) (to - (position & to - 1) & to - 1);
    }

    /** An option that changes how the next ones are read. */
    void control() {
      switch (option) {
        case ' ' -> {}
        case '>' -> little = false;
        case '<' -> little = true;
        case '!' -> {
          int wanted = number(ALIGN_MAX);
          if (wanted == 0 || (wanted & wanted - 1) != 0) {
            throw lua.error("alignment " + wanted + " is not a power of 2");
          }
          align = wanted;
        }
        default -> throw arguments.bad(0, "invalid format option '" + (char) option + "'");
      }
    }
  }

  private StructLibrary() {}

  static void addTo(Lua lua) {
    LuaTable library = Libraries.library(lua, "struct");
    Libraries.add(library, "pack", StructLibrary::pack);
    Libraries.add(library, "unpack", StructLibrary::unpack);
    Libraries.add(library, "size", StructLibrary::size);
  }

  private static @Nullable Object pack(Lua lua, Arguments a) {
    Format format = new Format(lua, a);
    ByteWriter out = new ByteWriter();
    int argument = 1;
    while (format.next()) {
      out.put(new byte[format.padding(out.size())]);
      lua.heap().mayAllocate((long) out.size() + format.size);
      switch (format.option) {
        case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I' ->
            putInteger(out, format, integer(number(a, argument++)));
        case 'x' -> out.putByte(0);
        case 'f' ->
            putBits(
                out, format, Float.floatToRawIntBits((float) number(a, argument++)) & 0xffffffffL);
        case 'd' -> putBits(out, format, Double.doubleToRawLongBits(number(a, argument++)));
        case 'c', 's' -> {
          LuaString text = a.string(argument++);
          int length = format.option == 's' || format.size == 0 ? text.length() : format.size;
          if (text.length() < length) {
            throw a.bad(argument, "string too short");
          }
          out.put(text.bytes(), 0, length);
          if (format.option == 's') {
            out.putByte(0);
          }
        }
        default -> format.control();
      }
    }
    return lua.heap().string(out.toByteArray());
  }

  /** What would be behind the last argument is nil to this library. */
  private static double number(Arguments a, int i) {
    if (i == a.count()) {
      throw a.bad(i, "number expected, got nil");
    }
    return a.number(i);
  }

  private static long integer(double value) {
    return value < 0
        ? LuaNumbers.toLong(value)
        : value >= 0x1p63 ? (long) (value - 0x1p63) ^ Long.MIN_VALUE : (long) value;
  }

  private static void putInteger(ByteWriter out, Format format, long value) {
    byte[] bytes = new byte[format.size];
    for (int i = 0; i < bytes.length; i++) {
      int place = format.little ? i : bytes.length - 1 - i;
      bytes[place] = (byte) (i < 8 ? value >>> 8 * i : 0);
    }
    out.put(bytes);
  }

  private static void putBits(ByteWriter out, Format format, long bits) {
    putInteger(out, format, bits);
  }

  private static @Nullable Object unpack(Lua lua, Arguments a) {
    Format format = new Format(lua, a);
    byte[] data = a.string(1).bytes();
    long start = a.integer(2, 1) - 1;
    if (start == -1) {
      throw a.bad(2, "offset must be 1 or greater");
    }
    if (start < 0) {
      throw a.bad(1, "data string too short");
    }
    long at = start;
    List<@Nullable Object> values = new ArrayList<>();
    while (format.next()) {
      at += format.padding(at);
      if (at > data.length || format.size > data.length - at) {
        throw a.bad(1, "data string too short");
      }
      int from = (int) at;
      lua.work(1);
      switch (format.option) {
        case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I' -> values.add(integer(data, from, format));
        case 'x' -> {}
        case 'f' -> values.add((double) Float.intBitsToFloat((int) bits(data, from, format)));
        case 'd' -> values.add(Double.longBitsToDouble(bits(data, from, format)));
        case 'c' -> {
          int length = format.size == 0 ? previousSize(lua, values) : format.size;
          if (length > data.length - at) {
            throw a.bad(1, "data string too short");
          }
          values.add(lua.heap().string(Arrays.copyOfRange(data, from, from + length)));
          at += length - format.size;
        }
        case 's' -> {
          int end = from;
          while (end < data.length && data[end] != 0) {
            end++;
          }
          if (end == data.length) {
            throw lua.error("unfinished string in data");
          }
          values.add(lua.heap().string(Arrays.copyOfRange(data, from, end)));
          at = end + 1L;
        }
        default -> format.control();
      }
      at += format.size;
      if (values.size() > 7_900) {
        throw lua.error("stack overflow (too many results)");
      }
    }
    values.add(at + 1.0);
    return Results.of(values.toArray());
  }

  private static int previousSize(Lua lua, List<@Nullable Object> values) {
    if (values.isEmpty() || !(values.removeLast() instanceof Double size)) {
      throw lua.error("format 'c0' needs a previous size");
    }
    return size < 0 || size > Integer.MAX_VALUE ? Integer.MAX_VALUE : size.intValue();
  }

  private static long bits(byte[] data, int from, Format format) {
    long value = 0;
    for (int i = 0; i < format.size; i++) {
      int place = format.little ? format.size - 1 - i : i;
      value = value << 8 | data[from + place] & 0xff;
    }
    return value;
  }

  private static double integer(byte[] data, int from, Format format) {
    long value = bits(data, from, format);
    boolean signed = format.option >= 'a';
    if (signed) {
      int unused = Math.max(0, 64 - 8 * format.size);
      return value << unused >> unused;
    }
    return MathLibrary.unsigned(value);
  }

  private static @Nullable Object size(Lua lua, Arguments a) {
    Format format = new Format(lua, a);
    long position = 0;
    while (format.next()) {
      position += format.padding(position);
      if (format.option == 's') {
        throw a.bad(0, "option 's' has no fixed size");
      }
      if (format.option == 'c' && format.size == 0) {
        throw a.bad(0, "option 'c0' has no fixed size");
      }
      if (!Character.isLetterOrDigit(format.option)) {
        format.control();
      }
      position += format.size;
    }
    return (double) position;
  }
}
