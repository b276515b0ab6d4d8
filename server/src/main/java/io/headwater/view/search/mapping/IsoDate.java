package io.headwater.view.search.mapping;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import org.jspecify.annotations.Nullable;

/**
 * {@code strict_date_optional_time}: {@code yyyy[-MM[-dd]][THH[:mm[:ss[.fraction]]]][Z|±HH[:mm]]},
 * read by hand because every date of every document comes through here.
 */
final class IsoDate {
  private final String text;
  private int at;

  private IsoDate(String text) {
    this.text = text;
  }

  /** Milliseconds, or null if the text is no such date. */
  static @Nullable Long parse(String text, ZoneId zone, DateFormat.Fill fill) {
    int length = text.length();
    if (length < 4 || length > 40 || !isDigit(text.charAt(0))) {
      return null;
    }
    return new IsoDate(text).read(zone, fill == DateFormat.Fill.END);
  }

  private @Nullable Long read(ZoneId zone, boolean end) {
    int year = digits(4);
    if (year < 0) {
      return null;
    }
    int month = end ? 12 : 1;
    int day = 0;
    if (skip('-')) {
      month = digits(2);
      if (month < 1 || month > 12) {
        return null;
      }
      if (skip('-')) {
        day = digits(2);
        if (day < 1) {
          return null;
        }
      }
    }
    int days = Month.of(month).length(Year.isLeap(year));
    if (day == 0) {
      day = end ? days : 1;
    } else if (day > days) {
      return null;
    }
    return time(year, month, day, zone, end);
  }

  private @Nullable Long time(int year, int month, int day, ZoneId zone, boolean end) {
    int hour = end ? 23 : 0;
    int minute = end ? 59 : 0;
    int second = end ? 59 : 0;
    int millis = end ? 999 : 0;
    if (skip('T')) {
      if (at < text.length()) {
        hour = digits(2);
        if (hour < 0 || hour > 23) {
          return null;
        }
        if (skip(':')) {
          minute = digits(2);
          if (minute < 0 || minute > 59) {
            return null;
          }
          if (skip(':')) {
            second = digits(2);
            if (second < 0 || second > 59) {
              return null;
            }
            if (skip('.') || skip(',')) {
              millis = fraction();
              if (millis < 0) {
                return null;
              }
            }
          }
        }
      }
    }
    return instant(year, month, day, (hour * 3600 + minute * 60 + second) * 1000L + millis, zone);
  }

  private @Nullable Long instant(int year, int month, int day, long msOfDay, ZoneId zone) {
    long local = epochDay(year, month, day) * 86_400_000L + msOfDay;
    if (at == text.length()) {
      return zone == ZoneOffset.UTC ? (Long) local : toUtc(local, zone);
    }
    if (skip('Z')) {
      return at == text.length() ? (Long) local : null;
    }
    int sign = skip('+') ? 1 : skip('-') ? -1 : 0;
    int hours = digits(2);
    skip(':');
    int minutes = at == text.length() ? 0 : digits(2);
    if (sign == 0 || hours < 0 || hours > 18 || minutes < 0 || minutes > 59) {
      return null;
    }
    return at == text.length() ? (Long) (local - sign * (hours * 60L + minutes) * 60_000) : null;
  }

  private static @Nullable Long toUtc(long local, ZoneId zone) {
    try {
      return LocalDateTime.ofEpochSecond(
              Math.floorDiv(local, 1000L),
              (int) Math.floorMod(local, 1000L) * 1_000_000,
              ZoneOffset.UTC)
          .atZone(zone)
          .toInstant()
          .toEpochMilli();
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** Days since 1970 in the proleptic Gregorian calendar; years 0 to 9999. */
  private static long epochDay(int year, int month, int day) {
    int y = month <= 2 ? year - 1 : year;
    int era = Math.floorDiv(y, 400);
    int yearOfEra = y - era * 400;
    int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146_097L + dayOfEra - 719_468;
  }

  private int fraction() {
    int millis = 0;
    int scale = 100;
    int start = at;
    while (at < text.length() && isDigit(text.charAt(at)) && at - start < 9) {
      millis += (text.charAt(at++) - '0') * scale;
      scale /= 10;
    }
    return at == start ? -1 : millis;
  }

  private boolean skip(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  /** Exactly this many digits, or -1. */
  private int digits(int count) {
    if (text.length() - at < count) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < count; i++) {
      char c = text.charAt(at + i);
      if (!isDigit(c)) {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    at += count;
    return value;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  static String print(long ms, ZoneId zone) {
    ZonedDateTime t;
    try {
      t = Instant.ofEpochMilli(ms).atZone(zone);
    } catch (DateTimeException e) {
      return Long.toString(ms);
    }
    String offset = t.getOffset().getId();
    return String.format(
        "%04d-%02d-%02dT%02d:%02d:%02d.%03d%s",
        t.getYear(),
        t.getMonthValue(),
        t.getDayOfMonth(),
        t.getHour(),
        t.getMinute(),
        t.getSecond(),
        t.getNano() / 1_000_000,
        offset);
  }
}
