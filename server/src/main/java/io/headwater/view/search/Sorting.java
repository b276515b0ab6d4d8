package io.headwater.view.search;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.DateFormat;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.query.QueryContext;
import io.headwater.view.search.query.QueryValues;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.SortedNumericSelector;
import org.apache.lucene.search.SortedNumericSortField;
import org.apache.lucene.search.SortedSetSelector;
import org.apache.lucene.search.SortedSetSortField;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/** Sort keys in Lucene's terms for one index, and their values on the way out and in. */
final class Sorting {
  private final List<Key> keys;
  private final Sort sort;

  /**
   * @param field null for score and index order, and where the field is unmapped
   * @param format prints dates; null leaves them numbers
   */
  private record Key(SortField lucene, @Nullable Field field, @Nullable DateFormat format) {}

  private Sorting(List<Key> keys) {
    this.keys = keys;
    this.sort = new Sort(keys.stream().map(Key::lucene).toArray(SortField[]::new));
  }

  static Sorting of(List<SortNode> nodes, QueryContext context) {
    List<Key> keys = new ArrayList<>();
    for (SortNode node : nodes) {
      keys.add(
          switch (node) {
            // Lucene's "reverse" of a score is ascending.
            case SortNode.Score(boolean ascending) ->
                new Key(new SortField(null, SortField.Type.SCORE, ascending), null, null);
            case SortNode.Doc(boolean ascending) ->
                new Key(new SortField(null, SortField.Type.DOC, !ascending), null, null);
            case SortNode.Field field -> field(field, context);
          });
    }
    return new Sorting(keys);
  }

  private static Key field(SortNode.Field node, QueryContext context) {
    Field field = io.headwater.view.search.aggregation.DocValueFields.find(context, node.field());
    if (field == null) {
      return unmapped(node);
    }
    DateFormat format =
        field.type() == FieldType.DATE && node.format() != null
            ? QueryValues.format(node.format())
            : null;
    boolean reverse = !node.ascending();
    boolean max = isMax(node);
    if (field.type() == FieldType.KEYWORD) {
      SortedSetSortField key =
          new SortedSetSortField(
              field.path(), reverse, max ? SortedSetSelector.Type.MAX : SortedSetSelector.Type.MIN);
      key.setMissingValue(missingString(node));
      return new Key(key, field, null);
    }
    SortField.Type type = field.type().isDouble() ? SortField.Type.DOUBLE : SortField.Type.LONG;
    SortedNumericSortField key =
        new SortedNumericSortField(
            field.path(),
            type,
            reverse,
            max ? SortedNumericSelector.Type.MAX : SortedNumericSelector.Type.MIN);
    key.setMissingValue(missing(node, field, context));
    return new Key(key, field, format);
  }

