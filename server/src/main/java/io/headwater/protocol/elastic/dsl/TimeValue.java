package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations such as {@code 30s}, {@code 500ms}, {@code 1m}; {@code -1} is none. */
public final class TimeValue {
  private static final Pattern FORM = Pattern.compile("(\\d{1,12})(nanos|micros|ms|s|m|h|d)");

  private TimeValue() {}

  /** In milliseconds, rounded up; 0 for {@code -1}. */
  public static long parseMs(String setting, String text) {
    if (text.equals("-1") || text.equals("0")) {
      return 0;
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw ElasticError.illegalArgument(
              "failed to parse setting ["
                  + setting
                  + "] with value ["
                  + text
                  + "] as a time value: unit is missing or unrecognized")
          .exception();
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "nanos" -> (number + 999_999) / 1_000_000;
      case "micros" -> (number + 999) / 1_000;
      case "ms" -> number;
      case "s" -> number * 1_000;
      case "m" -> number * 60_000;
      case "h" -> number * 3_600_000;
      default -> number * 86_400_000;
    };
  }
}
