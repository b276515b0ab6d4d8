package io.headwater.lua.library;

import io.headwater.lua.Lua;
import io.headwater.lua.LuaString;
import org.jspecify.annotations.Nullable;

/** Lua's patterns: matching by backtracking. Steps are counted, and so is the depth. */
final class Pattern {
  private static final int CAPTURES_MAX = 32;
  private static final int DEPTH_MAX = 1_000;
  private static final int OPEN = -1;
  private static final int POSITION = -2;
  private static final String SPECIALS = "^$*+?.([%-";

  private final Lua lua;
  private final byte[] source;
  private final byte[] pattern;
  private final int[] starts = new int[CAPTURES_MAX];
  private final int[] lengths = new int[CAPTURES_MAX];
  private int level;
  private int depth;

  Pattern(Lua lua, byte[] source, byte[] pattern) {
    this.lua = lua;
    this.source = source;
    this.pattern = pattern;
  }

  static boolean isPlain(byte[] pattern) {
    for (byte b : pattern) {
      if (SPECIALS.indexOf(b) >= 0) {
        return false;
      }
    }
    return true;
  }

  /** The end of a match from {@code s} on with the pattern from {@code p} on, or -1. */
  int begin(int s, int p) {
    level = 0;
    depth = 0;
    return match(s, p);
  }

  /** How many values {@link #capture} gives; a whole match counts as one where none is named. */
  int captures(boolean wholeIfNone) {
    return level == 0 && wholeIfNone ? 1 : level;
  }

  /** A capture's value; {@code from} and {@code to} are those of the whole match. */
  Object capture(int i, int from, int to) {
    if (i >= level) {
      if (i == 0) {
        return slice(from, to);
      }
      throw lua.error("invalid capture index");
    }
    if (lengths[i] == POSITION) {
      return (double) (starts[i] + 1);
    }
    if (lengths[i] == OPEN) {
      throw lua.error("unfinished capture");
    }
    return slice(starts[i], starts[i] + lengths[i]);
  }

  private LuaString slice(int from, int to) {
    return lua.heap().string(java.util.Arrays.copyOfRange(source, from, to));
  }

  byte[] whole(int from, int to) {
    return java.util.Arrays.copyOfRange(source, from, to);
  }

  private int match(int fromSource, int fromPattern) {
    if (++depth > DEPTH_MAX) {
      throw lua.error("pattern too complex");
    }
    int end = matchHere(fromSource, fromPattern);
    depth--;
    return end;
  }

  private int matchHere(int fromSource, int fromPattern) {
    int s = fromSource;
    int p = fromPattern;
    while (p < pattern.length) {
      switch (pattern[p]) {
        case '(' -> {
          return p + 1 < pattern.length && pattern[p + 1] == ')'
              ? open(s, p + 2, POSITION)
              : open(s, p + 1, OPEN);
        }
        case ')' -> {
          return close(s, p + 1);
        }
        case '$' -> {
          if (p + 1 == pattern.length) {
            return s == source.length ? s : -1;
          }
        }
        case '%' -> {
          int next = p + 1 < pattern.length ? pattern[p + 1] : 0;
          if (next == 'b' || next == 'f' || next >= '0' && next <= '9') {
            s = next == 'b' ? balance(s, p + 2) : next == 'f' ? frontier(s, p + 2) : back(s, next);
            if (s < 0) {
              return -1;
            }
            p = next == 'b' ? p + 4 : next == 'f' ? classEnd(p + 2) : p + 2;
            continue;
          }
        }
        default -> {}
      }
      int end = classEnd(p);
      int suffix = end < pattern.length ? pattern[end] : 0;
      switch (suffix) {
        case '?' -> {
          if (single(s, p, end)) {
            int result = match(s + 1, end + 1);
            if (result >= 0) {
              return result;
            }
          }
          p = end + 1;
        }
        case '*' -> {
          return longest(s, p, end);
        }
        case '+' -> {
          return single(s, p, end) ? longest(s + 1, p, end) : -1;
        }
        case '-' -> {
          return shortest(s, p, end);
        }
        default -> {
          if (!single(s, p, end)) {
            return -1;
          }
          s++;
          p = end;
        }
      }
    }
    return s;
  }

  private int open(int s, int p, int kind) {
    if (level >= CAPTURES_MAX) {
      throw lua.error("too many captures");
    }
    starts[level] = s;
    lengths[level] = kind;
    level++;
    int end = match(s, p);
    if (end < 0) {
      level--;
    }
    return end;
  }

  private int close(int s, int p) {
    int i = level - 1;
    while (i >= 0 && lengths[i] != OPEN) {
      i--;
    }
    if (i < 0) {
      throw lua.error("invalid pattern capture");
    }
    lengths[i] = s - starts[i];
    int end = match(s, p);
    if (end < 0) {
      lengths[i] = OPEN;
    }
    return end;
  }

