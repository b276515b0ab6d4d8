package io.headwater.view.search.query;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.DateFormat;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.Fields;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.document.DoubleField;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.SortedNumericDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.AutomatonQuery;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.RegexpQuery;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.NumericUtils;
import org.apache.lucene.util.automaton.Automata;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;
import org.apache.lucene.util.automaton.RegExp;
import org.apache.lucene.util.automaton.TooComplexToDeterminizeException;
import org.jspecify.annotations.Nullable;

/** Queries on one field that is there, by its type. */
final class FieldQueries {
  private static final int TERMS_MAX = 65_536;
  private static final int PATTERN_CHARS_MAX = 1_000;

  private FieldQueries() {}

  static Query term(Field field, Object value, boolean caseInsensitive, QueryContext context) {
    FieldType type = field.type();
    if (type == FieldType.DATE) { // a date that leaves the time open means all of it
      return range(
          new QueryNode.Range(field.path(), null, value, null, value, null, null), field, context);
    }
    if (type.isString()) {
      String text = text(value);
      if (caseInsensitive) {
        return automaton(field, text, Automata.makeCaseInsensitiveString(text));
      }
      if (!field.index()) {
        checkSearchable(field);
        return SortedSetDocValuesField.newSlowExactQuery(field.path(), new BytesRef(text));
      }
      return new TermQuery(new Term(field.path(), text));
    }
    if (caseInsensitive) {
      throw invalid(
          "["
              + field.path()
              + "] is of type ["
              + type.word()
              + "], which does not support case insensitive term queries");
    }
    if (type.isDouble()) {
      double number = number(field, value);
      return Double.isNaN(number) ? none(field) : doubles(field, number, number);
    }
    Long number = whole(field, value);
    return number == null ? none(field) : longs(field, number, number);
  }

  static Query terms(Field field, List<Object> values, QueryContext context) {
    if (values.size() > TERMS_MAX) {
      throw new FailureException(new Failure.TooLarge("terms", values.size(), TERMS_MAX));
    }
    FieldType type = field.type();
    if (type.isString() && field.index()) {
      List<BytesRef> terms = new ArrayList<>();
      values.forEach(value -> terms.add(new BytesRef(text(value))));
      return new ConstantScoreQuery(new TermInSetQuery(field.path(), terms));
    }
    if (type.isLong() && type != FieldType.DATE && field.index()) {
      List<Long> numbers = new ArrayList<>();
      for (Object value : values) {
        Long number = whole(field, value);
        if (number != null) {
          numbers.add(number);
        }
      }
      return new ConstantScoreQuery(LongPoint.newSetQuery(field.path(), numbers));
    }
    if (type.isDouble() && field.index()) {
      double[] numbers =
          values.stream()
              .mapToDouble(value -> number(field, value))
              .filter(n -> !Double.isNaN(n))
              .toArray();
      return new ConstantScoreQuery(DoublePoint.newSetQuery(field.path(), numbers));
    }
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (Object value : values) {
      any.add(term(field, value, false, context), BooleanClause.Occur.SHOULD);
    }
    return new ConstantScoreQuery(any.build());
  }

  static Query range(QueryNode.Range range, Field field, QueryContext context) {
    FieldType type = field.type();
    if (type == FieldType.DATE) {
      return dates(range, field, context);
    }
    if (range.format() != null) {
      throw invalid(
          "Field ["
              + field.path()
              + "] of type ["
              + type.word()
              + "] does not support custom formats");
    }
    if (range.timeZone() != null) {
      throw invalid(
          "Field ["
              + field.path()
              + "] of type ["
              + type.word()
              + "] does not support custom time zones");
    }
    if (type.isString()) {
      return strings(range, field);
    }
    return type.isDouble() ? fractions(range, field) : wholes(range, field);
  }

  private static Query strings(QueryNode.Range range, Field field) {
    boolean includeLower = range.gt() == null;
    boolean includeUpper = range.lt() == null;
    BytesRef lower = bytes(includeLower ? range.gte() : range.gt());
    BytesRef upper = bytes(includeUpper ? range.lte() : range.lt());
    if (!field.index()) {
      checkSearchable(field);
      return SortedSetDocValuesField.newSlowRangeQuery(
          field.path(), lower, upper, includeLower, includeUpper);
    }
    return new TermRangeQuery(field.path(), lower, upper, includeLower, includeUpper);
  }

  private static @Nullable BytesRef bytes(@Nullable Object value) {
    return value == null ? null : new BytesRef(text(value));
  }

  private static Query wholes(QueryNode.Range range, Field field) {
    BigDecimal low = BigDecimal.valueOf(Long.MIN_VALUE);
    BigDecimal high = BigDecimal.valueOf(Long.MAX_VALUE);
    if (range.gte() != null) {
      low = low.max(decimal(field, range.gte()).setScale(0, RoundingMode.CEILING));
    }
    if (range.gt() != null) {
      low = low.max(decimal(field, range.gt()).setScale(0, RoundingMode.FLOOR).add(BigDecimal.ONE));
    }
    if (range.lte() != null) {
      high = high.min(decimal(field, range.lte()).setScale(0, RoundingMode.FLOOR));
    }
    if (range.lt() != null) {
      BigDecimal below = decimal(field, range.lt()).setScale(0, RoundingMode.CEILING);
      high = high.min(below.subtract(BigDecimal.ONE));
    }
    return low.compareTo(high) > 0
        ? none(field)
        : longs(field, low.longValueExact(), high.longValueExact());
  }

