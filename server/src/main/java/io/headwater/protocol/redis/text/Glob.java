package io.headwater.protocol.redis.text;

/**
 * Redis's patterns: {@code *}, {@code ?}, {@code [a-c^x]} and backslash. A star that fails goes
 * back only to the last star, so the time is at most pattern times text, never exponential.
 */
public final class Glob {
  private Glob() {}

  public static boolean matches(
      byte[] pattern, int patternFrom, int patternLength, byte[] text, int textFrom, int length) {
    if (length == 0) {
      return patternLength == 0; // as Redis: not even a star matches nothing
    }
    int p = patternFrom;
    int patternEnd = patternFrom + patternLength;
    int t = textFrom;
    int textEnd = textFrom + length;
    int star = -1;
    int starText = -1;
    while (t < textEnd) {
      int next =
          p < patternEnd && pattern[p] != '*' ? matchOne(pattern, p, patternEnd, text[t]) : -1;
      if (p < patternEnd && pattern[p] == '*') {
        star = ++p;
        starText = t;
      } else if (next >= 0) {
        p = next;
        t++;
      } else if (star >= 0) {
        p = star;
        t = ++starText;
      } else {
        return false;
      }
    }
    while (p < patternEnd && pattern[p] == '*') {
      p++;
    }
    return p == patternEnd;
  }

  /** Where the pattern goes on if its element at {@code p} takes this byte; -1 if it does not. */
  private static int matchOne(byte[] pattern, int p, int end, byte b) {
    switch (pattern[p]) {
      case '?':
        return p + 1;
      case '[':
        return matchSet(pattern, p + 1, end, b);
      case '\\':
        if (p + 1 < end) {
          return pattern[p + 1] == b ? p + 2 : -1;
        }
        return b == '\\' ? p + 1 : -1;
      default:
        return pattern[p] == b ? p + 1 : -1;
    }
  }

  private static int matchSet(byte[] pattern, int from, int end, byte b) {
    int p = from;
    boolean inverted = p < end && pattern[p] == '^';
    if (inverted) {
      p++;
    }
    boolean in = false;
    int wanted = b & 0xff;
    while (p < end && pattern[p] != ']') {
      if (pattern[p] == '\\' && p + 1 < end) {
        in |= pattern[++p] == b;
        p++;
      } else if (p + 2 < end && pattern[p + 1] == '-') {
        int low = Math.min(pattern[p] & 0xff, pattern[p + 2] & 0xff);
        int high = Math.max(pattern[p] & 0xff, pattern[p + 2] & 0xff);
        in |= wanted >= low && wanted <= high;
        p += 3;
      } else {
        in |= pattern[p] == b;
        p++;
      }
    }
    int next = Math.min(p + 1, end); // an open set ends with the pattern
    return in != inverted ? next : -1;
  }
}
