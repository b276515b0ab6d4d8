package io.headwater.view.search.mapping;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.util.BytesRef;

/**
 * Turns scalars into Lucene fields. What a field does not take is an {@link
 * IllegalArgumentException} with the reason.
 */
final class FieldWriter {
  private final List<IndexableField> out;

  FieldWriter(List<IndexableField> out) {
    this.out = out;
  }

  /** Adds the scalar at the parser's current token. */
  void add(Field field, JsonParser in) throws IOException {
    JsonToken token = in.currentToken();
    if (!token.isScalarValue()) {
      throw new IllegalArgumentException("a value was expected, not an object");
    }
    switch (field.type()) {
      case TEXT -> addText(field, in.getText());
      case KEYWORD -> addKeyword(field, in.getText());
      case LONG, INTEGER, SHORT, BYTE -> addWhole(field, token, in);
      case DOUBLE, FLOAT -> addFraction(field, token, in);
      case BOOLEAN -> addBoolean(field, token, in);
      case DATE -> addLong(field, date(field, token, in));
    }
  }

  void addNullValue(Field field, Object value) throws IOException {
    try (JsonParser in = Json.parser(Json.bytes(Map.of("v", value)))) {
      in.nextToken();
      in.nextToken();
      in.nextToken();
      add(field, in);
    }
  }

  private void addText(Field field, String text) {
    if (!field.index()) {
      return;
    }
    if (Analyzers.KEYWORD.equals(field.analyzer())) {
      checkTerm(text.getBytes(StandardCharsets.UTF_8));
    }
    out.add(Fields.text(field.path(), text, field.norms()));
    if (!field.norms()) {
      out.add(Fields.name(field.path()));
    }
  }

  private void addKeyword(Field field, String text) {
    if (text.length() > field.ignoreAbove()) {
      return;
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    checkTerm(utf8);
    Fields.keyword(out, field, new BytesRef(utf8));
  }

  private static void checkTerm(byte[] utf8) {
    if (utf8.length > IndexWriter.MAX_TERM_LENGTH) {
      throw new IllegalArgumentException(
          "Document contains at least one immense term (whose UTF-8 encoding is longer than the"
              + " max length "
              + IndexWriter.MAX_TERM_LENGTH
              + ")");
    }
  }

  private void addWhole(Field field, JsonToken token, JsonParser in) throws IOException {
    switch (token) {
      case VALUE_NUMBER_INT -> {
        if (in.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
          throw outOfRange(field, in.getText());
        }
        addLong(field, inRange(field, in.getLongValue()));
      }
      case VALUE_NUMBER_FLOAT -> {
        if (!field.coerce()) {
          throw new IllegalArgumentException(in.getText() + " cannot be converted without loss");
        }
        addLong(field, whole(field, in.getText()));
      }
      case VALUE_STRING -> {
        if (!field.coerce()) {
          throw new IllegalArgumentException("a number was expected, not a string");
        }
        if (in.getTextLength() > 0) {
          addLong(field, whole(field, in.getText()));
        }
      }
      default -> throw new IllegalArgumentException("a number was expected");
    }
  }

  private static long whole(Field field, String text) {
    try {
      return inRange(field, Long.parseLong(text));
    } catch (NumberFormatException e) {
      return inRange(field, truncated(field, text));
    }
  }

  private static long truncated(Field field, String text) {
    double rough;
    try {
      rough = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("For input string: \"" + shortened(text) + "\"");
    }
    if (!(Math.abs(rough) < 1e19)) { // also NaN
      throw outOfRange(field, text);
    }
    if (Math.abs(rough) < 1L << 53) {
      return (long) rough;
    }
    try {
      return new BigDecimal(text).toBigInteger().longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw outOfRange(field, text);
    }
  }

  private static String shortened(String text) {
    return text.length() > 50 ? text.substring(0, 50) + "..." : text;
  }

  private static long inRange(Field field, long value) {
    if (value < field.type().min() || value > field.type().max()) {
      throw outOfRange(field, Long.toString(value));
    }
    return value;
  }

  private static IllegalArgumentException outOfRange(Field field, String value) {
    return new IllegalArgumentException(
        "Value [" + shortened(value) + "] is out of range for a " + field.type().word());
  }

  private void addFraction(Field field, JsonToken token, JsonParser in) throws IOException {
    double value;
    switch (token) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> value = in.getDoubleValue();
      case VALUE_STRING -> {
        if (!field.coerce()) {
          throw new IllegalArgumentException("a number was expected, not a string");
        }
        if (in.getTextLength() == 0) {
          return;
        }
        value = Double.parseDouble(in.getText());
      }
      default -> throw new IllegalArgumentException("a number was expected");
    }
    Fields.fraction(out, field, finite(field, value));
  }

  /** As the field keeps it. */
  static double finite(Field field, double value) {
    double kept = field.type() == FieldType.FLOAT ? (float) value : value;
    if (!Double.isFinite(kept)) {
      throw new IllegalArgumentException(
          "[" + field.type().word() + "] supports only finite values, but got [" + value + "]");
    }
    return kept;
  }

  private void addBoolean(Field field, JsonToken token, JsonParser in) throws IOException {
    boolean value =
        switch (token) {
          case VALUE_TRUE -> true;
          case VALUE_FALSE -> false;
          case VALUE_STRING ->
              switch (in.getText()) {
                case "true" -> true;
                case "false", "" -> false;
                default ->
                    throw new IllegalArgumentException(
                        "Failed to parse value ["
                            + shortened(in.getText())
                            + "] as only [true] or [false] are allowed.");
              };
          default ->
              throw new IllegalArgumentException(
                  "Failed to parse value ["
                      + shortened(in.getText())
                      + "] as only [true] or [false] are allowed.");
        };
    addLong(field, value ? 1 : 0);
  }

  private static long date(Field field, JsonToken token, JsonParser in) throws IOException {
    Long ms =
        switch (token) {
          case VALUE_STRING -> field.dateFormat().parse(in.getText());
          case VALUE_NUMBER_INT ->
              in.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                  ? null
                  : field.dateFormat().parse(in.getLongValue());
          default -> null;
        };
    if (ms == null) {
      throw new IllegalArgumentException(
          "failed to parse date field ["
              + shortened(in.getText())
              + "] with format ["
              + field.dateFormat().text()
              + "]");
    }
    return ms;
  }

  private void addLong(Field field, long value) {
    Fields.whole(out, field, value);
  }
}
