package io.headwater.view.search.mapping;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The types that a field can have. */
public enum FieldType {
  TEXT,
  KEYWORD,
  LONG,
  INTEGER,
  SHORT,
  BYTE,
  DOUBLE,
  FLOAT,
  BOOLEAN,
  DATE;

  private final String word = name().toLowerCase(Locale.ROOT);

  /** As mappings write it. */
  public String word() {
    return word;
  }

  static @Nullable FieldType of(String word) {
    for (FieldType type : values()) {
      if (type.word.equals(word)) {
        return type;
      }
    }
    return null;
  }

  /** Kept in Lucene as a 64-bit integer: whole numbers, booleans (0 and 1), dates (ms). */
  public boolean isLong() {
    return switch (this) {
      case LONG, INTEGER, SHORT, BYTE, BOOLEAN, DATE -> true;
      case TEXT, KEYWORD, DOUBLE, FLOAT -> false;
    };
  }

  /** Kept in Lucene as a double. */
  public boolean isDouble() {
    return this == DOUBLE || this == FLOAT;
  }

  public boolean isString() {
    return this == TEXT || this == KEYWORD;
  }

  /** A number to clients, which dates and booleans are not. */
  public boolean isNumber() {
    return switch (this) {
      case LONG, INTEGER, SHORT, BYTE, DOUBLE, FLOAT -> true;
      case TEXT, KEYWORD, BOOLEAN, DATE -> false;
    };
  }

  long min() {
    return switch (this) {
      case BYTE -> Byte.MIN_VALUE;
      case SHORT -> Short.MIN_VALUE;
      case INTEGER -> Integer.MIN_VALUE;
      default -> Long.MIN_VALUE;
    };
  }

  long max() {
    return switch (this) {
      case BYTE -> Byte.MAX_VALUE;
      case SHORT -> Short.MAX_VALUE;
      case INTEGER -> Integer.MAX_VALUE;
      default -> Long.MAX_VALUE;
    };
  }
}
