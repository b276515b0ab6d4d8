package io.headwater.protocol.redis.facts;

import java.util.ArrayList;
import java.util.List;

/**
 * How some of a command's keys are found among its arguments and what happens to them: a key
 * specification of {@code COMMAND INFO}.
 *
 * @param flags of the constants here
 */
public record KeySpec(int flags, Begin begin, Find find) {
  public static final int RO = 1;
  public static final int RW = 1 << 1;
  public static final int OW = 1 << 2;
  public static final int RM = 1 << 3;
  public static final int ACCESS = 1 << 4;
  public static final int UPDATE = 1 << 5;
  public static final int INSERT = 1 << 6;
  public static final int DELETE = 1 << 7;
  public static final int NOT_KEY = 1 << 8;
  public static final int INCOMPLETE = 1 << 9;
  public static final int VARIABLE_FLAGS = 1 << 10;

  private static final List<String> WORDS =
      List.of(
          "RO",
          "RW",
          "OW",
          "RM",
          "access",
          "update",
          "insert",
          "delete",
          "not_key",
          "incomplete",
          "variable_flags");

  /** Where to look. */
  public sealed interface Begin {
    record Index(int index) implements Begin {}

    /**
     * Behind this word.
     *
     * @param startFrom where the search for it begins; negative counts from the end, backwards
     */
    record Keyword(String word, int startFrom) implements Begin {}

    record Unknown() implements Begin {}
  }

  /** Which arguments from there on are keys. */
  public sealed interface Find {
    /**
     * @param last the last one as seen from the first; negative counts from the end
     * @param limit with a last of -1: only the first of so many equal parts of what is left
     */
    record Range(int last, int step, int limit) implements Find {}

    /** The number of keys stands among the arguments. */
    record KeyNum(int numberAt, int firstKey, int step) implements Find {}

    record Unknown() implements Find {}
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  public static List<String> words(int flags) {
    List<String> words = new ArrayList<>();
    for (int bit = 0; bit < WORDS.size(); bit++) {
      if ((flags & 1 << bit) != 0) {
        words.add(WORDS.get(bit));
      }
    }
    return words;
  }

  /** The flag of a word of {@link #words}. */
  static int flag(String word) {
    int bit = WORDS.indexOf(word);
    if (bit < 0) {
      throw new IllegalArgumentException("no such key flag: " + word);
    }
    return 1 << bit;
  }
}