  private static Query fractions(QueryNode.Range range, Field field) {
    double low = Double.NEGATIVE_INFINITY;
    double high = Double.POSITIVE_INFINITY;
    if (range.gte() != null) {
      low = Math.max(low, bound(field, range.gte()));
    }
    if (range.gt() != null) {
      low = Math.max(low, DoublePoint.nextUp(bound(field, range.gt())));
    }
    if (range.lte() != null) {
      high = Math.min(high, bound(field, range.lte()));
    }
    if (range.lt() != null) {
      high = Math.min(high, DoublePoint.nextDown(bound(field, range.lt())));
    }
    return low > high ? none(field) : doubles(field, low, high);
  }

  private static Query dates(QueryNode.Range range, Field field, QueryContext context) {
    DateFormat format = format(range.format(), field);
    ZoneId zone = zone(range.timeZone());
    long low = Long.MIN_VALUE;
    long high = Long.MAX_VALUE;
    if (range.gte() != null) {
      low =
          Math.max(
              low, QueryValues.date(range.gte(), format, zone, DateFormat.Fill.START, context));
    }
    if (range.gt() != null) {
      long after = QueryValues.date(range.gt(), format, zone, DateFormat.Fill.END, context);
      if (after == Long.MAX_VALUE) {
        return none(field);
      }
      low = Math.max(low, after + 1);
    }
    if (range.lte() != null) {
      high =
          Math.min(high, QueryValues.date(range.lte(), format, zone, DateFormat.Fill.END, context));
    }
    if (range.lt() != null) {
      long before = QueryValues.date(range.lt(), format, zone, DateFormat.Fill.START, context);
      if (before == Long.MIN_VALUE) {
        return none(field);
      }
      high = Math.min(high, before - 1);
    }
    return low > high ? none(field) : longs(field, low, high);
  }

  private static DateFormat format(@Nullable String format, Field field) {
    return format == null ? field.dateFormat() : QueryValues.format(format);
  }

  /** A zone by name or offset; null is UTC. */
  static ZoneId zone(@Nullable String name) {
    try {
      return name == null ? ZoneOffset.UTC : ZoneId.of(name).normalized();
    } catch (DateTimeException e) {
      throw invalid("failed to parse time zone [" + name + "]");
    }
  }

  private static Query longs(Field field, long low, long high) {
    if (field.index() && field.docValues()) {
      return LongField.newRangeQuery(field.path(), low, high);
    }
    checkSearchable(field);
    return field.index()
        ? LongPoint.newRangeQuery(field.path(), low, high)
        : SortedNumericDocValuesField.newSlowRangeQuery(field.path(), low, high);
  }

  private static Query doubles(Field field, double low, double high) {
    if (field.index() && field.docValues()) {
      return DoubleField.newRangeQuery(field.path(), low, high);
    }
    checkSearchable(field);
    return field.index()
        ? DoublePoint.newRangeQuery(field.path(), low, high)
        : SortedNumericDocValuesField.newSlowRangeQuery(
            field.path(),
            NumericUtils.doubleToSortableLong(low),
            NumericUtils.doubleToSortableLong(high));
  }

  static Query prefix(Field field, String value, boolean caseInsensitive) {
    checkStrings(field, "prefix");
    if (caseInsensitive) {
      Automaton automaton =
          Operations.concatenate(
              List.of(Automata.makeCaseInsensitiveString(value), Automata.makeAnyString()));
      return automaton(field, value, automaton);
    }
    return new PrefixQuery(new Term(field.path(), value));
  }

  static Query wildcard(Field field, String value, boolean caseInsensitive) {
    checkStrings(field, "wildcard");
    checkLength(value);
    try {
      if (caseInsensitive) {
        return automaton(
            field,
            value,
            new RegExp(asRegexp(value), RegExp.NONE, RegExp.CASE_INSENSITIVE).toAutomaton());
      }
      return new WildcardQuery(new Term(field.path(), value));
    } catch (TooComplexToDeterminizeException e) {
      throw tooComplex(value);
    }
  }

  private static String asRegexp(String wildcard) {
    StringBuilder regexp = new StringBuilder();
    for (int i = 0; i < wildcard.length(); i++) {
      char c = wildcard.charAt(i);
      if (c == '*') {
        regexp.append(".*");
      } else if (c == '?') {
        regexp.append('.');
      } else if (Character.isLetterOrDigit(c) || Character.isSurrogate(c)) {
        regexp.append(c);
      } else if (c == '\\' && i + 1 < wildcard.length()) {
        regexp.append('\\').append(wildcard.charAt(++i));
      } else {
        regexp.append('\\').append(c);
      }
    }
    return regexp.toString();
  }

