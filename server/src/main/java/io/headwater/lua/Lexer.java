package io.headwater.lua;

import io.headwater.bytes.ByteWriter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Cuts source into tokens, one ahead. Messages are those of Lua 5.1. */
final class Lexer {
  /** Kinds of token; those of one character or word are told by {@link #shown}. */
  enum Token {
    AND("and"),
    BREAK("break"),
    DO("do"),
    ELSE("else"),
    ELSEIF("elseif"),
    END("end"),
    FALSE("false"),
    FOR("for"),
    FUNCTION("function"),
    IF("if"),
    IN("in"),
    LOCAL("local"),
    NIL("nil"),
    NOT("not"),
    OR("or"),
    REPEAT("repeat"),
    RETURN("return"),
    THEN("then"),
    TRUE("true"),
    UNTIL("until"),
    WHILE("while"),
    CONCAT(".."),
    DOTS("..."),
    EQ("=="),
    GE(">="),
    LE("<="),
    NE("~="),
    NUMBER("<number>"),
    NAME("<name>"),
    STRING("<string>"),
    END_OF_FILE("<eof>"),
    PLUS("+"),
    MINUS("-"),
    TIMES("*"),
    OVER("/"),
    MODULO("%"),
    POWER("^"),
    LENGTH("#"),
    LT("<"),
    GT(">"),
    ASSIGN("="),
    OPEN("("),
    CLOSE(")"),
    OPEN_BRACE("{"),
    CLOSE_BRACE("}"),
    OPEN_BRACKET("["),
    CLOSE_BRACKET("]"),
    SEMICOLON(";"),
    COLON(":"),
    COMMA(","),
    DOT("."),
    /** A character that nothing begins with. */
    OTHER("?");

    final String shown;

    Token(String shown) {
      this.shown = shown;
    }
  }

  private static final int LAST_WORD = Token.WHILE.ordinal();
  private static final Map<String, Token> WORDS = new HashMap<>();
  private static final @Nullable Token[] SINGLE = new @Nullable Token[128];

  static {
    for (Token token : Token.values()) {
      if (token.ordinal() <= LAST_WORD) {
        WORDS.put(token.shown, token);
      } else if (token.shown.length() == 1 && token != Token.OTHER) {
        SINGLE[token.shown.charAt(0)] = token;
      }
    }
  }

  private final byte[] source;
  private final String chunkName;
  private final Map<LuaString, LuaString> strings;
  private final ByteWriter text = new ByteWriter(64);
  private int at;
  private int tokenStart;

  /** The present token. */
  Token token = Token.END_OF_FILE;

  /** The line of the present token's end, and that of the one before it. */
  int line = 1;

  int lastLine = 1;
  double number;
  LuaString string = LuaString.EMPTY;

  private boolean isAhead;
  private Token ahead = Token.END_OF_FILE;
  private int aheadLine;
  private double aheadNumber;
  private LuaString aheadString = LuaString.EMPTY;
  private int other;

  Lexer(byte[] source, String chunkName, Map<LuaString, LuaString> strings) {
    this.source = source;
    this.chunkName = chunkName;
    this.strings = strings;
  }

  String chunkName() {
    return chunkName;
  }

  void next() {
    lastLine = line;
    if (isAhead) {
      isAhead = false;
      token = ahead;
      line = aheadLine;
      number = aheadNumber;
      string = aheadString;
    } else {
      token = read();
    }
  }

  /** The token after the present one. */
  Token peek() {
    if (!isAhead) {
      double n = number;
      LuaString s = string;
      int l = line;
      ahead = read();
      isAhead = true;
      aheadNumber = number;
      aheadString = string;
      aheadLine = line;
      number = n;
      string = s;
      line = l;
    }
    return ahead;
  }

  LuaError error(String message) {
    // Lua's own lexer takes a NUL for "no token".
    return error(message, token == Token.OTHER && other == 0 ? null : shownToken());
  }

  LuaError error(String message, @Nullable String near) {
    String where = ChunkName.shown(chunkName) + ":" + line + ": " + message;
    return new LuaError(near == null ? where : where + " near '" + near + "'");
  }

  private String shownToken() {
    return switch (token) {
      case NAME, STRING, NUMBER -> slice(tokenStart, at);
      case OTHER -> other < 32 ? "char(" + other + ")" : String.valueOf((char) other);
      default -> token.shown;
    };
  }

  private String slice(int from, int to) {
    String slice =
        new String(source, from, to - from, java.nio.charset.StandardCharsets.ISO_8859_1);
    int nul = slice.indexOf('\0');
    return nul < 0 ? slice : slice.substring(0, nul);
  }

  private int current() {
    return at < source.length ? source[at] & 0xff : -1;
  }

  private int following() {
    return at + 1 < source.length ? source[at + 1] & 0xff : -1;
  }

  private Token read() {
    while (true) {
      int c = current();
      switch (c) {
        case -1 -> {
          return Token.END_OF_FILE;
        }
        case '\n', '\r' -> newLine();
        case ' ', '\t', '\f', 0x0b -> at++;
        case '-' -> {
          if (following() != '-') {
            return single(Token.MINUS);
          }
          comment();
        }
        default -> {
          tokenStart = at;
          return begin(c);
        }
      }
    }
  }

