package io.headwater.lua.library;

import io.headwater.bytes.ByteWriter;
import io.headwater.lua.Arguments;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code string.format}: printf as far as Lua lets it through. */
final class StringFormat {
  private static final String FLAGS = "-+ #0";
  private static final int WHOLE_FROM = 100;

  /** One conversion: {@code %[flags][width][.precision]letter}. */
  private record Spec(
      boolean left,
      boolean plus,
      boolean space,
      boolean alternate,
      boolean zeros,
      int width,
      int precision) {}

  private final Lua lua;
  private final byte[] format;
  private final ByteWriter out = new ByteWriter();
  private int at;

  private StringFormat(Lua lua, byte[] format) {
    this.lua = lua;
    this.format = format;
  }

  static @Nullable Object format(Lua lua, Arguments a) {
    StringFormat format = new StringFormat(lua, a.string(0).bytes());
    format.run(a);
    return lua.heap().string(format.out.toByteArray());
  }

  private int next() {
    return at < format.length ? format[at] : 0;
  }

  private void run(Arguments a) {
    int argument = 0;
    while (at < format.length) {
      int c = format[at++];
      if (c != '%') {
        out.putByte(c);
      } else if (next() == '%') {
        out.putByte('%');
        at++;
      } else {
        argument++;
        if (a.isMissing(argument)) {
          throw a.bad(argument, "no value");
        }
        Spec spec = spec();
        int letter = next();
        at++;
        convert(a, argument, spec, letter);
        lua.heap().mayAllocate(out.size());
        lua.work(1);
      }
    }
  }

  private Spec spec() {
    int start = at;
    while (at < format.length && FLAGS.indexOf(format[at]) >= 0) {
      at++;
    }
    String flags = new String(format, start, at - start, StandardCharsets.ISO_8859_1);
    if (flags.length() > FLAGS.length()) {
      throw lua.error("invalid format (repeated flags)");
    }
    int width = digits();
    int precision = -1;
    if (next() == '.') {
      at++;
      precision = Math.max(0, digits());
    }
    if (next() >= '0' && next() <= '9') {
      throw lua.error("invalid format (width or precision too long)");
    }
    return new Spec(
        flags.contains("-"),
        flags.contains("+"),
        flags.contains(" "),
        flags.contains("#"),
        flags.contains("0"),
        width,
        precision);
  }

  /** At most two. */
  private int digits() {
    int value = -1;
    for (int i = 0; i < 2 && next() >= '0' && next() <= '9'; i++) {
      value = Math.max(0, value) * 10 + next() - '0';
      at++;
    }
    return value;
  }

  private void convert(Arguments a, int i, Spec spec, int letter) {
    switch (letter) {
      case 'c' -> pad(spec, new byte[] {(byte) a.number(i)});
      case 'd', 'i' -> integer(spec, LuaNumbers.toLong(a.number(i)));
      case 'o', 'u', 'x', 'X' -> unsigned(spec, letter, unsignedOf(a.number(i)));
      case 'e', 'E', 'f', 'g', 'G' -> floating(spec, letter, a.number(i));
      case 'q' -> quote(a.string(i).bytes());
      case 's' -> string(spec, a.string(i));
      default -> {
        String shown = letter == 0 ? "" : String.valueOf((char) (letter & 0xff));
        throw lua.error("invalid option '%" + shown + "' to 'format'");
      }
    }
  }

  /** As C casts a double to an unsigned 64-bit integer on this kind of machine. */
  private static long unsignedOf(double value) {
    return value >= 0x1p63 && value < 0x1p64
        ? (long) (value - 0x1p63) ^ Long.MIN_VALUE
        : value >= 0x1p64 ? 0 : LuaNumbers.toLong(value);
  }

  private void pad(Spec spec, byte[] text) {
    int spaces = Math.max(0, spec.width() - text.length);
    byte[] padding = new byte[spaces];
    Arrays.fill(padding, (byte) ' ');
    if (spec.left()) {
      out.put(text).put(padding);
    } else {
      out.put(padding).put(text);
    }
  }

  private void number(Spec spec, String sign, String digits, boolean mayPadWithZeros) {
    String body = digits;
    if (spec.zeros() && !spec.left() && mayPadWithZeros) {
      body = "0".repeat(Math.max(0, spec.width() - sign.length() - body.length())) + body;
    }
    pad(spec, (sign + body).getBytes(StandardCharsets.US_ASCII));
  }

  private static String sign(Spec spec, boolean negative) {
    return negative ? "-" : spec.plus() ? "+" : spec.space() ? " " : "";
  }

  private static String precise(Spec spec, String digits) {
    if (spec.precision() == 0 && digits.equals("0")) {
      return "";
    }
    return "0".repeat(Math.max(0, spec.precision() - digits.length())) + digits;
  }

  private void integer(Spec spec, long value) {
    String digits = precise(spec, value < 0 ? Long.toString(value).substring(1) : "" + value);
    number(spec, sign(spec, value < 0), digits, spec.precision() < 0);
  }

  private void unsigned(Spec spec, int letter, long value) {
    String digits =
        switch (letter) {
          case 'o' -> Long.toOctalString(value);
          case 'u' -> Long.toUnsignedString(value);
          default -> Long.toHexString(value);
        };
    digits = precise(spec, digits);
    String prefix = "";
    if (spec.alternate()) {
      if (letter == 'o' && !digits.startsWith("0")) {
        digits = "0" + digits;
      } else if (letter != 'o' && letter != 'u' && value != 0) {
        prefix = "0x";
      }
    }
    if (letter == 'X') {
      digits = digits.toUpperCase(Locale.ROOT);
      prefix = prefix.toUpperCase(Locale.ROOT);
    }
    number(spec, prefix, digits, spec.precision() < 0);
  }

  private void floating(Spec spec, int letter, double value) {
    int precision = spec.precision() < 0 ? 6 : spec.precision();
    String text = LuaNumbers.formatted((char) (letter | 0x20), value, precision, spec.alternate());
    boolean negative = text.startsWith("-");
    String digits = negative ? text.substring(1) : text;
    if (letter < 'a') {
      digits = digits.toUpperCase(Locale.ROOT);
    }
    number(spec, sign(spec, negative), digits, Double.isFinite(value));
  }

  private void quote(byte[] bytes) {
    out.putByte('"');
    for (byte b : bytes) {
      switch (b) {
        case '"', '\\', '\n' -> out.putByte('\\').putByte(b);
        case '\r' -> out.putAscii("\\r");
        case 0 -> out.putAscii("\\000");
        default -> out.putByte(b);
      }
    }
    out.putByte('"');
  }

  /** A long string without a precision goes whole; else C sees it, which ends at a zero byte. */
  private void string(Spec spec, LuaString string) {
    byte[] bytes = string.bytes();
    if (spec.precision() < 0 && bytes.length >= WHOLE_FROM) {
      out.put(bytes);
      return;
    }
    int length = 0;
    int most = spec.precision() < 0 ? bytes.length : Math.min(spec.precision(), bytes.length);
    while (length < most && bytes[length] != 0) {
      length++;
    }
    pad(spec, Arrays.copyOf(bytes, length));
  }
}
