package io.headwater.lua.library;

import io.headwater.bytes.ByteWriter;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads JSON. Messages and what is let through are cjson's. */
final class JsonDecoder {
  private enum Token {
    OBJ_BEGIN,
    OBJ_END,
    ARR_BEGIN,
    ARR_END,
    STRING,
    NUMBER,
    BOOLEAN,
    NULL,
    COLON,
    COMMA,
    END,
    ERROR
  }

  private static final int NUMBER_MAX = 400;
  private final Lua lua;
  private final JsonLibrary.Options options;
  private final byte[] bytes;
  private final ByteWriter text = new ByteWriter();
  private int at;
  private int tokenAt;
  private int depth;
  private @Nullable Object tokenValue;
  private String problem = "";

  JsonDecoder(Lua lua, JsonLibrary.Options options, byte[] bytes) {
    this.lua = lua;
    this.options = options;
    this.bytes = bytes;
  }

  @Nullable Object decode() {
    if (bytes.length >= 2 && (bytes[0] == 0 || bytes[1] == 0)) {
      throw lua.error("JSON parser does not support UTF-16 or UTF-32");
    }
    Object value = value(next());
    Token token = next();
    if (token != Token.END) {
      throw unexpected("the end", token);
    }
    return value;
  }

  private RuntimeException unexpected(String expected, Token token) {
    String found = token == Token.ERROR ? problem : "T_" + token.name();
    return lua.error(
        "Expected " + expected + " but found " + found + " at character " + (tokenAt + 1));
  }

  private @Nullable Object value(Token token) {
    lua.work(1);
    return switch (token) {
      case STRING, NUMBER, BOOLEAN -> tokenValue;
      case OBJ_BEGIN -> object();
      case ARR_BEGIN -> array();
      case NULL -> JsonLibrary.NULL;
      default -> throw unexpected("value", token);
    };
  }

  private void descend() {
    depth++;
    if (depth > options.decodeDepth || depth > JsonEncoder.NESTED_MAX) {
      throw lua.error("Found too many nested data structures (" + depth + ") at character " + at);
    }
  }

  private Object object() {
    descend();
    LuaTable table = lua.table();
    Token token = next();
    if (token == Token.OBJ_END) {
      depth--;
      return table;
    }
    while (true) {
      if (token != Token.STRING || tokenValue == null) {
        throw unexpected("object key string", token);
      }
      Object key = tokenValue;
      token = next();
      if (token != Token.COLON) {
        throw unexpected("colon", token);
      }
      table.put(key, value(next()));
      token = next();
      if (token == Token.OBJ_END) {
        depth--;
        return table;
      }
      if (token != Token.COMMA) {
        throw unexpected("comma or object end", token);
      }
      token = next();
    }
  }

  private Object array() {
    descend();
    LuaTable table = lua.table();
    Token token = next();
    if (token == Token.ARR_END) {
      depth--;
      return table;
    }
    for (int i = 1; ; i++) {
      table.put(i, value(token));
      token = next();
      if (token == Token.ARR_END) {
        depth--;
        return table;
      }
      if (token != Token.COMMA) {
        throw unexpected("comma or array end", token);
      }
      token = next();
    }
  }

  // Tokens.

  private int current() {
    return at < bytes.length ? bytes[at] & 0xff : 0;
  }