  private Token begin(int c) {
    switch (c) {
      case '[' -> {
        int level = longBracket(at);
        if (level >= 0) {
          longString(level, false);
          return Token.STRING;
        }
        if (level < -1) {
          at += -level;
          throw error("invalid long string delimiter", slice(tokenStart, at));
        }
        return single(Token.OPEN_BRACKET);
      }
      case '=' -> {
        return either(Token.ASSIGN, Token.EQ);
      }
      case '<' -> {
        return either(Token.LT, Token.LE);
      }
      case '>' -> {
        return either(Token.GT, Token.GE);
      }
      case '~' -> {
        return following() == '=' ? either(Token.OTHER, Token.NE) : unknown(c);
      }
      case '"', '\'' -> {
        quoted(c);
        return Token.STRING;
      }
      case '.' -> {
        return dot();
      }
      default -> {
        return word(c);
      }
    }
  }

  private Token word(int c) {
    if (isDigit(c)) {
      return numeral();
    }
    if (isLetter(c)) {
      while (isLetter(current()) || isDigit(current())) {
        at++;
      }
      string = interned(java.util.Arrays.copyOfRange(source, tokenStart, at));
      Token reserved = WORDS.get(string.toString());
      return reserved == null ? Token.NAME : reserved;
    }
    Token token = c < 128 ? SINGLE[c] : null;
    return token == null ? unknown(c) : single(token);
  }

  private Token unknown(int c) {
    other = c;
    return single(Token.OTHER);
  }

  private Token single(Token token) {
    at++;
    return token;
  }

  private Token either(Token one, Token two) {
    at++;
    if (current() == '=') {
      at++;
      return two;
    }
    return one;
  }

  private Token dot() {
    if (isDigit(following())) {
      return numeral();
    }
    at++;
    if (current() != '.') {
      return Token.DOT;
    }
    at++;
    if (current() != '.') {
      return Token.CONCAT;
    }
    at++;
    return Token.DOTS;
  }

  private void newLine() {
    int c = current();
    at++;
    int second = current();
    if ((second == '\n' || second == '\r') && second != c) {
      at++;
    }
    line++;
  }

  private void comment() {
    at += 2;
    tokenStart = at;
    if (current() == '[') {
      int level = longBracket(at);
      if (level >= 0) {
        longString(level, true);
        return;
      }
    }
    while (current() != -1 && current() != '\n' && current() != '\r') {
      at++;
    }
  }

  /** The level of a long bracket that begins here; -1 for none, below that an unfinished one. */
  private int longBracket(int from) {
    int i = from + 1;
    while (i < source.length && source[i] == '=') {
      i++;
    }
    int level = i - from - 1;
    boolean whole = i < source.length && source[i] == '[';
    return whole ? level : level == 0 ? -1 : -level - 1;
  }

  private void longString(int level, boolean comment) {
    at += level + 2;
    text.clear();
    if (current() == '\n' || current() == '\r') {
      newLine();
    }
    while (true) {
      int c = current();
      switch (c) {
        case -1 ->
            throw error(comment ? "unfinished long comment" : "unfinished long string", "<eof>");
        case ']' -> {
          if (closes(level)) {
            at += level + 2;
            string = interned(text.toByteArray());
            return;
          }
          text.putByte(c);
          at++;
        }
        case '\n', '\r' -> {
          newLine();
          text.putByte('\n');
        }
        default -> {
          text.putByte(c);
          at++;
        }
      }
    }
  }

  private boolean closes(int level) {
    int i = at + 1;
    int end = i + level;
    while (i < end && i < source.length && source[i] == '=') {
      i++;
    }
    return i == end && i < source.length && source[i] == ']';
  }

  private void quoted(int quote) {
    text.clear();
    at++;
    while (current() != quote) {
      int c = current();
      switch (c) {
        case -1 -> throw error("unfinished string", "<eof>");
        case '\n', '\r' -> throw error("unfinished string", soFar());
        case '\\' -> escape();
        default -> {
          text.putByte(c);
          at++;
        }
      }
    }
    at++;
    string = interned(text.toByteArray());
  }

  /** The opening quote and what the string holds until here. */
  private String soFar() {
    byte[] bytes = text.toByteArray();
    return (char) source[tokenStart]
        + new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  private void escape() {
    at++;
    int c = current();
    switch (c) {
      case -1 -> {}
      case '\n', '\r' -> {
        text.putByte('\n');
        newLine();
      }
      default -> {
        if (isDigit(c)) {
          int value = 0;
          for (int i = 0; i < 3 && isDigit(current()); i++) {
            value = value * 10 + current() - '0';
            at++;
          }
          if (value > 255) {
            throw error("escape sequence too large", soFar());
          }
          text.putByte(value);
        } else {
          int letter = "abfnrtv".indexOf(c);
          text.putByte(letter < 0 ? c : "\u0007\b\f\n\r\t\u000b".charAt(letter));
          at++;
        }
      }
    }
  }

  private Token numeral() {
    do {
      at++;
    } while (isDigit(current()) || current() == '.');
    int c = current();
    if (c == 'e' || c == 'E') {
      at++;
      if (current() == '+' || current() == '-') {
        at++;
      }
    }
    while (isLetter(current()) || isDigit(current())) {
      at++;
    }
    String digits = slice(tokenStart, at).toLowerCase(Locale.ROOT);
    Double value = LuaNumbers.parse(digits);
    if (value == null) {
      throw error("malformed number", slice(tokenStart, at));
    }
    number = value;
    return Token.NUMBER;
  }

  private LuaString interned(byte[] bytes) {
    LuaString fresh = new LuaString(bytes);
    LuaString known = strings.putIfAbsent(fresh, fresh);
    return known == null ? fresh : known;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
  }
}
