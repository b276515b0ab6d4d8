package io.headwater.view.search.aggregation;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.time.temporal.TemporalAdjusters;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which interval of time a date falls into. */
abstract class Rounding {
  private static final Pattern FIXED = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
  private static final Map<String, Long> FIXED_MS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

  /** The start of the interval that holds a time. */
  abstract long down(long ms);

  /** The start of the interval after the one that starts at {@code start}. */
  abstract long next(long start);

  /** Milliseconds of {@code 12h} and the like. */
  static long fixedMs(String text) {
    Matcher matcher = FIXED.matcher(text);
    if (!matcher.matches()) {
      throw Aggregations.invalid(
          "failed to parse setting [date_histogram.fixedInterval] with value ["
              + text
              + "] as a time value: unit is missing or unrecognized");
    }
    Long unit = FIXED_MS.get(matcher.group(2));
    long ms = Math.multiplyExact(Long.parseLong(matcher.group(1)), unit == null ? 0 : unit);
    if (ms <= 0) {
      throw Aggregations.invalid("Zero or negative time interval not supported");
    }
    return ms;
  }

  /** {@code +6h}, {@code -1d}, {@code 30m} as milliseconds. */
  static long offsetMs(String text) {
    boolean negative = text.startsWith("-");
    boolean signed = negative || text.startsWith("+");
    long ms = signed && text.length() == 1 ? 0 : fixedMs(signed ? text.substring(1) : text);
    return negative ? -ms : ms;
  }

  static Rounding of(AggregationNode.DateHistogram node, ZoneId zone) {
    if ((node.calendarInterval() == null) == (node.fixedInterval() == null)) {
      throw Aggregations.invalid(
          "exactly one of [calendar_interval] and [fixed_interval] must be set");
    }
    Rounding rounding =
        node.calendarInterval() != null
            ? calendar(node.calendarInterval(), zone)
            : fixed(fixedMs(String.valueOf(node.fixedInterval())), zone);
    return node.offset() == null ? rounding : shifted(rounding, offsetMs(node.offset()));
  }

  private static Rounding shifted(Rounding rounding, long offset) {
    return new Rounding() {
      @Override
      long down(long ms) {
        return rounding.down(ms - offset) + offset;
      }

      @Override
      long next(long start) {
        return rounding.next(start - offset) + offset;
      }
    };
  }

  private static Rounding fixed(long interval, ZoneId zone) {
    boolean constant = zone.getRules().isFixedOffset();
    long constantOffset =
        constant ? zone.getRules().getOffset(Instant.EPOCH).getTotalSeconds() * 1000L : 0;
    return new Rounding() {
      private long offset(long ms) {
        return constant
            ? constantOffset
            : zone.getRules().getOffset(Instant.ofEpochMilli(ms)).getTotalSeconds() * 1000L;
      }

      @Override
      long down(long ms) {
        long offset = offset(ms);
        long local = ms + offset;
        return Math.floorDiv(local, interval) * interval - offset;
      }

      @Override
      long next(long start) {
        return start + interval;
      }
    };
  }

  private enum Unit {
    MINUTE,
    HOUR,
    DAY,
    WEEK,
    MONTH,
    QUARTER,
    YEAR
  }

  private static Rounding calendar(String text, ZoneId zone) {
    Unit unit =
        switch (text) {
          case "minute", "1m" -> Unit.MINUTE;
          case "hour", "1h" -> Unit.HOUR;
          case "day", "1d" -> Unit.DAY;
          case "week", "1w" -> Unit.WEEK;
          case "month", "1M" -> Unit.MONTH;
          case "quarter", "1q" -> Unit.QUARTER;
          case "year", "1y" -> Unit.YEAR;
          default ->
              throw Aggregations.invalid(
                  "The supplied interval ["
                      + text
                      + "] could not be parsed as a calendar interval.");
        };
    boolean constant = zone.getRules().isFixedOffset();
    if (constant && unit.ordinal() <= Unit.DAY.ordinal()) {
      long ms = unit == Unit.MINUTE ? 60_000L : unit == Unit.HOUR ? 3_600_000L : 86_400_000L;
      return fixed(ms, zone);
    }
    return new Rounding() {
      // Documents of one segment often lie close in time.
      private long start = Long.MAX_VALUE;
      private long end = Long.MIN_VALUE;

      @Override
      long down(long ms) {
        if (ms < start || ms >= end) {
          ZonedDateTime down = truncate(Instant.ofEpochMilli(ms).atZone(zone), unit);
          start = down.toInstant().toEpochMilli();
          end = after(down, unit);
        }
        return start;
      }

      @Override
      long next(long from) {
        return after(truncate(Instant.ofEpochMilli(from).atZone(zone), unit), unit);
      }
    };
  }

  private static ZonedDateTime truncate(ZonedDateTime time, Unit unit) {
    ZonedDateTime day = time.truncatedTo(ChronoUnit.DAYS);
    return switch (unit) {
      case MINUTE -> time.truncatedTo(ChronoUnit.MINUTES);
      case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
      case DAY -> day;
      case WEEK -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
      case MONTH -> day.withDayOfMonth(1);
      case QUARTER -> day.with(IsoFields.DAY_OF_QUARTER, 1);
      case YEAR -> day.withDayOfYear(1);
    };
  }

  private static long after(ZonedDateTime start, Unit unit) {
    ZonedDateTime next =
        switch (unit) {
          case MINUTE -> start.plusMinutes(1);
          case HOUR -> start.plusHours(1);
          case DAY -> start.plusDays(1);
          case WEEK -> start.plusWeeks(1);
          case MONTH -> start.plusMonths(1);
          case QUARTER -> start.plusMonths(3);
          case YEAR -> start.plusYears(1);
        };
    return next.toInstant().toEpochMilli();
  }
}
