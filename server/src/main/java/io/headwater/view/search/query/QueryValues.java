package io.headwater.view.search.query;

import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.DateFormat;
import io.headwater.view.search.mapping.DateMath;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/** Values of requests as they would lie in a field's doc values. */
public final class QueryValues {
  private QueryValues() {}

  /**
   * The doc value of a number, boolean or date.
   *
   * @throws FailureException if the field cannot hold it
   */
  public static long encoded(Field field, Object value, QueryContext context) {
    if (field.type() == FieldType.DATE) {
      return date(value, field.dateFormat(), ZoneOffset.UTC, DateFormat.Fill.START, context);
    }
    if (field.type().isDouble()) {
      return NumericUtils.doubleToSortableLong(FieldQueries.bound(field, value));
    }
    Long whole = FieldQueries.whole(field, value);
    if (whole == null) {
      throw FieldQueries.invalid(
          "["
              + value
              + "] is no value for ["
              + field.path()
              + "] of type ["
              + field.type().word()
              + "]");
    }
    return whole;
  }

  /** A date, a number in the format, or date math. */
  public static long date(
      Object value, DateFormat format, ZoneId zone, DateFormat.Fill fill, QueryContext context) {
    if (value instanceof Long number) {
      Long ms = format.parse(number);
      if (ms != null) {
        return ms;
      }
    }
    return DateMath.parse(FieldQueries.text(value), format, zone, fill, context.nowMs());
  }

  /** A zone by name or offset; null is UTC. */
  public static ZoneId zone(@Nullable String name) {
    return FieldQueries.zone(name);
  }

  /** A format by name or pattern. */
  public static DateFormat format(String format) {
    try {
      return DateFormat.of(format);
    } catch (IllegalArgumentException e) {
      throw FieldQueries.invalid(String.valueOf(e.getMessage()));
    }
  }
}