  private Token next() {
    while (at < bytes.length && isSpace(bytes[at])) {
      at++;
    }
    tokenAt = at;
    int c = current();
    switch (c) {
      case 0 -> {
        return Token.END;
      }
      case '{', '}', '[', ']', ',', ':' -> {
        at++;
        return switch (c) {
          case '{' -> Token.OBJ_BEGIN;
          case '}' -> Token.OBJ_END;
          case '[' -> Token.ARR_BEGIN;
          case ']' -> Token.ARR_END;
          case ',' -> Token.COMMA;
          default -> Token.COLON;
        };
      }
      case '"' -> {
        return string();
      }
      default -> {
        return word(c);
      }
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
  }

  private Token fail(String why) {
    problem = why;
    return Token.ERROR;
  }

  private Token word(int c) {
    if (c == '-' || c >= '0' && c <= '9') {
      return !options.decodeInvalid && isInvalidNumber() ? fail("invalid number") : number();
    }
    if (accept("true")) {
      tokenValue = Boolean.TRUE;
      return Token.BOOLEAN;
    }
    if (accept("false")) {
      tokenValue = Boolean.FALSE;
      return Token.BOOLEAN;
    }
    if (accept("null")) {
      return Token.NULL;
    }
    boolean begins = c == '+' || (c | 0x20) == 'i' || (c | 0x20) == 'n';
    return begins && options.decodeInvalid && isInvalidNumber() ? number() : fail("invalid token");
  }

  private boolean accept(String word) {
    if (bytes.length - at < word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (bytes[at + i] != word.charAt(i)) {
        return false;
      }
    }
    at += word.length();
    return true;
  }

  /** Whether strtod takes more than JSON allows here. */
  private boolean isInvalidNumber() {
    int p = at;
    if (byteAt(p) == '+') {
      return true;
    }
    if (byteAt(p) == '-') {
      p++;
    }
    if (byteAt(p) == '0') {
      int second = byteAt(p + 1);
      return (second | 0x20) == 'x' || second >= '0' && second <= '9';
    }
    if (byteAt(p) <= '9') {
      return false;
    }
    String word = new String(bytes, p, Math.min(3, bytes.length - p), StandardCharsets.ISO_8859_1);
    return word.equalsIgnoreCase("inf") || word.equalsIgnoreCase("nan");
  }

  private int byteAt(int i) {
    return i < bytes.length ? bytes[i] & 0xff : 0;
  }

  private Token number() {
    int end = at;
    while (end < bytes.length && end - at < NUMBER_MAX && isOfNumber(bytes[end])) {
      end++;
    }
    for (; end > at; end--) {
      String candidate = new String(bytes, at, end - at, StandardCharsets.ISO_8859_1);
      Double value = LuaNumbers.toNumber(LuaString.of(candidate));
      if (value != null) {
        tokenValue = value;
        at = end;
        return Token.NUMBER;
      }
    }
    return fail("invalid number");
  }

  private static boolean isOfNumber(byte b) {
    return b >= '0' && b <= '9'
        || b >= 'a' && b <= 'z'
        || b >= 'A' && b <= 'Z'
        || b == '+'
        || b == '-'
        || b == '.';
  }

  private Token string() {
    text.clear();
    at++;
    while (true) {
      int c = current();
      if (c == 0) { // C's end, too
        tokenAt = at;
        return fail("unexpected end of string");
      }
      if (c == '"') {
        at++;
        tokenValue = lua.heap().string(text.toByteArray());
        lua.work(text.size() >> 4);
        return Token.STRING;
      }
      if (c == '\\') {
        String why = escape();
        if (why != null) {
          tokenAt = at;
          return fail(why);
        }
      } else {
        text.putByte(c);
        at++;
      }
    }
  }

  private @Nullable String escape() {
    int c = byteAt(at + 1);
    int letter = c == 0 ? -1 : "\"\\/bfnrt".indexOf(c);
    if (letter >= 0) {
      text.putByte("\"\\/\b\f\n\r\t".charAt(letter));
      at += 2;
      return null;
    }
    if (c != 'u') {
      return "invalid escape code";
    }
    int code = hex(at + 2);
    if (code < 0) {
      return "invalid unicode escape code";
    }
    int length = 6;
    if (code >= 0xd800 && code < 0xe000) {
      int low = byteAt(at + 6) == '\\' && byteAt(at + 7) == 'u' ? hex(at + 8) : -1;
      if (code >= 0xdc00 || low < 0xdc00 || low > 0xdfff) {
        return "invalid unicode escape code";
      }
      code = 0x10000 + (code - 0xd800 << 10) + low - 0xdc00;
      length = 12;
    }
    text.put(Character.toString(code).getBytes(StandardCharsets.UTF_8));
    at += length;
    return null;
  }

  private int hex(int from) {
    if (bytes.length - from < 4) {
      return -1;
    }
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = bytes[from + i] < 0 ? -1 : Character.digit(bytes[from + i], 16);
      if (digit < 0) {
        return -1;
      }
      code = code << 4 | digit;
    }
    return code;
  }
}
