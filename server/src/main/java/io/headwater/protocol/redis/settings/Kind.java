package io.headwater.protocol.redis.settings;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How the text of a parameter is read, with the errors that Redis 7.0 gives. */
public sealed interface Kind {
  /**
   * The value as CONFIG GET shows it.
   *
   * @param text what was given; in a redis.conf the arguments of the line, joined by blanks
   * @param current the value before
   * @throws Refused if it is none
   */
  String canonical(String text, String current);

  /** Whether a redis.conf may have several lines of it, each of which adds to those before. */
  default boolean accumulates() {
    return false;
  }

  /** For the page: what values it takes. */
  String words();

  /** {@code yes} or {@code no}. */
  record Flag() implements Kind {
    @Override
    public String canonical(String text, String current) {
      String lower = text.toLowerCase(Locale.ROOT);
      if (!lower.equals("yes") && !lower.equals("no")) {
        throw new Refused("argument must be 'yes' or 'no'");
      }
      return lower;
    }

    @Override
    public String words() {
      return "yes, no";
    }
  }

  /**
   * One of some words, or several.
   *
   * @param several whether more than one may be given
   */
  record Choice(List<String> choices, boolean several) implements Kind {
    @Override
    public String canonical(String text, String current) {
      List<String> words = Arrays.asList(text.toLowerCase(Locale.ROOT).strip().split(" +"));
      if (!choices.containsAll(words) || words.size() > 1 && !several) {
        throw new Refused(
            "argument(s) must be one of the following: " + String.join(", ", choices));
      }
      return choices.stream().filter(words::contains).collect(Collectors.joining(" "));
    }

    @Override
    public String words() {
      return String.join(several ? " and " : ", ", choices);
    }
  }

  /** A whole number without a unit. */
  record Whole(long least, long most) implements Kind {
    @Override
    public String canonical(String text, String current) {
      long value = parse(text);
      if (value < least || value > most) {
        throw new Refused("argument must be between " + least + " and " + most + " inclusive");
      }
      return Long.toString(value);
    }

    private static long parse(String text) {
      try {
        long value = Long.parseLong(text);
        if (Long.toString(value).equals(text)) {
          return value;
        }
      } catch (NumberFormatException e) {
        // falls through to the error
      }
      throw new Refused("argument couldn't be parsed into an integer");
    }

    @Override
    public String words() {
      return most == Long.MAX_VALUE ? least + " or more" : least + " to " + most;
    }
  }

  /**
   * Bytes: a whole number and perhaps k, m, g (thousands) or kb, mb, gb (of 1,024).
   *
   * @param most {@link #UNSIGNED} for what Redis keeps in 64 bits without a sign: a larger value is
   *     2^63-1 here
   * @param percent whether a share of {@code maxmemory} may be given instead
   */
  record Size(long least, long most, boolean percent) implements Kind {
    static final long UNSIGNED = -1;
    private static final long TOO_LARGE = -2;

    @Override
    public String canonical(String text, String current) {
      if (percent && text.endsWith("%")) {
        return share(text);
      }
      long value = bytes(text);
      if (value == TOO_LARGE && most == UNSIGNED) {
        return Long.toString(Long.MAX_VALUE);
      }
      if (value == -1) {
        throw new Refused("argument must be a memory " + (percent ? "or percent value" : "value"));
      }
      if (value < least || most != UNSIGNED && value > most) {
        throw new Refused("argument must be between " + least + " and " + most + " inclusive");
      }
      return Long.toString(value);
    }

    private static String share(String text) {
      String digits = text.substring(0, text.length() - 1);
      if (!isDigits(digits)) {
        throw new Refused("argument must be a memory or percent value");
      }
      if (digits.length() > 3 || Integer.parseInt(digits) > 100) {
        throw new Refused("percentage argument must be less or equal to 100");
      }
      return Integer.parseInt(digits) + "%";
    }

    /** The bytes that a text means; -1 if it means none, {@link #TOO_LARGE} past 2^63-1. */
    static long bytes(String text) {
      int digits = 0;
      while (digits < text.length() && isDigit(text.charAt(digits))) {
        digits++;
      }
      long unit =
          switch (text.substring(digits).toLowerCase(Locale.ROOT)) {
            case "", "b" -> 1;
            case "k" -> 1_000;
            case "kb" -> 1L << 10;
            case "m" -> 1_000_000;
            case "mb" -> 1L << 20;
            case "g" -> 1_000_000_000;
            case "gb" -> 1L << 30;
            default -> -1;
          };
      if (unit < 0) {
        return -1;
      }
      try {
        long number = digits == 0 ? 0 : Long.parseLong(text.substring(0, digits));
        return Math.multiplyExact(number, unit);
      } catch (NumberFormatException | ArithmeticException e) {
        return TOO_LARGE;
      }
    }

    private static boolean isDigits(String text) {
      return !text.isEmpty() && text.chars().allMatch(c -> isDigit((char) c));
    }

    private static boolean isDigit(char c) {
      return c >= '0' && c <= '9';
    }

    @Override
    public String words() {
      return "bytes" + (least > 0 ? " from " + least : "") + (percent ? " or a percentage" : "");
    }
  }

  /** Any text. */
  record Text() implements Kind {
    @Override
    public String canonical(String text, String current) {
      return text;
    }

    @Override
    public String words() {
      return "text";
    }
  }

  /** Reads what no other kind describes. */
  interface Reader {
    String canonical(String text, String current);
  }

  /**
   * What has rules of its own.
   *
   * @param accumulates see {@link Kind#accumulates}; the reader gets what was read so far
   */
  record Special(String words, boolean accumulates, Reader reader) implements Kind {
    @Override
    public String canonical(String text, String current) {
      return reader.canonical(text, current);
    }
  }
}
