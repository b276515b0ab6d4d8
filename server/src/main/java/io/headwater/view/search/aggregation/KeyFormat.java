package io.headwater.view.search.aggregation;

import io.headwater.view.search.mapping.DateFormat;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** How a field's values are shown beside their number: dates and booleans have a text. */
record KeyFormat(FieldType type, @Nullable DateFormat dates, ZoneId zone) {
  static final KeyFormat NUMBERS = new KeyFormat(FieldType.LONG, null, ZoneOffset.UTC);

  static KeyFormat of(Field field) {
    return new KeyFormat(field.type(), field.format(), ZoneOffset.UTC);
  }

  @Nullable String text(double value) {
    return text((long) value);
  }

  @Nullable String text(long value) {
    return switch (type) {
      case DATE -> dates == null ? null : dates.print(value, zone);
      case BOOLEAN -> value == 0 ? "false" : "true";
      default -> null;
    };
  }
}