  private static Key unmapped(SortNode.Field node) {
    if (node.unmappedType() == null) {
      throw invalid("No mapping found for [" + node.field() + "] in order to sort on");
    }
    boolean reverse = !node.ascending();
    boolean first = isMissingFirst(node);
    switch (node.unmappedType()) {
      case "keyword", "text" -> {
        SortedSetSortField key = new SortedSetSortField(node.field(), reverse);
        key.setMissingValue(missingString(node));
        return new Key(key, null, null);
      }
      case "double", "float" -> {
        SortedNumericSortField key =
            new SortedNumericSortField(node.field(), SortField.Type.DOUBLE, reverse);
        key.setMissingValue(
            first == node.ascending() ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        return new Key(key, null, null);
      }
      case "long", "integer", "short", "byte", "date", "boolean" -> {
        SortedNumericSortField key =
            new SortedNumericSortField(node.field(), SortField.Type.LONG, reverse);
        key.setMissingValue(first == node.ascending() ? Long.MIN_VALUE : Long.MAX_VALUE);
        return new Key(key, null, null);
      }
      default -> throw invalid("No mapper found for type [" + node.unmappedType() + "]");
    }
  }

  private static boolean isMax(SortNode.Field node) {
    if (node.mode() == null) {
      return !node.ascending();
    }
    return switch (node.mode()) {
      case "min" -> false;
      case "max" -> true;
      case "avg", "sum", "median" ->
          throw new FailureException(new Failure.NotSupported("sort mode [" + node.mode() + "]"));
      default -> throw invalid("Unknown SortMode [" + node.mode() + "]");
    };
  }

  private static boolean isMissingFirst(SortNode.Field node) {
    Object missing = node.missing() == null ? "_last" : node.missing();
    if (missing.equals("_first") || missing.equals("_last")) {
      return missing.equals("_first");
    }
    throw new FailureException(
        new Failure.NotSupported("sorting with [missing: " + missing + "] on strings"));
  }

  /** Lucene means the lowest and the highest string by these, and then turns the order round. */
  private static Object missingString(SortNode.Field node) {
    return isMissingFirst(node) == node.ascending()
        ? SortField.STRING_FIRST
        : SortField.STRING_LAST;
  }

  private static Object missing(SortNode.Field node, Field field, QueryContext context) {
    Object asked = node.missing() == null ? "_last" : node.missing();
    if (asked.equals("_first") || asked.equals("_last")) {
      boolean lowest = asked.equals("_first") == node.ascending();
      if (field.type().isDouble()) {
        return lowest ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      }
      return lowest ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    long encoded = QueryValues.encoded(field, asked, context);
    return field.type().isDouble()
        ? (Object) NumericUtils.sortableLongToDouble(encoded)
        : (Long) encoded;
  }

  Sort sort() {
    return sort;
  }

  boolean needsScores() {
    return sort.needsScores();
  }

  /** Whether another index's keys compare with these. */
  boolean fits(Sorting other) {
    for (int i = 0; i < keys.size(); i++) {
      if (type(keys.get(i)) != type(other.keys.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static SortField.Type type(Key key) {
    return key.lucene instanceof SortedNumericSortField numeric
        ? numeric.getNumericType()
        : key.lucene.getType();
  }

  /** A hit's sort values as a client sees them. */
  List<@Nullable Object> shown(Object[] values) {
    List<@Nullable Object> shown = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      Object value = values[i];
      DateFormat format = keys.get(i).format;
      shown.add(
          switch (value) {
            case null -> null;
            case BytesRef bytes -> bytes.utf8ToString();
            case Float score -> (double) score;
            case Integer doc -> (long) doc;
            case Long number when isShownAsDate(format, number) ->
                String.valueOf(format == null ? number : format.print(number));
            case Double number when Double.isInfinite(number) -> number.toString();
            default -> value;
          });
    }
    return shown;
  }

  private static boolean isShownAsDate(@Nullable DateFormat format, long number) {
    return format != null && number != Long.MIN_VALUE && number != Long.MAX_VALUE;
  }

  /** Where a search goes on after a hit: the values that {@link #shown} gave for it. */
  FieldDoc after(List<Object> values, QueryContext context) {
    if (values.size() != keys.size()) {
      throw invalid(
          "search_after has " + values.size() + " value(s) but sort has " + keys.size() + ".");
    }
    @Nullable Object[] fields = new Object[values.size()];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = after(keys.get(i), values.get(i), context);
    }
    return new FieldDoc(Integer.MAX_VALUE, Float.NaN, fields);
  }

  private static @Nullable Object after(Key key, @Nullable Object value, QueryContext context) {
    try {
      return switch (type(key)) {
        case SCORE -> Float.parseFloat(String.valueOf(value));
        case DOC -> Integer.parseInt(String.valueOf(value));
        case LONG -> afterLong(key, value, context);
        case DOUBLE -> Double.parseDouble(String.valueOf(value));
        default -> value == null ? null : new BytesRef(String.valueOf(value));
      };
    } catch (NumberFormatException e) {
      throw invalid(
          "Failed to parse search_after value for field ["
              + key.lucene.getField()
              + "]: ["
              + value
              + "]");
    }
  }

  private static Object afterLong(Key key, @Nullable Object value, QueryContext context) {
    if (value instanceof Long || value == null || key.field == null) {
      return value == null ? (Object) Long.MAX_VALUE : Long.valueOf(String.valueOf(value));
    }
    if (key.field.type() == FieldType.DATE) {
      DateFormat format = key.format == null ? key.field.dateFormat() : key.format;
      return QueryValues.date(
          value, format, QueryValues.zone(null), DateFormat.Fill.START, context);
    }
    return QueryValues.encoded(key.field, value, context);
  }

  private static FailureException invalid(String reason) {
    return new FailureException(new Failure.Invalid(reason));
  }
}
