package io.headwater.protocol.redis.settings;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A line of a redis.conf and its words: how Redis quotes. Bytes outside ASCII are Latin 1. */
final class ConfWords {
  private final String line;
  private int at;

  private ConfWords(String line) {
    this.line = line;
  }

  /** The words, or null where a quote does not end or is followed by more. */
  static @Nullable List<String> split(String line) {
    ConfWords words = new ConfWords(line);
    List<String> found = new ArrayList<>();
    while (words.skipBlanks()) {
      String word = words.next();
      if (word == null) {
        return null;
      }
      found.add(word);
    }
    return found;
  }

  private boolean skipBlanks() {
    while (at < line.length() && isBlank(line.charAt(at))) {
      at++;
    }
    return at < line.length();
  }

  private @Nullable String next() {
    StringBuilder word = new StringBuilder();
    while (at < line.length() && !isBlank(line.charAt(at))) {
      char c = line.charAt(at++);
      if (c == '"' || c == '\'') {
        boolean closed = c == '"' ? doubleQuoted(word) : singleQuoted(word);
        if (!closed || at < line.length() && !isBlank(line.charAt(at))) {
          return null;
        }
        return word.toString();
      }
      word.append(c);
    }
    return word.toString();
  }

  private boolean singleQuoted(StringBuilder word) {
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == '\'') {
        return true;
      }
      if (c == '\\' && at < line.length() && line.charAt(at) == '\'') {
        c = line.charAt(at++);
      }
      word.append(c);
    }
    return false;
  }

  private boolean doubleQuoted(StringBuilder word) {
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == '"') {
        return true;
      }
      word.append(c == '\\' && at < line.length() ? escaped() : c);
    }
    return false;
  }

  private char escaped() {
    char c = line.charAt(at++);
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      case 'x' -> {
        if (at + 2 <= line.length()
            && Character.digit(line.charAt(at), 16) >= 0
            && Character.digit(line.charAt(at + 1), 16) >= 0) {
          at += 2;
          yield (char) Integer.parseInt(line.substring(at - 2, at), 16);
        }
        yield c;
      }
      default -> c;
    };
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c >= '\t' && c <= '\r' || c == 0;
  }

  /** A word as it has to stand in a line: in quotes where it needs them. */
  static String quoted(String word) {
    boolean plain =
        !word.isEmpty()
            && word.chars().allMatch(c -> c > ' ' && c < 127 && c != '"' && c != '\'' && c != '\\');
    if (plain) {
      return word;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : word.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c >= ' ' && c < 127) {
        quoted.append(c);
      } else {
        quoted.append(String.format("\\x%02x", (int) c));
      }
    }
    return quoted.append('"').toString();
  }
}
