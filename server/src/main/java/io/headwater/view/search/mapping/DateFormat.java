package io.headwater.view.search.mapping;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a field writes dates: names and patterns with {@code ||} between, tried in order; the first
 * also prints. Dates are milliseconds since 1970 UTC.
 */
public final class DateFormat {
  public static final String DEFAULT_TEXT = "strict_date_optional_time||epoch_millis";
  public static final DateFormat DEFAULT = new DateFormat(DEFAULT_TEXT);

  private static final Map<String, String> NAMED_PATTERNS =
      Map.ofEntries(
          Map.entry("basic_date", "uuuuMMdd"),
          Map.entry("basic_date_time", "uuuuMMdd'T'HHmmss.SSSX"),
          Map.entry("basic_date_time_no_millis", "uuuuMMdd'T'HHmmssX"),
          Map.entry("date", "uuuu-MM-dd"),
          Map.entry("strict_date", "uuuu-MM-dd"),
          Map.entry("date_time", "uuuu-MM-dd'T'HH:mm:ss.SSSXXX"),
          Map.entry("strict_date_time", "uuuu-MM-dd'T'HH:mm:ss.SSSXXX"),
          Map.entry("date_time_no_millis", "uuuu-MM-dd'T'HH:mm:ssXXX"),
          Map.entry("strict_date_time_no_millis", "uuuu-MM-dd'T'HH:mm:ssXXX"),
          Map.entry("date_hour_minute", "uuuu-MM-dd'T'HH:mm"),
          Map.entry("strict_date_hour_minute", "uuuu-MM-dd'T'HH:mm"),
          Map.entry("date_hour_minute_second", "uuuu-MM-dd'T'HH:mm:ss"),
          Map.entry("strict_date_hour_minute_second", "uuuu-MM-dd'T'HH:mm:ss"),
          Map.entry("year", "uuuu"),
          Map.entry("strict_year", "uuuu"),
          Map.entry("year_month", "uuuu-MM"),
          Map.entry("strict_year_month", "uuuu-MM"),
          Map.entry("year_month_day", "uuuu-MM-dd"),
          Map.entry("strict_year_month_day", "uuuu-MM-dd"));

  private sealed interface Choice {
    record Iso() implements Choice {}

    record EpochMillis() implements Choice {}

    record EpochSecond() implements Choice {}

    record Pattern(DateTimeFormatter formatter) implements Choice {}
  }

  private final String text;
  private final List<Choice> choices;

  private DateFormat(String text) {
    this.text = text;
    this.choices = new ArrayList<>();
    for (String word : text.split("\\|\\|", -1)) {
      choices.add(choice(word.strip()));
    }
  }

  /**
   * Reads a format.
   *
   * @throws IllegalArgumentException with one sentence, if it is none
   */
  public static DateFormat of(String text) {
    return text.equals(DEFAULT_TEXT) ? DEFAULT : new DateFormat(text);
  }

  private static Choice choice(String word) {
    switch (word) {
      case "strict_date_optional_time", "date_optional_time", "iso8601" -> {
        return new Choice.Iso();
      }
      case "epoch_millis" -> {
        return new Choice.EpochMillis();
      }
      case "epoch_second" -> {
        return new Choice.EpochSecond();
      }
      default -> {
        String pattern = NAMED_PATTERNS.get(word);
        if (pattern == null && (word.isEmpty() || word.matches("[a-z_]*_[a-z_]*"))) {
          throw new IllegalArgumentException("Invalid format: [" + word + "]: unknown date format");
        }
        try {
          return new Choice.Pattern(
              DateTimeFormatter.ofPattern(pattern == null ? word : pattern, Locale.ENGLISH));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException("Invalid format: [" + word + "]: " + e.getMessage());
        }
      }
    }
  }

  /** As the mapping wrote it. */
  public String text() {
    return text;
  }

  /** Which end of what a text leaves open: {@code 2024-05} begins or ends a month. */
  public enum Fill {
    START,
    END
  }

  /**
   * Reads a date.
   *
   * @param zone for texts that name none
   * @return milliseconds, or null if no choice reads it
   */
  public @Nullable Long parse(String date, ZoneId zone, Fill fill) {
    for (Choice choice : choices) {
      Long ms = parse(choice, date, zone, fill);
      if (ms != null) {
        return ms;
      }
    }
    return null;
  }

