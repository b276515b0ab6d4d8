package io.headwater.view.search.mapping;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;

/**
 * Dates relative to now or to a date: {@code now-1d/d}, {@code 2024-01-01||+1M/M}. A slash rounds
 * down, or up to the last millisecond where {@link DateFormat.Fill#END} asks for it.
 */
public final class DateMath {
  private static final int CHARS_MAX = 200;

  private DateMath() {}

  /**
   * Reads a date or an expression.
   *
   * @param zone of dates that name none, and of rounding
   * @throws FailureException with {@link Failure.Invalid}
   */
  public static long parse(
      String text, DateFormat format, ZoneId zone, DateFormat.Fill fill, long nowMs) {
    if (text.length() > CHARS_MAX) {
      throw invalid(text.substring(0, 50) + "...", format);
    }
    if (text.startsWith("now")) {
      return math(nowMs, text, 3, zone, fill);
    }
    int bars = text.indexOf("||");
    String date = bars < 0 ? text : text.substring(0, bars);
    boolean mathFollows = bars >= 0 && bars + 2 < text.length();
    Long ms = format.parse(date, zone, mathFollows ? DateFormat.Fill.START : fill);
    if (ms == null) {
      throw invalid(date, format);
    }
    return mathFollows ? math(ms, text, bars + 2, zone, fill) : ms;
  }

  private static FailureException invalid(String date, DateFormat format) {
    return new FailureException(
        new Failure.Invalid(
            "failed to parse date field [" + date + "] with format [" + format.text() + "]"));
  }

  private static long math(long from, String text, int start, ZoneId zone, DateFormat.Fill fill) {
    try {
      ZonedDateTime time = Instant.ofEpochMilli(from).atZone(zone);
      int at = start;
      while (at < text.length()) {
        char sign = text.charAt(at++);
        if (sign != '+' && sign != '-' && sign != '/') {
          throw unreadable(text);
        }
        int digits = at;
        while (at < text.length() && Character.isDigit(text.charAt(at)) && at - digits < 9) {
          at++;
        }
        if (at == text.length() || (sign == '/' && at > digits)) {
          throw unreadable(text);
        }
        int count = at == digits ? 1 : Integer.parseInt(text.substring(digits, at));
        char unit = text.charAt(at++);
        if (sign == '/') {
          time = round(time, unit, fill, text);
        } else {
          time = add(time, unit, sign == '+' ? count : -count, text);
        }
      }
      return time.toInstant().toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      throw unreadable(text);
    }
  }

  private static ZonedDateTime add(ZonedDateTime time, char unit, int count, String text) {
    return switch (unit) {
      case 'y' -> time.plusYears(count);
      case 'M' -> time.plusMonths(count);
      case 'w' -> time.plusWeeks(count);
      case 'd' -> time.plusDays(count);
      case 'h', 'H' -> time.plusHours(count);
      case 'm' -> time.plusMinutes(count);
      case 's' -> time.plusSeconds(count);
      default -> throw unreadable(text);
    };
  }

  private static ZonedDateTime round(
      ZonedDateTime time, char unit, DateFormat.Fill fill, String text) {
    ZonedDateTime day = time.truncatedTo(ChronoUnit.DAYS);
    ZonedDateTime down =
        switch (unit) {
          case 'y' -> day.withDayOfYear(1);
          case 'M' -> day.withDayOfMonth(1);
          case 'w' -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
          case 'd' -> day;
          case 'h', 'H' -> time.truncatedTo(ChronoUnit.HOURS);
          case 'm' -> time.truncatedTo(ChronoUnit.MINUTES);
          case 's' -> time.truncatedTo(ChronoUnit.SECONDS);
          default -> throw unreadable(text);
        };
    return fill == DateFormat.Fill.START
        ? down
        : add(down, unit, 1, text).minus(1, ChronoUnit.MILLIS);
  }

  private static FailureException unreadable(String text) {
    return new FailureException(
        new Failure.Invalid("failed to parse date math expression [" + text + "]"));
  }
}