  static Query regexp(Field field, String value, boolean caseInsensitive) {
    checkStrings(field, "regexp");
    checkLength(value);
    try {
      return new RegexpQuery(
          new Term(field.path(), value),
          RegExp.ALL,
          caseInsensitive ? RegExp.CASE_INSENSITIVE : 0,
          Operations.DEFAULT_DETERMINIZE_WORK_LIMIT);
    } catch (TooComplexToDeterminizeException e) {
      throw tooComplex(value);
    } catch (IllegalArgumentException e) {
      throw invalid("failed to parse regexp [" + value + "]: " + e.getMessage());
    }
  }

  private static Query automaton(Field field, String value, Automaton automaton) {
    checkLength(value);
    try {
      Automaton deterministic =
          Operations.determinize(automaton, Operations.DEFAULT_DETERMINIZE_WORK_LIMIT);
      return new AutomatonQuery(new Term(field.path(), value), deterministic);
    } catch (TooComplexToDeterminizeException e) {
      throw tooComplex(value);
    }
  }

  static Query fuzzy(Field field, QueryNode.Fuzzy fuzzy) {
    checkStrings(field, "fuzzy");
    int edits =
        Fuzziness.edits(fuzzy.fuzziness() == null ? "AUTO" : fuzzy.fuzziness(), fuzzy.value());
    if (fuzzy.prefixLength() < 0 || fuzzy.maxExpansions() < 1 || fuzzy.maxExpansions() > 1024) {
      throw invalid("[fuzzy] prefix_length must be >= 0 and max_expansions in 1..1024");
    }
    return new FuzzyQuery(
        new Term(field.path(), fuzzy.value()),
        edits,
        fuzzy.prefixLength(),
        fuzzy.maxExpansions(),
        fuzzy.transpositions());
  }

  static Query exists(Field field) {
    boolean norms = field.type() == FieldType.TEXT && field.norms() && field.index();
    return norms || field.docValues()
        ? new ConstantScoreQuery(new FieldExistsQuery(field.path()))
        : new ConstantScoreQuery(new TermQuery(new Term(Fields.NAMES, field.path())));
  }

  // Values

  static String text(Object value) {
    return value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1e15
        ? d.toString()
        : String.valueOf(value);
  }

  /** As the field keeps it, or null for a number that it cannot hold (such as 1.5). */
  static @Nullable Long whole(Field field, Object value) {
    if (field.type() == FieldType.BOOLEAN) {
      return switch (String.valueOf(value)) {
        case "true" -> 1L;
        case "false", "" -> 0L;
        default ->
            throw invalid("Can't parse boolean value [" + value + "], expected [true] or [false]");
      };
    }
    BigDecimal decimal = decimal(field, value);
    try {
      return decimal.longValueExact();
    } catch (ArithmeticException e) {
      return null;
    }
  }

  /** As the field keeps it; NaN for a number that it cannot hold. */
  private static double number(Field field, Object value) {
    double number = bound(field, value);
    return Double.isFinite(number) ? number : Double.NaN;
  }

  static double bound(Field field, Object value) {
    double number = decimal(field, value).doubleValue();
    return field.type() == FieldType.FLOAT ? (float) number : number;
  }

  private static BigDecimal decimal(Field field, Object value) {
    String text = value instanceof Boolean b ? (b ? "1" : "0") : String.valueOf(value);
    if (field.type() == FieldType.BOOLEAN) {
      text = text.equals("true") ? "1" : text.equals("false") ? "0" : text;
    }
    try {
      if (text.length() > 400) {
        throw new NumberFormatException("too long");
      }
      BigDecimal decimal = new BigDecimal(text);
      if (Math.abs((long) decimal.scale()) > 1_000) {
        throw new NumberFormatException("too large an exponent");
      }
      return decimal;
    } catch (NumberFormatException e) {
      throw invalid(
          "failed to create query: For input string: \""
              + (text.length() > 50 ? text.substring(0, 50) : text)
              + "\"");
    }
  }

  // Checks

  private static void checkStrings(Field field, String query) {
    if (!field.type().isString()) {
      throw invalid(
          "Can only use "
              + query
              + " queries on keyword, text and wildcard fields - not"
              + " on ["
              + field.path()
              + "] which is of type ["
              + field.type().word()
              + "]");
    }
    if (!field.index()) {
      throw notIndexed(field);
    }
  }

  static void checkSearchable(Field field) {
    if (!field.index() && !field.docValues()) {
      throw notIndexed(field);
    }
  }

  private static FailureException notIndexed(Field field) {
    return invalid("Cannot search on field [" + field.path() + "] since it is not indexed.");
  }

  private static void checkLength(String pattern) {
    if (pattern.length() > PATTERN_CHARS_MAX) {
      throw new FailureException(
          new Failure.TooLarge("pattern", pattern.length(), PATTERN_CHARS_MAX));
    }
  }

  private static Query none(Field field) {
    return new MatchNoDocsQuery("no value of " + field.path() + " can be it");
  }

  private static FailureException tooComplex(String pattern) {
    return invalid("pattern [" + pattern + "] is too complex to determinize");
  }

  static FailureException invalid(String reason) {
    return new FailureException(new Failure.Invalid(reason));
  }
}