  public @Nullable Long parse(String date) {
    return parse(date, ZoneOffset.UTC, Fill.START);
  }

  /** Reads a date that stands as a number in JSON. */
  public @Nullable Long parse(long number) {
    for (Choice choice : choices) {
      switch (choice) {
        case Choice.EpochMillis _ -> {
          return number;
        }
        case Choice.EpochSecond _ -> {
          return secondsToMs(number);
        }
        case Choice.Iso _, Choice.Pattern _ -> {
          Long ms = parse(choice, Long.toString(number), ZoneOffset.UTC, Fill.START);
          if (ms != null) {
            return ms;
          }
        }
      }
    }
    return null;
  }

  private static @Nullable Long parse(Choice choice, String date, ZoneId zone, Fill fill) {
    return switch (choice) {
      case Choice.Iso _ -> IsoDate.parse(date, zone, fill);
      case Choice.EpochMillis _ -> number(date);
      case Choice.EpochSecond _ -> {
        Long seconds = number(date);
        yield seconds == null ? null : secondsToMs(seconds);
      }
      case Choice.Pattern(DateTimeFormatter formatter) -> parse(formatter, date, zone, fill);
    };
  }

  private static @Nullable Long secondsToMs(long seconds) {
    return Math.abs(seconds) > Long.MAX_VALUE / 1000 ? null : (Long) (seconds * 1000);
  }

  private static @Nullable Long number(String text) {
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static @Nullable Long parse(
      DateTimeFormatter formatter, String date, ZoneId zone, Fill fill) {
    try {
      TemporalAccessor parsed = formatter.parse(date);
      if (parsed.isSupported(ChronoField.INSTANT_SECONDS)) {
        return Instant.from(parsed).toEpochMilli();
      }
      boolean end = fill == Fill.END;
      LocalDate day = day(parsed, end);
      int hour = get(parsed, ChronoField.HOUR_OF_DAY, end ? 23 : 0);
      int minute = get(parsed, ChronoField.MINUTE_OF_HOUR, end ? 59 : 0);
      int second = get(parsed, ChronoField.SECOND_OF_MINUTE, end ? 59 : 0);
      boolean fraction = parsed.isSupported(ChronoField.SECOND_OF_MINUTE);
      int nano = get(parsed, ChronoField.NANO_OF_SECOND, 0);
      if (end && (!fraction || nano == 0)) {
        nano = 999_999_999;
      }
      return day.atTime(LocalTime.of(hour, minute, second, nano))
          .atZone(zone)
          .toInstant()
          .toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      return null;
    }
  }

  private static LocalDate day(TemporalAccessor parsed, boolean end) {
    if (parsed.isSupported(ChronoField.EPOCH_DAY)) {
      return LocalDate.ofEpochDay(parsed.getLong(ChronoField.EPOCH_DAY));
    }
    int year = get(parsed, ChronoField.YEAR, get(parsed, ChronoField.YEAR_OF_ERA, 1970));
    YearMonth month = YearMonth.of(year, get(parsed, ChronoField.MONTH_OF_YEAR, end ? 12 : 1));
    return month.atDay(get(parsed, ChronoField.DAY_OF_MONTH, end ? month.lengthOfMonth() : 1));
  }

  private static int get(TemporalAccessor parsed, ChronoField field, int otherwise) {
    return parsed.isSupported(field) ? parsed.get(field) : otherwise;
  }

  /** Prints a date in the first format. */
  public String print(long ms, ZoneId zone) {
    return switch (choices.getFirst()) {
      case Choice.Iso _ -> IsoDate.print(ms, zone);
      case Choice.EpochMillis _ -> Long.toString(ms);
      case Choice.EpochSecond _ -> Long.toString(Math.floorDiv(ms, 1000L));
      case Choice.Pattern(DateTimeFormatter formatter) ->
          formatter.format(Instant.ofEpochMilli(ms).atZone(zone));
    };
  }

  public String print(long ms) {
    return print(ms, ZoneOffset.UTC);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DateFormat format && format.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