  private int longest(int s, int p, int end) {
    int count = 0;
    while (single(s + count, p, end)) {
      count++;
    }
    for (; count >= 0; count--) {
      int result = match(s + count, end + 1);
      if (result >= 0) {
        return result;
      }
    }
    return -1;
  }

  private int shortest(int fromSource, int p, int end) {
    int s = fromSource;
    while (true) {
      int result = match(s, end + 1);
      if (result >= 0) {
        return result;
      }
      if (!single(s, p, end)) {
        return -1;
      }
      s++;
    }
  }

  private int balance(int s, int p) {
    if (p + 1 >= pattern.length) {
      throw lua.error("unbalanced pattern");
    }
    if (s >= source.length || source[s] != pattern[p]) {
      return -1;
    }
    int open = 1;
    for (int i = s + 1; i < source.length; i++) {
      lua.work(1);
      if (source[i] == pattern[p + 1]) {
        if (--open == 0) {
          return i + 1;
        }
      } else if (source[i] == pattern[p]) {
        open++;
      }
    }
    return -1;
  }

  private int frontier(int s, int p) {
    if (p >= pattern.length || pattern[p] != '[') {
      throw lua.error("missing '[' after '%f' in pattern");
    }
    int end = classEnd(p);
    int before = s == 0 ? 0 : source[s - 1] & 0xff;
    int after = s < source.length ? source[s] & 0xff : 0;
    return !inSet(before, p, end - 1) && inSet(after, p, end - 1) ? s : -1;
  }

  private int back(int s, int digit) {
    int i = digit - '1';
    if (i < 0 || i >= level || lengths[i] == OPEN) {
      throw lua.error("invalid capture index");
    }
    int length = lengths[i];
    lua.work(1 + (Math.max(0, length) >> 4));
    return length >= 0
            && source.length - s >= length
            && java.util.Arrays.equals(source, starts[i], starts[i] + length, source, s, s + length)
        ? s + length
        : -1;
  }

  private int classEnd(int from) {
    int p = from + 1;
    if (pattern[from] == '%') {
      if (p >= pattern.length) {
        throw lua.error("malformed pattern (ends with '%')");
      }
      return p + 1;
    }
    if (pattern[from] != '[') {
      return p;
    }
    if (p < pattern.length && pattern[p] == '^') {
      p++;
    }
    do {
      if (p >= pattern.length) {
        throw lua.error("malformed pattern (missing ']')");
      }
      if (pattern[p++] == '%' && p < pattern.length) {
        p++;
      }
    } while (p >= pattern.length || pattern[p] != ']');
    return p + 1;
  }

  private boolean single(int s, int p, int end) {
    lua.work(1);
    if (s >= source.length) {
      return false;
    }
    int c = source[s] & 0xff;
    return switch (pattern[p]) {
      case '.' -> true;
      case '%' -> inClass(c, pattern[p + 1] & 0xff);
      case '[' -> inSet(c, p, end - 1);
      default -> (pattern[p] & 0xff) == c;
    };
  }

  /** {@code last} is the index of the closing bracket. */
  private boolean inSet(int c, int first, int last) {
    int p = first + 1;
    boolean positive = true;
    if (pattern[p] == '^') {
      positive = false;
      p++;
    }
    for (; p < last; p++) {
      int b = pattern[p] & 0xff;
      if (b == '%') {
        p++;
        if (inClass(c, pattern[p] & 0xff)) {
          return positive;
        }
      } else if (p + 2 < last && pattern[p + 1] == '-') {
        if (b <= c && c <= (pattern[p + 2] & 0xff)) {
          return positive;
        }
        p += 2;
      } else if (b == c) {
        return positive;
      }
    }
    return !positive;
  }

  private static boolean inClass(int c, int letter) {
    boolean in =
        switch (letter | 0x20) {
          case 'a' -> isLetter(c);
          case 'c' -> c < 32 || c == 127;
          case 'd' -> c >= '0' && c <= '9';
          case 'l' -> c >= 'a' && c <= 'z';
          case 'p' -> c > 32 && c < 127 && !isLetter(c) && (c < '0' || c > '9');
          case 's' -> c == ' ' || c >= 9 && c <= 13;
          case 'u' -> c >= 'A' && c <= 'Z';
          case 'w' -> isLetter(c) || c >= '0' && c <= '9';
          case 'x' -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
          case 'z' -> c == 0;
          default -> {
            yield letter == c;
          }
        };
    boolean known = isLetter(letter) && "acdlpsuwxz".indexOf(letter | 0x20) >= 0;
    return known ? in == (letter >= 'a') : letter == c;
  }

  private static boolean isLetter(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  /** All captures, for a caller that returns them. */
  @Nullable Object[] all(int from, int to, boolean wholeIfNone, int before) {
    int count = captures(wholeIfNone);
    @Nullable Object[] values = new @Nullable Object[before + count];
    for (int i = 0; i < count; i++) {
      values[before + i] = capture(i, from, to);
    }
    return values;
  }
}
